package main

import (
	"bufio"
	"encoding/hex"
	"errors"
	"io/fs"
	"os"
	"strconv"
	"strings"

	"samebytes/peers/go/segment"
)

const lineLimit = 1 << 20

var messages = map[segment.Kind]string{
	segment.Exists:      "a segment of this name is alive",
	segment.NotFound:    "nobody holds a segment of this name",
	segment.Denied:      "what it was opened for, or who owns it, does not allow this",
	segment.InvalidName: "this cannot name a segment",
	segment.InvalidSize: "this cannot be the size of a segment",
	segment.NoSpace:     "there is not that much memory",
	segment.OutOfRange:  "this lies outside the map or the view",
	segment.Closed:      "no map or view is open under this number",
	segment.Unsupported: "this peer does not know or cannot do this",
	segment.Timeout:     "nothing happened in time",
	segment.Invalid:     "the request, or the message in memory, is malformed",
	segment.Failed:      "the system refused",
}

var errInvalid = &segment.Error{Kind: segment.Invalid}

var output = bufio.NewWriterSize(os.Stdout, 1<<16)

// The answers so far are sent before it is waited for more: requests that came at once are answered at once.
type stdin struct{}

func (stdin) Read(buffer []byte) (int, error) {
	if err := output.Flush(); err != nil {
		return 0, err
	}
	return os.Stdin.Read(buffer)
}

var input = bufio.NewReaderSize(stdin{}, lineLimit+2)

// request is a line: its words, with the sequence number among them, and whether it is one.
type request struct {
	words      []string
	sequence   int64 // -1 where it cannot be read
	wellFormed bool
}

// readRequest reads to the end of the line whatever stands in it.
func readRequest() (request, error) {
	line, err := input.ReadSlice('\n')
	clean := err != bufio.ErrBufferFull
	text := string(line)
	for err == bufio.ErrBufferFull {
		_, err = input.ReadSlice('\n')
	}
	if err != nil && len(text) == 0 {
		return request{}, err
	}
	text = strings.TrimSuffix(strings.TrimSuffix(text, "\n"), "\r")
	if len(text) > lineLimit || strings.IndexFunc(text, func(c rune) bool { return c == 0 || c > 126 }) >= 0 {
		clean = false
	}
	words := strings.Split(text, " ")
	sequence, ok := parseNumber(words[0])
	if !ok || sequence < 0 || words[0][0] == '-' {
		sequence = -1
	}
	return request{words, sequence, clean && sequence >= 0 && len(words) > 1}, nil
}

var scratch []byte

func answer(request request) {
	out := append(appendSequence(scratch[:0], request), `,"ok":{`...)
	err := error(errInvalid)
	var full []byte
	if request.wellFormed {
		full, err = run(out, request.words)
	}
	if err != nil {
		full = appendError(appendSequence(scratch[:0], request), err)
	}
	scratch = append(full, "}}\n"...)
	output.Write(scratch)
}

func appendSequence(out []byte, request request) []byte {
	out = append(out, `{"seq":`...)
	if request.sequence < 0 {
		return append(out, "null"...)
	}
	return strconv.AppendInt(out, request.sequence, 10)
}

func appendError(out []byte, err error) []byte {
	failure, ok := err.(*segment.Error)
	if !ok {
		failure = &segment.Error{Kind: segment.Failed}
	}
	out = append(out, `,"error":{"kind":"`+string(failure.Kind)+`","code":`...)
	out = strconv.AppendInt(out, int64(failure.Code), 10)
	return append(out, `,"native":"`+native(failure)+`","message":"`+messages[failure.Kind]+`"`...)
}

// native is what a program in Go asks for.
func native(failure *segment.Error) string {
	switch {
	case failure.Code == 0:
		return ""
	case errors.Is(failure.Code, fs.ErrNotExist):
		return "fs.ErrNotExist"
	case errors.Is(failure.Code, fs.ErrExist):
		return "fs.ErrExist"
	case errors.Is(failure.Code, fs.ErrPermission):
		return "fs.ErrPermission"
	}
	return "syscall.Errno " + strconv.Itoa(int(failure.Code))
}

// appendNames appends a list of words that need no escapes.
func appendNames(out []byte, count int, name func(int) string) []byte {
	out = append(out, '[')
	for i := 0; i < count; i++ {
		if i > 0 {
			out = append(out, ',')
		}
		out = append(append(append(out, '"'), name(i)...), '"')
	}
	return append(out, ']')
}

func appendHex(out, bytes []byte) []byte {
	const digits = "0123456789abcdef"
	for _, b := range bytes {
		out = append(out, digits[b>>4], digits[b&15])
	}
	return out
}

// appendBits appends a leaf, big-endian. What is more than its kind holds gets all its digits: whoever asked shall see it.
func appendBits(out []byte, bits uint64, width int) []byte {
	if width < 8 && bits>>(8*width) != 0 {
		width = 8
	}
	for i := width - 1; i >= 0; i-- {
		out = appendHex(out, []byte{byte(bits >> (8 * i))})
	}
	return out
}

func parseNumber(word string) (int64, bool) {
	number, err := strconv.ParseInt(word, 10, 64)
	return number, err == nil && word[0] != '+'
}

func parseBits(word string, width int) (uint64, bool) {
	bits, err := strconv.ParseUint(word, 16, 64)
	return bits, err == nil && len(word) == 2*width
}

func parseBytes(word string) ([]byte, bool) {
	bytes, err := hex.DecodeString(word)
	return bytes, err == nil
}

// parseName undoes the percent encoding.
func parseName(word string) (string, bool) {
	if !strings.Contains(word, "%") {
		return word, true
	}
	parts := strings.Split(word, "%")
	name := parts[0]
	for _, part := range parts[1:] {
		if len(part) < 2 {
			return "", false
		}
		c, ok := parseBits(part[:2], 1)
		if !ok {
			return "", false
		}
		name += string([]byte{byte(c)}) + part[2:]
	}
	return name, true
}
