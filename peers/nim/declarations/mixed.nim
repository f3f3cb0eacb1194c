## Scalars of different widths side by side. The holes between them are the C compiler's.

type
  Mixed* = object
    Tag*: uint8
    Serial*: uint64
    Port*: uint16
    Level*: float64

  MixedWider* = object
    Tag*: uint8
    Serial*: uint64
    Port*: uint32
    Level*: float64

  MixedWhole* = object
    Tag*: uint8
    Serial*: uint64
    Port*: uint16
    Level*: uint64

  Holes* = object
    First*: uint8
    Two*: uint16
    Second*: uint8
    Four*: int32
    Third*: uint8
    Eight*: int64
    Fourth*: uint8

  TailPadded* = object
    Value*: float64
    Count*: uint32
    Flag*: bool

  OddArrays* = object
    Bytes*: array[3, uint8]
    Words*: array[3, uint16]
    Ready*: bool
    Points*: array[2, float64]
    Rest*: array[5, int8]
