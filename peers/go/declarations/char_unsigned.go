//go:build !386 && !amd64 && !windows

package declarations

// Char is C's plain char, which is unsigned on most other processors.
type Char = uint8
