"""Suspects: the changes of a record's declaration that people make by mistake, those that what was seen points at.

Each group is one kind of mistake; of a group's candidates all that explain the observation are named together. The simplest
come first: of two that explain the same, a person expects the simpler one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import combinations

from samebytes.diagnosis.explains import Candidate, Observation, mishandled
from samebytes.diagnosis.field_mistakes import ADDED, field_changes
from samebytes.diagnosis.targets import Site, altered, sites_of, with_types
from samebytes.diagnosis.type_mistakes import retyped_everywhere
from samebytes.layout import ABIS, KINDS, Abi, Field, Layout, Record, lay_out

__all__ = ["Group", "suspects"]

PACKS = (1, 2, 4, 8)
LONGEST_HEADER = 64
"""Bytes: headers are lock words, lengths, magic numbers; a cache line at most."""


@dataclass(frozen=True)
class Group:
    """Candidates of one kind, and how those that explain an observation are named together."""

    candidates: Sequence[Candidate]
    words: Callable[[Sequence[str]], str] = lambda found: found[0]


def suspects(seen: Observation) -> Iterator[Group]:
    """Every group, the simplest first."""
    record, abi = seen.layout.record, seen.layout.abi
    wrong = mishandled(seen)
    right = _described_right(seen)
    yield Group([Candidate("the bytes of every value in the other order", record, _turned(abi))])
    yield from map(_alone, _one_turned(seen, wrong))
    if right:
        yield from _silently(seen, wrong)
        return
    yield from _as_a_whole(record, seen)
    forms = _forms(record, seen.layout)
    yield from map(_alone, _holes(forms[-1], seen))
    for form in forms:
        sites = sites_of(form, seen, wrong)
        for change in (*retyped_everywhere(form, sites), *field_changes(sites, seen)):
            yield Group(
                [Candidate(words, other, abi, unseen=unseen) for words, other, unseen in change.ways], change.words
            )
    if record.size is None:
        yield _alone(Candidate(_sized_words(seen), altered(record, size=seen.description.size), abi))
    yield from map(_alone, _apart(record, abi))
    yield from map(_alone, _other_abis(record, abi))


def _alone(candidate: Candidate) -> Group:
    return Group([candidate])


def _described_right(seen: Observation) -> bool:
    layout, found = seen.layout, seen.description
    placed = {leaf.path: (leaf.offset, leaf.width) for leaf in layout.leaves}
    here = {path: place for path, place in found.leaves.items() if path in placed}
    return here == placed and (found.size, found.align) == (layout.size, layout.align)


def _turned(abi: Abi) -> Abi:
    return replace(abi, order="big" if abi.order == "little" else "little")


def _one_turned(seen: Observation, wrong: frozenset[str]) -> Iterator[Candidate]:
    fields = list(dict.fromkeys(seen.layout.by_path[path].field for path in wrong))
    if len(fields) == 1:
        leaves = frozenset(leaf.path for leaf in seen.layout.leaves if leaf.field == fields[0])
        words = f"the bytes of `{fields[0]}` in the other order"
        yield Candidate(words, seen.layout.record, seen.layout.abi, turned=leaves)


def _as_a_whole(record: Record, seen: Observation) -> Iterator[Group]:
    """The record's own attributes: packing, size, alignment, union or struct."""
    abi, found = seen.layout.abi, seen.description
    if record.pack or record.packed:
        lost = "packed" if record.packed else f"Pack={record.pack}"
        yield _alone(Candidate(f"not packed: {lost} is missing", altered(record, pack=None, packed=False), abi))
    packs = [Candidate(f"Pack={pack}", altered(record, pack=pack), abi) for pack in PACKS if pack != record.pack]
    yield Group(packs, lambda words: f"packed: as if {' or '.join(words)}")
    inner = _nested(record)
    for one in inner:
        yield from _inner_packing(record, one, abi)
    deep = [Candidate(f"Pack={pack}", _packed_too(altered(record, pack=pack), pack), abi) for pack in PACKS if inner]
    yield Group(deep, lambda words: f"packed, and the records in it too: as if {' or '.join(words)}")
    yield from map(_alone, _sized(record, seen))
    shift = found.size - seen.layout.size
    if 0 < shift <= LONGEST_HEADER:
        yield _alone(Candidate(f"everything {shift} bytes later: a header in front", record, abi, shift))
    if record.align is not None:
        yield _alone(Candidate(f"its alignment of {record.align} is missing", altered(record, align=None), abi))
    if found.align > seen.layout.align:
        words = f"aligned to {found.align} instead of {seen.layout.align}"
        yield _alone(Candidate(words, altered(record, align=found.align), abi))
    if found.align < seen.layout.align and not record.union:
        spelled = altered(_filled(record, seen.layout, scalars=False), pack=found.align)
        yield _alone(Candidate(f"aligned to {found.align} instead of {seen.layout.align}", spelled, abi))
    yield from map(_alone, _regrouped(record, abi))


def _nested(record: Record) -> list[Record]:
    return [one for one in record.nested() if isinstance(one, Record) and one != record]


def _packed_too(record: Record, pack: int) -> Record:
    return with_types(record, {one: _packed_too(altered(one, pack=pack), pack) for one in _nested(record)})


def _inner_packing(record: Record, one: Record, abi: Abi) -> Iterator[Group]:
    name = one.name or "an unnamed record in it"
    if one.pack or one.packed:
        lost = "packed" if one.packed else f"Pack={one.pack}"
        changed = with_types(record, {one: altered(one, pack=None, packed=False)})
        yield _alone(Candidate(f"{name} not packed: {lost} is missing", changed, abi))
    packs = [
        Candidate(f"Pack={pack}", with_types(record, {one: altered(one, pack=pack)}), abi)
        for pack in PACKS
        if pack != one.pack
    ]
    yield Group(packs, lambda words: f"{name} packed: as if {' or '.join(words)}")


def _sized(record: Record, seen: Observation) -> Iterator[Candidate]:
    """An explicit size that is missing or another, and explicit offsets that are missing."""
    abi, found = seen.layout.abi, seen.description.size
    if record.size is not None:
        words = f"its explicit size of {record.size} bytes is missing: it has {found}"
        yield Candidate(words, altered(record, size=None), abi)
        yield Candidate(_sized_words(seen), altered(record, size=found), abi)
    if record.pinned:
        words = "its explicit offsets are missing: the fields stand one after another"
        yield Candidate(words, _loose(record), abi)
        yield Candidate(words, altered(_loose(record), size=record.size), abi)


def _sized_words(seen: Observation) -> str:
    return f"an explicit size of {seen.description.size} bytes instead of {seen.layout.size}"


def _regrouped(record: Record, abi: Abi) -> Iterator[Candidate]:
    """A union declared as a struct, a struct as a union, and the same for the records in it."""
    for one in (record, *_nested(record)):
        was, now = ("union", "struct") if one.union else ("struct", "union")
        name = one.name or f"the unnamed {was}"
        changed = altered(one, union=not one.union)
        if changed is not one:  # fields with places of their own, or a text of variable length, make no union
            whole = changed if one is record else with_types(record, {one: changed})
            yield Candidate(f"{name} declared as a {now} instead of a {was}", whole, abi)
    if record.overlap:
        yield Candidate("a union declared as a struct: its fields stand one after another", _loose(record), abi)


def _loose(record: Record) -> Record:
    """The same fields without explicit offsets and size: how else a wrong copy of a pinned record may be declared."""
    fields = tuple(replace(part, offset=None, bit=None) for part in record.fields)
    return altered(record, size=None, overlap=False, fields=fields)


def _forms(record: Record, layout: Layout) -> list[Record]:
    """A pinned record as it is, as a language without explicit offsets may have it, and there with its holes spelled out."""
    if (
        record.pack and record.pack > 1 and not record.union
    ):  # languages that pack by 1 or not at all spell the rest out
        spelled = altered(_filled(record, layout, scalars=False), pack=1, align=layout.align)
        return [record, spelled]
    if not record.pinned or record.union:
        return [record]
    return [record, _loose(record), _filled(record, layout, scalars=True), _filled(record, layout, scalars=False)]


def _filled(record: Record, layout: Layout, scalars: bool) -> Record:
    """Fields in memory order, holes as fields of their own: as one number where there is one so wide, or as bytes."""
    starts = {
        part.name: min((leaf.offset for leaf in layout.leaves if leaf.field == part.name), default=0)
        for part in record.fields
    }
    parts = [(starts[part.name], part) for part in _loose(record).fields]
    for at, length in layout.padding:
        wide = scalars and length in (1, 2, 4, 8) and at % length == 0
        filler = (
            Field(f"{ADDED}{at}", KINDS[f"u{length * 8}"]) if wide else Field(f"{ADDED}{at}", KINDS["u8"], (length,))
        )
        parts.append((at, filler))
    return altered(_loose(record), fields=tuple(part for _, part in sorted(parts, key=lambda pair: pair[0])))


def _holes(form: Record, seen: Observation) -> Iterator[Candidate]:
    """A hole that is spelled out as bytes, and has another length: everything behind it stands elsewhere."""
    for index, part in enumerate(form.fields):
        behind = [other for other in form.fields[index + 1 :] if not other.name.startswith(ADDED)]
        if not part.name.startswith(ADDED) or not part.counts:
            continue
        paths = [leaf for leaf in seen.layout.leaves if behind and leaf.field == behind[0].name]
        found = [
            seen.description.leaves[leaf.path][0] - leaf.offset
            for leaf in paths
            if leaf.path in seen.description.leaves
        ]
        length = part.counts[0] + (found[0] if found else seen.description.size - seen.layout.size)
        if length >= 0 and length != part.counts[0]:
            where = f"before `{behind[0].name}`" if behind else "at the end"
            hole = (replace(part, counts=(length,)),) if length else ()
            sizes = (
                f"has {length} bytes instead of {part.counts[0]}" if length else f"of {part.counts[0]} bytes is missing"
            )
            fields = (*form.fields[:index], *hole, *form.fields[index + 1 :])
            yield Candidate(f"the hole {where} {sizes}", altered(form, fields=fields), seen.layout.abi)


def _apart(record: Record, abi: Abi) -> Iterator[Candidate]:
    """.NET's WriteArray and ReadArray round the size of an element up to 4 bytes."""
    for one in _nested(record):
        size = lay_out(one, abi).size
        if size % 4 and size > 2:
            wide = -(-size // 4) * 4
            words = f"elements of {one.name} {wide} bytes apart instead of {size}, as .NET's WriteArray puts them"
            yield Candidate(words, with_types(record, {one: altered(one, size=wide)}), abi)


def _other_abis(record: Record, abi: Abi) -> Iterator[Candidate]:
    """Rules of another machine: what single rule is different, then all of that machine's together."""
    rules: dict[str, dict[str, int]] = {
        "pointers of 4 bytes": {"pointer": 4}, "pointers of 8 bytes": {"pointer": 8},
        "long of 4 bytes, as Windows has it": {"long": 4}, "long of 8 bytes, as 64-bit Linux has it": {"long": 8},
        "wchar_t of 2 bytes, as Windows has it": {"wchar": 2}, "wchar_t of 4 bytes, as Linux has it": {"wchar": 4},
        "8-byte values aligned to 4, as on 32-bit Linux": {"eight": 4},
        "8-byte values aligned to 8": {"eight": 8},
    }  # fmt: skip
    for words, rule in rules.items():
        other = replace(abi, **rule)  # type: ignore[arg-type]
        if other != abi:
            yield Candidate(words, record, other)
    other = replace(abi, bitfields="ms" if abi.bitfields == "gcc" else "gcc")
    yield Candidate(f"bit-fields as {'Microsoft' if other.bitfields == 'ms' else 'GCC'} lays them out", record, other)
    for name, known in ABIS.items():
        if known != abi:
            yield Candidate(f"laid out as on {name}", record, known)


def _silently(seen: Observation, wrong: frozenset[str]) -> Iterator[Group]:
    """The description is right: something that does not move a field, or stores and loads that do not go by the declaration."""
    record, abi = seen.layout.record, seen.layout.abi
    sites = sites_of(record, seen, wrong)
    for change in field_changes(sites, seen):
        yield Group([Candidate(words, other, abi, unseen=unseen) for words, other, unseen in change.ways], change.words)
    for words, other, rules, shift in _handlings(record, seen, sites):
        yield _alone(Candidate(f"{words} (though it describes the record right)", other, rules, shift, silent=True))


def _handlings(record: Record, seen: Observation, sites: Sequence[Site]) -> Iterator[tuple[str, Record, Abi, int]]:
    abi = seen.layout.abi
    wrong = [(index, sight.part) for index, sight in enumerate(sites[0].sightings) if sight.wrong]
    if len(wrong) <= 16:  # pairs of more would be many, and no single change
        for (first, one), (second, other) in combinations(wrong, 2):
            fields = list(record.fields)
            fields[first], fields[second] = other, one
            yield f"`{one.name}` and `{other.name}` swapped", altered(record, fields=tuple(fields)), abi, 0
    for shift in range(1, LONGEST_HEADER + 1):
        yield f"everything {shift} bytes later: a header in front", record, abi, shift
    for change in retyped_everywhere(record, sites, marshalled=True):
        for words, changed, _ in change.ways:
            yield words, changed, abi, 0
    for pack in PACKS:
        yield f"packed: as if Pack={pack}", altered(record, pack=pack), abi, 0
    for candidate in (*_apart(record, abi), *_regrouped(record, abi), *_other_abis(record, abi)):
        yield candidate.words, candidate.record, candidate.abi, 0
