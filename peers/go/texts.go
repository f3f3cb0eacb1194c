package main

import (
	"encoding/binary"
	"encoding/json"
	"math"
	"strconv"
	"unicode/utf16"
	"unicode/utf8"
	"unsafe"
)

// tail is what stands behind a record's fixed part: its texts as one body, whose length in bytes is a field of the record.
type tail struct {
	offset  int64 // where the body begins
	setSize func(record unsafe.Pointer, size int)
	size    func(record unsafe.Pointer) int64
	pack    func(texts [][]byte) ([]byte, bool)
	unpack  func(body []byte) ([][]byte, bool)
}

type whole interface {
	~int8 | ~int16 | ~int32 | ~int64 | ~int | ~uint8 | ~uint16 | ~uint32 | ~uint64 | ~uint
}

// tailOf is the tail of a record that declares its length and, with no elements, its text.
func tailOf[Record any, Length whole, Unit byte | uint16](record *Record, length *Length, text *[0]Unit) *tail {
	at := offsetIn(unsafe.Pointer(record), unsafe.Pointer(length))
	pack, unpack := packUnits[Unit], unpackUnits[Unit]
	return &tail{
		offset:  offsetIn(unsafe.Pointer(record), unsafe.Pointer(text)),
		setSize: func(record unsafe.Pointer, size int) { *(*Length)(unsafe.Add(record, at)) = Length(size) },
		size:    func(record unsafe.Pointer) int64 { return int64(*(*Length)(unsafe.Add(record, at))) },
		pack:    pack,
		unpack:  unpack,
	}
}

// messageTailOf is that of a record whose texts are the members of a JSON object.
func messageTailOf[Record any, Length whole](record *Record, length *Length, body *[0]byte) *tail {
	message := tailOf(record, length, body)
	message.pack, message.unpack = packMessage, unpackMessage
	return message
}

func (t *tail) write(record unsafe.Pointer, body []byte) {
	copy(unsafe.Slice((*byte)(unsafe.Add(record, t.offset)), len(body)), body)
	fence() // the length comes last: whoever sees it sees all of the record
	t.setSize(record, len(body))
}

// read copies the body as long as its length says now: its writer may go on writing.
func (t *tail) read(record unsafe.Pointer, room int64) ([]byte, bool) {
	size := t.size(record)
	fence()
	if size < 0 || size > room-t.offset || size > math.MaxInt32 {
		return nil, false
	}
	return append([]byte(nil), unsafe.Slice((*byte)(unsafe.Add(record, t.offset)), int(size))...), true
}

// ---- units of text: they travel big-endian, and stand in the machine's own order ----

func packUnits[Unit byte | uint16](texts [][]byte) ([]byte, bool) {
	return swapped[Unit](texts[0])
}

func unpackUnits[Unit byte | uint16](body []byte) ([][]byte, bool) {
	text, ok := swapped[Unit](body)
	return [][]byte{text}, ok
}

func swapped[Unit byte | uint16](text []byte) ([]byte, bool) {
	var unit Unit
	if unsafe.Sizeof(unit) == 1 {
		return text, true
	}
	if len(text)%2 != 0 {
		return nil, false
	}
	other := make([]byte, len(text))
	for i := 0; i < len(text); i += 2 {
		*(*uint16)(unsafe.Pointer(&other[i])) = binary.BigEndian.Uint16(text[i:])
	}
	return other, true
}

// ---- Message: compact JSON with no escape that is not needed, which encoding/json does not write ----

var escapes = map[byte]string{
	'"': `\"`, '\\': `\\`, '\b': `\b`, '\f': `\f`, '\n': `\n`, '\r': `\r`, '\t': `\t`,
}

func appendEscaped(out, text []byte) []byte {
	for _, c := range text {
		switch escape, known := escapes[c]; {
		case known:
			out = append(out, escape...)
		case c < 0x20:
			out = appendHex(append(out, `\u00`...), []byte{c})
		default:
			out = append(out, c)
		}
	}
	return out
}

func packMessage(texts [][]byte) ([]byte, bool) {
	body := appendEscaped([]byte(`{"title":"`), texts[0])
	body = appendEscaped(append(body, `","content":"`...), texts[1])
	return append(body, `"}`...), true
}

func unpackMessage(body []byte) ([][]byte, bool) {
	var found map[string]any // a struct would take any capitals
	if !utf8.Valid(body) || hasHalfPair(body) || json.Unmarshal(body, &found) != nil {
		return nil, false
	}
	title, ok1 := found["title"].(string)
	content, ok2 := found["content"].(string)
	return [][]byte{[]byte(title), []byte(content)}, ok1 && ok2
}

// hasHalfPair is whether there is half of a surrogate pair, for which encoding/json would put another character.
func hasHalfPair(body []byte) bool {
	for i := 0; i < len(body); i++ {
		if body[i] != '\\' {
			continue
		}
		first := escapedUnit(body[i:])
		if !utf16.IsSurrogate(first) {
			i++ // whatever is escaped, it may be a backslash
			continue
		}
		if utf16.DecodeRune(first, escapedUnit(body[i+6:])) == utf8.RuneError {
			return true
		}
		i += 11
	}
	return false
}

// escapedUnit is the number of a \uXXXX at the beginning; 0 where there is none.
func escapedUnit(body []byte) rune {
	if len(body) < 6 || body[0] != '\\' || body[1] != 'u' {
		return 0
	}
	unit, _ := strconv.ParseUint(string(body[2:6]), 16, 16)
	return rune(unit)
}
