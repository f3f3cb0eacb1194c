"""Traps 32 to 41: types that other languages have and C has not, texts, and records whose fields a language reorders."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from samebytes.layout.foreign import FOREIGN
from samebytes.layout.hazards.scene import Group, Scene, Visit
from samebytes.layout.hazards.traps import Hazard, hazard
from samebytes.layout.kinds import Kind
from samebytes.layout.record import Record, Text
from samebytes.layout.rules import lay_out

__all__ = ["foreign_traps"]


_SIZES = {"decimal": 16, "guid": 16, "datetime": 8, "filetime": 8, "shortstring": 256, "extended": 10, "pascal_set": 32}
_ALIASES = {
    "uuid": "guid",
    "_guid": "guid",
    "_filetime": "filetime",
    "date": "oledate",
    "unicodestring": "ansistring",
    "system_datetime": "datetime",
}
_MESSAGES: dict[str, tuple[int, str]] = {
    "shortstring": (33, "a length byte in front, then up to 255 bytes, no NUL: 256 bytes, string[n] has n + 1"),
    "pascal_integer": (
        34,
        "Integer is 2 bytes in Free Pascal's default and Turbo Pascal modes, 4 in ObjFPC and Delphi",
    ),
    "extended": (
        35,
        "Extended is 10 bytes on x86 (12 or 16 with padding), 8 on Win64 and ARM: no other language has it",
    ),
    "pascal_set": (
        36,
        "a set is 1, 2, 4 or 32 bytes, by compiler, mode and PACKSET; bits are numbered from the lowest byte",
    ),
    "ansistring": (
        37,
        "a managed type is an address with a reference count: another process reads garbage and frees it",
    ),
    "dynamic_array": (
        37,
        "a managed type is an address with a reference count: another process reads garbage and frees it",
    ),
    "decimal": (39, "flags stand first in memory, last in Write and GetBits; alignment is 4 on .NET Core 3.1, 8 later"),
    "guid": (40, "its first three fields are little-endian: 00112233-4455-… reads 33 22 11 00 55 44 in memory"),
    "datetime": (
        41,
        "DateTime is 100 ns ticks since year 1 with the kind in the top 2 bits, not FILETIME, nor Unix time",
    ),
    "filetime": (41, "FILETIME counts 100 ns since 1601 in two 32-bit halves (aligned to 4), not since year 1 or 1970"),
    "oledate": (41, "an OLE date is a double of days since 1899-12-30; other languages' times are integers"),
    "tdatetime": (41, "TDateTime is a double of days since 1899-12-30; other languages' times are integers"),
    "unixtime": (41, "Unix time counts since 1970, in seconds or milliseconds: nothing in the bytes says which"),
}


def foreign_traps(scene: Scene) -> Iterator[Hazard]:
    """Yield the traps of every field whose type another language brought along, and of every text."""
    for visit in scene.visits:
        name = _type_name(scene, visit)
        if name in _MESSAGES:
            number, message = _MESSAGES[name]
            yield hazard(number, visit.path, message)
        yield from _text(visit)
    for rule in (_reordered, _automatic):
        for group in scene.groups:
            yield from rule(group)


def _type_name(scene: Scene, visit: Visit) -> str:
    """Return the foreign type's name; a record must also have its size, because others may bear the same name."""
    kind = visit.part.type
    if isinstance(kind, Text):
        return ""
    name = kind.name.rpartition(".")[2].casefold()
    name = _ALIASES.get(name, name)
    if isinstance(kind, Kind):
        return "" if isinstance(FOREIGN.get(name), Record) else name
    return name if lay_out(kind, scene.company[0]).size == _SIZES.get(name) else ""


def _text(visit: Visit) -> Iterator[Hazard]:
    part = visit.part
    if isinstance(part.type, Text) and (part.type.prefix is not None or visit.owner.body):
        units = "UTF-16 units (2 bytes each)" if part.type.unit == 2 else "characters (1 to 4 bytes each)"
        yield hazard(
            32, visit.path, f"its length counts bytes, without a NUL; most languages' string length counts {units}"
        )
    elif part.chars is not None and part.chars.end == "counted":
        yield hazard(33, visit.path, _MESSAGES["shortstring"][1])
    elif part.chars is not None and part.chars.end != "nul":
        what = "has no NUL when it is full" if part.chars.end == "padded" else "has no NUL"
        yield hazard(
            32, visit.path, f"a text of {part.counts[-1] if part.counts else 0} units that {what}: .NET's ByValTStr and "
            "C's string functions count one"
        )  # fmt: skip


def _reordered(group: Group) -> Iterator[Hazard]:
    """Yield trap 38: offsets say another order than the declaration."""
    owner = group.owner
    if owner.union or owner.overlap:
        return
    offsets = [(part.offset, number) for number, part in enumerate(owner.fields) if part.offset is not None]
    for (before, _), (after, number) in pairwise(offsets):
        if after < before:
            order = " ".join(owner.fields[index].name for _, index in sorted(offsets))
            yield hazard(38, group.path(number), f"declared behind a field that it stands before: memory has {order}")
            return


def _automatic(group: Group) -> Iterator[Hazard]:
    """Yield trap 38: a DateTime in it makes .NET treat a Sequential struct as Auto (it is Auto itself)."""
    owner = group.owner
    if owner.pinned or len(owner.fields) < 2:
        return
    for number, part in enumerate(owner.fields):
        if isinstance(part.type, Kind) and part.type.name == "datetime":
            yield hazard(
                38,
                group.path(number),
                f"a C# struct with a DateTime is laid out as Auto, even when it says Sequential: CoreCLR and mono put the "
                f"fields of {owner.name} in different orders",
            )
