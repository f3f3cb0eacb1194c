## The table that the generated probe fills in, and the conversions it is made of.

type
  PeerText* = object
    ## A text's code units, each big-endian. On load the caller gives a buffer and its size.
    bytes*: ptr UncheckedArray[byte]
    count*: int64

  Texts* = ptr UncheckedArray[PeerText]

  Leaf* = object
    path*: cstring
    offset*: int64
    width*: int64 ## 0 for a text
    isText*: bool

  Layout* = object
    name*: cstring
    size*: int64
    align*: int64
    leaves*: seq[Leaf]
    store*: proc (record: pointer; leaf: int; bits: uint64) {.nimcall, raises: [].}
    load*: proc (record: pointer; leaf: int): uint64 {.nimcall, raises: [].}
    texts*: int
    # Of a record with texts: where its length stands, and its texts as one body and back.
    length*: int64
    pack*: proc (texts: openArray[PeerText]; body: var string): bool {.nimcall, raises: [].}
    unpack*: proc (body: string; texts: var openArray[string]): bool {.nimcall, raises: [].}

template fieldLeaf*(name: string; record, field: untyped): Leaf =
  Leaf(path: name, offset: cast[int64](addr field) - cast[int64](record), width: int64(sizeof(field)))

template textLeaf*(name: string; record, first: untyped): Leaf =
  Leaf(path: name, offset: cast[int64](addr first) - cast[int64](record), isText: true)

template checkElement*(name: string; field: untyped; index: static int) =
  ## Refuses to compile where the declared array ends before `index`: what stands behind it would be taken for it.
  when index >= len(typeof(field)):
    {.error: name & " has no element " & $index.}

# A leaf's bits as a value of the layout's kind, and back. Between that and the declared field stands Nim's own
# conversion, which the compiler writes out where the two types are the same.

{.push checks: off.}

template valueOf*(Kind: typedesc; bits: uint64): untyped =
  when Kind is float32: cast[float32](uint32(bits and 0xFFFF_FFFF'u64))
  elif Kind is float64: cast[float64](bits)
  elif Kind is bool: (bits and 0xFF) != 0
  else: cast[Kind](bits)

template bitsOf*[Kind](value: Kind): uint64 =
  when Kind is float32: uint64(cast[uint32](value))
  elif Kind is float64: cast[uint64](value)
  elif sizeof(Kind) == 1: uint64(cast[uint8](value))
  elif sizeof(Kind) == 2: uint64(cast[uint16](value))
  elif sizeof(Kind) == 4: uint64(cast[uint32](value))
  else: cast[uint64](value)

# An enumeration travels as the integer that stores it. A cast, since not every integer is one of its values.

template put*(field: untyped; Kind: typedesc; bits: uint64) =
  when typeof(field) is enum: field = cast[typeof(field)](valueOf(Kind, bits))
  else: field = typeof(field)(valueOf(Kind, bits))

template get*(field: untyped; Kind: typedesc): uint64 =
  when typeof(field) is enum: bitsOf(cast[Kind](field))
  else: bitsOf(Kind(field))

{.pop.}
