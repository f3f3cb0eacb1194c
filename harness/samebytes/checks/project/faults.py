"""Faults of a declaration as its source has them: which statement is wrong, and in what, so that its line can be named and changed.

A fault of shape (a type, a count, a missing field, the order) explains places behind it; only where there is none, places are
looked at themselves: packing, holes, the size.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from samebytes.checks.project.compare_declared import Comparison, sorts
from samebytes.checks.project.match_names import filler, same_name
from samebytes.errors import LayoutError
from samebytes.layout import Kind, Layout, Record, lay_out
from samebytes.layout.laid_out import Member
from samebytes.layout.source import SourceMember, SourceRecord, record_of

__all__ = ["Fault", "faults_of", "named_members"]

PACKS = (None, 1, 2, 4, 8)
What = Literal["type", "missing", "extra", "order", "pack", "hole", "size", "kind"]


@dataclass(frozen=True)
class Fault:
    """One thing that is wrong in a record's source."""

    what: What
    record: SourceRecord
    layout: Layout
    """What was promised of that record."""
    declared: Layout
    member: SourceMember | None = None
    """The field that is wrong; of a missing one, of a hole, and of the order, the field that stands where it begins."""
    wanted: Member | None = None
    bytes: int = 0
    """Of a hole and of the size: how many are missing; negative: too many."""
    pack: int | None = None
    there: Mapping[str, SourceMember | None] = field(default_factory=dict, compare=False, repr=False)
    """The record's fields by the layout's names; None for those that it lacks."""

    @property
    def at(self) -> int:
        """Return the character that it is about."""
        if self.what in ("pack", "size", "kind"):
            return self.record.keyword
        return self.record.body[1] if self.member is None else self.member.at[0]

    @property
    def name(self) -> str:
        """Return the field that it is about, as the layout has it; the record, where it is about all of it."""
        if self.wanted is not None:
            return self.wanted.field.name
        return self.member.name if self.member is not None else self.layout.record.name


def faults_of(
    text: str, records: list[SourceRecord], record: SourceRecord, held: Comparison, layout: Layout
) -> list[Fault]:
    """Return what is wrong with a record and those in it, in order; empty where its source does not show it."""
    paths = [one.path for one in held.differences if not one.path.startswith("size of ")]
    finder = _Finder(text, records, held.spelled)
    return list(finder.faults(record, held.declared, layout, paths))


class _Finder:
    def __init__(self, text: str, records: list[SourceRecord], spelled: Mapping[str, str]) -> None:
        self._text, self._records, self._spelled = text, records, spelled
        self._seen: set[int] = set()

    def faults(self, record: SourceRecord, declared: Layout, layout: Layout, paths: Collection[str]) -> Iterator[Fault]:
        """Yield the faults of a record; those of records in it in their place."""
        if record.keyword in self._seen:  # two fields of one type
            return
        self._seen.add(record.keyword)
        members = list(record.members)
        who = {one.field.name: self._member(members, one.field.name) for one in named_members(layout)}
        found = list(self._shape(record, declared, layout, paths)) or list(self._places(record, declared, layout))
        yield from (one if one.there else replace(one, there=who) for one in found)

    def _shape(self, record: SourceRecord, declared: Layout, layout: Layout, paths: Collection[str]) -> Iterator[Fault]:
        theirs = {member.field.name: member for member in named_members(declared)}
        ours = list(named_members(layout))
        members = list(record.members)
        who = {member.field.name: self._member(members, member.field.name) for member in ours}
        bad = {path.partition(".")[0].partition("[")[0] for path in paths}
        for index, wanted in enumerate(ours):
            name = wanted.field.name
            source, found = who[name], theirs.get(name)
            if source is None:
                if found is None and name in bad:
                    yield Fault("missing", record, layout, declared, self._behind(ours[index + 1 :], who), wanted)
            elif found is not None and name in bad:
                yield from self._field(record, declared, layout, source, found, wanted, paths)
        known = {id(source) for source in who.values()}
        for member in members:
            strange = id(member) not in known and any(same_name(member.name, name) for name in bad)
            if strange and not _is_filler(theirs.get(member.name), layout):
                yield Fault("extra", record, layout, declared, member)
        yield from self._order(record, declared, layout, members, who)

    def _field(
        self, record: SourceRecord, declared: Layout, layout: Layout, source: SourceMember, found: Member, wanted: Member,
        paths: Collection[str],
    ) -> Iterator[Fault]:  # fmt: skip
        """Yield what is wrong with a field that is there."""
        scalar = found.layout is None and wanted.layout is None
        if not _alike(found, wanted) or (
            scalar and found.offset == wanted.offset
        ):  # there, as wide: what it means differs
            yield Fault("type", record, layout, declared, source, wanted)
        elif found.layout is not None and wanted.layout is not None:
            inner = source.inner or record_of(self._records, self._text[slice(*source.type)])
            below = [
                path.partition(".")[2]
                for path in paths
                if path.partition(".")[0].partition("[")[0] == source.name
                or same_name(path.partition(".")[0].partition("[")[0], wanted.field.name)
            ]
            below = [path for path in below if path]
            if _same_inside(found.layout, wanted.layout):
                return
            if inner is None:
                yield Fault("type", record, layout, declared, source, wanted)
            else:
                yield from self.faults(inner, found.layout, wanted.layout, below)

    def _order(
        self, record: SourceRecord, declared: Layout, layout: Layout, members: Sequence[SourceMember],
        who: Mapping[str, SourceMember | None],
    ) -> Iterator[Fault]:  # fmt: skip
        if layout.record.union or declared.record.union or (layout.record.pinned and declared.record.overlap):
            return
        numbers = {id(source): number for number, source in enumerate(who.values()) if source is not None}
        there = [member for member in members if id(member) in numbers]
        kept = _rising([numbers[id(member)] for member in there])
        by_number = dict(enumerate(who))
        ours = {member.field.name: member for member in named_members(layout)}
        for member in there:
            if numbers[id(member)] not in kept:
                yield Fault("order", record, layout, declared, member, ours[by_number[numbers[id(member)]]])

    def _places(self, record: SourceRecord, declared: Layout, layout: Layout) -> Iterator[Fault]:
        """Yield what moves fields that are declared as they should be."""
        theirs = {member.field.name: member for member in named_members(declared)}
        moved = [
            (wanted, theirs[wanted.field.name])
            for wanted in named_members(layout)
            if wanted.field.name in theirs and theirs[wanted.field.name].offset != wanted.offset
        ]
        if not moved and declared.size == layout.size:
            return
        if declared.record.union != layout.record.union:
            yield Fault("kind", record, layout, declared)
            return
        pack = next((pack for pack in PACKS if _fits(declared, layout, pack)), 0)
        if pack != 0:
            yield Fault("pack", record, layout, declared, pack=pack)
        elif moved:
            wanted, found = min(moved, key=lambda pair: pair[0].offset)
            source = self._member(list(record.members), wanted.field.name)
            yield Fault("hole", record, layout, declared, source, wanted, bytes=wanted.offset - found.offset)
        else:
            yield Fault("size", record, layout, declared, bytes=layout.size - declared.size)

    def _member(self, members: Sequence[SourceMember], name: str) -> SourceMember | None:
        """Return the field that the layout calls so."""
        theirs = self._spelled.get(name, name)
        found = [one for one in members if one.name in (theirs, name)]
        found = found or [one for one in members if same_name(one.name, name)]
        return found[0] if len(found) == 1 else None

    @staticmethod
    def _behind(ours: Sequence[Member], who: Mapping[str, SourceMember | None]) -> SourceMember | None:
        """Return the first of these fields that is there."""
        return next((found for one in ours if (found := who[one.field.name]) is not None), None)


def named_members(layout: Layout) -> Iterator[Member]:
    """Yield the fields that have names, in the order of memory where their places are pinned; those of anonymous records too."""
    pinned = layout.record.pinned and not layout.record.overlap
    for member in sorted(layout.members, key=lambda one: one.offset) if pinned else layout.members:
        if member.field.name:
            yield member
        elif member.layout is not None:
            yield from (replace(one, offset=one.offset + member.offset) for one in named_members(member.layout))


def _is_filler(found: Member | None, layout: Layout) -> bool:
    """Return whether a field that the layout lacks is bytes that fill a hole of it: then its place is looked at, and its length."""
    if found is None or found.stride != 1 or not isinstance(found.field.type, Kind):
        return False
    return filler(found.field.name) or layout.record.pinned or layout.record.size is not None


def _alike(found: Member, wanted: Member) -> bool:
    """Return whether two fields are declared alike, wherever they stand."""
    theirs, ours = found.field, wanted.field
    if theirs.bits != ours.bits or theirs.elements != ours.elements or theirs.flexible != ours.flexible:
        return False
    if len(theirs.counts) == len(ours.counts) and theirs.counts != ours.counts:
        return False  # rows and columns exchanged
    if isinstance(theirs.type, Record) or isinstance(ours.type, Record):
        return isinstance(theirs.type, Record) and isinstance(ours.type, Record)
    if ours.bits is None and found.stride != wanted.stride:
        return False
    return len(set(sorts(ours.type, theirs.type))) == 1


def _same_inside(found: Layout, wanted: Layout) -> bool:
    return (
        [leaf[:3] for leaf in found.leaves] == [leaf[:3] for leaf in wanted.leaves]
        and found.size == wanted.size
        and all(
            len(set(sorts(ours.kind, theirs.kind))) == 1
            for ours, theirs in zip(wanted.leaves, found.leaves, strict=True)
        )
    )


def _rising(numbers: Sequence[int]) -> set[int]:
    """Return the longest subsequence that rises, as a set: what stays where it is when the others are moved."""
    tails: list[int] = []
    chains: list[tuple[int, ...]] = []
    for number in numbers:
        at = bisect_left(tails, number)
        chain = (*(chains[at - 1] if at else ()), number)
        tails[at : at + 1] = [number]
        chains[at : at + 1] = [chain]
    return set(chains[-1]) if chains else set()


def _fits(declared: Layout, layout: Layout, pack: int | None) -> bool:
    """Return whether the declared fields would stand as promised if they were packed so."""
    if layout.record.union or any(
        isinstance(part.type, Kind) and part.bits is not None for part in declared.record.fields
    ):
        return False
    loose = tuple(replace(part, offset=None, bit=None) for part in declared.record.fields)
    try:
        record = replace(declared.record, fields=loose, pack=pack, packed=False, size=None, align=None, overlap=False)
        found = lay_out(record, declared.abi)
    except LayoutError:
        return False
    places = {member.field.name: member.offset for member in named_members(found)}
    return found.size == layout.size and all(
        places.get(wanted.field.name, wanted.offset) == wanted.offset for wanted in named_members(layout)
    )
