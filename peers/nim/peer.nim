## The library: shared memory by C's mapping, the records by Nim's own declarations.

import std/[atomics, volatile]
import lock, mapping, layouts, probe
export lock, mapping # the host calls them

type Answer = enum
  ## The contract's error kinds that arise here, by their numbers.
  ok = 0
  range = 7
  unsupported = 9
  invalid = 11

const
  machine = case hostCPU
    of "amd64": "x86_64"
    of "i386": "i686"
    of "arm64": "aarch64"
    else: hostCPU
  # Nim has no type of its own for a unit of UTF-16 or UTF-32, nor for a truth of four bytes; what an enumeration with negative
  # values is declared as is a distinct integer.
  cannotTell = "\"char16 from unsigned\",\"char32 from unsigned\",\"wchar from unsigned\"," &
    "\"bool32 from signed\",\"enum from signed\""
  info = "{\"peer\":\"nim\",\"language\":\"Nim\",\"version\":\"" & NimVersion & "\",\"target\":\"" & machine & "-" &
    hostOS & "\",\"pointer\":" & $sizeof(pointer) & ",\"cannot_tell\":[" & cannotTell & "]}"

{.push raises: [].}

proc known(layout: int32): bool =
  layout >= 0 and layout < table.len

proc has(layout: Layout; leaf: int32): bool =
  leaf >= 0 and leaf < layout.leaves.len

proc at(record: pointer; offset: int64): pointer =
  cast[pointer](cast[int64](record) + offset)

proc fixedEnd(layout: Layout): int64 =
  ## Where the fixed part ends: the size, or a field that a declaration shorter than its layout left outside.
  result = layout.size
  for leaf in layout.leaves:
    result = max(result, leaf.offset + leaf.width)

proc storeBody(layout: Layout; record: pointer; body: string) =
  ## The length comes last: whoever sees it sees all of the record.
  if body.len > 0:
    copyMem(record.at(layout.size), unsafeAddr body[0], body.len)
  fence(moRelease)
  volatileStore(cast[ptr int32](record.at(layout.length)), int32(body.len))

proc loadBody(layout: Layout; record: pointer; capacity: int64; body: var string): bool =
  ## Copies the body as long as its length says now: its writer may go on writing.
  let length = volatileLoad(cast[ptr int32](record.at(layout.length)))
  fence(moAcquire)
  if length < 0 or length > capacity - layout.size:
    return false
  body = newString(length)
  if length > 0:
    copyMem(addr body[0], record.at(layout.size), length)
  true

proc give(texts: Texts; found: openArray[string]): Answer =
  for i, text in found:
    if text.len > texts[i].count:
      return range
  for i, text in found:
    texts[i].count = text.len
    if text.len > 0:
      copyMem(texts[i].bytes, unsafeAddr text[0], text.len)

proc loadTexts(layout: Layout; record: pointer; capacity: int64; texts: Texts): Answer =
  var body: string
  if not layout.loadBody(record, capacity, body):
    return range
  var found = newSeq[string](layout.texts)
  if layout.unpack(body, found): texts.give(found) else: invalid

proc storeRecord(layout: Layout; record: pointer; capacity: int64; leaves: ptr UncheckedArray[uint64];
                 texts: Texts): Answer =
  var body: string
  if layout.texts > 0:
    for i in 0 ..< layout.texts:
      if texts[i].count < 0:
        return invalid
    if not layout.pack(toOpenArray(texts, 0, layout.texts - 1), body):
      return invalid
  if layout.fixedEnd > capacity or layout.size + body.len > capacity or body.len > int32.high:
    return range
  for i, leaf in layout.leaves:
    if not leaf.isText:
      layout.store(record, i, leaves[i])
  if layout.texts > 0:
    layout.storeBody(record, body)

proc loadRecord(layout: Layout; record: pointer; capacity: int64; leaves: ptr UncheckedArray[uint64];
                texts: Texts): Answer =
  if layout.fixedEnd > capacity:
    return range
  if layout.texts > 0:
    result = layout.loadTexts(record, capacity, texts)
  if result == ok:
    for i, leaf in layout.leaves:
      leaves[i] = if leaf.isText: 0'u64 else: layout.load(record, i)

# ---- what the library exports, besides the mapping ----

{.push exportc, dynlib, cdecl.}

proc PeerInfo*(): cstring = info

proc PeerLayoutCount*(): int32 = int32(table.len)

proc PeerLayoutName*(layout: int32): cstring =
  if layout.known: table[layout].name else: nil

proc PeerLayoutSize*(layout: int32): int64 =
  if layout.known: table[layout].size else: -1

proc PeerLayoutAlign*(layout: int32): int64 =
  if layout.known: table[layout].align else: -1

proc PeerLeafCount*(layout: int32): int32 =
  if layout.known: int32(table[layout].leaves.len) else: -1

proc PeerLeaf*(layout, leaf: int32; path: ptr cstring; offset, width: ptr int64): int32 =
  if not layout.known:
    return int32(ord(unsupported))
  if not table[layout].has(leaf) or path == nil or offset == nil or width == nil:
    return int32(ord(invalid))
  let found = table[layout].leaves[leaf]
  path[] = found.path
  offset[] = found.offset
  width[] = found.width

proc PeerLeafKind*(layout, leaf: int32): cstring =
  if layout.known and table[layout].has(leaf): table[layout].leaves[leaf].kind else: nil

proc PeerMemberCount*(layout: int32): int32 =
  if layout.known: int32(table[layout].members.len) else: -1

proc PeerMember*(layout, member: int32; path: ptr cstring; offset, size: ptr int64): int32 =
  if not layout.known:
    return int32(ord(unsupported))
  if member < 0 or member >= table[layout].members.len or path == nil or offset == nil or size == nil:
    return int32(ord(invalid))
  let found = table[layout].members[member]
  path[] = found.path
  offset[] = found.offset
  size[] = found.size

proc PeerConstantCount*(layout: int32): int32 =
  if layout.known: int32(table[layout].constants.len) else: -1

proc PeerConstant*(layout, constant: int32; enumeration, name: ptr cstring; value: ptr int64): int32 =
  if not layout.known:
    return int32(ord(unsupported))
  if constant < 0 or constant >= table[layout].constants.len or enumeration == nil or name == nil or value == nil:
    return int32(ord(invalid))
  let found = table[layout].constants[constant]
  enumeration[] = found.enumeration
  name[] = found.name
  value[] = found.value

proc PeerStore*(layout: int32; record: pointer; capacity: int64; leaves: ptr UncheckedArray[uint64];
                texts: Texts): int32 =
  let answer =
    if not layout.known: unsupported
    elif record == nil or leaves == nil or (texts == nil and table[layout].texts > 0): invalid
    else: table[layout].storeRecord(record, capacity, leaves, texts)
  int32(ord(answer))

proc PeerStoreLeaf*(layout: int32; record: pointer; capacity: int64; leaf: int32; bits: uint64): int32 =
  ## A text cannot change without its length, and its neighbours in a body: it is `unsupported`.
  let answer =
    if not layout.known: unsupported
    elif record == nil or not table[layout].has(leaf): invalid
    elif table[layout].leaves[leaf].isText: unsupported
    elif table[layout].fixedEnd > capacity: range
    else: ok
  if answer == ok:
    table[layout].store(record, leaf, bits)
  int32(ord(answer))

proc PeerLoad*(layout: int32; record: pointer; capacity: int64; leaves: ptr UncheckedArray[uint64];
               texts: Texts): int32 =
  let answer =
    if not layout.known: unsupported
    elif record == nil or leaves == nil or (texts == nil and table[layout].texts > 0): invalid
    else: table[layout].loadRecord(record, capacity, leaves, texts)
  int32(ord(answer))

{.pop.}
{.pop.}
