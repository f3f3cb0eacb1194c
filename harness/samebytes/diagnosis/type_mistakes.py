"""Changes of type: one field, or every field of one type, declared wider, narrower, or as something else of the same width."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from samebytes.diagnosis.targets import NOWHERE, Alteration, Sighting, Site, Variant, altered, one_way
from samebytes.layout import KINDS, Field, Kind, Record, Text

__all__ = ["retyped", "retyped_everywhere"]


def retyped_everywhere(record: Record, sites: Sequence[Site], marshalled: bool = False) -> Iterator[Alteration]:
    """All fields of one type declared as another. `marshalled`: only as .NET's marshaller has it, whatever was described."""
    seen: dict[Kind, list[Sighting]] = {}
    for site in sites:
        for sight in site.sightings:
            if isinstance(sight.part.type, Kind) and sight.leaves:
                seen.setdefault(sight.part.type, []).append(sight)
    kinds = [kind for kind in (KINDS["bool"], KINDS["char16"]) if kind in seen]
    for chosen in (*([kind] for kind in kinds), kinds) if marshalled or len(kinds) > 1 else ():
        names = " and ".join(_MARSHALLED[kind.name][1] for kind in chosen)
        changed = _with_kinds(record, {kind: KINDS[_MARSHALLED[kind.name][0]] for kind in chosen})
        if marshalled or len(chosen) > 1:
            yield one_way((f"marshalled instead of managed layout: {names}", changed, NOWHERE))
    if not marshalled:
        for kind, sightings in seen.items():
            yield from _all_of(record, kind, sightings)


_MARSHALLED = {"bool": ("bool32", "bool as 4 bytes"), "char16": ("char8", "char as 1 byte")}
"""What .NET makes of these types where nothing else is said (CharSet.Ansi)."""


def _all_of(record: Record, kind: Kind, sightings: Sequence[Sighting]) -> Iterator[Alteration]:
    widths = {sight.width for sight in sightings if sight.described}
    was = {leaf.width for sight in sightings for leaf in sight.leaves}
    if len(sightings) > 1 and len(widths) == 1 and widths != was and None not in widths:
        (width,) = widths
        assert width is not None
        for family in _families(kind):
            ways = [(name, _with_kinds(record, {kind: other}), NOWHERE) for name, other in _kinds_of(width, family)]
            yield Alteration(ways, _retyping(f"every {kind.name}", kind, width))


def _with_kinds(record: Record, changed: dict[Kind, Kind]) -> Record:
    fields = []
    for part in record.fields:
        if isinstance(part.type, Record):
            part = replace(part, type=_with_kinds(part.type, changed))
        elif isinstance(part.type, Kind) and part.type in changed:
            part = replace(part, type=changed[part.type], chars=None)
        fields.append(part)
    return record if tuple(fields) == record.fields else altered(record, fields=tuple(fields))


def retyped(site: Site) -> Iterator[Alteration]:
    for index, sight in enumerate(site.sightings):
        part = sight.part
        if isinstance(part.type, Text) and sight.described and sight.moved:
            yield from map(one_way, _prefixed(site, index, part, part.type))
        if not isinstance(part.type, Kind) or not sight.described or sight.width is None:
            continue
        if sight.width != sight.leaves[0].width or sight.wrong:
            for family in _families(part.type):
                ways = [
                    (name, site.with_field(index, replace(part, type=other, chars=None)), NOWHERE)
                    for name, other in _kinds_of(sight.width, family)
                    if other != part.type and part.bits is None
                ]
                yield Alteration(ways, _retyping(site.named(part), part.type, sight.width))


def _prefixed(site: Site, index: int, part: Field, text: Text) -> Iterator[Variant]:
    for bits in (8, 16, 32, 64):
        changed = site.with_field(index, replace(part, type=replace(text, prefix=KINDS[f"u{bits}"])))
        yield f"the length of {site.named(part)} has {bits // 8} bytes", changed, NOWHERE


def _families(kind: Kind) -> tuple[str, ...]:
    """What it may have been declared as: of its own sort first."""
    return ("float", "integer") if kind.family == "float" else ("integer", "float")


def _kinds_of(width: int, family: str) -> Iterator[tuple[str, Kind]]:
    names = {
        "float": {"float": f"f{width * 8}"},
        "integer": {
            "signed": f"i{width * 8}",
            "unsigned": f"u{width * 8}",
            "bool": "bool" if width == 1 else "bool32",
            "char": f"char{width * 8}",
            "pointer": "pointer",
        },
    }[family]
    for name, kind in names.items():
        if (kind in KINDS and KINDS[kind].measure == width) or (kind == "pointer" and width == 8):
            yield name, KINDS[kind]


def _retyping(what: str, was: Kind, width: int) -> Callable[[Sequence[str]], str]:
    """In words. Nothing tells a signed from an unsigned integer or a character, unless one was made wider by a load."""

    def words(found: Sequence[str]) -> str:
        return f"{what} declared as {_sort(was, set(found), width * 8)} instead of {was.name}{_usual(was, width)}"

    return words


def _sort(was: Kind, found: set[str], bits: int) -> str:
    """A sign is only spoken of where it is not the one that the layout has."""
    if found == {"float"}:
        return f"a {bits}-bit float"
    if found == {"char"}:
        return f"a {bits}-bit character"
    if found == {"pointer"}:
        return "a pointer"
    if found == {"bool"}:
        return f"a bool of {bits // 8} byte{'s' if bits > 8 else ''}"
    if "unsigned" not in found and was.family in ("unsigned", "char", "bool", "pointer"):
        return f"a signed {bits}-bit integer"
    if "signed" not in found and was.family == "signed":
        return f"an unsigned {bits}-bit integer or character"
    return f"{'an' if bits == 8 else 'a'} {bits}-bit integer or character"


def _usual(was: Kind, width: int) -> str:
    """How people come to it."""
    return {
        ("bool", 4): " (as C# marshals a bool, and as Windows' BOOL is)",
        ("char16", 1): " (as C# marshals a char unless told otherwise, and as C's char is)",
        ("char16", 4): " (as wchar_t is on Linux)",
        ("wchar", 2): " (as wchar_t is on Windows)",
        ("wchar", 4): " (as wchar_t is on Linux)",
        ("i64", 4): " (as C's long is on Windows)",
        ("u64", 4): " (as C's unsigned long is on Windows)",
        ("i32", 8): " (as C's long is on 64-bit Linux)",
        ("u32", 8): " (as C's unsigned long is on 64-bit Linux)",
    }.get((was.name, width), "")
