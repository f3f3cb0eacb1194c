"""What was seen of a record, and a record as it may have been declared: what an explanation goes from."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from samebytes.diagnosis.conversions import conversions
from samebytes.diagnosis.places import Order, Place, Places
from samebytes.layout import Abi, Description, Kind, Layout, Leaf, LeafValues, Record, lay_out

__all__ = [
    "NOWHERE",
    "Candidate",
    "Exchanged",
    "Observation",
    "as_declared",
    "number_told",
    "sort_of",
]

NOWHERE: frozenset[str] = frozenset()
PREFIX = 8
"""Bytes in front of a text of variable length that hold its length, at most."""


@dataclass(frozen=True)
class Exchanged:
    """One set of values: what was to be stored, the memory after it, and what was loaded from there, by path, in hex.

    `loaded` None: somebody stored `values` in `memory`, and that is what is explained.
    """

    values: LeafValues
    memory: bytes
    loaded: Mapping[str, str] | None = None


@dataclass(frozen=True)
class Candidate:
    """A record as it may have been declared, and the mistake in words."""

    words: str
    record: Record
    abi: Abi
    shift: int = 0
    """Bytes in front of the record."""
    unseen: frozenset[str] = NOWHERE
    """Top-level fields that are there, but not so that a value could be assigned to them."""
    turned: frozenset[str] = NOWHERE
    """Leaves that stand in the other byte order."""
    crossed: frozenset[str] = NOWHERE
    """Fields whose array is stored column by column."""
    silent: bool = False
    """Whether it is described as the layout has it, and handled otherwise."""

    @property
    def layout(self) -> Layout:
        """Return the record's layout. LayoutError for a record that cannot be."""
        return lay_out(self.record, self.abi)

    @property
    def end(self) -> int:
        """Return the bytes from the promised place to the record's end."""
        return self.shift + self.layout.size

    @cached_property
    def places(self) -> Places:
        """Return where it has the layout's leaves."""
        return Places(self.layout, self.shift, self.crossed)

    def order(self, leaf: Leaf) -> Order:
        """Return the byte order in which a leaf of the layout stands there."""
        if leaf.path in self.turned:
            return "big" if self.abi.order == "little" else "little"
        return self.abi.order

    def has(self, leaf: Leaf) -> bool:
        """Return whether it has a leaf of the layout."""
        place = self.places.of(leaf.path)
        return place is not None and not place.outside

    def straight(self, data: bytes) -> bytes:
        """Return memory from the record's own first byte on, every value in the byte order of `abi`."""
        turned = bytearray(data[self.shift :])
        for path in self.turned:
            place = self.places.of(path)
            if place is not None:
                where = slice(place.start - self.shift, place.start - self.shift + place.width)
                turned[where] = turned[where][::-1]
        return bytes(turned)

    def as_promised(self, layout: Layout, leaves: Sequence[Leaf], data: bytes) -> bytes | None:
        """Return the values that this record has in `data`, as bytes of the promised layout, those that it lacks as zeros.

        None if `data` ends before it does.
        """
        image = bytearray(max(layout.size, len(data)))
        ignored = bytearray(len(image))
        for leaf in leaves:
            place = self.places.of(leaf.path)
            if place is None or place.outside:
                continue
            if not isinstance(leaf.kind, Kind) or not isinstance(place.kind, Kind):
                text = data[place.start - PREFIX if place.start >= PREFIX else 0 :]
                image[max(0, leaf.offset - PREFIX) :] = text
                continue
            bits = place.read(data, self.order(leaf))
            known = [] if bits is None else conversions(bits, place.kind, leaf.kind, layout.abi)
            if not known:
                return None
            here = Place(leaf.kind, leaf.offset, leaf.width, bit=leaf.bit or 0, bits=leaf.bits)
            here.paint(image, ignored, known[0], layout.abi.order)
        return bytes(image)


@dataclass(frozen=True)
class Observation:
    """What is known of how somebody has a record: any of a description, exchanges of values, and what must hold in live memory.

    `loaded` None: somebody stored `values`, and `memory` is what came of it. Else it was loaded from `memory`.
    """

    layout: Layout
    description: Description | None = None
    """None: nobody can be asked; every byte of memory has to be explained by what a candidate stores."""
    values: LeafValues = field(default_factory=dict)
    memory: bytes = b""
    loaded: Mapping[str, str] | None = None
    others: Sequence[Exchanged] = ()
    """Further exchanges of the same record with the same side, those that agreed too: they may refute a cause."""
    holds: Callable[[Candidate], bool] | None = None
    """Whether all that is expected of live memory holds with a candidate."""
    sane: Callable[[Candidate], bool] | None = None
    """Whether every value in live memory makes sense with a candidate: of those with which all holds, the likelier."""
    live: bytes = b""
    """With `holds`: memory as it was at some moment, from the promised place on."""
    size: int | None = None
    """Bytes that the record is known to have, if they are."""
    fields: bool = True
    """Whether everything is tried; else only what concerns all of a record: byte order, packing, a system's types."""

    @property
    def exchanged(self) -> Iterator[Exchanged]:
        """Yield every set of values of which something is known, the one to be explained first."""
        for each in (Exchanged(self.values, self.memory, self.loaded), *self.others):
            if each.loaded or (each.loaded is None and each.memory):
                yield each

    @property
    def found_size(self) -> int:
        """Return the bytes of the record as somebody has it, as far as that is known."""
        if self.description is not None:
            return self.description.size
        return self.layout.size if self.size is None else self.size

    @property
    def handled(self) -> Iterator[Leaf]:
        """Yield the layout's scalars that somebody has, in that one's own order."""
        paths = self.layout.by_path if self.description is None else self.description.leaves
        for path in paths:
            leaf = self.layout.by_path.get(path)
            if leaf is not None and isinstance(leaf.kind, Kind):
                yield leaf

    @cached_property
    def wrong(self) -> frozenset[str]:
        """Return the leaves described with the right width whose bytes are not the value's, or whose word is not what the bytes say."""
        return frozenset(leaf.path for each in self.exchanged for leaf in self.handled if _wrong(leaf, each, self))


def as_declared(layout: Layout, align: int = 0) -> Description:
    """Return everything that a laid-out declaration tells of itself; `align` in place of its own alignment."""
    leaves = {leaf.path: (leaf.offset, leaf.width) for leaf in layout.leaves}
    kinds = {leaf.path: sort_of(leaf.kind) for leaf in layout.leaves if isinstance(leaf.kind, Kind)}
    return Description(layout.size, align or layout.align, leaves, kinds)


def sort_of(kind: Kind) -> str:
    """Return its kind as a description tells it: signed, unsigned, float, bool, char (C's too), pointer, enum."""
    return "char" if kind.family == "plain" else kind.family


def _wrong(leaf: Leaf, each: Exchanged, seen: Observation) -> bool:
    start, width = (leaf.offset, leaf.width) if seen.description is None else seen.description.leaves[leaf.path]
    value = each.values.get(leaf.path)
    if width != leaf.width or not isinstance(value, int):
        return False
    assert isinstance(leaf.kind, Kind)
    place = Place(leaf.kind, start, width, bit=leaf.bit or 0, bits=leaf.bits)
    bits = place.read(each.memory, seen.layout.abi.order)
    return bits != value if each.loaded is None else number_told(each.loaded.get(leaf.path)) != bits


def number_told(word: str | None) -> int | None:
    """Return the number of a word that was loaded; None where there is none."""
    try:
        return None if word is None else int(word, 16)
    except ValueError:
        return None
