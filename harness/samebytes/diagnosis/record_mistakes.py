"""Mistakes of a record as a whole: its packing, size, alignment, grouping, what stands in front of it, the rules of another machine."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import partial

from samebytes.diagnosis import words
from samebytes.diagnosis.field_mistakes import ADDED
from samebytes.diagnosis.observation import Candidate, Observation
from samebytes.diagnosis.targets import Mistake, altered, one_way, with_types
from samebytes.layout import ABIS, KINDS, Abi, Field, Kind, Layout, Record, Text, lay_out

__all__ = [
    "LONGEST_HEADER",
    "apart",
    "as_a_whole",
    "forms",
    "holes",
    "measures_of",
    "other_machines",
    "packing",
    "packs",
    "regrouped",
    "systems",
    "turned",
]

PACKS = (1, 2, 4, 8)
LONGEST_HEADER = 64
"""Bytes: headers are lock words, lengths, magic numbers; a cache line at most."""
HEADERS = (4, 8, 12, 16, 24, 32, 64, 1, 2)
"""Bytes in front that are tried where no size was described."""
_WIDTHS = {"long": (4, 8), "pointer": (4, 8), "wchar": (2, 4), "time": (4, 8)}


def turned(record: Record, abi: Abi) -> Candidate:
    """Return the record with every value in the other byte order."""
    other = replace(abi, order="big" if abi.order == "little" else "little")
    return Candidate(words.byte_order((), abi), record, other)


def as_a_whole(seen: Observation) -> Iterator[Mistake]:
    """Yield mistakes of the record's own attributes, and of those of the records in it."""
    record, abi = seen.layout.record, seen.layout.abi
    yield from packing(record, abi, _nested(record))
    yield from map(one_way, _sized(record, seen))
    yield from map(one_way, _spelled_loose(record, seen.layout))
    shift = seen.found_size - seen.layout.size
    headers = HEADERS if seen.description is None else (shift,) if 0 < shift <= LONGEST_HEADER else ()
    yield from (one_way(Candidate(words.shifted(by), record, abi, by)) for by in headers)
    yield from map(one_way, _alignment(record, seen))
    yield from map(one_way, regrouped(record, abi))


def packing(record: Record, abi: Abi, inner: Sequence[Record] = ()) -> Iterator[Mistake]:
    """Yield mistakes of packing: the record's, each `inner` one's, all of them's.

    Those that pack are less likely than those that forget to.
    """
    for one in (record, *inner):
        yield from _unpacked(record, one, abi)
    yield from _unpacked_too(record, abi)
    yield packs(record, abi)
    for one in inner:
        ways = [_repacked(record, one, abi, pack) for pack in PACKS if pack != one.pack]
        yield _merged(ways, partial(words.packed, record=_title(one)))
    if _nested(record):
        deep = [Candidate(f"{pack}", _packed_too(record, pack), abi) for pack in PACKS]
        yield _merged(deep, partial(words.packed, deep=True))


def packs(record: Record, abi: Abi) -> Mistake:
    """Return the record packed as it should not be.

    A Pack=4 that only 8-byte values notice may as well be 32-bit Linux.
    """
    ways = [Candidate(str(pack), altered(record, pack=pack), abi) for pack in PACKS if pack != record.pack]
    linux = lay_out(record, replace(abi, eight=4)).members
    eight = [one for one in ways if one.words == "4" and abi.eight == 8 and one.layout.members == linux]
    return _merged(ways, lambda names: words.packed(names, eight=names == ["4"] and bool(eight)))


def _merged(ways: list[Candidate], named: Callable[[list[str]], str]) -> Mistake:
    return Mistake(ways, lambda found: named([one.words for one in found]))


def _repacked(record: Record, one: Record, abi: Abi, pack: int) -> Candidate:
    return Candidate(str(pack), with_types(record, {one: altered(one, pack=pack)}), abi)


def _title(one: Record) -> str:
    return one.name or "an unnamed record in it"


def _unpacked(record: Record, one: Record, abi: Abi) -> Iterator[Mistake]:
    if one.pack or one.packed:
        loose = altered(one, pack=None, packed=False)
        changed = loose if one is record else with_types(record, {one: loose})
        text = words.not_packed(_lost(one), "" if one is record else _title(one))
        yield one_way(Candidate(text, changed, abi))


def _unpacked_too(record: Record, abi: Abi) -> Iterator[Mistake]:
    """Yield the packing of a record and of those in it as one pragma, that is missing."""
    packed = [one for one in (record, *_nested(record)) if one.pack or one.packed]
    if len(packed) > 1 and packed[0] is record:
        yield one_way(Candidate(words.not_packed(_lost(record), deep=True), _unpacked_deep(record), abi))


def _lost(one: Record) -> str:
    return "packed" if one.packed else f"Pack={one.pack}"


def _unpacked_deep(record: Record) -> Record:
    inner = with_types(record, {one: _unpacked_deep(one) for one in _inner(record)})
    return altered(inner, pack=None, packed=False)


def _packed_too(record: Record, pack: int) -> Record:
    return altered(with_types(record, {one: _packed_too(one, pack) for one in _inner(record)}), pack=pack, packed=False)


def _inner(record: Record) -> list[Record]:
    return [part.type for part in record.fields if isinstance(part.type, Record)]


def _nested(record: Record) -> list[Record]:
    return [one for one in record.nested() if isinstance(one, Record) and one != record]


def _sized(record: Record, seen: Observation) -> Iterator[Candidate]:
    """Yield an explicit size that is missing or another, and explicit offsets that are missing."""
    abi, found = seen.layout.abi, seen.found_size
    if record.size is not None:
        free = altered(record, size=None)
        yield Candidate(words.no_explicit_size(record.size, lay_out(free, abi).size), free, abi)
        yield Candidate(words.explicit_size(found, seen.layout.size), altered(record, size=found), abi)
    if record.pinned:
        yield Candidate(words.loose(), altered(_loose(record), size=None), abi)
        yield Candidate(words.loose(), altered(_loose(record), size=record.size), abi)


def _spelled_loose(record: Record, layout: Layout) -> Iterator[Candidate]:
    """Yield explicit offsets that a language spells as fillers, which need packing to stand where they should."""
    if not record.pinned or record.union or record.overlap:
        return
    for scalars in (True, False):
        spelled = _filled(record, layout, scalars)
        if lay_out(altered(spelled, pack=1), layout.abi).size == layout.size:
            yield Candidate(words.not_packed("Pack=1"), spelled, layout.abi)


def _alignment(record: Record, seen: Observation) -> Iterator[Candidate]:
    abi, was, found = seen.layout.abi, seen.layout.align, seen.description
    if record.align is not None:
        yield Candidate(words.no_alignment("", record.align), altered(record, align=None), abi)
    if found is not None and found.align > was:
        yield Candidate(words.aligned("", found.align, was), altered(record, align=found.align), abi)
    if found is not None and 0 < found.align < was and not record.union:
        spelled = altered(_filled(record, seen.layout, scalars=False), pack=found.align)
        yield Candidate(words.aligned("", found.align, was), spelled, abi)


def regrouped(record: Record, abi: Abi) -> Iterator[Candidate]:
    """Yield a union declared as a struct, a struct as a union, and the same for the records in it."""
    for one in (record, *_nested(record)):
        was, now = ("union", "struct") if one.union else ("struct", "union")
        changed = altered(one, union=not one.union)
        if changed is not one:  # fields with places of their own, or a text of variable length, make no union
            whole = changed if one is record else with_types(record, {one: changed})
            yield Candidate(words.regrouped(one.name or f"the unnamed {was}", was, now), whole, abi)
    if record.overlap:
        yield Candidate(words.union_as_struct(), _loose(record), abi)


def _loose(record: Record) -> Record:
    """Return the same fields without explicit offsets and size: how else a wrong copy of a pinned record may be declared."""
    fields = tuple(replace(part, offset=None, bit=None) for part in record.fields)
    return altered(record, size=None, overlap=False, fields=fields)


def forms(record: Record, layout: Layout) -> list[Record]:
    """Return a pinned record as it is, as a language without explicit offsets may have it, and there with its holes spelled out."""
    if (
        record.pack and record.pack > 1 and not record.union
    ):  # languages that pack by 1 or not at all spell the rest out
        return [record, altered(_filled(record, layout, scalars=False), pack=1, align=layout.align)]
    if not record.pinned or record.union:
        return [record]
    return [record, _loose(record), _filled(record, layout, scalars=True), _filled(record, layout, scalars=False)]


def _filled(record: Record, layout: Layout, scalars: bool) -> Record:
    """Return fields in memory order, holes as fields of their own: as one number where there is one so wide, or as bytes."""
    starts = {member.field.name: member.offset for member in layout.members}
    parts = [(starts[part.name], part) for part in _loose(record).fields]
    for at, length in layout.padding:
        wide = scalars and length in (1, 2, 4, 8) and at % length == 0
        counts = () if wide else (length,)
        parts.append((at, Field(f"{ADDED}{at}", KINDS[f"u{length * 8}" if wide else "u8"], counts)))
    return altered(_loose(record), fields=tuple(part for _, part in sorted(parts, key=lambda pair: pair[0])))


def holes(form: Record, seen: Observation) -> Iterator[Candidate]:
    """Yield a hole that is spelled out as bytes, and has another length: everything behind it stands elsewhere."""
    found = seen.description
    for index, part in enumerate(form.fields if found is not None else ()):
        behind = [other for other in form.fields[index + 1 :] if not other.name.startswith(ADDED)]
        if not part.name.startswith(ADDED) or not part.counts or found is None:
            continue
        leaves = [leaf for leaf in seen.layout.leaves if behind and leaf.field == behind[0].name]
        moved = [found.leaves[leaf.path][0] - leaf.offset for leaf in leaves if leaf.path in found.leaves]
        length = part.counts[0] + (moved[0] if moved else found.size - seen.layout.size)
        if length >= 0 and length != part.counts[0]:
            text = words.hole(f"`{behind[0].name}`" if behind else "", length, part.counts[0])
            hole = (replace(part, counts=(length,)),) if length else ()
            fields = (*form.fields[:index], *hole, *form.fields[index + 1 :])
            yield Candidate(text, altered(form, fields=fields), seen.layout.abi)


def apart(record: Record, abi: Abi) -> Iterator[Candidate]:
    """Yield elements of a size rounded up to 4 bytes, as .NET's WriteArray and ReadArray do."""
    for one in _nested(record):
        size = lay_out(one, abi).size
        if size % 4 and size > 2:
            wide = -(-size // 4) * 4
            changed = with_types(record, {one: altered(one, size=wide)})
            yield Candidate(words.apart(one.name, size, wide), changed, abi)


# --- the rules of another machine ------------------------------------------------------------------------------------------


def measures_of(record: Record) -> Iterator[str]:
    """Yield the measures of an ABI that its fields have, one for each field: long, pointer, wchar, time, long_double."""
    for part in record.fields:
        if isinstance(part.type, Record):
            yield from measures_of(part.type)
        else:
            kind = part.type.prefix if isinstance(part.type, Text) else part.type
            if isinstance(kind, Kind) and isinstance(kind.measure, str):
                yield kind.measure


def systems(record: Record, abi: Abi) -> Iterator[Candidate]:
    """Yield a type whose width is the system's, in all fields of it, of which there are several; and the rules of bit-fields."""
    used = list(measures_of(record))
    for measure, widths in _WIDTHS.items():
        for width in widths:
            if used.count(measure) > 1 and getattr(abi, measure) != width:
                other = replace(abi, **{measure: width})  # type: ignore[arg-type]
                yield Candidate(words.abi_rule(measure, width), record, other)
    if any(part.bits is not None for one in (record, *_nested(record)) for part in one.fields):
        other = replace(abi, bitfields="ms" if abi.bitfields == "gcc" else "gcc")
        yield Candidate(words.bit_fields(other), record, other)


def other_machines(record: Record, abi: Abi) -> Iterator[Candidate]:
    """Yield all rules of another machine together, for every other machine."""
    for known in ABIS.values():
        if known != abi:
            yield Candidate(words.laid_out_as_on(known), record, known)
