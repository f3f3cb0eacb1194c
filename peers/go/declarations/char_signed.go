//go:build 386 || amd64 || windows

package declarations

// Char is C's plain char, which is signed on x86 and on Windows.
type Char = int8
