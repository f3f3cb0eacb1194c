package declarations

// Text in arrays of fixed length, and behind its length in bytes at the end of a record.

type ByteLabel struct {
	Text   [16]byte
	Colour uint32
}

type UnitLabel struct {
	Caption [9]uint16 // UTF-16
	Value   int32
}

type NameList struct {
	Count uint8
	Names [3][12]byte
	Check uint16
}

type Note struct {
	Channel uint16
	Length  int32
	Text    [0]byte
}

type Announcement struct {
	Time   uint64
	Level  uint16
	Length int32
	Text   [0]uint16
}
