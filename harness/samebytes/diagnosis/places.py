"""Places: where a record, as it may have been declared, has the leaves of another one, by their paths."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Literal

from samebytes.layout import Bits, Kind, Layout, Member, Record, Text

__all__ = ["Order", "Place", "Places"]

Order = Literal["little", "big"]
_Steps = tuple[str | int, ...]


@dataclass(frozen=True)
class Place:
    """Bytes of a leaf, and for a bit-field its first bit there and their number."""

    kind: Kind | Text
    start: int
    width: int
    outside: bool = False
    """An element beyond a declared array: where it would be, as languages without bounds reach it."""
    bit: int = 0
    bits: int | None = None

    def mask(self, order: Order) -> tuple[int, int]:
        """Return the bits that are the leaf's in its bytes, read as one number, and how far they are shifted."""
        if self.bits is None:
            return (1 << self.width * 8) - 1, 0
        at = self.bit if order == "little" else self.width * 8 - self.bit - self.bits
        return ((1 << self.bits) - 1) << at, at

    def read(self, memory: bytes, order: Order) -> Bits | None:
        """Return the leaf's bits; None where memory ends before it does."""
        raw = memory[self.start : self.start + self.width]
        mask, at = self.mask(order)
        return (int.from_bytes(raw, order) & mask) >> at if len(raw) == self.width else None

    def paint(self, image: bytearray, mask: bytearray, bits: Bits | None, order: Order) -> None:
        """Put the leaf's bits into an image, and into its mask that they are known; None: nothing is known of them from now on."""
        where = slice(self.start, self.start + self.width)
        touched, at = self.mask(order)
        before, known = (int.from_bytes(data[where], order) for data in (image, mask))
        if len(image[where]) < self.width:
            return
        image[where] = (before & ~touched | ((bits or 0) << at & touched)).to_bytes(self.width, order)
        mask[where] = (known & ~touched | (0 if bits is None else touched)).to_bytes(self.width, order)


class Places:
    """`crossed`: names of array fields whose indices are reversed, `shift`: bytes in front of the record."""

    def __init__(self, layout: Layout, shift: int = 0, crossed: Collection[str] = ()) -> None:
        self._layout, self._shift, self._crossed = layout, shift, crossed
        self._inner: dict[int, Places] = {}
        self._members: dict[str, tuple[Member, int]] = {}
        self._index(layout, 0)

    def _index(self, layout: Layout, base: int) -> None:
        """Enter members by name; those of anonymous records are reached directly."""
        for member in layout.members:
            if member.field.name:
                self._members[member.field.name] = member, base + member.offset
            elif member.layout is not None:
                self._index(member.layout, base + member.offset)

    def of(self, path: str) -> Place | None:
        """Return the place of the leaf at that path; None where the record has no such leaf."""
        return self._walk(_steps(path), self._shift)

    def member(self, path: str) -> tuple[int, int] | None:
        """Return offset and size of a field as a whole, in bytes; None where the record has none there."""
        inner, at, steps = self, self._shift, _steps(path)
        while True:
            found = inner._members.get(str(steps[0]))
            if found is None:
                return None
            member, offset = found
            if len(steps) == 1:
                return at + offset, member.size
            indices = inner._indices(member, steps)
            if indices is None or member.layout is None or len(steps) == 1 + len(indices):
                return None
            at += offset + _element(member, indices)[0]
            inner, steps = inner._of(member), steps[1 + len(indices) :]

    def _indices(self, member: Member, steps: _Steps) -> list[int] | None:
        """Return the element that a path means; None where it means no element of that field."""
        counts = member.field.counts
        indices = [step for step in steps[1 : 1 + len(counts)] if isinstance(step, int)]
        if len(indices) != len(counts):
            return None
        return indices[::-1] if member.field.name in self._crossed else indices

    def _of(self, member: Member) -> Places:
        assert member.layout is not None
        return self._inner.setdefault(id(member), Places(member.layout, 0, self._crossed))

    def _walk(self, steps: _Steps, at: int) -> Place | None:
        found = self._members.get(str(steps[0]))
        indices = None if found is None else self._indices(found[0], steps)
        if found is None or indices is None:
            return None
        member, offset = found
        start, outside = _element(member, indices)
        return self._end(member, at + offset + start, steps[1 + len(indices) :], outside)

    def _end(self, member: Member, start: int, rest: _Steps, outside: bool) -> Place | None:
        kind = member.field.type
        if isinstance(kind, Record):
            if not rest or isinstance(rest[0], int) or member.layout is None:
                return None
            place = self._of(member)._walk(rest, start)
            return replace(place, outside=True) if place and outside else place
        if rest:
            return None
        if isinstance(kind, Text):
            return Place(kind, start + member.stride, 0)
        if member.field.bits is not None:
            return Place(kind, start, member.size, outside, member.bit or 0, member.field.bits)
        return Place(kind, start, member.stride, outside)


@lru_cache(maxsize=100_000)
def _steps(path: str) -> _Steps:
    """Return the names and indices of a path, such as `wheels[2].slip`."""
    found = re.finditer(r"\[(?P<index>\d+)\]|(?P<name>[^.\[\]]+)", path)
    return tuple(int(step["index"]) if step["index"] else step["name"] for step in found) or ("",)


def _element(member: Member, indices: list[int]) -> tuple[int, bool]:
    """Return the offset of an array's element from the member's own, and whether it lies beyond what is declared."""
    number, outside = 0, False
    for index, count in zip(indices, member.field.counts, strict=True):
        number = number * count + index
        outside = outside or index >= count
    return number * member.stride, outside
