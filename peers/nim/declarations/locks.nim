## What stands in front of shared data so that two processes do not trip over each other.

type
  LockedBlock* = object
    Lock*: uint32
    Data*: array[60, uint8]

  SequencedQuote* = object
    Sequence*: uint32
    Time*: int64
    Bid*: float64
    Ask*: float64

  RingHeader* = object
    ## Head and tail on cache lines of their own. Not {.align: 64.}: the others that declare it cannot ask for that.
    Magic*: uint32
    Capacity*: uint32
    Stride*: uint16
    reserved1: array[54, uint8]
    Head*: uint64
    reserved2: array[56, uint8]
    Tail*: uint64
    reserved3: array[56, uint8]

  FrameSlot* = object
    Number*: uint64
    Used*: uint16
    Pixels*: array[13, uint8]

  TripleBuffer* = object
    Latest*: uint8
    Fresh*: bool
    Slots*: array[3, FrameSlot]
