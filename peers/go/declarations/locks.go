package declarations

// What stands in front of shared data so that two processes do not trip over each other.

type LockedBlock struct {
	Lock uint32
	Data [60]byte
}

type SequencedQuote struct {
	Sequence uint32
	Time     int64
	Bid      float64
	Ask      float64
}

// RingHeader has head and tail on cache lines of their own.
type RingHeader struct {
	Magic    uint32
	Capacity uint32
	Stride   uint16
	_        [54]byte
	Head     uint64
	_        [56]byte
	Tail     uint64
	_        [56]byte
}

type FrameSlot struct {
	Number uint64
	Used   uint16
	Pixels [13]uint8
}

type TripleBuffer struct {
	Latest uint8
	Fresh  bool
	Slots  [3]FrameSlot
}
