"""Sites: the record and the records in it, where one declaration may be wrong, with what was observed of each field there."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from samebytes.diagnosis.observation import NOWHERE, Candidate, Observation
from samebytes.errors import LayoutError
from samebytes.layout import Abi, Field, Kind, Leaf, Record
from samebytes.layout.telling import kind_fits

__all__ = ["Mistake", "Sighting", "Site", "altered", "one_way", "sites_of", "with_types"]

MAX_SITES = 40
"""Declarations looked at in one record: more than people nest, and few enough to be quick."""
FEW = 24
"""Fields of a declaration any of which may be the mistaken one where nothing was described; of more, those near the first wrong value."""


@dataclass(frozen=True)
class Mistake:
    """One kind of mistake, and the ways in which it may have been made: those that explain what was seen are named together."""

    ways: Sequence[Candidate]
    words: Callable[[Sequence[Candidate]], str] = lambda found: found[0].words


def one_way(way: Candidate) -> Mistake:
    """Return a mistake that is made in one way only."""
    return Mistake([way])


@dataclass(frozen=True)
class Sighting:
    """What was seen of one field, in the first record of its kind: its leaves there, and those that were described."""

    part: Field
    leaves: tuple[Leaf, ...]
    described: tuple[Leaf, ...]
    places: tuple[tuple[int, int], ...]
    """Offset and width of each of `described`, as the peer has them; bytes."""
    kinds: frozenset[str]
    """The kinds that were told of its leaves."""
    size: int | None
    """Bytes it was told to have, all elements together."""
    wrong: bool
    """Whether a leaf of it, described with the right width, was stored or loaded wrong, or is of another kind."""

    @property
    def start(self) -> int:
        """Return where the peer has its first byte."""
        return min(offset for offset, _ in self.places)

    @property
    def moved(self) -> int:
        """Return how many bytes later than in the layout the peer has it."""
        return self.start - min(leaf.offset for leaf in self.described)

    @property
    def odd(self) -> bool:
        """Return whether some of its leaves are missing, or stand otherwise to each other, than in the layout."""
        moved = self.moved if self.described else 0
        pairs = zip(self.described, self.places, strict=True)
        return len(self.described) < len(self.leaves) or any(
            (leaf.offset + moved, leaf.width) != place for leaf, place in pairs
        )

    @property
    def width(self) -> int | None:
        """Return the width the peer has for every leaf of it; None if they are not all the same."""
        widths = {width for _, width in self.places}
        return widths.pop() if len(widths) == 1 else None


@dataclass(frozen=True)
class Site:
    """One record declaration. `top` is the record under test, of which `record` is the whole or a part."""

    top: Record
    record: Record
    abi: Abi
    sightings: tuple[Sighting, ...]
    """One for each field, in order."""
    suspected: frozenset[int]
    """Where a mistake may be, by the index of a field; one more than there are is the end."""
    blind: bool
    """Whether nothing was described: all that is known of a field are values."""

    def named(self, part: Field) -> str:
        """Return the field in words."""
        return self.quoted(part) + self.suffix

    def quoted(self, part: Field) -> str:
        """Return the field's name alone."""
        return f"`{part.name}`" if part.name else f"the unnamed {'union' if _is_union(part) else 'part'}"

    @property
    def suffix(self) -> str:
        """Return ` of Inner` for a nested record, an empty text for the record under test."""
        return "" if self.record is self.top else f" of {self.title}"

    @property
    def title(self) -> str:
        """Return the record in words."""
        return self.record.name or "an unnamed record"

    def way(self, words: str, changed: Record, **more: Any) -> Candidate:
        """Return the whole record with this declaration changed, wherever it is used."""
        whole = changed if self.record is self.top else with_types(self.top, {self.record: changed})
        return Candidate(words, whole, self.abi, **more)

    def with_fields(self, words: str, fields: Collection[Field], **more: Any) -> Candidate:
        """Return the whole record with this declaration's fields changed."""
        return self.way(words, altered(self.record, fields=tuple(fields)), **more)

    def with_field(self, words: str, index: int, part: Field | None, **more: Any) -> Candidate:
        """Return the whole record with one field changed, or without it."""
        fields = self.record.fields
        return self.with_fields(words, (*fields[:index], *([part] if part else ()), *fields[index + 1 :]), **more)


def _is_union(part: Field) -> bool:
    return isinstance(part.type, Record) and part.type.union


def altered(record: Record, **changes: Any) -> Record:
    """Return the record with other attributes; the record as it is where that makes none, which explains nothing."""
    try:
        return replace(record, **changes)
    except LayoutError:
        return record


def with_types(record: Record, changed: dict[Record, Record]) -> Record:
    """Return the record with other records in place of some of those it is made of."""
    fields = []
    for part in record.fields:
        if isinstance(part.type, Record):
            part = replace(part, type=changed.get(part.type) or with_types(part.type, changed))
        fields.append(part)
    return record if tuple(fields) == record.fields else altered(record, fields=tuple(fields))


def sites_of(top: Record, seen: Observation) -> list[Site]:
    """Return the record itself, then every other declaration in it, those nearest to the top first."""
    found: dict[Record, str] = {top: ""}
    waiting = [top]
    while waiting and len(found) < MAX_SITES:
        record = waiting.pop(0)
        for part in record.fields:
            if isinstance(part.type, Record) and part.type not in found:
                found[part.type] = _prefix(found[record], part)
                waiting.append(part.type)
    return [_site(top, record, prefix, seen) for record, prefix in found.items()]


def _site(top: Record, record: Record, prefix: str, seen: Observation) -> Site:
    sightings = tuple(_sightings(record, prefix, seen))
    blind = seen.description is None
    suspected = frozenset(range(len(sightings) + 1))
    first = next((index for index, sight in enumerate(sightings) if sight.wrong), None)
    if blind and first is not None and len(sightings) > FEW:
        suspected = frozenset((first - 1, first, first + 1)) & suspected
    return Site(top, record, seen.layout.abi, sightings, suspected, blind)


def _prefix(outer: str, part: Field) -> str:
    """Return how the paths of the first record of its kind begin."""
    return f"{outer}{part.name}{'[0]' * len(part.counts)}." if part.name else outer


def _sightings(record: Record, prefix: str, seen: Observation) -> Iterator[Sighting]:
    by_name: dict[str, list[Leaf]] = {}
    found = seen.description
    for leaf in seen.layout.leaves:
        if leaf.path.startswith(prefix):
            name = leaf.path[len(prefix) :].partition(".")[0].partition("[")[0]
            by_name.setdefault(name, []).append(leaf)
    for part in record.fields:
        names = (part.name,) if part.name else part.type.names if isinstance(part.type, Record) else ()
        leaves = [leaf for name in names for leaf in by_name.get(name, ())]
        wrong = any(leaf.path in seen.wrong for leaf in leaves)
        if found is None:
            yield Sighting(part, tuple(leaves), (), (), NOWHERE, None, wrong)
            continue
        described = tuple(leaf for leaf in leaves if leaf.path in found.leaves)
        kinds = frozenset((found.kinds or {})[leaf.path] for leaf in described if leaf.path in (found.kinds or {}))
        size = (found.members or {}).get(prefix + part.name, (0, None))[1]
        other = isinstance(part.type, Kind) and not all(
            kind_fits(part.type, told, seen.layout.abi, found.alike) for told in kinds
        )
        places = tuple(found.leaves[leaf.path] for leaf in described)
        yield Sighting(part, tuple(leaves), described, places, kinds, size, wrong or other)
