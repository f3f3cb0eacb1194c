## The texts that stand behind a record. For a record with texts the probe wants `pack` and `unpack`, told apart by the
## record's type: all its texts as the bytes of one body, and back. Both answer false for what cannot be.

import std/json
import declarations, layouts

proc text(units: PeerText): string =
  result = newString(units.count)
  if units.count > 0:
    copyMem(addr result[0], units.bytes, units.count)

# ---- Note, PackedNote: UTF-8, which has no order ----

proc pack*(_: typedesc[Note | PackedNote]; texts: openArray[PeerText]; body: var string): bool =
  body = text(texts[0])
  true

proc unpack*(_: typedesc[Note | PackedNote]; body: string; texts: var openArray[string]): bool =
  texts[0] = body
  true

# ---- SomeData, Announcement: UTF-16, in the machine's own order ----

when cpuEndian == littleEndian:
  proc swapped(units: string): string =
    result = newString(units.len)
    for i in countup(0, units.len - 2, 2):
      result[i] = units[i + 1]
      result[i + 1] = units[i]
else:
  proc swapped(units: string): string = units

proc pack*(_: typedesc[SomeData | Announcement]; texts: openArray[PeerText]; body: var string): bool =
  body = swapped(text(texts[0]))
  body.len mod 2 == 0

proc unpack*(_: typedesc[SomeData | Announcement]; body: string; texts: var openArray[string]): bool =
  texts[0] = swapped(body)
  body.len mod 2 == 0

# ---- Message: compact JSON with no escape that is not needed, which std/json does not write ----

proc addEscaped(json: var string; text: string) =
  const digits = "0123456789abcdef"
  for c in text:
    case c
    of '"': json.add "\\\""
    of '\\': json.add "\\\\"
    of '\b': json.add "\\b"
    of '\f': json.add "\\f"
    of '\n': json.add "\\n"
    of '\r': json.add "\\r"
    of '\t': json.add "\\t"
    of '\0' .. '\7', '\11', '\14' .. '\31':
      json.add "\\u00"
      json.add digits[ord(c) shr 4]
      json.add digits[ord(c) and 15]
    else: json.add c

proc pack*(_: typedesc[Message]; texts: openArray[PeerText]; body: var string): bool =
  body = "{\"title\":\""
  body.addEscaped text(texts[0])
  body.add "\",\"content\":\""
  body.addEscaped text(texts[1])
  body.add "\"}"
  true

proc unpack*(_: typedesc[Message]; body: string; texts: var openArray[string]): bool =
  try:
    let message = parseJson(body)
    for i, key in ["title", "content"]:
      if message[key].kind != JString:
        return false
      texts[i] = message[key].getStr
    true
  except Exception: # parseJson declares no narrower one; a defect must not cross the C interface either
    false
