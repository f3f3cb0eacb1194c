// Package segment has named shared memory that dies with its last handle, on Windows and on Linux.
package segment

import (
	"math"
	"os"
	"strings"
	"syscall"
	"unicode/utf8"
)

// Mode is whether a segment is made, or joined.
type Mode int

const (
	CreateNew Mode = iota
	CreateOrOpen
	OpenExisting
	OpenToRead
)

// Access is what a view is mapped for; a Copy's writes are seen by nobody else.
type Access int

const (
	Read Access = iota
	Write
	ReadWrite
	Copy
)

// Kind is what went wrong, in the protocol's word.
type Kind string

const (
	Exists      Kind = "exists"
	NotFound    Kind = "not_found"
	Denied      Kind = "access"
	InvalidName Kind = "invalid_name"
	InvalidSize Kind = "invalid_size"
	NoSpace     Kind = "no_space"
	OutOfRange  Kind = "range"
	Closed      Kind = "closed"
	Unsupported Kind = "unsupported"
	Timeout     Kind = "timeout"
	Invalid     Kind = "invalid"
	Failed      Kind = "failed"
)

// Error is a failure; Code is 0 where the system was not asked.
type Error struct {
	Kind Kind
	Code syscall.Errno
}

func (e *Error) Error() string {
	if e.Code == 0 {
		return string(e.Kind)
	}
	return string(e.Kind) + ": " + e.Code.Error()
}

// failure is an error of a system call in the protocol's word; any other as it is.
func failure(err error) error {
	if code, ok := err.(syscall.Errno); ok {
		return &Error{kindOf(code), code}
	}
	return err
}

// Segment is a hold on named memory: the name lives until the last one is closed.
type Segment struct {
	Capacity int64 // bytes, whole pages
	Created  bool
	readOnly bool
	handle
}

// View is mapped memory. It stays valid when its segment is closed.
type View struct {
	Bytes []byte
	base  []byte
}

// Open makes or joins the segment of a name. The size, in bytes, counts for a new one alone.
func Open(name string, size int64, mode Mode) (*Segment, error) {
	if name == "" || strings.IndexByte(name, 0) >= 0 {
		return nil, &Error{Kind: InvalidName}
	}
	if mode <= CreateOrOpen && (size <= 0 || size > math.MaxInt64-granularity()) { // it will be rounded up
		return nil, &Error{Kind: InvalidSize}
	}
	if !utf8.ValidString(name) {
		return nil, failure(errNoText)
	}
	segment, err := open(name, size, mode)
	if err != nil {
		return nil, failure(err)
	}
	return segment, nil
}

// Map maps a part of the segment from any offset on; size 0 is all the rest.
func (s *Segment) Map(offset, size int64, access Access) (*View, error) {
	if s.readOnly && (access == Write || access == ReadWrite) {
		return nil, &Error{Kind: Denied}
	}
	if offset < 0 || offset >= s.Capacity || size < 0 || size > s.Capacity-offset {
		return nil, &Error{Kind: OutOfRange}
	}
	if size == 0 {
		size = s.Capacity - offset
	}
	lead := offset % granularity()
	if size > math.MaxInt-lead { // more than a 32-bit process can address
		return nil, &Error{Kind: NoSpace}
	}
	base, err := s.mapped(offset-lead, int(size+lead), access)
	if err != nil {
		return nil, failure(err)
	}
	return &View{Bytes: base[lead:], base: base}, nil
}

func roundUp(size int64) int64 {
	page := int64(os.Getpagesize())
	return (size + page - 1) / page * page
}
