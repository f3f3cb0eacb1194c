"""A laid-out record as a sequence of what is in memory, for programs that show bytes: fields, runs of bit-fields, holes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from samebytes.errors import LayoutError
from samebytes.layout.areas import Area, areas, sharing
from samebytes.layout.kinds import Kind
from samebytes.layout.laid_out import Layout, Member
from samebytes.layout.record import Text
from samebytes.layout.texts import VARINT

__all__ = ["Bit", "Piece", "Words", "nested_layouts", "overlaps", "pieces", "scalar_of"]


@dataclass(frozen=True)
class Bit:
    """A bit-field of a run, or bits of nobody (no member). `first` counts from the run's first bit in the ABI's bit order."""

    first: int
    bits: int
    member: Member | None


@dataclass(frozen=True)
class Piece:
    """Bytes of a record: a field, a run of bit-fields, or a hole (neither)."""

    offset: int
    size: int
    member: Member | None = None
    bits: tuple[Bit, ...] = ()


def pieces(layout: Layout) -> Iterator[Piece]:
    """Yield the record's bytes in order, without gaps; of fields that share bytes each one, at its own offset."""
    at = 0
    shared = overlaps(layout)
    for area in areas(layout):
        if area.offset > at and not shared:
            yield Piece(at, area.offset - at)
        single = area.single
        yield Piece(area.offset, area.size, single, () if single else tuple(_run(area)))
        at = max(at, area.offset + area.size)
    if layout.size > at and not layout.record.variable and not shared:
        yield Piece(at, layout.size - at)


def overlaps(layout: Layout) -> bool:
    """Return whether fields of the record share bytes: a union, or fields pinned onto each other."""
    return bool(sharing(areas(layout)))


def _run(area: Area) -> Iterator[Bit]:
    at = 0
    for member in sorted(area.members, key=lambda one: (one.offset, one.bit or 0)):
        first = (member.offset - area.offset) * 8 + (member.bit or 0)
        if first > at:
            yield Bit(at, first - at, None)
        yield Bit(first, member.field.bits or 0, member)
        at = first + (member.field.bits or 0)
    if at < area.size * 8:
        yield Bit(at, area.size * 8 - at, None)


def nested_layouts(layout: Layout) -> tuple[Layout, ...]:
    """Return it and every layout inside, each once, those that others need first. LayoutError for what a view cannot show."""
    if layout.record.body:
        raise LayoutError(f"{layout.record.name} travels as {layout.record.body}: a view shows fields in memory")
    found: dict[int, Layout] = {}
    _collect(layout, found)
    return tuple(found.values())


def _collect(layout: Layout, found: dict[int, Layout]) -> None:
    for member in layout.members:
        kind = member.field.type
        if isinstance(kind, Text) and kind.prefix == VARINT:
            raise LayoutError(
                f"{layout.record.name}.{member.field.name}: a view cannot follow a length of 7 bits a byte"
            )
        if member.layout is not None and id(member.layout) not in found:
            _collect(member.layout, found)
    found.setdefault(id(layout), layout)


class Words:
    """Names as a language takes them, each used once. `lower`: small letters, digits and `_`, as Kaitai wants them."""

    def __init__(self, lower: bool, reserved: str = "") -> None:
        self._lower, self._taken = lower, set(reserved.split())

    def new(self, name: str) -> str:
        """Return a name like this one that is not taken."""
        word = re.sub(r"\W", "_", name, flags=re.ASCII)
        if self._lower:
            word = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", word).lower()
            word = word if re.match("[a-z]", word) else f"f{'' if word.startswith('_') else '_'}{word}"
        elif not re.match("[A-Za-z_]", word):
            word = f"f_{word}"
        found, number = word, 2
        while found in self._taken:
            found, number = f"{word}_{number}", number + 1
        self._taken.add(found)
        return found


def scalar_of(member: Member) -> Kind:
    """Return the kind of a member that is not a record."""
    kind = member.field.type.prefix if isinstance(member.field.type, Text) else member.field.type
    assert isinstance(kind, Kind)
    return kind
