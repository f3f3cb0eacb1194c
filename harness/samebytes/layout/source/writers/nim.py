"""Nim."""

from __future__ import annotations

import re
from collections.abc import Sequence

from samebytes.layout.kinds import Enum, Kind
from samebytes.layout.source.parts import SourceRecord

SUFFIXES = (".nim",)
SEPARATOR = ""
NAMES_FIRST = True

_OTHER = {
    ("f", 4): ["float32"], ("f", 8): ["float64"], ("b", 1): ["bool", "uint8"], ("b", 4): ["uint32", "int32"], ("c", 1): ["char", "uint8"],
    ("c", 2): ["uint16"], ("c", 4): ["uint32"], ("p", 8): ["pointer", "uint"], ("p", 4): ["pointer", "uint"],
}  # fmt: skip


def scalars(kind: Kind, key: tuple[str, int], text: str) -> Sequence[str]:
    """Return how Nim spells a scalar."""
    own = (
        [kind.name]
        if isinstance(kind, Enum) and re.search(rf"\b{re.escape(kind.name)}\b[^\n]*=\s*enum\b", text)
        else []
    )
    return [*own, *_OTHER.get(key, [f"{'int' if key[0] == 'i' else 'uint'}{key[1] * 8}"])]


def field(name: str, type_: str, counts: tuple[int, ...], bits: int | None, like: str, text: str) -> Sequence[str]:
    """Return a field, exported as the others are."""
    if bits is not None:
        return []
    star = "*" if re.match(r"[`\w]+\*", like) else ""
    for number in reversed(counts):
        type_ = f"array[{number}, {type_}]"
    return [f"{name}{star}: {type_}"]


def count(number: int, was: str) -> str:
    """Return a dimension: `16`, or `0..15` where it was a range."""
    return f"0..{number - 1}" if ".." in was else str(number)


def packed(text: str, record: SourceRecord, pack: int | None) -> str | None:
    """Return the text with the `packed` pragma, or without it; Nim has no other packing."""
    head = text[record.whole[0] : record.body[0]]
    pragma = re.search(r"\{\.(?P<words>[^}]*?)\.?\}", head)
    words = [word.strip() for word in pragma["words"].split(",")] if pragma else []
    if pack not in (None, 1) or (pack == 1) == ("packed" in words):
        return None
    wanted = [*(word for word in words if word != "packed"), *(["packed"] if pack == 1 else [])]
    new = f"{{.{', '.join(wanted)}.}}" if wanted else ""
    start = record.whole[0]
    if pragma:
        gap = 1 if not new and head[pragma.start() - 1 : pragma.start()] == " " else 0
        return text[: start + pragma.start() - gap] + new + text[start + pragma.end() :]
    name = re.match(r"`?\w+`?\*?", head)
    at = start + (name.end() if name else 0)
    return f"{text[:at]} {new}{text[at:]}"
