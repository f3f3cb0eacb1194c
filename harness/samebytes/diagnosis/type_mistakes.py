"""Mistakes of type: one field, or every field of one type, declared wider, narrower, or as something else of the same width."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from samebytes.diagnosis import words
from samebytes.diagnosis.observation import Candidate, sort_of
from samebytes.diagnosis.targets import Mistake, Sighting, Site, altered, one_way
from samebytes.layout import KINDS, Abi, Enum, Kind, Pointer, Record, Text

__all__ = ["marshalled", "other_signs", "retyped", "retyped_everywhere"]

WIDTHS = (1, 2, 4, 8)
_MARSHALLED = {"bool": "bool32", "char16": "char8"}
"""What .NET makes of these types where nothing else is said (CharSet.Ansi)."""


def retyped_everywhere(record: Record, sites: Sequence[Site], usual: bool = False) -> Iterator[Mistake]:
    """Yield all fields of one type declared as another; `usual`: as people are known to."""
    for kind, sightings in _by_kind(sites).items():
        yield from _all_of(record, kind, sightings, sites[0], usual)


def marshalled(record: Record, sites: Sequence[Site], each: bool = False) -> Iterator[Mistake]:
    """Yield the types that .NET's marshaller lays out otherwise than its memory has them, together; and `each` of them alone."""
    kinds = [kind for kind in (KINDS["bool"], KINDS["char16"]) if kind in _by_kind(sites)]
    for chosen in (*([kind] for kind in kinds if each), *([kinds] if len(kinds) > 1 else ())):
        changed = _with_kinds(record, {kind: KINDS[_MARSHALLED[kind.name]] for kind in chosen})
        yield one_way(Candidate(words.marshalled([kind.name for kind in chosen]), changed, sites[0].abi))


def _by_kind(sites: Sequence[Site]) -> dict[Kind, list[Sighting]]:
    found: dict[Kind, list[Sighting]] = {}
    for site in sites:
        for sight in site.sightings:
            if isinstance(sight.part.type, Kind) and sight.leaves:
                found.setdefault(sight.part.type, []).append(sight)
    return found


def _all_of(record: Record, kind: Kind, sightings: Sequence[Sighting], site: Site, usual: bool) -> Iterator[Mistake]:
    if len(sightings) < 2:
        return
    for width in _widths(kind, sightings, site.blind, site.abi):
        if width == kind.width(site.abi) or (usual and (kind.name, width) not in words.USUAL):
            continue
        for sort, kinds in _kinds_of(kind, width, frozenset().union(*(sight.kinds for sight in sightings))):
            text = words.retyped(f"every {kind.name}", kind, sort, width)
            yield Mistake([Candidate(text, _with_kinds(record, {kind: other}), site.abi) for other in kinds])


def _widths(kind: Kind, sightings: Sequence[Sighting], blind: bool, abi: Abi) -> Sequence[int]:
    if blind:
        likely = {"bool": (1, 4), "float": (4, 8), "char": (1, 2, 4), "plain": (1, 2, 4)}.get(kind.family, WIDTHS)
        own = kind.width(abi)
        return sorted(
            (width for width in likely if own <= 8), key=lambda width: (max(width, own) // min(width, own), -width)
        )
    widths = {sight.width for sight in sightings if sight.described}
    return [width for width in widths if width] if len(widths) == 1 else []


def _with_kinds(record: Record, changed: dict[Kind, Kind]) -> Record:
    fields = []
    for part in record.fields:
        if isinstance(part.type, Record):
            part = replace(part, type=_with_kinds(part.type, changed))
        elif isinstance(part.type, Kind) and part.type in changed:
            part = replace(part, type=changed[part.type], chars=None)
        fields.append(part)
    return record if tuple(fields) == record.fields else altered(record, fields=tuple(fields))


def retyped(site: Site) -> Iterator[Mistake]:
    """Yield one field of another type: of the width that was described, or of any, those that people come to first."""
    if site.blind:
        yield from _retyped(site, usual=True)
    yield from _retyped(site, usual=False)


def _retyped(site: Site, usual: bool) -> Iterator[Mistake]:
    for index, sight in enumerate(site.sightings):
        part = sight.part
        if isinstance(part.type, Text) and sight.described and sight.moved:
            for width in WIDTHS:
                other = replace(part, type=replace(part.type, prefix=KINDS[f"u{width * 8}"]))
                yield one_way(site.with_field(words.prefix_width(site.named(part), width), index, other))
        if not isinstance(part.type, Kind) or part.bits is not None or index not in site.suspected or not sight.leaves:
            continue
        for width in _widths(part.type, [sight], site.blind, site.abi):
            likely = site.blind and (part.type.name, width) in words.USUAL
            if likely == usual and (width != sight.leaves[0].width or sight.wrong or site.blind):
                yield from _as_another(site, index, part.type, width)


def _as_another(site: Site, index: int, kind: Kind, width: int) -> Iterator[Mistake]:
    sight = site.sightings[index]
    kinds = _kinds_of(kind, width, sight.kinds)[: 1 if site.blind else None]
    if width == sight.leaves[0].width:
        kinds = [*_same_width(kind, width, sight.kinds, site.blind)]
    for sort, others in kinds:
        text = words.retyped(site.named(sight.part), kind, sort, width)
        yield Mistake([site.with_field(text, index, replace(sight.part, type=other, chars=None)) for other in others])


def _kinds_of(kind: Kind, width: int, told: frozenset[str]) -> list[tuple[str, list[Kind]]]:
    """Return what it may have been declared as with another width, of its own sort first.

    A sign is not spoken of: the width is the mistake.
    """
    integers = [f"i{width * 8}", f"u{width * 8}"]
    booleans = ["bool" if width == 1 else f"bool{width * 8}"]
    found = {"integer": integers, "bool": booleans, "float": [f"f{width * 8}"]}
    if kind.family == "bool":  # which of the two it is nobody sees
        found = {"integer": integers + booleans, "float": found["float"]}
    elif kind.family == "float":
        found = {"float": found["float"], "integer": integers, "bool": booleans}
    sorts = {sort: [KINDS[name] for name in names if name in KINDS] for sort, names in found.items()}
    others = {"char": KINDS.get(f"char{width * 8}"), "pointer": Pointer(measure=width), "enum": _enum(width)}
    sorts["integer"] += [other for sort, other in others.items() if other is not None and sort in told]
    return [(sort, kinds) for sort, kinds in sorts.items() if kinds]


def _same_width(kind: Kind, width: int, told: frozenset[str], blind: bool) -> Iterator[tuple[str, list[Kind]]]:
    """Yield what else of the same width it may be declared as: the kind that was told, or what its values say."""
    number = [KINDS[name] for name in (f"i{width * 8}", f"u{width * 8}") if name in KINDS]
    by_sort: dict[str, list[Kind]] = {
        "signed": number[:1], "unsigned": number[1:], "integer": number, "pointer": [Pointer(measure=width)],
        "float": [KINDS[f"f{width * 8}"]] if width in (4, 8) else [],
        "bool": [KINDS["bool" if width == 1 else "bool32"]] if width in (1, 4) else [],
        "char": [KINDS[f"char{width * 8}"]] if width in (1, 2, 4) else [],
        "enum": [_enum(width)] if number else [],
    }  # fmt: skip
    sorts = sorted(told) if told else ["float", "bool"]
    if kind.family == "float" or (kind.family == "bool" and not (blind and not told)):
        # its values tell such a thing from an integer, and not from one of which sign
        sorts = ["integer", *(sort for sort in sorts if sort in ("float", "bool"))]
    for sort in sorts:
        if len(told) <= 1 and sort != sort_of(kind) and by_sort.get(sort):
            yield sort, by_sort[sort]


def other_signs(site: Site) -> Iterator[Candidate]:
    """Yield several whole numbers of the record that were told to have the other sign."""
    fields, names = list(site.record.fields), []
    for index, sight in enumerate(site.sightings):
        kind = sight.part.type
        if isinstance(kind, Kind) and kind.family in ("signed", "unsigned") and len(sight.kinds) == 1:
            (told,) = sight.kinds
            if told in ("signed", "unsigned") and told != kind.family:
                other = KINDS[f"{'i' if told == 'signed' else 'u'}{kind.width(site.abi) * 8}"]
                fields[index] = replace(sight.part, type=other)
                names.append(site.named(sight.part))
    if len(names) > 1:
        yield site.with_fields(words.other_signs(names), fields)


def _enum(width: int) -> Enum:
    return Enum("other", base=KINDS.get(f"i{width * 8}"))
