## The table that the generated probe fills in, and the conversions it is made of.

import std/[macros, strutils, typetraits]

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
    kind*: cstring

  Member* = object
    ## A field as a whole: all elements of an array.
    path*: cstring
    offset*: int64
    size*: int64

  Constant* = object
    enumeration*: cstring
    name*: cstring
    value*: int64

  Layout* = object
    name*: cstring
    size*: int64
    align*: int64
    leaves*: seq[Leaf]
    members*: seq[Member]
    constants*: seq[Constant]
    store*: proc (record: pointer; leaf: int; bits: uint64) {.nimcall, raises: [].}
    load*: proc (record: pointer; leaf: int): uint64 {.nimcall, raises: [].}
    texts*: int
    # Of a record with texts: where its length stands, and its texts as one body and back.
    length*: int64
    pack*: proc (texts: openArray[PeerText]; body: var string): bool {.nimcall, raises: [].}
    unpack*: proc (body: string; texts: var openArray[string]): bool {.nimcall, raises: [].}

template kindOfPlain*(Kind: typedesc): cstring =
  when Kind is bool: cstring"bool"
  elif Kind is char: cstring"char"
  elif Kind is SomeFloat: cstring"float"
  elif Kind is SomeUnsignedInt: cstring"unsigned"
  elif Kind is SomeSignedInt: cstring"signed"
  elif Kind is (pointer or ptr or ref or cstring or proc): cstring"pointer"
  else: {.error: "no kind of scalar: " & $Kind.}

template kindOf*(field: untyped): cstring =
  ## What the declared type is to Nim; of a distinct one, and of a range, what it is made of.
  when typeof(field) is enum:
    when ord(low(typeof(field))) < 0: cstring"signed enum" else: cstring"unsigned enum"
  elif typeof(field) is distinct: kindOfPlain(distinctBase(typeof(field)))
  else: kindOfPlain(typeof(field))

template fieldLeaf*(name: string; record, field: untyped): Leaf =
  Leaf(path: name, offset: cast[int64](addr field) - cast[int64](record), width: int64(sizeof(field)),
       kind: kindOf(field))

template textLeaf*(name: string; record, first: untyped): Leaf =
  Leaf(path: name, offset: cast[int64](addr first) - cast[int64](record), isText: true, kind: "text")

template member*(name: string; record, field: untyped): Member =
  Member(path: name, offset: cast[int64](addr field) - cast[int64](record), size: int64(sizeof(field)))

macro exported*(Record: typedesc; field: static string): bool =
  ## Whether a field can be reached from here: one that is not exported is a hole that is spelled out.
  let name = ident(field)
  quote do: compiles((var record: `Record`; discard record.`name`))

proc named*(names: openArray[string]; name: string): bool {.compileTime.} =
  ## Nim takes no notice of underscores, nor of capitals but the first letter's.
  for known in names:
    if cmpIgnoreStyle(known, name) == 0 and known[0] == name[0]:
      return true

template addStrangers*(members: var seq[Member]; prefix: string; record, part: untyped; known: untyped) =
  ## The exported fields of a part that the layout does not have.
  for name, field in fieldPairs(part):
    when not named(known, name) and exported(typeof(part), name):
      members.add member(prefix & name, record, field)

template constantOf*(called, known: string; own: untyped): Constant =
  when own is enum: Constant(enumeration: called, name: known, value: int64(ord(own)))
  elif own is distinct: Constant(enumeration: called, name: known, value: int64(distinctBase(own)))
  else: Constant(enumeration: called, name: known, value: int64(own))

macro constantsOf*(Enumeration: typedesc; known: untyped): untyped =
  ## Name and number of each constant that is not known. Not by iterating: one with holes may reach from 0 to 2^63.
  var names: seq[string]
  for name in known:
    names.add name.strVal
  var found = newNimNode(nnkBracket)
  for constant in Enumeration.getType[1][1 .. ^1]:
    if not named(names, constant.strVal):
      found.add newTree(nnkTupleConstr, newLit(constant.strVal), newCall(ident"int64", newCall(ident"ord", constant)))
  result = quote do:
    seq[(string, int64)](@`found`)

template addConstants*(constants: var seq[Constant]; called: string; field: untyped; known: untyped) =
  ## The constants of a field's enumeration that the layout does not have.
  when typeof(field) is enum:
    for constant in constantsOf(typeof(field), known):
      constants.add Constant(enumeration: called, name: constant[0], value: constant[1])

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
