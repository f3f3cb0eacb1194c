"""Traps of how fields stand together: 3, 21 to 28, 30, 31, 42 and 43."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import pairwise

from samebytes.errors import LayoutError
from samebytes.layout.abi import Abi
from samebytes.layout.hazards.scalars import is_vptr
from samebytes.layout.hazards.scene import Group, Scene, spread
from samebytes.layout.hazards.traps import Hazard, hazard
from samebytes.layout.kinds import Kind
from samebytes.layout.laid_out import Layout, Member
from samebytes.layout.record import Field, Record, Text
from samebytes.layout.rules import lay_out

__all__ = ["holes_of", "shape_traps"]


def shape_traps(scene: Scene) -> Iterator[Hazard]:
    """Yield the traps of the record and of every record inside it, each looked at as a whole."""
    for group in scene.groups:
        for rule in _RULES:
            yield from rule(scene, group)
    yield from _endianness(scene)


def _eight(scene: Scene, group: Group) -> Iterator[Hazard]:
    """Yield trap 3, and 28 in a packed record: 8-byte types align to 4 on 32-bit x86 Linux."""
    small = next((abi for abi in scene.company if abi.eight == 4), None)
    if small is None or all(abi.eight == 4 for abi in scene.company):
        return
    owner = group.owner
    as_here, elsewhere = lay_out(owner, small), _try(owner, replace(small, eight=8))
    if elsewhere is None or (as_here.members, as_here.size) == (elsewhere.members, elsewhere.size):
        return
    number = _first_moved(as_here, elsewhere)
    if number is None and as_here.size == elsewhere.size:
        return
    layouts = scene.layouts(owner)
    sizes = f"{owner.name} is {spread({name: found.size for name, found in layouts.items()}, ' bytes')}"
    packed = owner.pack is not None or owner.packed
    why = "8-byte types align to 4 on 32-bit Linux" + (f", whatever pack({owner.pack}) allows" if packed else "")
    if number is None:
        place = group.path(_first_eight(as_here))
        yield hazard(28 if packed else 3, place, f"{why}: {sizes}")
        return
    at = spread({name: found.members[number].offset for name, found in layouts.items()})
    yield hazard(28 if packed else 3, group.path(number), f"{why}: it is at {at}; {sizes}")


def _first_moved(one: Layout, other: Layout) -> int | None:
    pairs = enumerate(zip(one.members, other.members, strict=True))
    return next((number for number, (a, b) in pairs if (a.offset, a.bit) != (b.offset, b.bit)), None)


def _first_eight(layout: Layout) -> int:
    wide = (number for number, member in enumerate(layout.members) if member.stride >= 8)
    return next(wide, 0)


def _try(record: Record, abi: Abi) -> Layout | None:
    try:
        return lay_out(record, abi)
    except LayoutError:
        return None


def _endianness(scene: Scene) -> Iterator[Hazard]:
    if len(scene.orders) < 2:
        return
    orders = spread({abi.name: abi.order for abi in scene.company})
    seen = set()
    for visit in scene.visits:
        top = visit.path.partition(".")[0].partition("[")[0]
        if top not in seen and _wide(scene, visit.part):
            seen.add(top)
            yield hazard(21, visit.path, f"byte order is {orders}: a value of several bytes reads reversed")


def _wide(scene: Scene, part: Field) -> bool:
    if isinstance(part.type, Text):
        return True
    return isinstance(part.type, Kind) and part.type.width(scene.company[0]) > 1


def _empty(scene: Scene, group: Group) -> Iterator[Hazard]:
    """Yield trap 22 for an empty record, and 24 where one shares its place with another field."""
    owner = group.owner
    if not owner.fields:
        yield hazard(22, group.place, f"{owner.name} has no fields: 0 bytes in C, 1 in C++ and C#, 4 with MSVC in C")
        return
    layout = lay_out(owner, scene.company[0])
    for number, member in enumerate(layout.members):
        if member.layout is None or member.layout.record.fields or owner.union:
            continue
        sharing = [other for other in layout.members if other is not member and other.offset == member.offset]
        if sharing and member.field.elements:
            name = member.layout.record.name
            yield hazard(
                24,
                group.path(number) or group.path(layout.members.index(sharing[0])),
                f"{name} is an empty base at {member.offset}, where `{sharing[0].field.name}` is too: as a member, "
                "and in other languages, it takes a place of its own",
            )


def _tail_reuse(scene: Scene, group: Group) -> Iterator[Hazard]:
    """Yield trap 23: a field stands in the padding at the end of the record before it."""
    if group.owner.union or group.owner.overlap:
        return
    layout = lay_out(group.owner, scene.company[0])
    for number, (before, after) in enumerate(pairwise(layout.members), 1):
        end = before.offset + before.size
        if before.layout is not None and before.layout.record.fields and before.offset < after.offset < end:
            inner = before.layout.record.name or before.field.name
            yield hazard(
                23,
                group.path(number),
                f"it is at {after.offset}, inside the padding at the end of {inner} (which ends at {end}): the Itanium "
                f"C++ ABI reuses it for what follows a base, MSVC and every other language do not",
            )


def _vptr(scene: Scene, group: Group) -> Iterator[Hazard]:
    for visit in scene.visits:
        if visit.owner is group.owner and visit.kind is not None and is_vptr(visit, visit.kind):
            yield hazard(
                25,
                visit.path,
                f"{group.owner.name} has virtual functions: its first {visit.kind.width(scene.company[0])} bytes are an "
                "address that is valid in one process only",
            )


def _pack_missing(scene: Scene, group: Group) -> Iterator[Hazard]:
    owner = group.owner
    if owner.pack is None and not owner.packed:
        return
    abi = scene.company[0]
    packed, natural = lay_out(owner, abi), _try(replace(owner, pack=None, packed=False), abi)
    number = None if natural is None else _first_moved(packed, natural)
    if natural is None or (number is None and packed.size == natural.size):
        return
    said = "the packed attribute" if owner.packed else f"pack({owner.pack})"
    sizes = f"{owner.name} has {packed.size} bytes with it, {natural.size} without"
    moved = ""
    if number is not None:
        moved = f"it is at {packed.members[number].offset}, at {natural.members[number].offset} without; "
    path = group.path(len(owner.fields) - 1 if number is None else number)
    yield hazard(26, path, f"every declaration must repeat {said}: {moved}{sizes}")


def _pack_scope(scene: Scene, group: Group) -> Iterator[Hazard]:
    owner, abi = group.owner, scene.company[0]
    cap = 1 if owner.packed else owner.pack
    if cap is None or owner.pinned:
        return
    for number, part in enumerate(owner.fields):
        inner = part.type
        if not isinstance(inner, Record) or not inner.fields or inner.packed or (inner.pack or 1 << 16) <= cap:
            continue
        own, scoped = lay_out(inner, abi), _try(replace(inner, pack=cap), abi)
        if scoped is not None and (_first_moved(own, scoped) is not None or own.size != scoped.size):
            yield hazard(
                27,
                group.path(number),
                f"pack({cap}) of {owner.name} does not reach into {inner.name or 'it'}: {own.size} bytes, "
                f"{scoped.size} where the pragma covers both declarations",
            )


def _flexible(scene: Scene, group: Group) -> Iterator[Hazard]:
    for number, part in enumerate(group.owner.fields):
        last = number == len(group.owner.fields) - 1 and not group.owner.union
        if part.flexible or 0 in part.counts or (last and part.counts == (1,)):
            spelled = "[]" if part.flexible else "[0]" if 0 in part.counts else "[1]"
            member = lay_out(group.owner, scene.company[0]).members[number]
            yield hazard(
                30,
                group.path(number),
                f"an array of open length, written [{spelled[1:-1]}]: it begins at {member.offset}; the fixed part of "
                f"{group.owner.name} ends there or one element later, depending on whether [], [0] or [1] is written",
            )


def _odd_utf16(scene: Scene, group: Group) -> Iterator[Hazard]:
    owner = group.owner
    if owner.union:
        return
    for number, (before, after) in enumerate(pairwise(owner.fields)):
        kind = before.type
        texts = isinstance(kind, Kind) and kind.family == "char" and kind.measure in (2, "wchar")
        if not texts or not before.counts or before.elements % 2 == 0 or after.bits is not None:
            continue
        gaps = {name: _gap(found, number) for name, found in scene.layouts(owner).items()}
        if any(gap == 2 for gap in gaps.values()):
            yield hazard(
                31,
                group.path(number),
                f"{before.elements} UTF-16 units before `{after.name}`: bytes of padding between them: {spread(gaps)}",
            )


def _gap(layout: Layout, number: int) -> int:
    before, after = layout.members[number : number + 2]
    return after.offset - before.offset - before.size


def _stride(scene: Scene, group: Group) -> Iterator[Hazard]:
    """Yield trap 42: UnmanagedMemoryAccessor.WriteArray and SafeBuffer round an element's size up to 4 (AlignedSizeOf)."""
    owner, abi = group.owner, scene.company[0]
    for number, part in enumerate(owner.fields):
        if isinstance(part.type, Record) and part.counts and not part.type.variable:
            yield from _rounded(lay_out(part.type, abi).size, group.path(number))
    if group.owner is scene.record and not owner.variable and owner.fields:
        yield from _rounded(lay_out(owner, abi).size, "")


def _rounded(size: int, path: str) -> Iterator[Hazard]:
    if size > 2 and size % 4:
        yield hazard(
            42,
            path,
            f"elements of {size} bytes: .NET's WriteArray and ReadArray put them {size + -size % 4} bytes apart",
        )


def _padding(scene: Scene, group: Group) -> Iterator[Hazard]:
    layout = lay_out(group.owner, scene.company[0])
    holes = list(holes_of(layout))
    if not holes:
        return
    first = holes[0][0]
    number = max((n for n, member in enumerate(layout.members) if member.offset < first), default=0)
    words = ", ".join(f"{length} byte{'s' * (length > 1)} at {offset}" for offset, length in holes[:8])
    more = f" and {len(holes) - 8} more holes" if len(holes) > 8 else ""
    name = group.owner.name or "the record"
    yield hazard(
        43,
        group.path(number) or group.place,
        f"{words}{more} of {name} on {layout.abi.name} belong to no field: mono leaves what was there, CoreCLR writes zeros, "
        "GCC and clang either",
    )


def holes_of(layout: Layout) -> Iterator[tuple[int, int]]:
    """Yield bytes between the fields of one record, records inside it taken as solid: (offset, length), in order."""
    end = layout.size if layout.record.body else 0
    for start, stop in sorted(_extents(layout)):
        if start > end:
            yield end, start - end
        end = max(end, stop)
    if layout.size > end and layout.record.fields:
        yield end, layout.size - end


def _extents(layout: Layout) -> Iterator[tuple[int, int]]:
    for member in layout.members:
        if member.field.bits is None or member.field.name:
            yield member.offset, member.offset + _length(member)


def _length(member: Member) -> int:
    return member.stride if isinstance(member.field.type, Text) else member.size


_RULES: tuple[Callable[[Scene, Group], Iterator[Hazard]], ...] = (
    _eight,
    _empty,
    _tail_reuse,
    _vptr,
    _pack_missing,
    _pack_scope,
    _flexible,
    _odd_utf16,
    _stride,
    _padding,
)
