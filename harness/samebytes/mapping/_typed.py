"""Typed access to the bytes of a view: one value, many values, a record."""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, Literal, Protocol, TypeVar, overload

from samebytes.errors import LayoutError, OverrunError, PositionError

from ._raised import ours

if TYPE_CHECKING:
    import decimal

__all__ = ["Codec", "Layout", "TypedAccess"]

_T = TypeVar("_T")
_R_co = TypeVar("_R_co", covariant=True)

_Whole = Literal["int8", "uint8", "int16", "uint16", "int32", "uint32", "int64", "uint64"]
_Float = Literal["float32", "float64"]


class Layout(Protocol[_R_co]):
    """What puts a live record on a window of memory."""

    def overlay(self, window: memoryview, /) -> _R_co: ...


class Codec(Protocol):
    """What can read and write a record: `struct.Struct`, or anything made like it. `size` is in bytes."""

    @property
    def size(self) -> int: ...
    def unpack_from(self, buffer: Any, offset: int = 0, /) -> Any: ...
    def pack_into(self, buffer: Any, offset: int, /, *values: Any) -> None: ...


_KINDS: dict[str, struct.Struct] = {
    "int8": struct.Struct("<b"),
    "uint8": struct.Struct("<B"),
    "int16": struct.Struct("<h"),
    "uint16": struct.Struct("<H"),
    "int32": struct.Struct("<i"),
    "uint32": struct.Struct("<I"),
    "int64": struct.Struct("<q"),
    "uint64": struct.Struct("<Q"),
    "float32": struct.Struct("<f"),
    "float64": struct.Struct("<d"),
    "bool": struct.Struct("<?"),
}

# What can go wrong on the quick way: a position outside, a closed view (released), a view of the other mode (None).
_WRONG = (struct.error, TypeError, ValueError, OverflowError)


def _reader(kind: str, _of: type[_T]) -> Callable[[TypedAccess, int], _T]:
    unpack: Callable[..., Any] = _KINDS[kind].unpack_from
    size = _KINDS[kind].size

    def read(self: TypedAccess, position: int) -> Any:
        if position >= 0:  # a negative offset would count from the end
            try:
                return unpack(self._read, position)[0]
            except _WRONG as error:
                if not ours(error):
                    raise
        return _read_slowly(self, unpack, position, size, kind)

    _name(read, f"read_{kind}", f"Return the {kind} at byte `position`, little-endian, aligned or not.")
    return read


def _writer(kind: str, _of: type[_T]) -> Callable[[TypedAccess, int, _T], None]:
    pack: Callable[..., None] = _KINDS[kind].pack_into
    size = _KINDS[kind].size

    def write(self: TypedAccess, position: int, value: Any) -> None:
        if position >= 0:
            try:
                pack(self._write, position, value)
                return
            except _WRONG as error:
                if not ours(error):
                    raise
        _write_slowly(self, pack, position, size, kind, value)

    _name(write, f"write_{kind}", f"Put `value` at byte `position` as {kind}, little-endian, aligned or not.")
    return write


# The careful ways stand apart: a closure in a method would make every call of it allocate cells, on the quick way too.


def _read_slowly(view: TypedAccess, unpack: Callable[..., Any], position: int, size: int, kind: str) -> Any:
    return view._slowly(lambda: unpack(view._read, position)[0], position, size, kind)


def _write_slowly(
    view: TypedAccess, pack: Callable[..., None], position: int, size: int, kind: str, *values: Any
) -> None:
    view._slowly(lambda: pack(view._write, position, *values), position, size, kind, writing=True)


def _unpack_slowly(view: TypedAccess, codec: Codec, position: int) -> Any:
    return view._slowly(lambda: codec.unpack_from(view._read, position), position, codec.size, "struct")


def _fill_slowly(view: TypedAccess, position: int, data: Any) -> None:
    with memoryview(data) as source, source.cast("B") as flat:
        count = len(flat)

        def copy() -> None:
            view._write[position : position + count] = flat  # type: ignore[index]

        view._slowly(copy, position, count, "bytes", writing=True)


def _copy_slowly(view: TypedAccess, position: int, count: int) -> bytes:
    data: bytes = view._slowly(lambda: bytes(view._read[position : position + count]), position, count, "bytes")  # type: ignore[index]
    return data


def _name(function: Any, name: str, text: str) -> None:
    function.__name__, function.__qualname__, function.__doc__ = name, f"TypedAccess.{name}", text


class TypedAccess:
    """Reads and writes at byte positions of a view.

    PositionError (an IndexError) for a position that is not in the view, OverrunError (a ValueError) for a value that
    ends outside, ViewModeError (a TypeError) for reading what is write-only or the reverse, ClosedError, and
    LayoutError for a value that does not fit.
    """

    _read: memoryview | None
    _write: memoryview | None
    capacity: int

    read_int8 = _reader("int8", int)
    read_uint8 = _reader("uint8", int)
    read_int16 = _reader("int16", int)
    read_uint16 = _reader("uint16", int)
    read_int32 = _reader("int32", int)
    read_uint32 = _reader("uint32", int)
    read_int64 = _reader("int64", int)
    read_uint64 = _reader("uint64", int)
    read_float32 = _reader("float32", float)
    read_float64 = _reader("float64", float)
    read_bool = _reader("bool", bool)

    write_int8 = _writer("int8", int)
    write_uint8 = _writer("uint8", int)
    write_int16 = _writer("int16", int)
    write_uint16 = _writer("uint16", int)
    write_int32 = _writer("int32", int)
    write_uint32 = _writer("uint32", int)
    write_int64 = _writer("int64", int)
    write_uint64 = _writer("uint64", int)
    write_float32 = _writer("float32", float)
    write_float64 = _writer("float64", float)
    write_bool = _writer("bool", bool)

    # --- characters and decimals -------------------------------------------------------------------------------------

    def read_char(self, position: int) -> str:
        """Return the UTF-16 unit at byte `position` (2 bytes); half of a surrogate pair comes as that half."""
        return chr(self.read_uint16(position))

    def write_char(self, position: int, value: str) -> None:
        """Put one UTF-16 unit at byte `position` (2 bytes). LayoutError for a character that takes two."""
        if len(value) != 1 or ord(value) > 0xFFFF:
            raise LayoutError(f"{value!r} is not one UTF-16 unit", path="char")
        self.write_uint16(position, ord(value))

    def read_decimal(self, position: int) -> decimal.Decimal:
        """Return the .NET decimal at byte `position`: 16 bytes, low, middle, high, flags.

        LayoutError for flags that .NET refuses.
        """
        import decimal  # here, for the few who need it: a start is mostly imports

        low, middle, high, flags = self.read_struct(position, _DECIMAL)
        scale = flags >> 16 & 0xFF
        if flags & ~0x80FF0000 or scale > 28:
            raise LayoutError(f"the flags 0x{flags:08x} are not those of a decimal", path="decimal")
        digits = tuple(map(int, str(high << 64 | middle << 32 | low)))
        return decimal.Decimal((flags >> 31, digits, -scale))

    def write_decimal(self, position: int, value: decimal.Decimal | int) -> None:
        """Put `value` at byte `position` as .NET stores it (16 bytes).

        LayoutError for what 96 bits and 28 places cannot hold exactly.
        """
        import decimal

        self.write_struct(position, _DECIMAL, *_decimal_parts(decimal.Decimal(value)))

    # --- bytes -------------------------------------------------------------------------------------------------------

    def read_bytes(self, position: int, count: int) -> bytes:
        """Return a copy of `count` bytes from byte `position`."""
        if count >= 0 <= position <= self.capacity - count:
            try:
                return bytes(self._read[position : position + count])  # type: ignore[index]
            except _WRONG as error:
                if not ours(error):
                    raise
        return _copy_slowly(self, position, count)

    def read_into(self, position: int, target: Any) -> None:
        """Fill a writable buffer from byte `position`."""
        with memoryview(target).cast("B") as into:
            count = len(into)

            def copy() -> None:
                into[:] = self._read[position : position + count]  # type: ignore[index]

            self._slowly(copy, position, count, "bytes")

    def write_bytes(self, position: int, data: Any) -> None:
        """Copy a buffer (bytes, bytearray, memoryview, array, …) to byte `position`."""
        if 0 <= position <= self.capacity:
            try:
                self._write[position : position + len(data)] = data  # type: ignore[index]
                return
            except _WRONG as error:  # items of more than one byte too; nothing is copied then
                if not ours(error):
                    raise
        _fill_slowly(self, position, data)

    # --- records -----------------------------------------------------------------------------------------------------

    @overload
    def read_struct(self, position: int, codec: struct.Struct) -> tuple[Any, ...]: ...
    @overload
    def read_struct(self, position: int, codec: Codec) -> Any: ...
    def read_struct(self, position: int, codec: Codec) -> Any:
        """Return what `codec.unpack_from` makes of the `codec.size` bytes at `position`: a tuple, for a struct.Struct."""
        if self._read is not None and 0 <= position <= self.capacity - codec.size:
            try:
                return codec.unpack_from(self._read, position)
            except _WRONG as error:
                if not ours(error):
                    raise
        return _unpack_slowly(self, codec, position)

    def write_struct(self, position: int, codec: Codec, *values: Any) -> None:
        """Have `codec.pack_into` put `values` at byte `position`."""
        _write_slowly(self, codec.pack_into, position, codec.size, "struct", *values)

    # --- arrays ------------------------------------------------------------------------------------------------------

    @overload
    def read_array(self, position: int, item: _Whole, count: int, *, net_stride: bool = ...) -> list[int]: ...
    @overload
    def read_array(self, position: int, item: _Float, count: int, *, net_stride: bool = ...) -> list[float]: ...
    @overload
    def read_array(self, position: int, item: Literal["bool"], count: int, *, net_stride: bool = ...) -> list[bool]: ...
    @overload
    def read_array(
        self, position: int, item: struct.Struct, count: int, *, net_stride: bool = ...
    ) -> list[tuple[Any, ...]]: ...
    @overload
    def read_array(self, position: int, item: str | Codec, count: int, *, net_stride: bool = ...) -> list[Any]: ...
    def read_array(self, position: int, item: str | Codec, count: int, *, net_stride: bool = False) -> list[Any]:
        """Return up to `count` items from byte `position`; fewer where the view ends, as .NET's ReadArray.

        PositionError where it has ended.
        `item` is a codec or the name of a type (`"int32"`). `net_stride` spaces items as .NET's ReadArray and
        WriteArray do: sizes of 3 and more are rounded up to a multiple of 4 (`SafeBuffer.AlignedSizeOf`).
        """
        codec, stride = _item(item, net_stride)
        if count < 0:
            raise OverrunError(f"a count is not negative: {count}")

        def read() -> list[Any]:
            fit = min(count, (self.capacity - position) // stride)
            return [codec.unpack_from(self._read, position + stride * index) for index in range(fit)]

        found: list[Any] = self._slowly(read, position, 1, "array")
        return [value for (value,) in found] if isinstance(item, str) else found

    def write_array(self, position: int, item: str | Codec, values: Iterable[Any], *, net_stride: bool = False) -> None:
        """Put all of `values` from byte `position`; OverrunError, and nothing written, if they do not fit.

        As in .NET, even no value at all has no place at the view's end: PositionError.
        For a codec of several fields each value is a tuple. See `read_array` for `item` and `net_stride`.
        """
        codec, stride = _item(item, net_stride)
        rows = [value if isinstance(value, tuple) else (value,) for value in values]

        def write() -> None:
            for index, row in enumerate(rows):
                codec.pack_into(self._write, position + stride * index, *row)

        self._slowly(write, position, max(1, stride * len(rows)), "array", writing=True)

    # --- the careful way ---------------------------------------------------------------------------------------------

    def _slowly(self, act: Callable[[], Any], position: int, size: int, kind: str, writing: bool = False) -> Any:
        """Check everything, then act: gives the right error, or succeeds if another thread's close() was in the way."""
        raise NotImplementedError


_DECIMAL = struct.Struct("<IIII")


def _decimal_parts(value: decimal.Decimal) -> tuple[int, int, int, int]:
    sign, digits, exponent = value.as_tuple()
    if not isinstance(exponent, int):
        raise LayoutError(f"{value} is not a number that .NET's decimal has", path="decimal")
    whole = int("".join(map(str, digits)) or "0")
    while exponent < -28 and whole % 10 == 0 and whole:
        whole, exponent = whole // 10, exponent + 1
    if exponent > 0:
        whole, exponent = whole * 10 ** min(exponent, 29), 0
    if exponent < -28 and not whole:
        exponent = -28
    if exponent < -28 or whole >> 96:
        raise LayoutError(f"{value} does not fit .NET's decimal: 96 bits, 28 places", path="decimal")
    return whole & 0xFFFFFFFF, whole >> 32 & 0xFFFFFFFF, whole >> 64, sign << 31 | -exponent << 16


def _item(item: str | Codec, net_stride: bool) -> tuple[Codec, int]:
    if isinstance(item, str):
        if item not in _KINDS:
            raise LayoutError(f"there is no type {item!r}", hint=f"one of {', '.join(_KINDS)}", path=item)
        item = _KINDS[item]
    size = item.size
    return item, -(-size // 4) * 4 if net_stride and size > 2 else size


def check_span(position: int, size: int, capacity: int) -> None:
    """Raise PositionError or OverrunError unless `size` bytes from `position` lie inside `capacity` bytes."""
    if position < 0 or (position >= capacity and (size or position > capacity)):
        raise PositionError(f"position {position} is not in a view of {capacity} bytes", position=position, size=size)
    if position + size > capacity:
        raise OverrunError(
            f"{size} bytes at position {position} end beyond a view of {capacity} bytes", position=position, size=size
        )
