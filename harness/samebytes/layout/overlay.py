"""A live record on a buffer: attributes read and write the memory itself, at the speed of a ctypes field.

    live = layout.overlay(buffer)        # any writable buffer: bytearray, mmap, memoryview, a view of shared memory
    live.tick += 1
    live.wheels[2].slip = 0.5
    live.name = "Ada"

Underneath is a ctypes structure whose fields are pinned, with pad bytes between them, to the layout's offsets: ctypes' own layout rules
are never asked. Numbers are ctypes fields; text, bit-fields, single characters, 128-bit integers and long doubles are properties.
Rows of numbers are ctypes arrays (`live.rows[1][2]`, `live.rows[:]`). A bit-field is written by rewriting the bytes it shares with its
neighbours. The buffer stays exported while the overlay, or anything read from it that is a record or an array, is alive.
"""

from __future__ import annotations

import ctypes
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from samebytes.errors import LayoutError
from samebytes.layout.abi import Abi
from samebytes.layout.areas import Area, areas, named_members, sharing, shift_of
from samebytes.layout.codec import text_bytes, text_from
from samebytes.layout.kinds import Kind
from samebytes.layout.laid_out import Layout, Member
from samebytes.layout.record import Text
from samebytes.layout.texts import chars_from, chars_to, prefix_bytes, prefix_read

__all__ = ["overlay_class", "overlay_on"]

_Fields = list[tuple[str, Any]]
_INTEGERS: dict[tuple[int, bool], Any] = {
    (1, True): ctypes.c_int8,
    (2, True): ctypes.c_int16,
    (4, True): ctypes.c_int32,
    (8, True): ctypes.c_int64,
    (1, False): ctypes.c_uint8,
    (2, False): ctypes.c_uint16,
    (4, False): ctypes.c_uint32,
    (8, False): ctypes.c_uint64,
}
_FLOATS: dict[int, Any] = {4: ctypes.c_float, 8: ctypes.c_double}


def overlay_on(layout: Layout, buffer: Any) -> Any:
    """Return a live record on the first bytes of a writable buffer. LayoutError when it is too small, or cannot be written."""
    with memoryview(buffer) as view:
        there = view.nbytes
        if view.readonly:
            raise LayoutError(
                f"{layout.record.name}: an overlay needs a buffer that can be written", hint="decode() reads any"
            )
    if there < layout.size:
        raise LayoutError(f"{layout.record.name} needs {layout.size} bytes, {there} are there")
    return overlay_class(layout, there if layout.record.variable else 0).from_buffer(buffer)


def overlay_class(layout: Layout, room: int = 0) -> type[ctypes.Structure]:
    """Return the ctypes type of a layout, of its size. `room`: bytes of the buffer, for a record of variable size."""
    made: dict[int, type[ctypes.Structure]] = layout.__dict__.setdefault("_overlays", {})
    if room not in made:
        made.clear()  # one per size of buffer is enough; old ones live on with their overlays
        made[room] = _Maker(layout, room).made()
    return made[room]


class _Maker:
    """Builds one class: its ctypes fields, and the properties for what ctypes cannot say."""

    def __init__(self, layout: Layout, room: int) -> None:
        self.layout, self.abi, self.room = layout, layout.abi, room
        self.properties: dict[str, Any] = {}

    def made(self) -> Any:
        found = areas(self.layout)
        size = max(self.layout.size, self.room)
        placed = [(area.offset, *self._area(area, number)) for number, area in enumerate(found)]
        shared = bool(sharing(found)) or self.room > 0
        space = {"_pack_": 1, "_layout_": "ms", "__slots__": (), "__repr__": _repr, "samebytes_layout": self.layout}
        space |= self._shared(placed, size) if shared else {"_fields_": _pinned(placed, size)}
        base = ctypes.Union if shared else ctypes.Structure
        names = tuple(member.field.name for member in named_members(self.layout))
        return _class(self.layout.record.name, base, space | self.properties | {"samebytes_names": names})

    def _shared(self, placed: list[tuple[int, str, Any]], size: int) -> dict[str, Any]:
        """Return fields that share bytes: a union of one-field structures, whose fields are reached directly."""
        fields: _Fields = [("_all", ctypes.c_uint8 * size)]
        for number, one in enumerate(placed):
            space = {"_pack_": 1, "_layout_": "ms", "_fields_": _pinned([one], 0)}
            fields.append((f"_at{number}", _class(f"At{number}", ctypes.Structure, space)))
        return {"_fields_": fields, "_anonymous_": [name for name, _ in fields[1:]]}

    def _area(self, area: Area, number: int) -> tuple[str, Any]:
        """Return a name and a ctypes type for the bytes; what ctypes has no field for gets a hidden name, and a property."""
        member, hidden = area.single, f"_raw{number}"
        if member is None:
            return self._bits(area, hidden)
        name, kind = member.field.name, member.field.type
        if isinstance(kind, Text):
            return self._tail(member, kind, hidden)
        if member.field.flexible:
            member = self._filled(member)
        if self._text_array(member, hidden):
            return hidden, ctypes.c_uint8 * member.size
        if not member.field.counts and isinstance(kind, Kind) and _ctype(kind, self.abi) is None:
            self.properties[name] = _converted(hidden, kind, self.abi)
            return hidden, ctypes.c_uint8 * member.stride
        return name, self._array(member)

    def _array(self, member: Member) -> Any:
        kind = member.field.type
        one: Any = overlay_class(member.layout) if member.layout is not None else _ctype(kind, self.abi)  # type: ignore[arg-type]
        if one is None:  # no ctypes type: elements as their bytes
            one = ctypes.c_uint8 * member.stride
        for count in reversed(member.field.counts):
            one = one * count
        return one

    def _filled(self, member: Member) -> Member:
        """Return an open array as one of as many elements as the buffer holds."""
        count = max(0, self.room - member.offset) // member.stride if member.stride else 0
        return replace(member, field=replace(member.field, counts=(count, *member.field.counts), flexible=False))

    def _text_array(self, member: Member, hidden: str) -> bool:
        chars, counts, unit, order = member.field.chars, member.field.counts, member.stride, self.abi.order
        if chars is None or len(counts) != 1:
            return False
        self.properties[member.field.name] = property(
            lambda self: chars_from(bytes(getattr(self, hidden)), chars, unit, order),
            lambda self, text: _set_bytes(self, hidden, chars_to(text, chars, unit, counts[0], order)),
        )
        return True

    def _bits(self, area: Area, hidden: str) -> tuple[str, Any]:
        integer = _ordered(_INTEGERS.get((area.size, False)), self.abi)
        for member in area.members:
            shift = shift_of(area, member, self.abi.order)
            self.properties[member.field.name] = _bit_property(hidden, member, shift, self.abi, integer is None)
        return hidden, integer or ctypes.c_uint8 * area.size

    def _tail(self, member: Member, kind: Text, hidden: str) -> tuple[str, Any]:
        """Return text behind its length: all of the buffer from the length on."""
        self.properties[member.field.name] = _text_tail(hidden, member, kind, self.abi)
        return hidden, ctypes.c_uint8 * max(0, self.room - member.offset)


def _class(name: str, base: Any, space: dict[str, Any]) -> Any:
    return type(base)(name, (base,), space)


def _pinned(placed: list[tuple[int, str, Any]], size: int) -> _Fields:
    """Return ctypes fields at the given offsets, up to `size` bytes, by pad bytes between them."""
    return list(_with_pads(placed, size))


def _with_pads(placed: list[tuple[int, str, Any]], size: int) -> Iterator[tuple[str, Any]]:
    at = 0
    for offset, name, type_ in placed:
        if offset > at:
            yield f"_pad{at}", ctypes.c_uint8 * (offset - at)
        yield name, type_
        at = offset + ctypes.sizeof(type_)
    if size > at:
        yield f"_pad{at}", ctypes.c_uint8 * (size - at)


def _ctype(kind: Kind, abi: Abi) -> Any:
    """Return the ctypes type whose values are the kind's; None when there is none."""
    width = kind.width(abi)
    if kind.measure == "long_double" or kind.family == "char" or width > 8:
        return None
    if kind.family == "bool":
        return ctypes.c_bool if width == 1 else None
    integer = _INTEGERS[width, kind.signed(abi)] if kind.family != "float" else _FLOATS[width]
    return _ordered(integer, abi)


def _ordered(type_: Any, abi: Abi) -> Any:
    return type_ and (type_.__ctype_le__ if abi.order == "little" else type_.__ctype_be__)


def _converted(hidden: str, kind: Kind, abi: Abi) -> property:
    width, order = kind.width(abi), abi.order
    return property(
        lambda self: kind.value(int.from_bytes(getattr(self, hidden), order), abi),
        lambda self, value: _set_bytes(self, hidden, kind.bits(value, abi).to_bytes(width, order)),
    )


def _bit_property(hidden: str, member: Member, shift: int, abi: Abi, as_bytes: bool) -> property:
    kind, bits, order = member.field.type, member.field.bits, abi.order
    assert isinstance(kind, Kind)
    assert bits is not None
    mask = (1 << bits) - 1

    def number(self: Any) -> int:
        raw = getattr(self, hidden)
        return int.from_bytes(raw, order) if as_bytes else raw

    def write(self: Any, value: Any) -> None:
        new = number(self) & ~(mask << shift) | kind.bits(value, abi, bits) << shift
        if as_bytes:
            _set_bytes(self, hidden, new.to_bytes(len(getattr(self, hidden)), order))
        else:
            setattr(self, hidden, new)

    return property(lambda self: kind.value(number(self) >> shift & mask, abi, bits), write)


def _text_tail(hidden: str, member: Member, kind: Text, abi: Abi) -> property:
    order = abi.order

    def read(self: Any) -> str:
        raw = getattr(self, hidden)
        data = bytes(raw)
        length, start = prefix_read(kind, data, 0, abi)
        if length > len(data) - start:
            raise LayoutError(f"its length says {length} bytes, {len(data) - start} are there", path=member.field.name)
        return text_from(data[start : start + length], kind, order)

    def write(self: Any, text: str) -> None:
        data, raw = text_bytes(text, kind, order), getattr(self, hidden)
        own = prefix_bytes(kind, len(data), abi) + data
        if len(own) > len(raw):
            room = len(raw) - (len(own) - len(data))
            raise LayoutError(f"{len(data)} bytes do not fit the {room} there", path=member.field.name)
        raw[: len(own)] = list(own)

    return property(read, write)


def _set_bytes(instance: Any, hidden: str, data: bytes) -> None:
    ctypes.memmove(getattr(instance, hidden), data, len(data))


def _repr(self: Any) -> str:
    parts = (f"{name}={getattr(self, name)!r}" for name in self.samebytes_names[:8])
    more = ", …" if len(self.samebytes_names) > 8 else ""
    return f"<{type(self).__name__} {', '.join(parts)}{more}>"
