"""Causes: which single change of the declaration explains everything that was observed.

The record is laid out again under each candidate rule. A rule explains an observation if it gives the size, alignment,
offsets and widths that the peer described, and, where the peer stored, every byte that it left in memory.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from itertools import combinations

from samebytes.errors import LayoutError
from samebytes.layout import KINDS, Abi, Bits, Field, Kind, Layout, Leaf, LeafValues, Record, lay_out
from samebytes.peers.peer import Description

__all__ = ["Observation", "cause_of"]

ADDED = "filler_at_"
"""Begins the name of a field that a candidate adds, followed by its place."""


@dataclass(frozen=True)
class Observation:
    """What one peer did with one record: how it describes it, and what it stored, or loaded."""

    layout: Layout
    description: Description
    values: LeafValues
    memory: bytes
    loaded: Mapping[str, str] | None = None
    """What it loaded from `memory`, by path, in hex; None: it stored `values` there."""


@dataclass(frozen=True)
class _Candidate:
    """A record as it may have been declared, and that in words."""

    words: str
    record: Record
    abi: Abi
    shift: int = 0
    """Bytes in front of the record."""
    unseen: str = ""
    """A field whose probe may not have compiled, though the declaration has it: an array that is too short."""


def cause_of(seen: Observation) -> str:
    """The first candidate that explains everything, in words; empty if none does, or if there is nothing to explain.

    Where none explains the bytes, one that explains the whole description is named, and it is said that the bytes are not.
    """
    right = _Candidate("", seen.layout.record, seen.layout.abi)
    if seen.layout.record.variable or _explains(right, seen):
        return ""
    words = next(_explaining(_explains, seen), "")
    if not words and not _describes(right, seen):
        words = next(_explaining(_describes, seen), "")
        words = words and f"{words} (by its description; it does not explain every byte)"
    return words


def _explaining(explains: Callable[[_Candidate, Observation], bool], seen: Observation) -> Iterator[str]:
    for candidate in _candidates(seen):
        with suppress(LayoutError):  # a change that makes no record, such as fields that overlap
            if explains(candidate, seen):
                yield candidate.words


def _candidates(seen: Observation) -> Iterator[_Candidate]:
    """The simplest first: of two that explain the same, a person expects the simpler one."""
    record, abi = seen.layout.record, seen.layout.abi
    yield _Candidate("the bytes of every value in the other order", record, _turned(abi))
    for pack in (1, 2, 4, 8):
        yield _Candidate(f"packed: as if Pack={pack}", replace(record, pack=pack), abi)
    for form in (record, _loose(record), _filled(record, seen.layout)) if record.pinned else (record,):
        for words, fields in (*_reordered(form), *_dropped(form), *_retyped(form)):
            yield _Candidate(words, replace(form, fields=tuple(fields)), abi)
        for words, fields, name in _resized(form, seen):
            yield _Candidate(words, replace(form, fields=tuple(fields)), abi, unseen=name)
    for bytes_ in (4, 8, 16):
        yield _Candidate(f"everything {bytes_} bytes later: a header in front", record, abi, bytes_)
    for words, fields in (*_moved(record, seen), *_added(record)):
        yield _Candidate(words, replace(record, fields=tuple(fields), size=None), abi)


def _loose(record: Record) -> Record:
    """The same fields without explicit offsets and size: how else a wrong copy of a pinned record may be declared."""
    return replace(record, size=None, fields=tuple(replace(part, offset=None) for part in record.fields))


def _filled(record: Record, layout: Layout) -> Record:
    """Holes as fields of their own, as languages without explicit offsets spell a pinned record out."""
    fields: list[Field] = []
    holes = {offset: length for offset, length in layout.padding if length in (1, 2, 4, 8)}
    for part in _loose(record).fields:
        start = next((leaf.offset for leaf in layout.leaves if leaf.field == part.name), 0)
        fields += [Field(f"{ADDED}{at}", KINDS[f"u{holes.pop(at) * 8}"]) for at in list(holes) if at < start]
        fields.append(part)
    return replace(record, size=None, fields=tuple(fields))


def _turned(abi: Abi) -> Abi:
    return replace(abi, order="big" if abi.order == "little" else "little")


Fields = Sequence[Field]


def _reordered(record: Record) -> Iterator[tuple[str, Fields]]:
    for first, second in combinations(range(len(record.fields)), 2):
        fields = list(record.fields)
        fields[first], fields[second] = fields[second], fields[first]
        yield f"`{fields[second].name}` and `{fields[first].name}` swapped", fields


def _dropped(record: Record) -> Iterator[tuple[str, Fields]]:
    for index, part in enumerate(record.fields):
        rest = [*record.fields[:index], *record.fields[index + 1 :]]
        if rest:
            yield f"`{part.name}` missing", rest


def _retyped(record: Record) -> Iterator[tuple[str, Fields]]:
    for index, part in enumerate(record.fields):
        if isinstance(part.type, Kind):
            floats, integers = ("f32", "f64"), ("u8", "u16", "u32", "u64")
            for kind in (*floats, *integers) if part.type.family == "float" else (*integers, *floats):
                fields = list(record.fields)
                fields[index] = replace(part, type=KINDS[kind], chars=None)
                yield f"`{part.name}` declared as {_sort(KINDS[kind])} instead of {part.type.name}", fields


def _sort(kind: Kind) -> str:
    """Memory does not tell a signed from an unsigned integer, nor a byte from a bool: only how wide it is."""
    bits = kind.name[1:]
    return (
        f"a {bits}-bit float"
        if kind.family == "float"
        else f"{'an' if bits == '8' else 'a'} {bits}-bit integer, character or bool"
    )


def _resized(record: Record, seen: Observation) -> Iterator[tuple[str, Fields, str]]:
    """Arrays of another length: as many elements as were described, or as the described size has room for."""
    for index, part in enumerate(record.fields):
        if len(part.counts) == 1:
            described = sum(path.partition("[")[0] == part.name for path in seen.description.leaves)
            length = part.counts[0]
            for count in dict.fromkeys((described, _fitting(record, part, seen))):
                if 0 < count != length:
                    fields = list(record.fields)
                    fields[index] = replace(part, counts=(count,))
                    yield f"`{part.name}` has {count} elements instead of {length}", fields, part.name


def _fitting(record: Record, part: Field, seen: Observation) -> int:
    """How many elements make up the difference in size."""
    size, stride = lay_out(record, seen.layout.abi).size, _stride(part, seen.layout.abi)
    return part.counts[0] + (seen.description.size - size) // stride


def _stride(part: Field, abi: Abi) -> int:
    if isinstance(part.type, Record):
        return lay_out(part.type, abi).size or 1
    return part.type.width(abi) if isinstance(part.type, Kind) else 1


def _moved(record: Record, seen: Observation) -> Iterator[tuple[str, Fields]]:
    """A field pinned somewhere else than the layout has it, by an explicit offset."""
    for index, part in enumerate(record.fields):
        leaf = next((leaf for leaf in seen.layout.leaves if leaf.field == part.name), None)
        found = seen.description.leaves.get(leaf.path) if leaf else None
        if leaf and found and found[0] != leaf.offset:
            pinned = _pinned(record, seen.layout)
            pinned[index] = replace(pinned[index], offset=found[0])
            yield f"`{part.name}` pinned at offset {found[0]} instead of {leaf.offset}", pinned


def _pinned(record: Record, layout: Layout) -> list[Field]:
    starts = {
        part.name: next((leaf.offset for leaf in layout.leaves if leaf.field == part.name), 0) for part in record.fields
    }
    return [replace(part, offset=starts[part.name]) for part in record.fields]


def _added(record: Record) -> Iterator[tuple[str, Fields]]:
    for index in range(len(record.fields) + 1):
        where = f"before `{record.fields[index].name}`" if index < len(record.fields) else "at the end"
        for width in (1, 2, 4, 8):
            added = Field(f"{ADDED}{width}", KINDS[f"u{width * 8}"])
            yield f"a field of {width} bytes too many {where}", [*record.fields[:index], added, *record.fields[index:]]


def _explains(candidate: _Candidate, seen: Observation) -> bool:
    same = _same_bytes if seen.loaded is None else _same_words
    layout = lay_out(candidate.record, candidate.abi)
    return _describes(candidate, seen) and all(same(*pair, seen) for pair in _pairs(layout, candidate, seen))


def _describes(candidate: _Candidate, seen: Observation) -> bool:
    return _same_description(lay_out(candidate.record, candidate.abi), candidate, seen)


def _same_description(layout: Layout, candidate: _Candidate, seen: Observation) -> bool:
    found, shift = seen.description, candidate.shift
    if (found.size, found.align) != (layout.size + shift, layout.align):
        return False
    asked = {leaf.path for leaf in seen.layout.leaves}
    if not any(path.partition("[")[0] == candidate.unseen for path in found.leaves):
        asked = {path for path in asked if path.partition("[")[0] != candidate.unseen}
    placed = {leaf.path: (leaf.offset + shift, leaf.width) for leaf in layout.leaves if leaf.path in asked}
    return {path: place for path, place in found.leaves.items() if path in asked} == placed


@dataclass(frozen=True)
class _Place:
    """Where a candidate has a leaf."""

    kind: Kind
    start: int
    width: int
    abi: Abi


def _pairs(layout: Layout, candidate: _Candidate, seen: Observation) -> Iterator[tuple[Leaf, _Place]]:
    """Each leaf of the layout that the peer handled, and where the candidate has it."""
    was = seen.layout.by_path
    for leaf in layout.leaves:
        if leaf.path in was and leaf.path in seen.description.leaves and isinstance(leaf.kind, Kind):
            yield was[leaf.path], _Place(leaf.kind, leaf.offset + candidate.shift, leaf.width, layout.abi)


def _same_bytes(leaf: Leaf, place: _Place, seen: Observation) -> bool:
    value = seen.values[leaf.path]
    assert isinstance(leaf.kind, Kind)
    assert isinstance(value, int)
    expected = _converted(value, leaf.kind, place.kind, place.abi).to_bytes(place.width, place.abi.order)
    return seen.memory[place.start : place.start + place.width] == expected


def _same_words(leaf: Leaf, place: _Place, seen: Observation) -> bool:
    word = (seen.loaded or {}).get(leaf.path)
    assert isinstance(leaf.kind, Kind)
    if word is None:
        return False
    bits = int.from_bytes(seen.memory[place.start : place.start + place.width], place.abi.order)
    return int(word, 16) == _converted(bits, place.kind, leaf.kind, place.abi)


def _converted(bits: Bits, kind: Kind, to: Kind, abi: Abi) -> Bits:
    """What an ordinary assignment makes of a value: as C converts (C17 6.3.1), integers by wrapping."""
    width = to.width(abi)
    if kind.family == to.family == "float" or to.family == "float":
        number = kind.value(bits, abi)
        number = ord(number) if isinstance(number, str) else number
        try:
            return int.from_bytes(struct.pack(">f" if width == 4 else ">d", number))
        except OverflowError:
            return int.from_bytes(struct.pack(">f", float("inf") if number > 0 else float("-inf")))
    if kind.family == "float":
        number = float(kind.value(bits, abi))
        return int(number) % (1 << width * 8) if number == number and abs(number) < 2**63 else 0
    value = kind.value(bits, abi) if kind.family == "signed" else bits
    assert isinstance(value, int)
    return value % (1 << width * 8)
