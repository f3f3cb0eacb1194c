package main

import (
	"strconv"
	"sync/atomic"
	"time"
	"unsafe"

	"samebytes/peers/go/segment"
)

// By number, from 1; a number is never given twice, and what is closed is nil.
var (
	maps  []*segment.Segment
	views []*view
)

type view struct {
	*segment.View
	readable, writable bool
}

var (
	errClosed = &segment.Error{Kind: segment.Closed}
	errDenied = &segment.Error{Kind: segment.Denied}
	errRange  = &segment.Error{Kind: segment.OutOfRange}
)

func openMap(word string) (*segment.Segment, error) {
	number, ok := parseNumber(word)
	if !ok || number < 1 || number > int64(len(maps)) || maps[number-1] == nil {
		return nil, errClosed
	}
	return maps[number-1], nil
}

func openView(word string) (*view, error) {
	number, ok := parseNumber(word)
	if !ok || number < 1 || number > int64(len(views)) || views[number-1] == nil {
		return nil, errClosed
	}
	return views[number-1], nil
}

func closeEverything() {
	for _, view := range views {
		if view != nil {
			view.Close()
		}
	}
	for _, held := range maps {
		if held != nil {
			held.Close()
		}
	}
}

func keepMap(out []byte, name string, size int64, mode segment.Mode) ([]byte, error) {
	name, ok := parseName(name)
	if !ok {
		return nil, errInvalid
	}
	held, err := segment.Open(name, size, mode)
	if err != nil {
		return nil, err
	}
	maps = append(maps, held)
	out = strconv.AppendInt(append(out, `"map":`...), int64(len(maps)), 10)
	out = strconv.AppendBool(append(out, `,"created":`...), held.Created)
	return strconv.AppendInt(append(out, `,"capacity":`...), held.Capacity, 10), nil
}

func create(out []byte, words []string, mode segment.Mode) ([]byte, error) {
	size, ok := parseNumber(words[3])
	if !ok {
		return nil, errInvalid
	}
	return keepMap(out, words[2], size, mode)
}

func doCreateNew(out []byte, words []string) ([]byte, error) {
	return create(out, words, segment.CreateNew)
}

func doCreateOrOpen(out []byte, words []string) ([]byte, error) {
	return create(out, words, segment.CreateOrOpen)
}

func doOpenExisting(out []byte, words []string) ([]byte, error) {
	mode := segment.OpenExisting
	if len(words) > 3 {
		var ok bool
		if mode, ok = map[string]segment.Mode{"read": segment.OpenToRead, "read_write": segment.OpenExisting}[words[3]]; !ok {
			return nil, errInvalid
		}
	}
	return keepMap(out, words[2], 0, mode)
}

var accesses = map[string]segment.Access{
	"read": segment.Read, "write": segment.Write, "read_write": segment.ReadWrite, "copy": segment.Copy,
}

func doView(out []byte, words []string) ([]byte, error) {
	offset, ok1 := parseNumber(words[3])
	size, ok2 := parseNumber(words[4])
	access, ok3 := accesses[words[5]]
	form := append(words, "accessor")[6]
	if !ok1 || !ok2 || !ok3 || form != "accessor" && form != "stream" {
		return nil, errInvalid
	}
	if form == "stream" {
		return nil, &segment.Error{Kind: segment.Unsupported}
	}
	held, err := openMap(words[2])
	if err != nil {
		return nil, err
	}
	mapped, err := held.Map(offset, size, access)
	if err != nil {
		return nil, err
	}
	views = append(views, &view{mapped, access != segment.Write, access != segment.Read})
	out = strconv.AppendInt(append(out, `"view":`...), int64(len(views)), 10)
	return strconv.AppendInt(append(out, `,"capacity":`...), int64(len(mapped.Bytes)), 10), nil
}

// from is the view's bytes from an offset on: at least `count`.
func (v *view) from(offset, count int64) ([]byte, error) {
	capacity := int64(len(v.Bytes))
	if offset < 0 || count < 0 || offset > capacity || count > capacity-offset {
		return nil, errRange
	}
	return v.Bytes[offset:], nil
}

func doPeek(out []byte, words []string) ([]byte, error) {
	offset, ok1 := parseNumber(words[3])
	count, ok2 := parseNumber(words[4])
	if !ok1 || !ok2 {
		return nil, errInvalid
	}
	view, err := openView(words[2])
	if err != nil {
		return nil, err
	}
	if !view.readable {
		return nil, errDenied
	}
	bytes, err := view.from(offset, count)
	if err != nil {
		return nil, err
	}
	return append(appendHex(append(out, `"bytes":"`...), bytes[:count]), '"'), nil
}

func doPoke(out []byte, words []string) ([]byte, error) {
	offset, ok1 := parseNumber(words[3])
	bytes, ok2 := parseBytes(words[4])
	if !ok1 || !ok2 {
		return nil, errInvalid
	}
	view, err := openView(words[2])
	if err != nil {
		return nil, err
	}
	if !view.writable {
		return nil, errDenied
	}
	to, err := view.from(offset, int64(len(bytes)))
	if err != nil {
		return nil, err
	}
	copy(to, bytes)
	return out, nil
}

func doAwait(out []byte, words []string) ([]byte, error) {
	offset, ok1 := parseNumber(words[3])
	milliseconds, ok2 := parseNumber(words[4])
	if !ok1 || !ok2 || milliseconds < 0 {
		return nil, errInvalid
	}
	view, err := openView(words[2])
	if err != nil {
		return nil, err
	}
	if !view.readable {
		return nil, errDenied
	}
	bytes, err := view.from(offset, 4)
	if err != nil {
		return nil, err
	}
	value := (*uint32)(unsafe.Pointer(&bytes[0]))
	for start := time.Now(); *value == 0; time.Sleep(900 * time.Microsecond) { // the system adds to it
		if time.Since(start).Milliseconds() >= milliseconds {
			return nil, &segment.Error{Kind: segment.Timeout}
		}
	}
	fence()
	return append(appendBits(append(out, `"value":"`...), uint64(*value), 4), '"'), nil
}

func doCloseView(out []byte, words []string) ([]byte, error) {
	view, err := openView(words[2])
	if err != nil {
		return nil, err
	}
	view.Close()
	number, _ := parseNumber(words[2])
	views[number-1] = nil
	return out, nil
}

func doCloseMap(out []byte, words []string) ([]byte, error) {
	held, err := openMap(words[2])
	if err != nil {
		return nil, err
	}
	held.Close()
	number, _ := parseNumber(words[2])
	maps[number-1] = nil
	return out, nil
}

var fenced int32

// fence keeps what is written before it from being seen after what is written behind it. An address that is no multiple of four
// has no atomic store everywhere.
func fence() {
	atomic.AddInt32(&fenced, 1)
}
