"""Explanations: whether a record, as it may have been declared, explains what was described, stored, loaded or expected."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator

from samebytes.diagnosis.conversions import conversions, number_of
from samebytes.diagnosis.observation import Candidate, Exchanged, Observation, number_told
from samebytes.diagnosis.places import Place
from samebytes.layout import Bits, Description, Kind, Leaf, Record
from samebytes.layout.telling import kind_fits

__all__ = ["describes", "explains", "tidy"]


def describes(candidate: Candidate, seen: Observation) -> bool:
    """Return whether it gives everything that was described. LayoutError for a record that cannot be."""
    found = seen.description
    if found is None:
        return True
    if candidate.silent:
        candidate = Candidate("", seen.layout.record, seen.layout.abi)
    if found.size != candidate.end or (
        not found.aligned_to(candidate.layout.align) and not seen.layout.record.variable
    ):
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
        place.paint(image, mask, there if there in known else next(iter(known), None), order)
    return all((now ^ then) & known == 0 for now, then, known in zip(image, each.memory, mask, strict=True))


def _loaded_so(leaf: Leaf, candidate: Candidate, each: Exchanged, raw: bool) -> bool:
    place, word = candidate.places.of(leaf.path), number_told((each.loaded or {}).get(leaf.path))
    assert isinstance(leaf.kind, Kind)
    if word is None or place is None or not isinstance(place.kind, Kind):
        return False
    bits = place.read(each.memory, candidate.order(leaf))
    if bits is None:  # beyond what is known of memory
        return not candidate.silent
    if leaf.bits is not None:
        return (word ^ bits) & ((1 << min(leaf.bits, place.bits or leaf.bits)) - 1) == 0
    known = conversions(bits, place.kind, leaf.kind, candidate.abi, raw)
    return not known or word in known or (word >> leaf.width * 8 > 0 and word == _in_full(bits, place, candidate))


def _in_full(bits: Bits, place: Place, candidate: Candidate) -> int | None:
    """Return a whole number that does not fit its leaf as it travels: with all its digits, a negative one with 64 bits."""
    assert isinstance(place.kind, Kind)
    number = number_of(bits, place.kind, candidate.abi) if place.width <= 8 else math.nan
    return number % (1 << 64) if isinstance(number, int) else None


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
