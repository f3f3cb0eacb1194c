## Single scalars: fixed widths, C's own types, truth, characters, addresses, enumerations.

when defined(windows):
  type CWideChar* = uint16 ## C's wchar_t
else:
  type CWideChar* = uint32 ## C's wchar_t

type
  SignedNumbers* = object
    Tiny*: int8
    Small*: int16
    Medium*: int32
    Large*: int64

  UnsignedNumbers* = object
    Large*: uint64
    Medium*: uint32
    Small*: uint16
    Tiny*: uint8

  FloatNumbers* = object
    Single*: float32
    Double*: float64

  Truths* = object
    Ready*: bool
    Enabled*: int32 # Win32's BOOL
    Doors*: array[5, bool]

  CodeUnits* = object
    Narrow*: char
    Wide*: uint16
    Full*: uint32

  PlainChars* = object
    Mark*: cchar
    Digits*: array[6, cchar]
    Sum*: int16

  CompilerNumbers* = object
    SignedChar*: cschar
    UnsignedChar*: uint8
    Short*: cshort
    UnsignedShort*: cushort
    Int*: cint
    UnsignedInt*: cuint
    LongLong*: clonglong
    UnsignedLongLong*: culonglong

  LongNumbers* = object
    Before*: uint8
    Signed*: clong
    Unsigned*: culong
    After*: uint16

  Measures* = object
    Count*: uint16
    Length*: csize_t
    Distance*: int # as wide as a pointer, as C's ptrdiff_t

  Addresses* = object
    Kind*: uint8
    Base*: uint
    Shift*: int
    Owner*: pointer

  WideLetters* = object
    Initial*: CWideChar
    Name*: array[7, CWideChar]
    Age*: uint8

  # Left to itself Nim stores an enumeration in as few bytes as its values take.
  LampState* {.size: sizeof(uint8).} = enum
    lampOff = 0
    lampOn = 1
    lampBroken = 255

  # An enumeration with a negative value takes four bytes in C, whatever its pragma says.
  AxisName* = distinct int16

  RunMode* {.size: sizeof(uint32).} = enum
    runIdle = 0
    runRunning = 10
    runFailed = 0xFFFFFFFF

  FeatureBit* {.size: sizeof(uint64).} = enum
    featureLogging = 1
    featureRemote = 0x100000000

  Direction* {.size: sizeof(cint).} = enum
    north = 0
    east = 1
    south = 2
    west = 3

  Choices* = object
    Lamp*: LampState
    Axis*: AxisName
    Mode*: RunMode
    Feature*: FeatureBit
    Direction*: Direction

const
  axisNone* = AxisName(-1)
  axisX* = AxisName(0)
  axisY* = AxisName(1)
  axisZ* = AxisName(2)
