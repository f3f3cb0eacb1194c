package declarations

// Offsets and sizes that others wrote down. Go has no place for them: the holes are fields without a name.

type PinnedHoles struct {
	Magic  uint32
	_      [12]byte
	Serial uint64
	_      [16]byte
	Level  float32
	_      [3]byte
	Flag   uint8
	_      [16]byte
}

type PinnedOrder struct {
	First  uint32
	_      [4]byte
	Middle float64
	_      [4]byte
	Last   uint16
	_      [2]byte
}

type SizedOnly struct {
	Version uint32
	Level   float64
	Flags   [3]uint16
	_       [26]byte
}

type RegisterBlock struct {
	Control    uint32
	Status     uint32
	_          [0x20 - 0x08]byte
	Interrupts uint64
	_          [0x80 - 0x28]byte
	Queue      [8]uint16
	_          [0xFF - 0x90]byte
	Revision   uint8
}
