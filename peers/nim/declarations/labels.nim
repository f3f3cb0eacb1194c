## Text: in arrays of fixed length, and behind its length in bytes, without a final NUL, at the end of an object.

type
  ByteLabel* = object
    Text*: array[16, char]
    Colour*: uint32

  UnitLabel* = object
    Caption*: array[9, uint16] # UTF-16
    Value*: int32

  NameList* = object
    Count*: uint8
    Names*: array[3, array[12, char]]
    Check*: uint16

  Note* = object
    Channel*: uint16
    length*: int32
    Text*: UncheckedArray[char]

  PackedNote* {.packed.} = object
    Version*: uint8
    Time*: int64
    length*: int32
    Text*: UncheckedArray[char]

  Announcement* = object
    Time*: uint64
    Level*: uint16
    length*: int32
    Text*: UncheckedArray[uint16]
