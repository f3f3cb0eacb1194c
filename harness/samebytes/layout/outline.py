"""A laid-out record as lines for people: one per field, arrays of scalars as one, arrays of records by their first element."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator
from typing import Literal, NamedTuple

from samebytes.errors import LayoutError
from samebytes.layout.hazards.shapes import holes_of
from samebytes.layout.kinds import Enum
from samebytes.layout.laid_out import Layout, Member
from samebytes.layout.record import Field, Text

__all__ = ["MAX_LINES", "Line", "outline", "type_words"]

MAX_LINES = 1 << 17
"""Lines a record may have; records of more fields are not for people to read."""


class Line(NamedTuple):
    """One line. Offset and size are in bytes; for bit-fields those they touch."""

    path: str
    offset: int
    size: int
    type: str
    what: Literal["field", "bits", "padding", "repeat"] = "field"
    """`repeat`: the elements of an array of records behind its first one, which stands above line by line."""
    bit: int = 0
    bits: int = 0

    @property
    def end(self) -> int:
        """Return the byte behind its last."""
        return self.offset + self.size


def outline(layout: Layout) -> tuple[Line, ...]:
    """Return the record's lines in order of declaration, holes between them. LayoutError when there are more than MAX_LINES."""
    lines: list[Line] = []
    for line in _lines(layout, 0, ""):
        if len(lines) >= MAX_LINES:
            raise LayoutError(f"{layout.record.name} has more than {MAX_LINES} lines")
        lines.append(line)
    return tuple(_with_holes(lines, _holes(layout, lines)))


def type_words(part: Field) -> str:
    """Return a field's type as a description says it: `wchar[256]`, `u32 : 3`, `text utf-16`."""
    kind = part.type
    if isinstance(kind, Text):
        prefix = f", {kind.prefix.name} bytes in front" if kind.prefix is not None else ""
        return f"text {kind.encoding}{prefix}"
    name = f"enum {kind.name}" if isinstance(kind, Enum) else kind.name
    counts = ("[]" if part.flexible else "") + "".join(f"[{count}]" for count in part.counts)
    return f"{name}{counts}" + (f" : {part.bits}" if part.bits is not None else "")


def _lines(layout: Layout, base: int, prefix: str) -> Iterator[Line]:
    if layout.record.body and layout.record.prefix is not None:
        yield Line("(length)", 0, layout.size, f"{layout.record.prefix.name}, of a {layout.record.body} object")
    for member in layout.members:
        part, at = member.field, base + member.offset
        if member.layout is None:
            yield from _scalar(part, member, at, prefix)
        elif part.flexible or not part.elements:
            yield Line(prefix + part.name, at, 0, type_words(part))
        else:
            yield from _nested(member, member.layout, at, prefix)


def _scalar(part: Field, member: Member, at: int, prefix: str) -> Iterator[Line]:
    if part.bits is not None:
        if part.name:
            yield Line(prefix + part.name, at, member.size, type_words(part), "bits", member.bit or 0, part.bits)
    elif isinstance(part.type, Text):
        yield Line(prefix + part.name, at + member.stride, 0, type_words(part))
    else:
        yield Line(prefix + part.name, at, member.size, type_words(part))


def _nested(member: Member, inner: Layout, at: int, prefix: str) -> Iterator[Line]:
    part = member.field
    first = part.name + "[0]" * len(part.counts)
    before = f"{prefix}{first}." if first else prefix
    empty = True
    for line in _lines(inner, at, before):
        empty = False
        yield line
    if empty:
        yield Line(prefix + first, at, inner.size, type_words(part))
    elif part.elements > 1:
        last = "".join(f"[{count - 1}]" for count in part.counts)
        yield Line(
            f"{prefix}{part.name}{last}",
            at + member.stride,
            member.stride * (part.elements - 1),
            f"as {first}, every {member.stride} bytes",
            "repeat",
        )


def _holes(layout: Layout, lines: list[Line]) -> list[tuple[int, int]]:
    """Return the holes that no `repeat` line stands for."""
    try:
        holes = layout.padding
    except LayoutError:  # too many stretches to list them all: those between the record's own fields
        holes = tuple(holes_of(layout))
    repeated = sorted((line.offset, line.end) for line in lines if line.what == "repeat")
    found, number = [], 0
    for offset, length in holes:
        while number < len(repeated) and repeated[number][1] <= offset:
            number += 1
        if number == len(repeated) or offset < repeated[number][0]:
            found.append((offset, length))
    return found


def _with_holes(lines: list[Line], holes: list[tuple[int, int]]) -> Iterator[Line]:
    """Yield lines and holes: a hole behind the last line that ends where it begins, else in front of what comes behind it."""
    ends = {line.end: number for number, line in enumerate(lines)}
    behind: dict[int, list[Line]] = {}
    starts = sorted((line.offset, number) for number, line in enumerate(lines))
    for offset, length in holes:
        number = ends.get(offset)
        if number is None:
            number = next((place - 1 for at, place in _from(starts, offset)), len(lines) - 1)
        behind.setdefault(number, []).append(Line("", offset, length, "", "padding"))
    yield from behind.get(-1, ())
    for number, line in enumerate(lines):
        yield line
        yield from behind.get(number, ())


def _from(starts: list[tuple[int, int]], offset: int) -> Iterator[tuple[int, int]]:
    place = bisect_left(starts, (offset, -1))
    yield from starts[place : place + 1]
