package declarations

type SignedNumbers struct {
	Tiny   int8
	Small  int16
	Medium int32
	Large  int64
}

type UnsignedNumbers struct {
	Large  uint64
	Medium uint32
	Small  uint16
	Tiny   uint8
}

type FloatNumbers struct {
	Single float32
	Double float64
}

type Truths struct {
	Ready   bool
	Enabled int32 // Win32's BOOL
	Doors   [5]bool
}

type CodeUnits struct {
	Narrow byte
	Wide   uint16
	Full   rune
}

type PlainChars struct {
	Mark   Char
	Digits [6]Char
	Sum    int16
}

type CompilerNumbers struct {
	SignedChar       int8
	UnsignedChar     uint8
	Short            int16
	UnsignedShort    uint16
	Int              int32
	UnsignedInt      uint32
	LongLong         int64
	UnsignedLongLong uint64
}

type LongNumbers struct {
	Before   uint8
	Signed   Long
	Unsigned ULong
	After    uint16
}

type Measures struct {
	Count    uint16
	Length   uint
	Distance int
}

// Addresses are numbers: what looks like a pointer, Go's garbage collector would follow.
type Addresses struct {
	Kind  uint8
	Base  uintptr
	Shift int
	Owner uintptr
}

type WideLetters struct {
	Initial WideChar
	Name    [7]WideChar
	Age     uint8
}

type LampState uint8

const (
	LampOff    LampState = 0
	LampOn     LampState = 1
	LampBroken LampState = 255
)

type AxisName int16

const (
	AxisNone AxisName = iota - 1
	AxisX
	AxisY
	AxisZ
)

type RunMode uint32

const (
	RunIdle    RunMode = 0
	RunRunning RunMode = 10
	RunFailed  RunMode = 0xFFFFFFFF
)

type FeatureBit uint64

const (
	FeatureLogging FeatureBit = 1
	FeatureRemote  FeatureBit = 1 << 32
)

// Direction is as wide as C's int.
type Direction int32

const (
	North Direction = iota
	East
	South
	West
)

type Choices struct {
	Lamp      LampState
	Axis      AxisName
	Mode      RunMode
	Feature   FeatureBit
	Direction Direction
}
