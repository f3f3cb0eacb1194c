"""A laid-out record as stretches of bytes: what its codec, its overlay and its numpy dtype are made of."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import pairwise

from samebytes.errors import LayoutError
from samebytes.layout.laid_out import Layout, Member
from samebytes.layout.record import Text

__all__ = ["Area", "areas", "named_members", "sharing", "shift_of"]


@dataclass(frozen=True)
class Area:
    """Bytes that belong together: one field, or the bit-fields that share bytes. Offset and size are in bytes."""

    offset: int
    size: int
    members: tuple[Member, ...]

    @property
    def single(self) -> Member | None:
        """Return the field, if the area is one field that is not a bit-field."""
        return self.members[0] if self.members[0].bit is None else None


def named_members(layout: Layout, base: int = 0) -> Iterator[Member]:
    """Yield the members a program names, in order of declaration: anonymous records give theirs, unnamed bit-fields are left out."""
    for member in layout.members:
        if member.field.name:
            yield replace(member, offset=member.offset + base)
        elif member.layout is not None:
            yield from named_members(member.layout, base + member.offset)


def areas(layout: Layout) -> tuple[Area, ...]:
    """Return its named members by offset, bit-fields that touch the same bytes as one. Unnamed bits and padding are in none."""
    if layout.record.body:
        raise LayoutError(f"{layout.record.name} travels as {layout.record.body}: it has no fixed bytes but its length")
    found: list[Area] = []
    whole = [Area(member.offset, _size(member), (member,)) for member in named_members(layout)]
    for area in sorted(whole, key=lambda area: (area.offset, area.size)):
        last = found[-1] if found else None
        if last is None or last.single or area.single or area.offset >= last.offset + last.size:
            found.append(area)
        else:
            end = max(last.offset + last.size, area.offset + area.size)
            found[-1] = Area(last.offset, end - last.offset, last.members + area.members)
    return tuple(found)


def sharing(found: tuple[Area, ...]) -> frozenset[str]:
    """Return the names of members that share bytes with others: of a union, or pinned onto each other.

    Bit-fields that only share a byte do not count.
    """
    names: set[str] = set()
    widest: Area | None = None
    for area in found:
        if widest is not None and area.size and area.offset < widest.offset + widest.size:
            names |= {member.field.name for member in (*area.members, *widest.members)}
        if widest is None or area.offset + area.size > widest.offset + widest.size:
            widest = area
    return frozenset(names | {name for area in found for name in _sharing_bits(area)})


def _sharing_bits(area: Area) -> Iterator[str]:
    spans = sorted((_first_bit(member), member.field.bits or 0, member.field.name) for member in area.members)
    for (first, bits, name), (next_, _, other) in pairwise(spans):
        if first + bits > next_:
            yield name
            yield other


def _first_bit(member: Member) -> int:
    return member.offset * 8 + (member.bit or 0)


def shift_of(area: Area, member: Member, order: str) -> int:
    """Return how far right the area, read as one number in the ABI's byte order, moves for the bit-field to end at bit 0."""
    first = _first_bit(member) - area.offset * 8
    return first if order == "little" else area.size * 8 - first - (member.field.bits or 0)


def _size(member: Member) -> int:
    return member.stride if isinstance(member.field.type, Text) else member.size
