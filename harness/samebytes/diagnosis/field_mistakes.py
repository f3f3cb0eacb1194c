"""Changes of one field: missing, too many, of another type, another length, in another place. Only where what was seen points at."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from samebytes.diagnosis.explains import Observation
from samebytes.diagnosis.targets import NOWHERE, Alteration, Site, Variant, altered, one_way
from samebytes.diagnosis.type_mistakes import retyped
from samebytes.layout import KINDS, Abi, Field, Kind, Record, lay_out
from samebytes.layout.telling import strangers

__all__ = ["ADDED", "field_changes"]

ADDED = "filler_at_"
"""Begins the name of a field that a candidate adds, followed by its place."""


def field_changes(sites: Sequence[Site], seen: Observation) -> Iterator[Alteration]:
    """Changes at every site, one kind of mistake after the other."""
    for site in sites:
        yield Alteration(list(_dropped(site)), _missing(site))
    for site in sites:
        yield from retyped(site)
    for site in sites:
        yield from _resized(site, seen)
    for site in sites:
        yield from map(one_way, _reordered(site))
    for site in sites:
        yield from _added(site, seen)
    for site in sites:
        yield from map(one_way, _aligned(site))
    for site in sites:
        yield from map(one_way, _moved(site, seen))
    for site in sites:
        yield from map(one_way, _unassignable(site, seen))


def _missing(site: Site) -> Callable[[Sequence[str]], str]:
    """Of neighbours of one type, any may be the one that is missing."""
    return lambda names: f"{' or '.join(names)}{site.suffix} missing"


def _dropped(site: Site) -> Iterator[Variant]:
    for index, sight in enumerate(site.sightings):
        rest = [*site.record.fields[:index], *site.record.fields[index + 1 :]]
        if rest and sight.leaves and not sight.described:
            yield site.quoted(sight.part), site.with_fields(rest), NOWHERE


# --- lengths, order, places ----------------------------------------------------------------------------------------------


def _resized(site: Site, seen: Observation) -> Iterator[Alteration]:
    """Arrays of another length: as many elements as were described, or as there is room for."""
    for index, sight in enumerate(site.sightings):
        part = sight.part
        if not part.counts or not (sight.odd or sight.resized or _anything_moved(site, seen)):
            continue
        ways = [
            (_length(counts), site.with_field(index, replace(part, counts=counts, chars=None)), NOWHERE)
            for counts in dict.fromkeys(_counts(site, index, seen))
            if counts != part.counts and 0 not in counts
        ]
        yield Alteration(ways, _resizing(site.named(part), part.counts))
        if not sight.described:
            single = site.with_field(index, replace(part, counts=(), chars=None))
            yield one_way((f"{site.named(part)} declared as one value instead of an array", single, NOWHERE))


def _resizing(name: str, was: Sequence[int]) -> Callable[[Sequence[str]], str]:
    """Where padding takes up the difference, several lengths come to the same."""

    def words(found: Sequence[str]) -> str:
        numbers = sorted(int(length) for length in found if length.isdigit())
        if not numbers:
            return f"{name} has {found[0]} instead of {_length(was)}"
        joined = f"{numbers[0]}{f' to {numbers[-1]}' if len(numbers) > 1 else ''}"
        return f"{name} has {joined} element{'s' if numbers[-1] != 1 else ''} instead of {_length(was)}"

    return words


def _length(counts: Sequence[int]) -> str:
    return str(counts[0]) if len(counts) == 1 else "".join(f"[{count}]" for count in counts)


def _anything_moved(site: Site, seen: Observation) -> bool:
    sizes = seen.description.size != seen.layout.size
    return sizes or any(sight.described and sight.moved for sight in site.sightings)


def _counts(site: Site, index: int, seen: Observation) -> Iterator[tuple[int, ...]]:
    counts, row = site.sightings[index].part.counts, _row(site.sightings[index].part, seen.layout.abi)
    yield from ((guess, *counts[1:]) for guess in _guesses(site, index, seen, row) if guess > 0)
    yield tuple(reversed(counts))
    for place, count in enumerate(counts):
        for other in (count - 1, count + 1, count - 2, count + 2, count // 2, count * 2, count - 4, count + 4):
            if other > 0:
                yield (*counts[:place], other, *counts[place + 1 :])


def _guesses(site: Site, index: int, seen: Observation, row: int) -> Iterator[int]:
    """By the size that is told, by the number described, by the room in the whole, and by where the next field stands."""
    sight = site.sightings[index]
    count = sight.part.counts[0]
    if sight.size:
        yield sight.size // row
    if sight.leaves:
        yield len(sight.described) * count // len(sight.leaves)
    yield count + (seen.description.size - seen.layout.size) // row
    before = [other.moved for other in site.sightings[:index] if other.described]
    after = [other.moved for other in site.sightings[index + 1 :] if other.described]
    if after:
        change = after[0] - (sight.moved if sight.described else before[-1] if before else 0)
        yield count + change // row
        yield count - -change // row


def _row(part: Field, abi: Abi) -> int:
    """Bytes of one element of the outermost dimension."""
    rest = replace(part, counts=part.counts[1:], chars=None, offset=None, align=None, flexible=False)
    return lay_out(Record("row", (rest,)), abi).size or 1


def _reordered(site: Site) -> Iterator[Variant]:
    """The order in which the fields were described."""
    places = [index for index, sight in enumerate(site.sightings) if sight.described]
    found = sorted(places, key=lambda index: site.sightings[index].start)
    if found == places or site.record.union or site.record.pinned:
        return
    order = list(range(len(site.sightings)))
    for place, index in zip(places, found, strict=True):
        order[place] = index
    fields = [site.record.fields[index] for index in order]
    words = _order_words(site, order)
    yield words, site.with_fields(fields), NOWHERE
    # the runtime that orders fields by itself aligns structs to 8
    yield words, site.with_record(altered(site.record, fields=tuple(map(_behind, fields)), align=8)), NOWHERE


def _behind(part: Field) -> Field:
    return replace(part, align=8) if part.counts or isinstance(part.type, Record) else part


def _order_words(site: Site, order: Sequence[int]) -> str:
    fields = site.record.fields
    wrong = [place for place, index in enumerate(order) if place != index]
    if len(wrong) == 2:
        return f"{site.named(fields[wrong[0]])} and {site.named(fields[wrong[1]])} swapped"
    for index in order:
        if [other for other in order if other != index] == sorted(set(order) - {index}):
            place = order.index(index)
            where = f"behind {site.named(fields[order[place - 1]])}" if place else "to the front"
            return f"{site.named(fields[index])} moved {where}"
    names = ", ".join(fields[index].name for index in order[:6]) + (" …" if len(order) > 6 else "")
    by_size = " by size, as LayoutKind.Auto does" if _falls(site, order) else ""
    return f"the fields of {site.title} reordered{by_size}: {names}"


def _falls(site: Site, order: Sequence[int]) -> bool:
    """Whether numbers come first, the widest in front, and arrays and records behind them."""
    sightings = [site.sightings[index] for index in order]
    alone = [not sight.part.counts and isinstance(sight.part.type, Kind) for sight in sightings]
    widths = [sight.leaves[0].width for sight, single in zip(sightings, alone, strict=True) if single and sight.leaves]
    return alone == sorted(alone, reverse=True) and widths == sorted(widths, reverse=True)


def _added(site: Site, seen: Observation) -> Iterator[Alteration]:
    """A field too many, where things begin to stand later than they should."""
    if site.record.union:
        return
    fields = site.record.fields
    for index in _where_it_moves(site, seen):
        ways = []
        for added in _fillers(site, index, seen):
            size = lay_out(Record("added", (added,)), seen.layout.abi).size
            changed = altered(site.record, fields=(*fields[:index], added, *fields[index:]), size=None)
            ways.append((str(size), site.with_record(changed), NOWHERE))
        where = f"before {site.named(fields[index])}" if index < len(fields) else f"at the end of {site.title}"
        yield Alteration(ways, _adding(where, _strangers(seen)))


def _adding(where: str, strangers: Sequence[str]) -> Callable[[Sequence[str]], str]:
    """Where padding takes up the rest, fields of several sizes come to the same."""

    def words(sizes: Sequence[str]) -> str:
        called = f" `{strangers[0]}`" if len(strangers) == 1 else ""
        scalars = [size for size in sizes if size in ("1", "2", "4", "8")]
        numbers = sorted(map(int, scalars or sizes))
        size = f"{numbers[0]}" if len(numbers) == 1 else f"{numbers[0]} to {numbers[-1]}"
        return f"a field{called} of {size} byte{'s' if numbers[-1] > 1 else ''} too many {where}"

    return words


def _strangers(seen: Observation) -> list[str]:
    """Fields that only the peer has, where it tells them."""
    leaves = (
        path.partition(".")[0].partition("[")[0] for path in seen.description.leaves if path not in seen.layout.by_path
    )
    whole = (path.rpartition(".")[2] for path in strangers(seen.layout, seen.description))
    return [name for name in dict.fromkeys((*leaves, *whole)) if name not in seen.layout.record.names]


def _where_it_moves(site: Site, seen: Observation) -> list[int]:
    moved = [(index, sight.moved) for index, sight in enumerate(site.sightings) if sight.described]
    whole = site.record is site.top
    base = 0 if whole or not moved else moved[0][1]
    first = next((index for index, by in moved if by != base), len(site.record.fields))
    if whole:
        return [first] if _anything_moved(site, seen) else list(_in_holes(site, seen))
    return list(dict.fromkeys((first, 0, len(site.record.fields))))


def _in_holes(site: Site, seen: Observation) -> Iterator[int]:
    """In front of which fields strangers stand that move nothing."""
    for path in strangers(seen.layout, seen.description):
        at = (seen.description.members or {})[path][0]
        behind = (index for index, sight in enumerate(site.sightings) if sight.described and sight.start > at)
        yield next(behind, len(site.sightings))


def _fillers(site: Site, index: int, seen: Observation) -> Iterator[Field]:
    names = _strangers(seen)
    name = names[0] if len(names) == 1 else f"{ADDED}{index}"
    for width in (1, 2, 4, 8):
        yield Field(name, KINDS[f"u{width * 8}"])
    for path in strangers(seen.layout, seen.description)[:1]:
        size = (seen.description.members or {})[path][1]
        yield from (
            Field(name, KINDS[f"u{width * 8}"], (size // width,)) for width in (1, 2, 4, 8) if size % width == 0
        )
    moved = [sight.moved for sight in site.sightings[index:] if sight.described]
    for room in dict.fromkeys((*moved[:1], seen.description.size - seen.layout.size)):
        for width in (1, 2, 4, 8):
            if room > width and room % width == 0 and room <= 1 << 20:
                yield Field(name, KINDS[f"u{width * 8}"], (room // width,))


def _aligned(site: Site) -> Iterator[Variant]:
    """An alignment that a field or a record asks for, missing or too many."""
    for index, part in enumerate(site.record.fields):
        if part.align is not None:
            words = f"{site.named(part)}: its alignment of {part.align} is missing"
            yield words, site.with_field(index, replace(part, align=None)), NOWHERE
    if site.record.align is not None:
        words = f"{site.title}: its alignment of {site.record.align} is missing"
        yield words, site.with_record(altered(site.record, align=None)), NOWHERE
    first = next((index for index, sight in enumerate(site.sightings) if sight.described and sight.moved), None)
    if first is not None:
        part = site.record.fields[first]
        for align in (2, 4, 8, 16, 32, 64):
            yield f"{site.named(part)} aligned to {align}", site.with_field(first, replace(part, align=align)), NOWHERE


def _moved(site: Site, seen: Observation) -> Iterator[Variant]:
    """One field pinned somewhere else than the layout has it, by an explicit offset."""
    moves = [sight.moved for sight in site.sightings if sight.described]
    base = 0 if site.record is site.top or not moves else Counter(moves).most_common(1)[0][0]
    apart = [index for index, sight in enumerate(site.sightings) if sight.described and sight.moved != base]
    if len(apart) != 1 or any(part.bits is not None or not part.name for part in site.record.fields):
        return
    members = lay_out(site.record, seen.layout.abi).members
    pinned = [replace(member.field, offset=member.offset) for member in members]
    (index,) = apart
    was, now = members[index].offset, members[index].offset + site.sightings[index].moved - base
    if now >= 0:
        pinned[index] = replace(pinned[index], offset=now)
        words = f"{site.named(pinned[index])} pinned at offset {now} instead of {was}"
        for size in dict.fromkeys((site.record.size, None, lay_out(site.record, seen.layout.abi).size)):
            changed = altered(site.record, fields=tuple(pinned), size=size, overlap=True, union=False)
            yield words, site.with_record(changed), NOWHERE


# --- what no value could be assigned to ----------------------------------------------------------------------------------


def _unassignable(site: Site, seen: Observation) -> Iterator[Variant]:
    """A field that the probe could not reach, though something stands there: another name, or a type of another sort."""
    abi = seen.layout.abi
    strangers = _strangers(seen)
    for index, sight in enumerate(site.sightings):
        if sight.described or not sight.leaves:
            continue
        unseen = _tops_with(site) if site.record is not site.top else frozenset({sight.leaves[0].field})
        name = site.named(sight.part)
        other = (
            f"is called `{strangers[0]}`"
            if len(strangers) == 1
            else "has another name, or a type its values do not fit"
        )
        yield f"{name} {other} there", site.top, unseen
        size = lay_out(Record("whole", (replace(sight.part, offset=None, bit=None),)), abi).size
        for width, align in _opaque(site, index, seen, size):
            part = Field(sight.part.name, KINDS["u8"], (width,), align=align, offset=sight.part.offset)
            sort = "a pointer" if (width, align) == (8, 8) and sight.part.counts else f"something of {width} bytes"
            words = f"{name} declared as {sort} instead of {size} bytes, and as a type its values do not fit"
            yield words, site.with_field(index, part), unseen


def _opaque(site: Site, index: int, seen: Observation, size: int) -> Iterator[tuple[int, int]]:
    rest = [other.moved for other in site.sightings[index + 1 :] if other.described]
    fits = (8, size, size + seen.description.size - seen.layout.size, *(size + by for by in rest[:1]), 16, 4)
    for width in dict.fromkeys(fits):
        for align in (8, 4, 2, 1):
            if 0 < width <= 1 << 20:
                yield width, align


def _tops_with(site: Site) -> frozenset[str]:
    """The top-level fields in which this declaration is used."""
    return frozenset(
        part.name
        for part in site.top.fields
        if isinstance(part.type, Record) and (part.type == site.record or site.record in part.type.nested())
    )
