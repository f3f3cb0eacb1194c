"""The pieces of a codec: for each type its `struct` format, and how values become raw items and back.

A record becomes one `struct.Struct` with pad bytes; nested records and arrays are part of its format. Only what `struct` cannot say is
converted: text, bit-fields, 128-bit integers, long doubles. Records whose fields share bytes are read member by member.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from samebytes.errors import LayoutError
from samebytes.layout.abi import Abi
from samebytes.layout.areas import Area, areas, named_members, sharing, shift_of
from samebytes.layout.kinds import Enum, Kind
from samebytes.layout.laid_out import MAX_LEAVES, Layout, Member
from samebytes.layout.record import Chars, Text
from samebytes.layout.texts import chars_from, chars_to

__all__ = ["Part", "below", "element_part", "member_part", "record_part"]

Raw = Sequence[Any]
_INTEGERS = {(1, True): "b", (2, True): "h", (4, True): "i", (8, True): "q"} | {
    (1, False): "B",
    (2, False): "H",
    (4, False): "I",
    (8, False): "Q",
}


@dataclass(frozen=True)
class Part:
    """A piece of a format. `read(raw, i)` makes a value of the raw items from `i`; `write(value, out, careful)` appends them."""

    format: str
    slots: int
    read: Callable[[Raw, int], Any]
    write: Callable[[Any, list[Any], bool], None]
    plain: bool = False
    """Whether its value is the raw item itself."""
    names: tuple[str, ...] = ()
    """For a record whose fields are all plain: their names, in the order of the raw items."""


def below(name: str, error: LayoutError) -> LayoutError:
    """Return the same error, its path continued upwards."""
    path = name + ("." if error.path and not error.path.startswith("[") else "") + error.path
    return LayoutError(error.message, hint=error.hint, path=path)


# --- scalars ----------------------------------------------------------------------------------------------------------


def _scalar(kind: Kind, abi: Abi) -> Part:
    width = kind.width(abi)
    if kind.family == "float" and kind.measure != "long_double":
        return _plain({4: "f", 8: "d"}[width], kind, abi)
    if kind.family == "bool" and width == 1:
        return _plain("?", kind, abi, strict=True)
    if kind.family in ("bool", "char") or width > 8 or kind.measure == "long_double":
        return _converted(kind, abi, width)
    return _plain(_INTEGERS[width, kind.signed(abi)], kind, abi, strict=isinstance(kind, Enum))


def _plain(code: str, kind: Kind, abi: Abi, strict: bool = False) -> Part:
    """Return a part that `struct` does itself; `strict` kinds are checked one by one, others only when `struct` refuses."""

    def write(value: Any, out: list[Any], careful: bool) -> None:
        if strict or careful:
            value = kind.value(kind.bits(value, abi), abi)
        out.append(value)

    return Part(code, 1, lambda raw, i: raw[i], write, plain=True)


def _converted(kind: Kind, abi: Abi, width: int) -> Part:
    order = abi.order
    if width <= 8:
        return Part(
            _INTEGERS[width, False],
            1,
            lambda raw, i: kind.value(raw[i], abi),
            lambda value, out, _careful: out.append(kind.bits(value, abi)),
        )
    return Part(
        f"{width}s",
        1,
        lambda raw, i: kind.value(int.from_bytes(raw[i], order), abi),
        lambda value, out, _careful: out.append(kind.bits(value, abi).to_bytes(width, order)),
    )


# --- arrays -----------------------------------------------------------------------------------------------------------


def member_part(member: Member, abi: Abi) -> Part:
    """Return the part of a field that is not a bit-field: its element, then dimension by dimension outwards."""
    counts = member.field.counts
    if not counts:
        return element_part(member, abi)
    part = _row(member, counts[-1], abi)
    for count in reversed(counts[:-1]):
        part = _repeated(part, count)
    return part


def element_part(member: Member, abi: Abi) -> Part:
    """Return the part of one element of a field."""
    if member.layout is not None:
        return record_part(member.layout)
    assert isinstance(member.field.type, Kind)
    return _scalar(member.field.type, abi)


def _row(member: Member, count: int, abi: Abi) -> Part:
    """Return the part of the innermost dimension: text, bytes, or a list."""
    kind, chars = member.field.type, member.field.chars
    if isinstance(kind, Kind) and chars is not None:
        return _chars(chars, member.stride, count, abi)
    if isinstance(kind, Kind) and kind.family == "unsigned" and member.stride == 1:
        return _bytes(count)
    part = element_part(member, abi)
    return _list(part, count) if part.plain else _repeated(part, count)


def _chars(chars: Chars, unit: int, count: int, abi: Abi) -> Part:
    return Part(
        f"{unit * count}s",
        1,
        lambda raw, i: chars_from(raw[i], chars, unit, abi.order),
        lambda value, out, _careful: out.append(chars_to(value, chars, unit, count, abi.order)),
    )


def _bytes(count: int) -> Part:
    """Return the part of an array of u8, which is bytes; any iterable of numbers is taken."""

    def write(value: Any, out: list[Any], _careful: bool) -> None:
        try:
            data = bytes(value) if not isinstance(value, int) else b""
        except (TypeError, ValueError) as error:
            raise LayoutError(f"{value!r} is no row of {count} bytes: {error}") from error
        if len(data) != count or isinstance(value, int):
            raise LayoutError(f"{count} bytes are needed, not {value!r}")
        out.append(data)

    return Part(f"{count}s", 1, lambda raw, i: raw[i], write)


def _list(part: Part, count: int) -> Part:
    def write(values: Any, out: list[Any], careful: bool) -> None:
        _check_count(values, count)
        for index, value in enumerate(values):
            _element(part, index, value, out, careful)

    return Part(f"{count}{part.format}", count, lambda raw, i: list(raw[i : i + count]), write)


def _repeated(part: Part, count: int) -> Part:
    def write(values: Any, out: list[Any], careful: bool) -> None:
        _check_count(values, count)
        for index, value in enumerate(values):
            _element(part, index, value, out, careful)

    slots = part.slots
    _check_length(count * max(len(part.format), slots), f"an array of {count}")
    return Part(
        part.format * count,
        slots * count,
        lambda raw, i: [part.read(raw, i + k * slots) for k in range(count)],
        write,
    )


def _element(part: Part, index: int, value: Any, out: list[Any], careful: bool) -> None:
    try:
        part.write(value, out, careful)
    except LayoutError as error:
        raise below(f"[{index}]", error) from error


def _check_count(values: Any, count: int) -> None:
    try:
        found = len(values)
    except TypeError:
        raise LayoutError(f"{count} values are needed, not {values!r}") from None
    if found != count or isinstance(values, (str, bytes, Mapping)):
        raise LayoutError(f"{count} values are needed, not {found}: {str(values)[:60]}")


def _check_length(length: int, what: str) -> None:
    """Refuse what would be too large: formats and raw items are held in memory."""
    if length > MAX_LEAVES * 8:
        raise LayoutError(f"{what} is too large to decode at once", hint="lay an overlay on it")


# --- records ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Step:
    """A field in its record: where its raw items begin, and how to read them."""

    name: str
    at: int
    read: Callable[[Raw, int], Any]


def record_part(layout: Layout) -> Part:
    """Return the part of a record: a mapping of names to values, without text of variable length and open arrays.

    Made once per layout. LayoutError when its format would be too long: many records inside records.
    """
    kept: dict[str, Any] = layout.__dict__
    if "_part" not in kept:
        kept["_part"] = _record_part(layout)
    part: Part = kept["_part"]
    return part


def _record_part(layout: Layout) -> Part:
    found = areas(layout)
    if sharing(found):
        return _shared(layout, found)
    pieces, at, slot = [], 0, 0
    steps: dict[str, _Step] = {}
    writers = []
    plain = True
    for area in found:
        part, own = _area_part(area, layout.abi)
        pieces += [f"{area.offset - at}x" * (area.offset > at), part.format]
        steps |= {name: _Step(name, slot, read) for name, read in own.items()}
        writers.append(part.write)
        plain = plain and part.plain
        at, slot = area.offset + area.size, slot + part.slots
        _check_length(slot + len(part.format), layout.record.name)
    pieces.append(f"{layout.size - at}x" * (layout.size > at))
    ordered = [steps[member.field.name] for member in named_members(layout) if member.field.name in steps]
    names = tuple(step.name for step in ordered)
    plain = plain and [step.at for step in ordered] == list(range(slot))
    tails = {member.field.name for member in named_members(layout)} - set(names)
    write = _writer(names, tails, writers)
    return Part("".join(pieces), slot, _reader(ordered, names, plain), write, names=names if plain else ())


def _reader(steps: list[_Step], names: tuple[str, ...], plain: bool) -> Callable[[Raw, int], Any]:
    if plain:
        count = len(names)
        return lambda raw, i: dict(zip(names, raw[i : i + count], strict=True))
    triples = [(step.name, step.read, step.at) for step in steps]
    return lambda raw, i: {name: read(raw, i + at) for name, read, at in triples}


def _writer(names: tuple[str, ...], tails: set[str], writers: list[Callable[[Any, list[Any], bool], None]]) -> Any:
    known = set(names)

    def write(value: Any, out: list[Any], careful: bool) -> None:
        if not isinstance(value, Mapping):
            raise LayoutError(f"a mapping with {', '.join(names[:5])} is needed, not {str(value)[:60]}")
        if value.keys() != known:
            _complain(value, names, tails)
        for writer in writers:
            writer(value, out, careful)

    return write


def _complain(value: Mapping[str, Any], names: tuple[str, ...], tails: set[str]) -> None:
    for name in names:
        if name not in value:
            raise LayoutError("no value", path=name)
    for name in value:
        if name not in names and name not in tails:
            raise LayoutError("no such field", hint=f"fields: {' '.join(names)}", path=str(name))


def _area_part(area: Area, abi: Abi) -> tuple[Part, dict[str, Callable[[Raw, int], Any]]]:
    """Return the part of an area, which writes from the whole record's mapping, then each field of it, with its reader."""
    member = area.single
    if member is None:
        return _bits(area, abi)
    name = member.field.name
    if isinstance(member.field.type, Text) or member.field.flexible:
        return Part("x" * area.size, 0, lambda _raw, _i: None, lambda _value, _out, _careful: None), {}
    part = member_part(member, abi)

    def write(value: Any, out: list[Any], careful: bool) -> None:
        try:
            part.write(value[name], out, careful)
        except LayoutError as error:
            raise below(name, error) from error

    return Part(part.format, part.slots, part.read, write, part.plain), {name: part.read}


def _bits(area: Area, abi: Abi) -> tuple[Part, dict[str, Callable[[Raw, int], Any]]]:
    order, size = abi.order, area.size
    fields = [(member.field.name, member, shift_of(area, member, order)) for member in area.members]

    def write(value: Any, out: list[Any], _careful: bool) -> None:
        number = 0
        for name, member, shift in fields:
            number |= _bit_pattern(member, value[name], abi) << shift
        out.append(number.to_bytes(size, order))

    reads = {name: _bit_reader(member, shift, abi) for name, member, shift in fields}
    return Part(f"{size}s", 1, lambda raw, i: raw[i], write), reads


def _bit_pattern(member: Member, value: Any, abi: Abi) -> int:
    assert isinstance(member.field.type, Kind)
    try:
        return member.field.type.bits(value, abi, member.field.bits)
    except LayoutError as error:
        raise below(member.field.name, error) from error


def _bit_reader(member: Member, shift: int, abi: Abi) -> Callable[[Raw, int], Any]:
    kind, bits, order = member.field.type, member.field.bits, abi.order
    assert isinstance(kind, Kind)
    assert bits is not None
    mask = (1 << bits) - 1
    return lambda raw, i: kind.value(int.from_bytes(raw[i], order) >> shift & mask, abi, bits)


# --- records whose fields share bytes ---------------------------------------------------------------------------------


def _shared(layout: Layout, found: tuple[Area, ...]) -> Part:
    """Return the part for shared bytes: one raw item, from which every member is read.

    What is given is written, in order of declaration.
    """
    made = (_shared_member(area, member, layout.abi) for area in found for member in area.members)
    by_name = {member.name: member for member in made if member is not None}
    declared = [member.field.name for member in named_members(layout)]
    ordered = [by_name[name] for name in declared if name in by_name]
    needed = tuple(member.name for member in ordered if member.name not in sharing(found))
    size = layout.size

    def read(raw: Raw, i: int) -> Any:
        return {member.name: member.read(member.struct.unpack_from(raw[i], member.at), 0) for member in ordered}

    def write(value: Any, out: list[Any], careful: bool) -> None:
        if not isinstance(value, Mapping) or (not value and by_name):
            raise LayoutError(f"a mapping with some of {', '.join(declared[:5])} is needed, not {str(value)[:60]}")
        _complain(value, needed, set(declared))
        image = bytearray(size)
        for member in ordered:
            if member.name in value:
                member.put(image, value, careful)
        out.append(bytes(image))

    return Part(f"{size}s", 1, read, write)


@dataclass(frozen=True)
class _Shared:
    """A field whose bytes others may share. `mask`: the bits it owns, as a number in the ABI's order; None: all of them."""

    name: str
    at: int
    struct: struct.Struct
    read: Callable[[Raw, int], Any]
    write: Callable[[Any, list[Any], bool], None]
    mask: int | None
    order: Literal["little", "big"]

    def put(self, image: bytearray, value: Mapping[str, Any], careful: bool) -> None:
        """Write it; what others have in its padding, or beside its bits, stays."""
        raw: list[Any] = []
        self.write(value, raw, careful)
        if self.mask is None:
            self.struct.pack_into(image, self.at, *raw)
            return
        place = slice(self.at, self.at + self.struct.size)
        new = int.from_bytes(self.struct.pack(*raw), self.order) & self.mask
        kept = int.from_bytes(image[place], self.order) & ~self.mask
        image[place] = (kept | new).to_bytes(self.struct.size, self.order)


def _shared_member(area: Area, member: Member, abi: Abi) -> _Shared | None:
    """Return the member with its bits; None for what has no fixed bytes."""
    part, reads = _area_part(Area(area.offset, area.size, (member,)), abi)
    if not reads:
        return None
    mask = int.from_bytes(member.layout.mask * member.field.elements, abi.order) if member.layout is not None else None
    if member.field.bits is not None:
        mask = ((1 << member.field.bits) - 1) << shift_of(area, member, abi.order)
    made = struct.Struct(abi.struct_order + part.format)
    return _Shared(member.field.name, area.offset, made, reads[member.field.name], part.write, mask, abi.order)
