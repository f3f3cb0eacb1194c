## Offsets and sizes that others wrote down. Nim has no place for them: the holes are fields of their own.

type
  PinnedHoles* = object
    Magic*: uint32
    reserved1: array[12, uint8]
    Serial*: uint64
    reserved2: array[16, uint8]
    Level*: float32
    reserved3: array[3, uint8]
    Flag*: uint8
    reserved4: array[16, uint8]

  PinnedOrder* = object
    First*: uint32
    reserved1: array[4, uint8]
    Middle*: float64
    reserved2: array[4, uint8]
    Last*: uint16
    reserved3: array[2, uint8]

  PinnedOdd* {.packed.} = object
    Version*: uint8
    Stamp*: uint32
    reserved1: array[2, uint8]
    Level*: float64
    reserved2: array[2, uint8]
    Port*: uint16
    reserved3: array[5, uint8]

  SizedOnly* = object
    Version*: uint32
    Level*: float64
    Flags*: array[3, uint16]
    reserved: array[26, uint8]

  RegisterBlock* = object
    Control*: uint32
    Status*: uint32
    reserved1: array[0x20 - 0x08, uint8]
    Interrupts*: uint64
    reserved2: array[0x80 - 0x28, uint8]
    Queue*: array[8, uint16]
    reserved3: array[0xFF - 0x90, uint8]
    Revision*: uint8
