package declarations

// Scalars of different widths side by side. The holes between them are the compiler's.

type Mixed struct {
	Tag    uint8
	Serial uint64
	Port   uint16
	Level  float64
}

type MixedWider struct {
	Tag    uint8
	Serial uint64
	Port   uint32
	Level  float64
}

type MixedWhole struct {
	Tag    uint8
	Serial uint64
	Port   uint16
	Level  uint64
}

type Holes struct {
	First  uint8
	Two    uint16
	Second uint8
	Four   int32
	Third  uint8
	Eight  int64
	Fourth uint8
}

type TailPadded struct {
	Value float64
	Count uint32
	Flag  bool
}

type OddArrays struct {
	Bytes  [3]uint8
	Words  [3]uint16
	Ready  bool
	Points [2]float64
	Rest   [5]int8
}

// PackedBy8 is packed by what it would be aligned to anyway.
type PackedBy8 struct {
	Tag    uint8
	Serial uint64
	Port   uint16
	Level  float64
	Last   uint8
}

type Loose struct {
	Kind  uint8
	Value uint32
	Check uint16
}
