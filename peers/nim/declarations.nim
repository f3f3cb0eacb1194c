## The records, as this program declares them. Nothing here is generated; the probe only measures it.
##
## An object without inheritance has the layout of the C struct with the same fields.

import declarations/[labels, locks, mixed, nested, packed, pinned, published, scalars, unions]
export labels, locks, mixed, nested, packed, pinned, published, scalars, unions

type
  Integer* = object
    Value*: int32

  MySharedData* = object
    Value*: int32
    Letter*: uint16 # a UTF-16 unit
    Numbers*: array[50, float32]

  MySharedDataExplicit* = object
    ## Nim writes no offsets down either, so what a C# FieldOffset implies is a field of its own.
    Value*: int32
    Letter*: uint16
    reserved*: uint16
    Numbers*: array[50, float32]

  Message* = object
    length*: int32 ## bytes of JSON that follow
    json*: UncheckedArray[char] ## {"title":"…","content":"…"}

  SomeData* = object
    CurrentDate*: int64
    length*: int32 ## bytes, not units
    Text*: UncheckedArray[uint16]
