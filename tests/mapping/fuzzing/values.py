"""The rules for what is written to views and read from them."""

from __future__ import annotations

import ctypes
import decimal
import struct
from typing import Any

from samebytes.mapping import Access

from .checks import Draw, NothingFits, Seen, one_of, refused, same, some_bytes

KINDS = {
    "int8": "<b", "uint8": "<B", "int16": "<h", "uint16": "<H", "int32": "<i", "uint32": "<I",
    "int64": "<q", "uint64": "<Q", "float32": "<f", "float64": "<d", "bool": "<?",
}  # fmt: skip
CODECS = {kind: struct.Struct(form) for kind, form in KINDS.items()}
KIND_NAMES = tuple(KINDS)
RECORD, FIVE = struct.Struct("<bHiqd3x"), struct.Struct("<iB")  # FIVE stands 8 bytes apart in .NET's arrays
ACCESSES = (Access.READ_WRITE, Access.READ, Access.WRITE, Access.COPY_ON_WRITE)
READING = (Access.READ_WRITE, Access.READ, Access.COPY_ON_WRITE)
WRITING = (Access.READ_WRITE, Access.WRITE, Access.COPY_ON_WRITE)
BOTH = (Access.READ_WRITE, Access.COPY_ON_WRITE)


class Pair(ctypes.LittleEndianStructure):
    """A record for overlays."""

    _pack_ = 1
    _fields_ = (("flag", ctypes.c_uint8), ("value", ctypes.c_int32))


class Values:
    """Rules on `views`, which somebody else opens and closes."""

    views: list[Seen]

    def _pick(self, draw: Draw, size: int, accesses: tuple[Access, ...]) -> tuple[Any, int, Seen]:
        """A view of one of these accesses with room for `size` bytes, and a position in it. NothingFits if there is none."""
        able = [seen for seen in self.views if seen.size >= size and seen.view.access in accesses]
        if not able:
            raise NothingFits
        seen = one_of(draw, able)
        return seen.view, draw(0, seen.size - size), seen

    # --- values ------------------------------------------------------------------------------------------------------

    def write_value(self, draw: Draw) -> None:
        kind = one_of(draw, KIND_NAMES)
        codec = CODECS[kind]
        view, position, seen = self._pick(draw, codec.size, WRITING)
        (value,) = codec.unpack(some_bytes(draw, codec.size))
        getattr(view, f"write_{kind}")(position, value)
        seen.put(position, codec.pack(value))

    def read_value(self, draw: Draw) -> None:
        kind = one_of(draw, KIND_NAMES)
        codec = CODECS[kind]
        view, position, seen = self._pick(draw, codec.size, READING)
        (expected,) = codec.unpack(seen.expected(position, codec.size))
        same(codec.pack(getattr(view, f"read_{kind}")(position)), codec.pack(expected), f"read_{kind}")

    def char_and_decimal(self, draw: Draw) -> None:
        view, position, seen = self._pick(draw, 18, BOTH)
        unit, whole, scale = draw(0, 0xFFFF), draw(0, 2**96 - 1), draw(0, 28)
        number = decimal.Decimal((draw(0, 1), tuple(map(int, str(whole))), -scale))
        view.write_char(position, chr(unit))
        view.write_decimal(position + 2, number)
        flags = number.is_signed() << 31 | scale << 16
        low, middle, high = (whole >> shift & 0xFFFFFFFF for shift in (0, 32, 64))
        seen.put(position, struct.pack("<H4I", unit, low, middle, high, flags))
        same(view.read_char(position), chr(unit), "read_char")
        same(str(view.read_decimal(position + 2)), str(number), "read_decimal")

    def overrun(self, draw: Draw) -> None:
        """What ends outside the view is refused, and nothing is read or written."""
        kind, beyond = one_of(draw, KIND_NAMES), draw(1, 9)
        width = CODECS[kind].size
        view, _, seen = self._pick(draw, 0, ACCESSES)
        for position in (seen.size - width + beyond, -beyond):
            kinds = (ValueError, IndexError, TypeError)
            refused(kinds, getattr(view, f"write_{kind}"), position, 1)
            refused(kinds, getattr(view, f"read_{kind}"), position)
            refused(kinds, view.write_bytes, position, b"\xee" * width)
            refused(kinds, view.read_bytes, position, width)

    def wrong_way(self, draw: Draw) -> None:
        """A view to read is not written, a view to write not read."""
        view, position, _ = self._pick(draw, 4, (Access.READ, Access.WRITE))
        act = view.write_int32 if view.access is Access.READ else view.read_int32
        refused(TypeError, act, position, *((1,) if view.access is Access.READ else ()))

    # --- bytes and records -------------------------------------------------------------------------------------------

    def write_bytes(self, draw: Draw) -> None:
        content = some_bytes(draw, 4 * draw(0, 16))
        view, position, seen = self._pick(draw, len(content), WRITING)
        given = (content, bytearray(content), memoryview(content).cast("I"))  # items of four bytes too
        view.write_bytes(position, one_of(draw, given))
        seen.put(position, content)

    def read_bytes(self, draw: Draw) -> None:
        view, position, seen = self._pick(draw, 0, READING)
        count = draw(0, seen.size - position)
        target = bytearray(count)
        view.read_into(position, target)
        same(bytes(target), seen.expected(position, count), "read_into")
        same(view.read_bytes(position, count), bytes(target), "read_bytes")

    def array(self, draw: Draw) -> None:
        values = list(struct.iter_unpack("<i", some_bytes(draw, 4 * draw(0, 9))))
        view, position, seen = self._pick(draw, 4 * len(values), BOTH)
        if position == seen.size:  # where not even an empty array has a place
            refused(IndexError, view.write_array, position, "int32", values)
            refused(IndexError, view.read_array, position, "int32", 0)
            return
        view.write_array(position, "int32", values, net_stride=bool(draw(0, 1)))
        seen.put(position, b"".join(struct.pack("<i", *value) for value in values))
        same(view.read_array(position, "int32", len(values)), [value for (value,) in values], "read_array")

    def spaced_array(self, draw: Draw) -> None:
        """Records of 5 bytes, 8 apart; what is asked for beyond the end is not given, what is written there refused."""
        view, position, seen = self._pick(draw, 8, BOTH)
        fit = min(9, (seen.size - position) // 8)
        rows = [FIVE.unpack(some_bytes(draw, 5)) for _ in range(draw(0, fit))]
        view.write_array(position, FIVE, rows, net_stride=True)
        for index, row in enumerate(rows):
            seen.put(position + 8 * index, FIVE.pack(*row))
        same(view.read_array(position, FIVE, len(rows), net_stride=True), rows, "read_array, spaced")
        room = (seen.size - position) // 8
        refused(ValueError, lambda: view.write_array(position, FIVE, [(1, 1)] * (room + 1), net_stride=True))
        same(len(view.read_array(position, FIVE, room + 9, net_stride=True)), room, "items up to the end")

    def record(self, draw: Draw) -> None:
        view, position, seen = self._pick(draw, RECORD.size, BOTH)
        values = tuple(draw(0, 127) for _ in range(5))
        view.write_struct(position, RECORD, *values)
        seen.put(position, RECORD.pack(*values))
        same(view.read_struct(position, RECORD), values, "read_struct")

    def overlay(self, draw: Draw) -> None:
        view, position, seen = self._pick(draw, ctypes.sizeof(Pair), (Access.READ_WRITE,))
        pair, value = view.overlay(Pair, position), draw(-(2**31), 2**31 - 1)
        same((pair.flag, pair.value), struct.unpack("<Bi", seen.expected(position, 5)), "an overlay")
        pair.value = value
        seen.put(position + 1, struct.pack("<i", value))


VALUE_RULES = (
    "write_value",
    "read_value",
    "char_and_decimal",
    "overrun",
    "wrong_way",
    "write_bytes",
    "read_bytes",
    "array",
    "spaced_array",
    "record",
    "overlay",
)
