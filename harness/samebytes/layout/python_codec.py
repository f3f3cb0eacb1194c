"""Records as plain Python values: numbers, `str`, `bytes`, lists and dicts by field name."""

from __future__ import annotations

import struct
from collections.abc import Mapping
from typing import Any

from samebytes.errors import LayoutError
from samebytes.layout.areas import named_members
from samebytes.layout.codec import decode as decode_leaves
from samebytes.layout.codec import encode as encode_leaves
from samebytes.layout.codec import text_bytes, text_from
from samebytes.layout.laid_out import Layout, Member
from samebytes.layout.record import Text
from samebytes.layout.struct_format import Part, below, element_part, record_part
from samebytes.layout.texts import chars_from, chars_to, prefix_bytes, prefix_read

__all__ = ["Codec"]


class Codec:
    """Reads and writes a record on an ABI; `layout.codec` is the one of a layout. Thread-safe: it holds no state.

    Values are numbers, bools, one-character strings for single characters, `str` for text arrays, `bytes` for rows of u8, lists for
    other arrays, dicts for records. An enum is its number (its name is taken too when encoding). In a record whose fields share
    bytes every field is decoded; of those given, the last one in order of declaration wins.
    `size`, `unpack_from` and `pack_into` are as `struct.Struct` has them, so that views take a codec where they take one of those.
    """

    def __init__(self, layout: Layout) -> None:
        self.layout = layout
        self.size = layout.size
        self.names: tuple[str, ...] = tuple(member.field.name for member in named_members(layout))
        self._tail = _tail_of(layout)
        self._plain: dict[str, Any] = {}
        if layout.record.body:
            return
        self._part = record_part(layout)
        self._struct = struct.Struct(layout.abi.struct_order + self._part.format)
        if self._part.names and self._tail is None:
            self.unpack_from = self._struct.unpack_from  # type: ignore[method-assign] # nothing to convert: as fast as struct
            self._plain = dict.fromkeys(self._part.names)

    def unpack_from(self, buffer: Any, offset: int = 0) -> tuple[Any, ...]:
        """Return the top-level fields' values as a tuple, in the order of `names`. struct.error when there are too few bytes."""
        return tuple(self._decoded(memoryview(buffer).cast("B")[offset:]).values())

    def pack_into(self, buffer: Any, offset: int, /, *values: Any) -> None:
        """Write the values of the top-level fields, in the order of `names`. Padding becomes zeros."""
        if len(values) != len(self.names):
            raise LayoutError(f"{self.layout.record.name} has {len(self.names)} fields, {len(values)} values came")
        data = self.encode(dict(zip(self.names, values, strict=True)))
        memoryview(buffer).cast("B")[offset : offset + len(data)] = data

    def decode(self, data: Any, offset: int = 0) -> dict[str, Any]:
        """Return the record at byte `offset` of a buffer. LayoutError when there are too few bytes, or a text cannot be read."""
        try:
            if self._plain and offset >= 0:
                found = self._plain.copy()  # a dict of the right size: a quarter faster than growing one
                found.update(zip(self.names, self.unpack_from(data, offset), strict=False))
                return found
            return self._decoded(memoryview(data).cast("B")[offset:] if offset or self._tail else data)
        except struct.error:
            there = max(0, memoryview(data).nbytes - offset)
            raise LayoutError(f"{self.layout.record.name} needs {self.size} bytes, {there} are there") from None

    def decode_many(self, data: Any, count: int | None = None) -> list[dict[str, Any]]:
        """Return an array of them, one right after the other as C lays it out: `count`, or as many whole ones as there are."""
        if self.layout.record.variable or not self.size:
            raise LayoutError(f"{self.layout.record.name} has no fixed size: there is no array of it")
        flat = memoryview(data).cast("B")
        there = len(flat) // self.size
        if count is not None and not 0 <= count <= there:
            raise LayoutError(
                f"{count} {self.layout.record.name} need {count * self.size} bytes, {len(flat)} are there"
            )
        read = self._part.read
        whole = flat[: self.size * (there if count is None else count)]
        return [read(raw, 0) for raw in self._struct.iter_unpack(whole)]

    def encode(self, values: Mapping[str, Any]) -> bytes:
        """Return its bytes, padding as zeros. LayoutError names the field that has no value, or one that does not fit."""
        try:
            return self._encoded(values)
        except LayoutError as error:
            name = f"{self.layout.record.name}.{error.path}" if error.path else self.layout.record.name
            raise LayoutError(f"{name}: {error.message}", hint=error.hint, path=error.path) from error

    def _encoded(self, values: Mapping[str, Any]) -> bytes:
        if self.layout.record.body:
            return encode_leaves(self.layout, values)
        raw: list[Any] = []
        self._part.write(values, raw, False)
        try:
            data = self._struct.pack(*raw)
        except (struct.error, OverflowError, TypeError) as error:
            self._part.write(values, [], True)  # says which field, and why
            raise LayoutError(str(error)) from error
        return data if self._tail is None else self._tail.appended(data, values)

    def _decoded(self, data: Any) -> dict[str, Any]:
        if self.layout.record.body:
            return dict(decode_leaves(self.layout, bytes(data)))
        found: dict[str, Any] = self._part.read(self._struct.unpack_from(data), 0)
        if self._tail is not None:
            self._tail.read_into(found, data)
        return found


class _Tail:
    """The variable end of a record: text behind its length, or an open array. `path` leads to the record that holds it."""

    def __init__(self, layout: Layout, path: tuple[str, ...], at: int, member: Member) -> None:
        self.path, self.at, self.member, self.abi = path, at, member, layout.abi
        self.name = member.field.name
        self._part: Part | None = None
        if not isinstance(member.field.type, Text):
            element = Member(member.field, 0, member.stride, None, member.layout)
            self._part = element_part(element, layout.abi)
            self._struct = struct.Struct(layout.abi.struct_order + self._part.format)

    def read_into(self, found: dict[str, Any], data: Any) -> None:
        """Add its value to what was found. LayoutError when a length lies."""
        for name in self.path:
            found = found[name]
        found[self.name] = self._read(memoryview(data).cast("B"))

    def appended(self, data: bytes, values: Mapping[str, Any]) -> bytes:
        """Return the fixed bytes, with its own put in and behind."""
        for name in self.path:
            values = values[name]
        if self.name not in values:
            raise LayoutError("no value", path=".".join((*self.path, self.name)))
        try:
            own = self._written(values[self.name])
        except LayoutError as error:
            raise below(".".join((*self.path, self.name)), error) from error
        image = bytearray(max(len(data), self.at + len(own)))
        image[: len(data)] = data
        image[self.at : self.at + len(own)] = own
        return bytes(image)

    def _read(self, data: memoryview) -> Any:
        kind, chars, unit = self.member.field.type, self.member.field.chars, self.member.stride
        if isinstance(kind, Text):
            length, start = prefix_read(kind, data, self.at, self.abi)
            if length > len(data) - start:
                raise LayoutError(f"{self.name}: its length says {length} bytes, {len(data) - start} are there")
            return text_from(bytes(data[start : start + length]), kind, self.abi.order)
        rest = data[self.at : self.at + (len(data) - self.at) // unit * unit]
        if chars is not None:
            return chars_from(bytes(rest), chars, unit, self.abi.order)
        assert self._part is not None
        read = self._part.read
        return [read(raw, 0) for raw in self._struct.iter_unpack(rest)]

    def _written(self, value: Any) -> bytes:
        kind, chars, unit = self.member.field.type, self.member.field.chars, self.member.stride
        if isinstance(kind, Text):
            if not isinstance(value, str):
                raise LayoutError(f"{value!r} is no text")
            data = text_bytes(value, kind, self.abi.order)
            return prefix_bytes(kind, len(data), self.abi) + data
        if chars is not None:
            units = len(str(value).encode("utf-32-le", "surrogatepass")) // 4 * 4 + 1  # never too few
            data = chars_to(value, chars, unit, units, self.abi.order)
            return data.rstrip(b"\0") if chars.end == "full" else data
        return b"".join(self._one(index, item) for index, item in enumerate(value))

    def _one(self, index: int, item: Any) -> bytes:
        assert self._part is not None
        raw: list[Any] = []
        try:
            self._part.write(item, raw, True)
        except LayoutError as error:
            raise below(f"[{index}]", error) from error
        return self._struct.pack(*raw)


def _tail_of(layout: Layout, path: tuple[str, ...] = (), base: int = 0) -> _Tail | None:
    """Return the tail, if there is one; it may be in a record that is itself the last field."""
    if not layout.record.variable or layout.record.body:
        return None
    last = layout.members[-1]
    if last.layout is not None and not last.field.flexible:
        deeper = (*path, last.field.name) if last.field.name else path
        return _tail_of(last.layout, deeper, base + last.offset)
    return _Tail(layout, path, base + last.offset, last)
