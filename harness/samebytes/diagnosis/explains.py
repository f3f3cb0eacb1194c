"""Evidence: whether a record, as it may have been declared, explains what a peer described, stored or loaded."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Literal

from samebytes.diagnosis.conversions import conversions
from samebytes.layout import Abi, Description, Kind, Layout, Leaf, LeafValues, Member, Record, Text, lay_out
from samebytes.layout.telling import declared_so, kind_fits

__all__ = ["Candidate", "Observation", "describes", "explains", "mishandled"]

_Order = Literal["little", "big"]


@dataclass(frozen=True)
class Observation:
    """What one peer did with one record: how it describes it, and what it stored, or loaded."""

    layout: Layout
    description: Description
    values: LeafValues
    memory: bytes
    loaded: Mapping[str, str] | None = None
    """What it loaded from `memory`, by path, in hex; None: it stored `values` there."""


@dataclass(frozen=True)
class Candidate:
    """A record as it may have been declared, and that in words."""

    words: str
    record: Record
    abi: Abi
    shift: int = 0
    """Bytes in front of the record."""
    unseen: frozenset[str] = frozenset()
    """Top-level fields that are there, but not so that a value could be assigned to them."""
    turned: frozenset[str] = frozenset()
    """Leaves that stand in the other byte order."""
    silent: bool = False
    """Whether the peer describes the record as the layout has it, and handles it otherwise."""


@dataclass(frozen=True)
class _Place:
    """Where a candidate has a leaf: bytes, and for a bit-field its first bit there and their number."""

    kind: Kind | Text
    start: int
    width: int
    outside: bool = False
    """An element beyond a declared array: where it would be, as languages without bounds reach it."""
    bit: int = 0
    bits: int | None = None


def describes(candidate: Candidate, seen: Observation) -> bool:
    """Whether it gives the size, alignment, offsets and widths that the peer described. LayoutError for a record that cannot be."""
    if candidate.silent:
        return _described_as(Candidate("", seen.layout.record, seen.layout.abi), seen)
    return _described_as(candidate, seen)


def explains(candidate: Candidate, seen: Observation, raw: bool = False) -> bool:
    """Whether it also gives every byte that the peer stored, or every word that it loaded; see `conversions` for `raw`."""
    if not describes(candidate, seen):
        return False
    places = _Places(lay_out(candidate.record, candidate.abi))
    if seen.loaded is None:
        return _stored_so(candidate, places, seen, raw)
    return all(_loaded_so(leaf, candidate, places, seen, raw) for leaf in _handled(seen))


def mishandled(seen: Observation) -> frozenset[str]:
    """The leaves described with the right width whose bytes are not the value's, or whose word is not what the bytes say."""
    return frozenset(leaf.path for leaf in _handled(seen) if _wrong(leaf, seen))


def _wrong(leaf: Leaf, seen: Observation) -> bool:
    start, width = seen.description.leaves[leaf.path]
    value = seen.values.get(leaf.path)
    if width != leaf.width or leaf.bits is not None or not isinstance(value, int):
        return leaf.bits is not None
    bits = int.from_bytes(seen.memory[start : start + width], seen.layout.abi.order)
    if seen.loaded is None:
        return bits != value
    return _number_of(seen.loaded.get(leaf.path)) != bits


def _handled(seen: Observation) -> Iterator[Leaf]:
    """The layout's leaves that the peer has, in its own order."""
    for path in seen.description.leaves:
        leaf = seen.layout.by_path.get(path)
        if leaf is not None and isinstance(leaf.kind, Kind):
            yield leaf


class _Places:
    """Where a laid-out record has the leaves of another one, by their paths."""

    def __init__(self, layout: Layout) -> None:
        self._layout = layout
        self._inner: dict[int, _Places] = {}
        self._members: dict[str, tuple[Member, int]] = {}
        self._index(layout, 0)

    def _index(self, layout: Layout, base: int) -> None:
        """Members by name; those of anonymous records are reached directly."""
        for member in layout.members:
            if member.field.name:
                self._members[member.field.name] = member, base + member.offset
            elif member.layout is not None:
                self._index(member.layout, base + member.offset)

    def of(self, path: str) -> _Place | None:
        """None where the record has no such leaf."""
        return self._walk(_steps(path), 0)

    def _walk(self, steps: tuple[str | int, ...], at: int) -> _Place | None:
        found = self._members.get(str(steps[0]))
        if found is None:
            return None
        member, offset = found
        indices = [step for step in steps[1 : 1 + len(member.field.counts)] if isinstance(step, int)]
        rest = steps[1 + len(indices) :]
        if len(indices) != len(member.field.counts):
            return None
        start, outside = _element(member, indices)
        return self._end(member, at + offset + start, rest, outside)

    def _end(self, member: Member, start: int, rest: tuple[str | int, ...], outside: bool) -> _Place | None:
        kind = member.field.type
        if isinstance(kind, Record):
            if not rest or isinstance(rest[0], int) or member.layout is None:
                return None
            inner = self._inner.setdefault(id(member), _Places(member.layout))
            place = inner._walk(rest, start)
            return place and replace(place, outside=place.outside or outside)
        if rest:
            return None
        if isinstance(kind, Text):
            return _Place(kind, start + member.stride, 0)
        if member.field.bits is not None:
            return _Place(kind, start, member.size, outside, member.bit or 0, member.field.bits)
        return _Place(kind, start, member.stride, outside)


@lru_cache(maxsize=100_000)
def _steps(path: str) -> tuple[str | int, ...]:
    """`wheels[2].slip` as its names and indices."""
    found = re.finditer(r"\[(?P<index>\d+)\]|(?P<name>[^.\[\]]+)", path)
    return tuple(int(step["index"]) if step["index"] else step["name"] for step in found)


def _element(member: Member, indices: list[int]) -> tuple[int, bool]:
    """Offset of an array's element from the member's own, and whether it lies beyond what is declared."""
    number, outside = 0, False
    for index, count in zip(indices, member.field.counts, strict=True):
        number = number * count + index
        outside = outside or index >= count
    return number * member.stride, outside


def _described_as(candidate: Candidate, seen: Observation) -> bool:
    layout = lay_out(candidate.record, candidate.abi)
    found, shift = seen.description, candidate.shift
    if found.size != layout.size + shift or (found.align != layout.align and not seen.layout.record.variable):
        return False
    places = _Places(layout)
    return (
        _same_places(places, candidate, seen)
        and _lacks_what_it_should(places, candidate, seen)
        and (bool(candidate.unseen) or declared_so(layout, found, shift, seen.description.leaves))
    )


def _same_places(places: _Places, candidate: Candidate, seen: Observation) -> bool:
    """An element beyond an array is only reached where the language has no bounds: then all of them are."""
    lacking = {leaf.field for leaf in seen.layout.leaves if leaf.path not in seen.description.leaves}
    for path, described in seen.description.leaves.items():
        leaf = seen.layout.by_path.get(path)
        if leaf is not None:
            place = places.of(path)
            if place is None or (place.start + candidate.shift, place.width) != described:
                return False
            if place.outside and leaf.field in lacking:
                return False
            told = (seen.description.kinds or {}).get(path)
            if told is not None and not kind_fits(place.kind, told, candidate.abi, seen.description.alike):
                return False
    return True


def _lacks_what_it_should(places: _Places, candidate: Candidate, seen: Observation) -> bool:
    """A probe lacks a leaf, or the whole field with that leaf, where the declaration has none or a shorter array, and nowhere else."""
    lacking = [leaf for leaf in seen.layout.leaves if leaf.path not in seen.description.leaves]
    gone = {leaf.field for leaf in lacking} - {seen.layout.by_path[path].field for path in _known(seen)}
    broken: set[str] = set(candidate.unseen)
    for leaf in lacking:
        place = places.of(leaf.path)
        if place is None or place.outside:
            broken.add(leaf.field)
        elif leaf.field not in gone:
            return False
    return gone <= broken and candidate.unseen <= gone


def _known(seen: Observation) -> Iterator[str]:
    return (path for path in seen.description.leaves if path in seen.layout.by_path)


def _stored_so(candidate: Candidate, places: _Places, seen: Observation, raw: bool) -> bool:
    """Whether stores in the peer's order, the later ones over the earlier, leave what was found in memory."""
    image, mask = bytearray(len(seen.memory)), bytearray(len(seen.memory))
    for leaf in _handled(seen):
        place, value = places.of(leaf.path), seen.values.get(leaf.path)
        assert isinstance(leaf.kind, Kind)
        if place is None:
            return False
        patterns = []
        if isinstance(value, int) and isinstance(place.kind, Kind) and not place.outside:
            patterns = list(conversions(value, leaf.kind, place.kind, candidate.abi, raw))
        order = _order(leaf, candidate)
        _paint(image, mask, place, candidate.shift, patterns[0] if patterns else None, order)
    return all((now ^ then) & known == 0 for now, then, known in zip(image, seen.memory, mask, strict=True))


def _paint(image: bytearray, mask: bytearray, place: _Place, shift: int, bits: int | None, order: _Order) -> None:
    """Put a leaf's bits; None: nothing is known of them from now on."""
    where = slice(place.start + shift, place.start + shift + place.width)
    touched, at = _bits_of(place, order)
    before, known = (int.from_bytes(data[where], order) for data in (image, mask))
    if len(image[where]) < place.width:
        return
    image[where] = (before & ~touched | ((bits or 0) << at & touched)).to_bytes(place.width, order)
    mask[where] = (known & ~touched | (0 if bits is None else touched)).to_bytes(place.width, order)


def _bits_of(place: _Place, order: _Order) -> tuple[int, int]:
    """Which bits of its bytes, read as one number, are a leaf's, and how far they are shifted."""
    if place.bits is None:
        return (1 << place.width * 8) - 1, 0
    at = place.bit if order == "little" else place.width * 8 - place.bit - place.bits
    return ((1 << place.bits) - 1) << at, at


def _loaded_so(leaf: Leaf, candidate: Candidate, places: _Places, seen: Observation, raw: bool) -> bool:
    place, word = places.of(leaf.path), _number_of((seen.loaded or {}).get(leaf.path))
    assert isinstance(leaf.kind, Kind)
    if word is None or place is None or not isinstance(place.kind, Kind):
        return False
    order = _order(leaf, candidate)
    start = place.start + candidate.shift
    mask, at = _bits_of(place, order)
    bits = (int.from_bytes(seen.memory[start : start + place.width], order) & mask) >> at
    if leaf.bits is not None:
        return (word ^ bits) & ((1 << min(leaf.bits, place.bits or leaf.bits)) - 1) == 0
    known = list(conversions(bits, place.kind, leaf.kind, candidate.abi, raw))
    return not known or word in known


def _number_of(word: str | None) -> int | None:
    try:
        return None if word is None else int(word, 16)
    except ValueError:
        return None


def _order(leaf: Leaf, candidate: Candidate) -> _Order:
    order = candidate.abi.order
    if leaf.path in candidate.turned:
        return "big" if order == "little" else "little"
    return order
