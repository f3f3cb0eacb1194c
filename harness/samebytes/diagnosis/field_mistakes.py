"""Mistakes of one field: missing, too many, of another length, in another place. Only where what was seen points at."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from itertools import combinations

from samebytes.diagnosis import words
from samebytes.diagnosis.explains import describes
from samebytes.diagnosis.observation import NOWHERE, Candidate, Observation
from samebytes.diagnosis.targets import Mistake, Site, altered, one_way
from samebytes.diagnosis.type_mistakes import retyped
from samebytes.errors import LayoutError
from samebytes.layout import KINDS, Abi, Field, Kind, Record, lay_out

__all__ = ["ADDED", "field_mistakes"]

ADDED = "filler_at_"
"""Begins the name of a field that a candidate adds, followed by its place."""
MOST_SWAPPED = 32
"""Fields of which any two may have been swapped, where nothing was described."""


def field_mistakes(sites: Sequence[Site], seen: Observation) -> Iterator[Mistake]:
    """Yield mistakes at every site, one kind after the other."""
    for site in sites:
        yield from _missing(site, seen)
    for site in sites:
        yield from retyped(site)
    # A release with one number more is likelier than a longer array; where declarations are described, that is told apart.
    yield from (mistake for site in sites if seen.description is None for mistake in _added(site, seen, alone=True))
    for site in sites:
        yield from _resized(site, seen)
    for site in sites:
        yield from map(one_way, _swapped(site) if site.blind else _reordered(site))
    for site in sites:
        yield from _added(site, seen)
    for site in sites:
        yield from map(one_way, _aligned(site))
    if seen.description is not None:
        for site in sites:
            yield from map(one_way, _moved(site, seen))
        for site in sites:
            yield from map(one_way, _unassignable(site, seen))


def _missing(site: Site, seen: Observation) -> Iterator[Mistake]:
    """Yield the fields that may be missing: of neighbours of one type any; an array of fewer elements may come to the same."""
    ways: dict[Candidate, int] = {}
    for index, sight in enumerate(site.sightings):
        if sight.leaves and not sight.described and index in site.suspected and len(site.sightings) > 1:
            ways[site.with_field(site.quoted(sight.part), index, None)] = index

    def named(found: Sequence[Candidate]) -> str:
        fewer = _fewer(site, ways[found[0]], seen) if len(found) == 1 else 0
        return words.missing([one.words for one in found], site.suffix, fewer)

    if ways:
        yield Mistake([*ways], named)


def _fewer(site: Site, index: int, seen: Observation) -> int:
    """Return how many elements a field has, if one fewer of them explains a description that lacks all of it; 0 if not."""
    counts = site.record.fields[index].counts
    if site.blind or len(counts) != 1 or counts[0] < 2:
        return 0
    fewer = replace(site.record.fields[index], counts=(counts[0] - 1,), chars=None)
    with suppress(LayoutError):
        return counts[0] if describes(site.with_field("", index, fewer), seen) else 0
    return 0


# --- lengths, order, places ----------------------------------------------------------------------------------------------


def _resized(site: Site, seen: Observation) -> Iterator[Mistake]:
    """Yield arrays of another length: as many elements as were described, or as there is room for."""
    for index, sight in enumerate(site.sightings):
        part = sight.part
        if not part.counts or not sight.leaves or index not in site.suspected or part.flexible:
            continue
        if len(part.counts) > 1 and part.counts != part.counts[::-1]:
            yield _crossed(site, index, part)
        if not (site.blind or sight.odd or sight.size is not None or _anything_moved(site, seen)):
            continue
        lengths = [
            counts for counts in dict.fromkeys(_counts(site, index, seen)) if counts != part.counts and 0 not in counts
        ]
        yield _lengths(site, index, part, lengths)
        if not sight.described and not site.blind:
            single = replace(part, counts=(), chars=None)
            yield one_way(site.with_field(words.array_as_one(site.named(part)), index, single))


def _lengths(site: Site, index: int, part: Field, lengths: Sequence[tuple[int, ...]]) -> Mistake:
    ways = {site.with_field(str(counts), index, replace(part, counts=counts, chars=None)): counts for counts in lengths}
    return Mistake([*ways], lambda found: words.resized(site.named(part), part.counts, [ways[one] for one in found]))


def _crossed(site: Site, index: int, part: Field) -> Mistake:
    """Return the mistake of dimensions in the other order: reached by indices as they are, or by indices in the other order too."""
    text, other = words.rows_and_columns(site.named(part)), replace(part, counts=part.counts[::-1], chars=None)
    return Mistake([site.with_field(text, index, other, crossed=names) for names in (NOWHERE, frozenset((part.name,)))])


def _anything_moved(site: Site, seen: Observation) -> bool:
    sizes = seen.found_size != seen.layout.size
    return sizes or any(sight.described and sight.moved for sight in site.sightings)


def _counts(site: Site, index: int, seen: Observation) -> Iterator[tuple[int, ...]]:
    sight = site.sightings[index]
    counts, row = sight.part.counts, _row(sight.part, seen.layout.abi)
    if sight.size is not None:
        yield (sight.size // row, *counts[1:])
        for place, count in enumerate(counts):
            yield (*counts[:place], sight.size * count // max(1, row * counts[0]), *counts[place + 1 :])
        return
    yield from ((guess, *counts[1:]) for guess in _guesses(site, index, seen, row) if guess > 0)
    for place, count in enumerate(counts):
        for other in (count - 1, count + 1, count - 2, count + 2, count // 2, count * 2, count - 4, count + 4):
            if other > 0:
                yield (*counts[:place], other, *counts[place + 1 :])


def _guesses(site: Site, index: int, seen: Observation, row: int) -> Iterator[int]:
    """Yield numbers of elements: by the number described, by the room in the whole, and by where the next field stands."""
    sight = site.sightings[index]
    count = sight.part.counts[0]
    beyond = _beyond(site, index, seen)
    if beyond:
        yield beyond
        return
    if sight.leaves:
        yield len(sight.described) * count // len(sight.leaves)
    yield count + (seen.found_size - seen.layout.size) // row
    before = [other.moved for other in site.sightings[:index] if other.described]
    after = [other.moved for other in site.sightings[index + 1 :] if other.described]
    if after:
        change = after[0] - (sight.moved if sight.described else before[-1] if before else 0)
        yield count + change // row
        yield count - -change // row


def _beyond(site: Site, index: int, seen: Observation) -> int:
    """Return as many elements as were told by their paths, beyond those that the layout has; 0 where none were."""
    if seen.description is None or site.record is not site.top:
        return 0
    start = f"{site.sightings[index].part.name}["
    found = {path[len(start) :].partition("]")[0] for path in seen.description.leaves if path.startswith(start)}
    count = max((int(one) + 1 for one in found if one.isdigit()), default=0)
    return count if count > site.sightings[index].part.counts[0] else 0


def _row(part: Field, abi: Abi) -> int:
    """Return the bytes of one element of the outermost dimension."""
    rest = replace(part, counts=part.counts[1:], chars=None, offset=None, align=None, flexible=False)
    return lay_out(Record("row", (rest,)), abi).size or 1


def _swapped(site: Site) -> Iterator[Candidate]:
    """Yield any two fields swapped, where nobody said in which order they stand."""
    fields = site.record.fields
    if site.record.union or site.record.pinned:
        return
    if len(site.suspected) > MOST_SWAPPED:
        pairs = [(index, index + 1) for index in range(len(fields) - 1)]
    else:
        pairs = [(one, other) for one, other in combinations(range(len(fields)), 2) if {one, other} & site.suspected]
    for one, other in pairs:
        order = list(fields)
        order[one], order[other] = order[other], order[one]
        yield site.with_fields(words.swapped(site.named(fields[one]), site.named(fields[other])), order)


def _reordered(site: Site) -> Iterator[Candidate]:
    """Yield the order in which the fields were described."""
    places = [index for index, sight in enumerate(site.sightings) if sight.described]
    found = sorted(places, key=lambda index: site.sightings[index].start)
    if found == places or site.record.union or site.record.pinned:
        return
    order = list(range(len(site.sightings)))
    for place, index in zip(places, found, strict=True):
        order[place] = index
    fields = [site.record.fields[index] for index in order]
    text = _order_words(site, order)
    yield site.with_fields(text, fields)
    # the runtime that orders fields by itself aligns structs to 8
    yield site.way(text, altered(site.record, fields=tuple(map(_behind, fields)), align=8))


def _behind(part: Field) -> Field:
    return replace(part, align=8) if part.counts or isinstance(part.type, Record) else part


def _order_words(site: Site, order: Sequence[int]) -> str:
    fields = site.record.fields
    wrong = [place for place, index in enumerate(order) if place != index]
    if len(wrong) == 2:
        return words.swapped(*(site.named(fields[place]) for place in wrong))
    for index in order:
        if [other for other in order if other != index] == sorted(set(order) - {index}):
            place = order.index(index)
            return words.moved_behind(site.named(fields[index]), site.named(fields[order[place - 1]]) if place else "")
    why = " by size, as LayoutKind.Auto does" if _falls(site, order) else ""
    return words.reordered(site.title, [fields[index].name for index in order], why)


def _falls(site: Site, order: Sequence[int]) -> bool:
    """Return whether numbers come first, the widest in front, and arrays and records behind them."""
    sightings = [site.sightings[index] for index in order]
    alone = [not sight.part.counts and isinstance(sight.part.type, Kind) for sight in sightings]
    widths = [sight.leaves[0].width for sight, single in zip(sightings, alone, strict=True) if single and sight.leaves]
    return alone == sorted(alone, reverse=True) and widths == sorted(widths, reverse=True)


def _added(site: Site, seen: Observation, alone: bool = False) -> Iterator[Mistake]:
    """Yield a field too many, where things begin to stand later than they should; `alone`: one number."""
    if site.record.union or (site.blind and site.record.pinned):
        return
    fields = site.record.fields
    for index in sorted(site.suspected) if site.blind else _where_it_moves(site, seen):
        ways = {}
        for added in _fillers(site, index, seen):
            if alone and added.counts:
                continue
            size = lay_out(Record("added", (added,)), seen.layout.abi).size
            changed = altered(site.record, fields=(*fields[:index], added, *fields[index:]), size=None)
            ways[site.way("", changed)] = size
        where = f"before {site.named(fields[index])}" if index < len(fields) else f"at the end of {site.title}"
        yield _adding(ways, where)


def _adding(ways: dict[Candidate, int], where: str) -> Mistake:
    """Return the mistake of a field too many.

    Where padding takes up the rest, several sizes come to the same; scalars are likelier.
    """

    def named(found: Sequence[Candidate]) -> str:
        sizes = sorted({ways[one] for one in found})
        return words.added(where, [size for size in sizes if size in (1, 2, 4, 8)] or sizes)

    return Mistake([*ways], named)


def _strangers(seen: Observation) -> list[str]:
    """Return fields that only the peer has, where it tells them."""
    found = seen.description
    paths = (
        ()
        if found is None
        else (path for path in (*found.leaves, *(found.members or {})) if path not in seen.layout.by_path)
    )
    names = (path.partition(".")[0].partition("[")[0] for path in paths)
    return [name for name in dict.fromkeys(names) if name not in seen.layout.record.names]


def _where_it_moves(site: Site, seen: Observation) -> list[int]:
    moved = [(index, sight.moved) for index, sight in enumerate(site.sightings) if sight.described]
    whole = site.record is site.top
    base = 0 if whole or not moved else moved[0][1]
    first = next((index for index, by in moved if by != base), len(site.record.fields))
    if whole:
        return [first] if _anything_moved(site, seen) else []
    return list(dict.fromkeys((first, 0, len(site.record.fields))))


def _fillers(site: Site, index: int, seen: Observation) -> Iterator[Field]:
    """Yield fields of the size that was told of it; else of any that a scalar has, or that fills the room."""
    strangers = _strangers(seen)
    told = _told_size(strangers[0], seen) if len(strangers) == 1 and site.record is site.top else None
    widths = (1, 2, 4, 8) if told is None else (told,) if told in (1, 2, 4, 8) else ()
    for width in widths:
        yield Field(f"{ADDED}{index}", KINDS[f"u{width * 8}"])
    moved = [sight.moved for sight in site.sightings[index:] if sight.described]
    for room in dict.fromkeys((*moved[:1], seen.found_size - seen.layout.size) if told is None else (told,)):
        for width in (1, 2, 4, 8):
            if room > width and room % width == 0 and room <= 1 << 20:
                yield Field(f"{ADDED}{index}", KINDS[f"u{width * 8}"], (room // width,))


def _told_size(name: str, seen: Observation) -> int | None:
    """Return the bytes of a field that only the peer has, where it tells all of it."""
    assert seen.description is not None
    if name in (seen.description.members or {}):
        return (seen.description.members or {})[name][1]
    leaves = [
        place for path, place in seen.description.leaves.items() if path.partition(".")[0].partition("[")[0] == name
    ]
    return max(at + width for at, width in leaves) - min(at for at, _ in leaves) if leaves else None


def _aligned(site: Site) -> Iterator[Candidate]:
    """Yield an alignment that a field or a record asks for, missing or too many."""
    for index, part in enumerate(site.record.fields):
        if part.align is not None:
            yield site.with_field(words.no_alignment(site.named(part), part.align), index, replace(part, align=None))
    if site.record.align is not None:
        yield site.way(words.no_alignment(site.title, site.record.align), altered(site.record, align=None))
    first = next((index for index, sight in enumerate(site.sightings) if sight.described and sight.moved), None)
    if first is not None:
        part = site.record.fields[first]
        for align in (2, 4, 8, 16, 32, 64):
            yield site.with_field(words.aligned(site.named(part), align), first, replace(part, align=align))


def _moved(site: Site, seen: Observation) -> Iterator[Candidate]:
    """Yield one field pinned somewhere else than the layout has it, by an explicit offset."""
    moves = [sight.moved for sight in site.sightings if sight.described]
    base = 0 if site.record is site.top or not moves else Counter(moves).most_common(1)[0][0]
    apart = [index for index, sight in enumerate(site.sightings) if sight.described and sight.moved != base]
    if len(apart) != 1 or any(part.bits is not None or not part.name for part in site.record.fields):
        return
    laid_out = lay_out(site.record, seen.layout.abi)
    fields = [replace(member.field, offset=member.offset) for member in laid_out.members]
    (index,) = apart
    was, now = laid_out.members[index].offset, laid_out.members[index].offset + site.sightings[index].moved - base
    if now >= 0:
        fields[index] = replace(fields[index], offset=now)
        text = words.pinned(site.named(fields[index]), now, was)
        for size in dict.fromkeys((site.record.size, None, laid_out.size)):
            yield site.way(text, altered(site.record, fields=tuple(fields), size=size, overlap=True, union=False))


# --- what no value could be assigned to ----------------------------------------------------------------------------------


def _unassignable(site: Site, seen: Observation) -> Iterator[Candidate]:
    """Yield a field that the probe could not reach, though something stands there: another name, or a type of another sort."""
    strangers = _strangers(seen)
    stranger = strangers[0] if len(strangers) == 1 else ""
    for index, sight in enumerate(site.sightings):
        if sight.described or not sight.leaves:
            continue
        unseen = _tops_with(site) if site.record is not site.top else frozenset({sight.leaves[0].field})
        name = site.named(sight.part)
        yield site.way(words.other_name(name, stranger), site.record, unseen=unseen)
        size = lay_out(Record("whole", (replace(sight.part, offset=None, bit=None),)), site.abi).size
        for width, align in _opaque(site, index, seen, size):
            part = Field(sight.part.name, KINDS["u8"], (width,), align=align, offset=sight.part.offset)
            pointer = (width, align) == (8, 8) and bool(sight.part.counts)
            yield site.with_field(words.opaque(name, width, size, pointer), index, part, unseen=unseen)


def _opaque(site: Site, index: int, seen: Observation, size: int) -> Iterator[tuple[int, int]]:
    rest = [other.moved for other in site.sightings[index + 1 :] if other.described]
    fits = (8, size, size + seen.found_size - seen.layout.size, *(size + by for by in rest[:1]), 16, 4)
    for width in dict.fromkeys(fits):
        for align in (8, 4, 2, 1):
            if 0 < width <= 1 << 20:
                yield width, align


def _tops_with(site: Site) -> frozenset[str]:
    """Return the top-level fields in which this declaration is used."""
    return frozenset(
        part.name
        for part in site.top.fields
        if isinstance(part.type, Record) and (part.type == site.record or site.record in part.type.nested())
    )
