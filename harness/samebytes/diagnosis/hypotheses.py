"""The catalogue in order: every mistake that people make in a declaration, and that what was seen points at, the simplest first.

Of two that explain the same, a person expects the simpler one. What each mistake does to a record stands in `record_mistakes`,
`field_mistakes` and `type_mistakes`; how it is worded, in `words`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import combinations

from samebytes.diagnosis import words
from samebytes.diagnosis.field_mistakes import field_mistakes
from samebytes.diagnosis.observation import Candidate, Observation
from samebytes.diagnosis.record_mistakes import (
    LONGEST_HEADER,
    apart,
    as_a_whole,
    forms,
    holes,
    other_machines,
    packing,
    packs,
    regrouped,
    systems,
    turned,
)  # fmt: skip
from samebytes.diagnosis.targets import Mistake, Site, altered, one_way, sites_of
from samebytes.diagnosis.type_mistakes import marshalled, other_signs, retyped_everywhere
from samebytes.layout import Record

__all__ = ["described_right", "suspects"]

MOST_SWAPPED = 16
"""Fields stored wrong of which any two may have been swapped: pairs of more would be many, and no single change."""


def suspects(seen: Observation) -> Iterator[Mistake]:
    """Yield every mistake to be tried, the simplest first."""
    record, abi = seen.layout.record, seen.layout.abi
    yield one_way(turned(record, abi))
    yield from map(one_way, _some_turned(seen))
    if seen.description is not None and described_right(seen):
        yield from _silently(seen)
        return
    yield from map(one_way, systems(record, abi))
    if not seen.fields:
        sites = sites_of(record, seen)
        yield from packing(record, abi)
        yield from retyped_everywhere(record, sites, usual=True)
        yield from marshalled(record, sites)
        return
    yield from as_a_whole(seen)
    ways = forms(record, seen.layout)
    yield from map(one_way, holes(ways[-1], seen))
    for form in ways if seen.description is not None else ways[:1]:
        sites = sites_of(form, seen)
        yield from retyped_everywhere(form, sites)
        yield from field_mistakes(sites, seen)
        yield from marshalled(form, sites)
    if record.size is None and seen.description is not None:
        changed = altered(record, size=seen.found_size)
        yield one_way(Candidate(words.explicit_size(seen.found_size, seen.layout.size), changed, abi))
    yield from map(one_way, apart(record, abi))
    yield from map(one_way, other_machines(record, abi))


def described_right(seen: Observation) -> bool:
    """Return whether everything that was described is as the layout has it, kinds aside."""
    layout, found = seen.layout, seen.description
    if found is None:
        return False
    here = {path: place for path, place in found.leaves.items() if path in layout.by_path}
    right = {leaf.path: (leaf.offset, leaf.width) for leaf in layout.leaves}
    sizes = Candidate("", layout.record, layout.abi).places
    told = all(sizes.member(path) in (place, None) for path, place in (found.members or {}).items())
    return here == right and told and found.size == layout.size and found.aligned_to(layout.align)


def _some_turned(seen: Observation) -> Iterator[Candidate]:
    """Yield the fields of which a value is wrong, in the other byte order."""
    fields = list(dict.fromkeys(seen.layout.by_path[path].field for path in seen.layout.by_path if path in seen.wrong))
    if fields and len(fields) < len(seen.layout.record.names):
        leaves = frozenset(leaf.path for leaf in seen.layout.leaves if leaf.field in fields)
        text = words.byte_order([f"`{name}`" for name in fields], seen.layout.abi)
        yield Candidate(text, seen.layout.record, seen.layout.abi, turned=leaves)


def _silently(seen: Observation) -> Iterator[Mistake]:
    """Yield what a right description leaves: mistakes that move no field, or stores and loads that do not go by the declaration."""
    sites = sites_of(seen.layout.record, seen)
    yield from retyped_everywhere(seen.layout.record, sites)
    yield from field_mistakes(sites, seen)
    for site in sites:
        yield from map(one_way, other_signs(site))
    for mistake in _handlings(seen.layout.record, seen, sites):
        for way in mistake.ways:
            yield one_way(replace(way, words=f"{mistake.words([way])} {words.DESCRIBED_RIGHT}", silent=True))


def _handlings(record: Record, seen: Observation, sites: Sequence[Site]) -> Iterator[Mistake]:
    abi = seen.layout.abi
    wrong = [(index, sight.part) for index, sight in enumerate(sites[0].sightings) if sight.wrong]
    if len(wrong) <= MOST_SWAPPED:
        for (first, one), (second, other) in combinations(wrong, 2):
            fields = list(record.fields)
            fields[first], fields[second] = other, one
            yield one_way(
                Candidate(words.swapped(f"`{one.name}`", f"`{other.name}`"), altered(record, fields=tuple(fields)), abi)
            )
    for shift in range(1, LONGEST_HEADER + 1):
        yield one_way(Candidate(words.shifted(shift), record, abi, shift))
    yield from marshalled(record, sites, each=True)
    yield packs(record, abi)
    for candidate in (
        *apart(record, abi),
        *regrouped(record, abi),
        *systems(record, abi),
        *other_machines(record, abi),
    ):
        yield one_way(candidate)
