"""Object Pascal."""

from __future__ import annotations

import re
from collections.abc import Sequence

from samebytes.layout.kinds import Enum, Kind
from samebytes.layout.source.parts import SourceRecord

SUFFIXES = (".pas", ".pp", ".dpr", ".lpr")
SEPARATOR = ""
NAMES_FIRST = True

_TYPES = {
    ("i", 1): ["ShortInt"], ("i", 2): ["SmallInt"], ("i", 4): ["LongInt"], ("i", 8): ["Int64"], ("u", 1): ["Byte"], ("u", 2): ["Word"],
    ("u", 4): ["LongWord"], ("u", 8): ["QWord", "UInt64"], ("f", 4): ["Single"], ("f", 8): ["Double"], ("b", 1): ["Boolean", "Byte"],
    ("b", 4): ["LongBool", "LongWord"], ("c", 1): ["AnsiChar", "Byte"], ("c", 2): ["WideChar", "Word"], ("c", 4): ["LongWord"],
    ("p", 8): ["Pointer"], ("p", 4): ["Pointer"],
}  # fmt: skip


def scalars(kind: Kind, key: tuple[str, int], text: str) -> Sequence[str]:
    """Return how Pascal spells a scalar."""
    own = [kind.name] if isinstance(kind, Enum) and re.search(rf"(?i)\b{re.escape(kind.name)}\s*=\s*\(", text) else []
    return [*own, *_TYPES.get(key, [])]


def field(name: str, type_: str, counts: tuple[int, ...], bits: int | None, like: str, text: str) -> Sequence[str]:
    """Return a field's statement."""
    if bits is not None:
        return []
    ranges = ", ".join(f"0..{number - 1}" for number in counts)
    return [f"{name}: array[{ranges}] of {type_};" if counts else f"{name}: {type_};"]


def count(number: int, was: str) -> str:
    """Return a dimension with the first index that it had."""
    first = re.match(r"\s*(\d+)\s*\.\.", was)
    if first:
        return f"{first[1]}..{int(first[1]) + number - 1}"
    return str(number)


def packed(text: str, record: SourceRecord, pack: int | None) -> str | None:
    """Return the text with the word `packed`, without it, or between directives that pack it so and no other record."""
    head = text[record.whole[0] : record.body[0]]
    found = re.search(r"(?i)\bpacked\s+(?=record\b|object\b)", head)
    start = record.whole[0]
    if pack == 1:
        word = re.search(r"(?i)\b(?:record|object)\b\s*$", head)
        return None if found or word is None else f"{text[: start + word.start()]}packed {text[start + word.start() :]}"
    bare = head[: found.start()] + head[found.end() :] if found else head
    if found and pack is None:
        return text[:start] + bare + text[record.body[0] :]
    line = text.rfind("\n", 0, start) + 1
    directive = "c" if pack is None else str(pack)
    stop = text.find("\n", record.whole[1])
    stop = len(text) if stop < 0 else stop + 1
    behind = f"{text[record.body[0] : stop]}{'' if text[:stop].endswith(chr(10)) else chr(10)}{{$pop}}\n{text[stop:]}"
    return f"{text[:line]}{{$push}}{{$packrecords {directive}}}\n{text[line:start]}{bare}{behind}"
