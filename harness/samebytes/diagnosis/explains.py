"""Evidence: whether a record, as it may have been declared, explains what was described, stored, loaded or expected."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from samebytes.diagnosis.conversions import conversions
from samebytes.diagnosis.places import Order, Place, Places
from samebytes.layout import Abi, Bits, Description, Kind, Layout, Leaf, LeafValues, Record, lay_out
from samebytes.layout.telling import kind_fits

__all__ = [
    "NOWHERE",
    "Candidate",
    "Exchanged",
    "Observation",
    "as_declared",
    "describes",
    "explains",
    "mishandled",
    "sort_of",
    "tidy",
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
            _paint(image, ignored, here, known[0], layout.abi.order)
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
        """Return the leaves that `mishandled` finds."""
        return mishandled(self)


def as_declared(layout: Layout, align: int = 0) -> Description:
    """Return everything that a laid-out declaration tells of itself; `align` in place of its own alignment."""
    leaves = {leaf.path: (leaf.offset, leaf.width) for leaf in layout.leaves}
    kinds = {leaf.path: sort_of(leaf.kind) for leaf in layout.leaves if isinstance(leaf.kind, Kind)}
    return Description(layout.size, align or layout.align, leaves, kinds)


def sort_of(kind: Kind) -> str:
    """Return its kind as a description tells it: signed, unsigned, float, bool, char (C's too), pointer, enum."""
    return "char" if kind.family == "plain" else kind.family


def describes(candidate: Candidate, seen: Observation) -> bool:
    """Return whether it gives everything that was described. LayoutError for a record that cannot be."""
    found = seen.description
    if found is None:
        return True
    if candidate.silent:
        candidate = Candidate("", seen.layout.record, seen.layout.abi)
    if found.size != candidate.end or (found.align != candidate.layout.align and not seen.layout.record.variable):
        return False
    return (
        _same_places(candidate, seen, found)
        and _lacks_what_it_should(candidate, seen, found)
        and all(candidate.places.member(path) == place for path, place in _known_members(seen, found))
    )


def explains(candidate: Candidate, seen: Observation, raw: bool = False) -> bool:
    """Return whether it also gives every byte that was stored, every word that was loaded, and all that must hold.

    See `conversions` for `raw`.

    Where nobody described anything, it must tell something besides: a value that is not zero, in another place or of another form.
    """
    if not describes(candidate, seen):
        return False
    if not all(_handled_so(candidate, each, seen, raw) for each in seen.exchanged):
        return False
    asked = seen.description is not None and not candidate.silent
    if not asked and any(True for _ in seen.exchanged) and not _tells(candidate, seen):
        return False
    return seen.holds is None or seen.holds(candidate)


def tidy(candidate: Candidate, seen: Observation) -> bool:
    """Return whether every value makes sense, and nothing is left over where the record has no field: all such bytes are alike.

    A copy of a whole record may leave anything there: this tells the likelier of two causes, and refutes none.
    """
    if seen.sane is not None and not seen.sane(candidate):
        return False
    for memory in (seen.live, *(each.memory for each in seen.exchanged if each.loaded is None)):
        pairs = zip(candidate.layout.mask, memory[candidate.shift :], strict=False)
        if len({byte for own, byte in pairs if not own}) > 1:
            return False
    return True


def mishandled(seen: Observation) -> frozenset[str]:
    """Return the leaves described with the right width whose bytes are not the value's, or whose word is not what the bytes say."""
    return frozenset(leaf.path for each in seen.exchanged for leaf in seen.handled if _wrong(leaf, each, seen))


def _wrong(leaf: Leaf, each: Exchanged, seen: Observation) -> bool:
    start, width = (leaf.offset, leaf.width) if seen.description is None else seen.description.leaves[leaf.path]
    value = each.values.get(leaf.path)
    if width != leaf.width or not isinstance(value, int):
        return False
    assert isinstance(leaf.kind, Kind)
    place = Place(leaf.kind, start, width, bit=leaf.bit or 0, bits=leaf.bits)
    bits = place.read(each.memory, seen.layout.abi.order)
    return bits != value if each.loaded is None else _number_of(each.loaded.get(leaf.path)) != bits


# --- descriptions ----------------------------------------------------------------------------------------------------------


def _same_places(candidate: Candidate, seen: Observation, found: Description) -> bool:
    """Return whether every leaf that was described is at that place and of that kind.

    An element beyond an array is only reached where the language has no bounds: then all of them are.
    """
    lacking = {leaf.field for leaf in seen.layout.leaves if leaf.path not in found.leaves}
    for path, described in found.leaves.items():
        leaf = seen.layout.by_path.get(path)
        if leaf is not None:
            place = candidate.places.of(path)
            if place is None or (place.start, place.width) != described:
                return False
            if place.outside and leaf.field in lacking:
                return False
            if not _same_kind(candidate, place, (found.kinds or {}).get(path, ""), found.alike):
                return False
    return True


def _same_kind(candidate: Candidate, place: Place, told: str, alike: Collection[tuple[str, str]]) -> bool:
    return not told or kind_fits(place.kind, told, candidate.layout.abi, alike)


def _lacks_what_it_should(candidate: Candidate, seen: Observation, found: Description) -> bool:
    """Return whether leaves, or whole fields, are lacking just where the declaration has none or a shorter array."""
    lacking = [leaf for leaf in seen.layout.leaves if leaf.path not in found.leaves]
    by_path = seen.layout.by_path
    gone = {leaf.field for leaf in lacking} - {by_path[path].field for path in found.leaves if path in by_path}
    broken: set[str] = set(candidate.unseen)
    for leaf in lacking:
        place = candidate.places.of(leaf.path)
        if place is None or place.outside:
            broken.add(leaf.field)
        elif leaf.field not in gone:
            return False
    return gone <= broken and candidate.unseen <= gone


def _known_members(seen: Observation, found: Description) -> Iterator[tuple[str, tuple[int, int]]]:
    """Yield the members told whose field is the layout's."""
    names = set(seen.layout.record.names)
    return (
        (path, place)
        for path, place in (found.members or {}).items()
        if path.partition(".")[0].partition("[")[0] in names
    )


# --- values ----------------------------------------------------------------------------------------------------------------


def _handled_so(candidate: Candidate, each: Exchanged, seen: Observation, raw: bool) -> bool:
    if each.loaded is not None:
        leaves = sorted(seen.handled, key=lambda leaf: leaf.path not in seen.wrong)
        return all(_loaded_so(leaf, candidate, each, raw) for leaf in leaves)
    if _overlaps(candidate.record):
        return _painted_so(candidate, each, seen, raw)
    first = (leaf for leaf in seen.handled if leaf.path in seen.wrong)
    rest = (leaf for leaf in seen.handled if leaf.path not in seen.wrong)
    return all(_stored_so(leaf, candidate, each, seen, raw) for leaves in (first, rest) for leaf in leaves)


def _overlaps(record: Record) -> bool:
    return any(isinstance(one, Record) and (one.union or one.overlap) for one in (record, *record.nested()))


def _place_of(leaf: Leaf, candidate: Candidate) -> Place | None:
    """Return the place of a leaf; None where nothing is stored for it."""
    place = candidate.places.of(leaf.path)
    return None if place is None or place.outside or not isinstance(place.kind, Kind) else place


def _patterns(leaf: Leaf, place: Place, candidate: Candidate, each: Exchanged, raw: bool) -> list[Bits]:
    value = each.values.get(leaf.path)
    assert isinstance(leaf.kind, Kind)
    assert isinstance(place.kind, Kind)
    if not isinstance(value, int):
        return []
    found = conversions(value, leaf.kind, place.kind, candidate.abi, raw)
    return found if place.bits is None else [bits & (1 << place.bits) - 1 for bits in found]


def _stored_so(leaf: Leaf, candidate: Candidate, each: Exchanged, seen: Observation, raw: bool) -> bool:
    """Return whether the leaf's bits stand where the candidate has it.

    Where it has none, whoever described it must have stored somewhere.
    """
    place = _place_of(leaf, candidate)
    if place is None:
        return seen.description is None or candidate.places.of(leaf.path) is not None
    known = _patterns(leaf, place, candidate, each, raw)
    there = place.read(each.memory, candidate.order(leaf))
    return not known or (there is None and not candidate.silent) or there in known


def _painted_so(candidate: Candidate, each: Exchanged, seen: Observation, raw: bool) -> bool:
    """Return whether stores in the peer's order, the later ones over the earlier, leave what was found in memory."""
    image, mask = bytearray(len(each.memory)), bytearray(len(each.memory))
    for leaf in seen.handled:
        place = _place_of(leaf, candidate)
        if place is None:
            if seen.description is not None and candidate.places.of(leaf.path) is None:
                return False
            continue
        order = candidate.order(leaf)
        known = _patterns(leaf, place, candidate, each, raw)
        there = place.read(each.memory, order)
        _paint(image, mask, place, there if there in known else next(iter(known), None), order)
    return all((now ^ then) & known == 0 for now, then, known in zip(image, each.memory, mask, strict=True))


def _paint(image: bytearray, mask: bytearray, place: Place, bits: Bits | None, order: Order) -> None:
    """Put a leaf's bits; None: nothing is known of them from now on."""
    where = slice(place.start, place.start + place.width)
    touched, at = place.mask(order)
    before, known = (int.from_bytes(data[where], order) for data in (image, mask))
    if len(image[where]) < place.width:
        return
    image[where] = (before & ~touched | ((bits or 0) << at & touched)).to_bytes(place.width, order)
    mask[where] = (known & ~touched | (0 if bits is None else touched)).to_bytes(place.width, order)


def _loaded_so(leaf: Leaf, candidate: Candidate, each: Exchanged, raw: bool) -> bool:
    place, word = candidate.places.of(leaf.path), _number_of((each.loaded or {}).get(leaf.path))
    assert isinstance(leaf.kind, Kind)
    if word is None or place is None or not isinstance(place.kind, Kind):
        return False
    bits = place.read(each.memory, candidate.order(leaf))
    if bits is None:  # beyond what is known of memory
        return not candidate.silent
    if leaf.bits is not None:
        return (word ^ bits) & ((1 << min(leaf.bits, place.bits or leaf.bits)) - 1) == 0
    known = conversions(bits, place.kind, leaf.kind, candidate.abi, raw)
    return not known or word in known


def _tells(candidate: Candidate, seen: Observation) -> bool:
    """Return whether a value that is not zero, and was not as the layout has it, is where and as the candidate has it."""
    for leaf in seen.handled:
        place = _place_of(leaf, candidate) if leaf.path in seen.wrong else None
        if place is not None and any(
            each.values.get(leaf.path) and len(each.memory) > place.start for each in seen.exchanged
        ):
            other = (place.start, place.width, place.kind) != (leaf.offset, leaf.width, leaf.kind)
            if other or candidate.order(leaf) != seen.layout.abi.order:
                return True
    return False


def _number_of(word: str | None) -> int | None:
    try:
        return None if word is None else int(word, 16)
    except ValueError:
        return None
