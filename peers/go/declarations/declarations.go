// Package declarations has the records as this program declares them. Nothing here is generated; the probe only measures it.
//
// A Go struct has the layout of the C struct with the same fields. There is no packing and no union: records with
// either are not declared here.
package declarations

// Integer is one native integer.
type Integer struct {
	Value int32
}

// MySharedData is a C# struct with a fixed buffer.
type MySharedData struct {
	Value   int32
	Letter  uint16 // a UTF-16 unit
	Numbers [50]float32
}

// MySharedDataExplicit is the same with the hole that C#'s FieldOffset leaves written out.
type MySharedDataExplicit struct {
	Value   int32
	Letter  uint16
	_       uint16
	Numbers [50]float32
}

// Message is behind its length a JSON object: {"title":"…","content":"…"}.
type Message struct {
	Length int32
	JSON   [0]byte
}

// SomeData is a stamp: a date, and text behind its length in bytes.
type SomeData struct {
	CurrentDate int64
	Length      int32
	Text        [0]uint16
}
