"""What bytes say: a field's value as people read it, and as a plain value."""

from __future__ import annotations

import json
import struct
from collections.abc import Sequence
from itertools import groupby
from typing import Any, NamedTuple

from samebytes.errors import LayoutError
from samebytes.layout import Abi, Enum, Kind, Layout, Member, Text, decode, text_from
from samebytes.layout.record import Chars
from samebytes.layout.texts import chars_from

__all__ = ["Decoded", "decoded_json_body", "decoded_member"]

RUNS = 12
"""Runs of equal elements of an array that are shown."""
SHORTEST_RUN = 4
LONGEST = 160
"""Characters of a text that are shown."""


class Decoded(NamedTuple):
    """A value: for people (`text`), plain (`value`: None where the bytes say none), and its bytes."""

    text: str
    value: Any
    raw: bytes


def decoded_member(member: Member, abi: Abi, offset: int, data: bytes) -> Decoded:
    """Return the value of a field that is not a record and stands at `offset`, complete, in `data`."""
    part = member.field
    if isinstance(part.type, Text):
        return _counted(part.type, abi, offset, data)
    assert isinstance(part.type, Kind)
    size = (len(data) - offset) // member.stride * member.stride if part.flexible and member.stride else member.size
    raw = data[offset : offset + size]
    if part.bits is not None:
        return _scalar(part.type, abi, raw, _bits(member, abi, raw), part.bits)
    if part.chars is not None:
        return _texts(part.chars, part.counts, member.stride, abi, raw)
    if part.counts or part.flexible:
        return _array(part.type, abi, member.stride, part.counts[1:], raw)
    return _scalar(part.type, abi, raw, int.from_bytes(raw, abi.order), None)


def decoded_json_body(layout: Layout, path: str, data: bytes) -> Decoded:
    """Return one text of a record that travels as a JSON object."""
    try:
        value = str(decode(layout, data)[path])
    except LayoutError as error:
        return Decoded(error.message, None, b"")
    return Decoded(_quoted(value), value, value.encode("utf-8", "surrogatepass"))


def _bits(member: Member, abi: Abi, raw: bytes) -> int:
    first, count = member.bit or 0, member.field.bits or 0
    shift = first if abi.order == "little" else len(raw) * 8 - first - count
    return int.from_bytes(raw, abi.order) >> shift & (1 << count) - 1


def _scalar(kind: Kind, abi: Abi, raw: bytes, bits: int, size: int | None) -> Decoded:
    value = kind.value(bits, abi, size)
    return Decoded(_words(kind, abi, value, bits), value, raw)


def _words(kind: Kind, abi: Abi, value: Any, bits: int) -> str:
    if isinstance(kind, Enum):
        return f"{kind.label(int(value)) or 'no name'} ({int(value)})" if not isinstance(value, str) else _quoted(value)
    if isinstance(value, bool):
        # C, C++ and .NET take other patterns for true as well, and some compilers are confused by them.
        return ("true" if value else "false") + (f" (as {bits:#x})" if bits > 1 else "")
    if kind.family == "pointer":
        return f"{bits:#x}"
    if isinstance(value, float):
        return _float(value, kind.width(abi))
    return _quoted(value) if isinstance(value, str) else str(value)


def _float(value: float, width: int) -> str:
    """Return the shortest number that has these bits: 1.45, not 1.4500000476837158."""
    if width == 4:
        for digits in range(1, 10):
            text = f"{value:.{digits}g}"
            if struct.pack(">f", float(text)) == struct.pack(">f", value):
                return text
    return repr(value).removesuffix(".0")


def _array(kind: Kind, abi: Abi, stride: int, inner: Sequence[int], raw: bytes) -> Decoded:
    """Return the elements of an array, runs of equal ones as `0 ×40`; arrays of arrays as lists of lists."""
    units = (
        [int.from_bytes(raw[at : at + stride], abi.order) for at in range(0, len(raw), stride or 1)] if stride else []
    )
    values = [kind.value(bits, abi) for bits in units]
    words = [_words(kind, abi, value, bits) for value, bits in zip(values, units, strict=True)]
    return Decoded(_abbreviated(words), _shaped(values, inner), raw)


def _abbreviated(words: Sequence[str]) -> str:
    parts: list[str] = []
    for word, run in groupby(words):
        count = len(list(run))
        parts += [f"{word} ×{count}"] if count >= SHORTEST_RUN else [word] * count
    more = f", … {len(parts) - RUNS} more" if len(parts) > RUNS else ""
    return f"[{', '.join(parts[:RUNS])}{more}]"


def _shaped(values: list[Any], inner: Sequence[int]) -> list[Any]:
    for count in reversed(inner):
        values = [values[at : at + count] for at in range(0, len(values), count)] if count else []
    return values


def _texts(chars: Chars, counts: Sequence[int], unit: int, abi: Abi, raw: bytes) -> Decoded:
    """Return the text of an array of characters; for an array of such arrays a list of texts."""
    length = (counts[-1] if counts else len(raw) // unit) * unit
    pieces = [raw[at : at + length] for at in range(0, len(raw), length)] if length else [b""]
    found = [_text(chars, unit, abi, piece) for piece in pieces]
    if len(counts) < 2:
        return Decoded(*found[0], raw)
    return Decoded(_abbreviated([words for words, _ in found]), [value for _, value in found], raw)


def _text(chars: Chars, unit: int, abi: Abi, raw: bytes) -> tuple[str, str | None]:
    try:
        value = chars_from(raw, chars, unit, abi.order)
    except LayoutError as error:
        return error.message, None
    ended = chars.end != "nul" or any(not any(raw[at : at + unit]) for at in range(0, len(raw), unit))
    return _quoted(value) + ("" if ended else " (no NUL ends it)"), value


def _counted(kind: Text, abi: Abi, offset: int, data: bytes) -> Decoded:
    """Return a text that stands right behind its length."""
    assert kind.prefix is not None
    start = offset + kind.prefix.width(abi)
    length = int.from_bytes(data[offset:start], abi.order)
    if length > len(data) - start:
        return Decoded(f"its length says {length} bytes, {len(data) - start} are there", None, data[offset:start])
    raw = data[offset : start + length]
    try:
        value = text_from(data[start : start + length], kind, abi.order)
    except LayoutError as error:
        return Decoded(error.message, None, raw)
    return Decoded(_quoted(value), value, raw)


def _quoted(value: str) -> str:
    """Return a text on one line, in quotes, with control characters and lone surrogates as escapes."""
    shown = value if len(value) <= LONGEST else f"{value[:LONGEST]}…"
    words = json.dumps(shown, ensure_ascii=False)
    return "".join(char if char.isprintable() else ascii(char)[1:-1] for char in words)
