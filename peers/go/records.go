package main

import (
	"math"
	"strconv"
	"unsafe"

	"samebytes/peers/go/segment"
)

// measured has the layouts that were asked for.
var measured = map[string]*layout{}

func layoutNamed(name string) (*layout, error) {
	if found := measured[name]; found != nil {
		return found, nil
	}
	for _, declared := range layouts {
		if declared.name == name {
			measured[name] = declared.measure()
			return measured[name], nil
		}
	}
	return nil, &segment.Error{Kind: segment.Unsupported}
}

// record is words 2, 3 and 4 of a request about a record in a view.
type record struct {
	*layout
	view *view
	at   []byte // from the record's first byte to the end of the view
}

func recordOf(words []string) (found record, err error) {
	offset, ok := parseNumber(words[3])
	if !ok {
		return found, errInvalid
	}
	if found.layout, err = layoutNamed(words[4]); err != nil {
		return found, err
	}
	if found.view, err = openView(words[2]); err != nil {
		return found, err
	}
	found.at, err = found.view.from(offset, 0)
	return found, err
}

// extent is where the fixed part ends.
func (l *layout) extent() int64 {
	if l.tail != nil {
		return l.tail.offset
	}
	return l.size
}

// pointer is the record's address, if there is room for its fixed part and a body of that size.
func (r *record) pointer(body int) (unsafe.Pointer, error) {
	if r.extent()+int64(body) > int64(len(r.at)) || body > math.MaxInt32 || len(r.at) == 0 {
		return nil, errRange
	}
	return unsafe.Pointer(&r.at[0]), nil
}

func doDescribe(out []byte, words []string) ([]byte, error) {
	layout, err := layoutNamed(words[2])
	if err != nil {
		return nil, err
	}
	out = strconv.AppendInt(append(out, `"size":`...), layout.extent(), 10)
	out = strconv.AppendInt(append(out, `,"align":`...), layout.align, 10)
	out = append(out, `,"leaves":[`...)
	for i, leaf := range layout.leaves {
		out = appendPlace(out, i, leaf.path, leaf.offset, leaf.width)
		out = append(out, `,"`+leaf.kind+`"]`...)
	}
	out = append(out, `],"members":[`...)
	for i, member := range layout.members {
		out = append(appendPlace(out, i, member.path, member.offset, member.size), ']')
	}
	return append(appendConstants(append(out, `],"enums":{`...), layout.constants), '}'), nil
}

func appendPlace(out []byte, index int, path string, offset, size int64) []byte {
	if index > 0 {
		out = append(out, ',')
	}
	out = append(append(append(out, `["`...), path...), `",`...)
	out = append(strconv.AppendInt(out, offset, 10), ',')
	return strconv.AppendInt(out, size, 10)
}

// appendConstants takes it that the constants of one enumeration stand together.
func appendConstants(out []byte, constants []constant) []byte {
	last := ""
	for _, constant := range constants {
		switch {
		case constant.enumeration == last:
			out = append(out, ',')
		case last != "":
			out = append(out, `},"`+constant.enumeration+`":{`...)
		default:
			out = append(out, `"`+constant.enumeration+`":{`...)
		}
		out = append(out, `"`+constant.name+`":`+constant.value...)
		last = constant.enumeration
	}
	if last != "" {
		out = append(out, '}')
	}
	return out
}

func (l *layout) parse(words []string) (leaves []uint64, texts [][]byte, ok bool) {
	if len(words) != len(l.leaves) {
		return nil, nil, false
	}
	leaves = make([]uint64, len(words))
	for i, word := range words {
		switch leaf := &l.leaves[i]; {
		case leaf.kind != "text":
			leaves[i], ok = parseBits(word, leaf.bytes)
		case word == "-":
			texts, ok = append(texts, nil), true
		default:
			var text []byte
			text, ok = parseBytes(word)
			texts, ok = append(texts, text), ok && len(text) > 0
		}
		if !ok {
			return nil, nil, false
		}
	}
	return leaves, texts, true
}

func doStore(out []byte, words []string) ([]byte, error) {
	record, err := recordOf(words)
	if err != nil {
		return nil, err
	}
	if !record.view.writable {
		return nil, errDenied
	}
	leaves, texts, ok := record.parse(words[5:])
	if !ok {
		return nil, errInvalid
	}
	var body []byte
	if record.tail != nil {
		if body, ok = record.tail.pack(texts); !ok {
			return nil, errInvalid
		}
	}
	at, err := record.pointer(len(body))
	if err != nil {
		return nil, err
	}
	for i, bits := range leaves {
		if record.leaves[i].bytes > 0 {
			record.store(at, i, bits)
		}
	}
	if record.tail != nil {
		record.tail.write(at, body)
	}
	return out, nil
}

func doStoreLeaf(out []byte, words []string) ([]byte, error) {
	record, err := recordOf(words)
	if err != nil {
		return nil, err
	}
	if !record.view.writable {
		return nil, errDenied
	}
	index, ok := parseNumber(words[5])
	if !ok || index < 0 || index >= int64(len(record.leaves)) {
		return nil, errInvalid
	}
	leaf := &record.leaves[index]
	if leaf.kind == "text" {
		return nil, &segment.Error{Kind: segment.Unsupported}
	}
	bits, ok := parseBits(words[6], leaf.bytes)
	if !ok {
		return nil, errInvalid
	}
	at, err := record.pointer(0)
	if err != nil {
		return nil, err
	}
	record.store(at, int(index), bits)
	return out, nil
}

func doLoad(out []byte, words []string) ([]byte, error) {
	record, err := recordOf(words)
	if err != nil {
		return nil, err
	}
	if !record.view.readable {
		return nil, errDenied
	}
	at, err := record.pointer(0)
	if err != nil {
		return nil, err
	}
	var texts [][]byte
	if record.tail != nil {
		body, ok := record.tail.read(at, int64(len(record.at)))
		if !ok {
			return nil, errRange
		}
		if texts, ok = record.tail.unpack(body); !ok {
			return nil, errInvalid
		}
	}
	return record.appendLeaves(append(out, `"leaves":[`...), at, texts), nil
}

func (l *layout) appendLeaves(out []byte, at unsafe.Pointer, texts [][]byte) []byte {
	for i := range l.leaves {
		if i > 0 {
			out = append(out, ',')
		}
		out = append(out, '"')
		switch leaf := &l.leaves[i]; {
		case leaf.kind != "text":
			out = appendBits(out, l.load(at, i), leaf.bytes)
		case len(texts[0]) == 0:
			out, texts = append(out, '-'), texts[1:]
		default:
			out, texts = appendHex(out, texts[0]), texts[1:]
		}
		out = append(out, '"')
	}
	return append(out, ']')
}
