"""Sites: the record and the records in it, where one declaration may be wrong, with what was observed of each field there."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from samebytes.diagnosis.explains import Observation
from samebytes.errors import LayoutError
from samebytes.layout import Field, Leaf, Record
from samebytes.layout.telling import places_of

__all__ = ["NOWHERE", "Alteration", "Sighting", "Site", "Variant", "altered", "one_way", "sites_of", "with_types"]

NOWHERE: frozenset[str] = frozenset()
Variant = tuple[str, Record, frozenset[str]]
"""Words, the record so changed, and the top-level fields to which no value could be assigned then."""

MAX_SITES = 40
"""Declarations looked at in one record: more than people nest, and few enough to be quick."""


@dataclass(frozen=True)
class Alteration:
    """One mistake, and the ways in which it may have been made: those that explain an observation are named together."""

    ways: Sequence[Variant]
    words: Callable[[Sequence[str]], str] = lambda found: found[0]


def one_way(way: Variant) -> Alteration:
    """A mistake that is made in one way only."""
    return Alteration([way])


@dataclass(frozen=True)
class Sighting:
    """What was seen of one field, in the first record of its kind: its leaves there, and those that were described."""

    part: Field
    leaves: tuple[Leaf, ...]
    described: tuple[Leaf, ...]
    places: tuple[tuple[int, int], ...]
    """Offset and width of each of `described`, as the peer has them; bytes."""
    wrong: bool
    """Whether a leaf of it, described with the right width, was stored or loaded wrong."""
    size: int | None = None
    """Bytes of the whole field, as the peer tells them."""
    resized: bool = False
    """Whether that is another size than the layout's."""

    @property
    def start(self) -> int:
        """Where the peer has its first byte."""
        return min(offset for offset, _ in self.places)

    @property
    def moved(self) -> int:
        """How many bytes later than in the layout the peer has it."""
        return self.start - min(leaf.offset for leaf in self.described)

    @property
    def odd(self) -> bool:
        """Whether some of its leaves are missing, or stand otherwise to each other, than in the layout."""
        moved = self.moved if self.described else 0
        pairs = zip(self.described, self.places, strict=True)
        return len(self.described) < len(self.leaves) or any(
            (leaf.offset + moved, leaf.width) != place for leaf, place in pairs
        )

    @property
    def width(self) -> int | None:
        """The width the peer has for every leaf of it; None if they are not all the same."""
        widths = {width for _, width in self.places}
        return widths.pop() if len(widths) == 1 else None


@dataclass(frozen=True)
class Site:
    """One record declaration. `top` is the record under test, of which `record` is the whole or a part."""

    top: Record
    record: Record
    sightings: tuple[Sighting, ...]
    """One for each field, in order."""

    def named(self, part: Field) -> str:
        """The field in words."""
        return self.quoted(part) + self.suffix

    def quoted(self, part: Field) -> str:
        """The field's name alone."""
        return f"`{part.name}`" if part.name else f"the unnamed {'union' if _is_union(part) else 'part'}"

    @property
    def suffix(self) -> str:
        """Of which record its fields are, where that is not the one under test."""
        return "" if self.record is self.top else f" of {self.title}"

    @property
    def title(self) -> str:
        """The record in words."""
        return self.record.name or "an unnamed record"

    def with_record(self, changed: Record) -> Record:
        """The whole record with this declaration changed, wherever it is used."""
        return changed if self.record is self.top else with_types(self.top, {self.record: changed})

    def with_fields(self, fields: Collection[Field]) -> Record:
        """The whole record with this declaration's fields changed."""
        return self.with_record(altered(self.record, fields=tuple(fields)))

    def with_field(self, index: int, part: Field) -> Record:
        """The whole record with one field changed."""
        fields = list(self.record.fields)
        fields[index] = part
        return self.with_fields(fields)


def _is_union(part: Field) -> bool:
    return isinstance(part.type, Record) and part.type.union


def altered(record: Record, **changes: Any) -> Record:
    """The record with other attributes; the record as it is where that makes none, which explains nothing."""
    try:
        return replace(record, **changes)
    except LayoutError:
        return record


def with_types(record: Record, changed: dict[Record, Record]) -> Record:
    """The record with other records in place of some of those it is made of."""
    fields = []
    for part in record.fields:
        if isinstance(part.type, Record):
            part = replace(part, type=changed.get(part.type) or with_types(part.type, changed))
        fields.append(part)
    return record if tuple(fields) == record.fields else altered(record, fields=tuple(fields))


def sites_of(top: Record, seen: Observation, wrong: Collection[str]) -> list[Site]:
    """The record itself, then every other declaration in it, those nearest to the top first."""
    found: dict[Record, str] = {top: ""}
    waiting = [top]
    while waiting and len(found) < MAX_SITES:
        record = waiting.pop(0)
        for part in record.fields:
            if isinstance(part.type, Record) and part.type not in found:
                found[part.type] = _prefix(found[record], part)
                waiting.append(part.type)
    return [Site(top, record, tuple(_sightings(record, prefix, seen, wrong))) for record, prefix in found.items()]


def _prefix(outer: str, part: Field) -> str:
    """How the paths of the first record of its kind begin."""
    return f"{outer}{part.name}{'[0]' * len(part.counts)}." if part.name else outer


def _sightings(record: Record, prefix: str, seen: Observation, wrong: Collection[str]) -> Iterator[Sighting]:
    by_name: dict[str, list[Leaf]] = {}
    for leaf in seen.layout.leaves:
        if leaf.path.startswith(prefix):
            name = leaf.path[len(prefix) :].partition(".")[0].partition("[")[0]
            by_name.setdefault(name, []).append(leaf)
    for part in record.fields:
        names = (part.name,) if part.name else part.type.names if isinstance(part.type, Record) else ()
        leaves = [leaf for name in names for leaf in by_name.get(name, ())]
        described = [leaf for leaf in leaves if leaf.path in seen.description.leaves]
        places = [seen.description.leaves[leaf.path] for leaf in described]
        bad = any(leaf.path in wrong for leaf in leaves)
        told = (seen.description.members or {}).get(prefix + part.name)
        other = told is not None and told[1] != places_of(seen.layout).get(prefix + part.name, told)[1]
        yield Sighting(part, tuple(leaves), tuple(described), tuple(places), bad, told and told[1], other)
