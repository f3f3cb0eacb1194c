## The same fields under every packing, and packed and unpacked objects inside each other.
##
## Nim packs by 1 or not at all. What lies between is a packed object with its alignment raised again and its holes
## written out.

type
  PackedBy1* {.packed.} = object
    Tag*: uint8
    Serial*: uint64
    Port*: uint16
    Level*: float64
    Last*: uint8

  PackedBy2* {.packed.} = object
    Tag* {.align: 2.}: uint8
    reserved1: uint8
    Serial*: uint64
    Port*: uint16
    Level*: float64
    Last*: uint8
    reserved2: uint8

  PackedBy4* {.packed.} = object
    Tag* {.align: 4.}: uint8
    reserved1: array[3, uint8]
    Serial*: uint64
    Port*: uint16
    reserved2: array[2, uint8]
    Level*: float64
    Last*: uint8
    reserved3: array[3, uint8]

  PackedBy8* = object
    Tag*: uint8
    Serial*: uint64
    Port*: uint16
    Level*: float64
    Last*: uint8

  Sample* {.packed.} = object
    Channel*: uint8
    Value*: float32

  SampleBlock* = object
    Count*: uint16
    Samples*: array[5, Sample]
    Time*: int64

  Loose* = object
    Kind*: uint8
    Value*: uint32
    Check*: uint16

  LooseInPacked* {.packed.} = object
    Before*: uint8
    Inner*: Loose
    After*: uint16
    More*: array[2, Loose]
