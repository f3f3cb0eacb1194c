"""Scalar kinds: how wide each is on an ABI, and how a value becomes a bit pattern and back.

A `Kind` is a scalar type of some language: fixed-width (`u32`, `f64`, `char16`, `bool32`) or as wide as an ABI says (`long`, `wchar`,
`size`, `longdouble`). `Pointer` is one that knows what it points to, `Enum` one with a base and named values.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass, field
from typing import Any, Generic, Literal, TypeVar

from samebytes.errors import LayoutError
from samebytes.layout.abi import Abi
from samebytes.layout.patterns import FROM_BITS, TO_BITS, Bits, Value, long_double_bits, long_double_value

__all__ = ["C_NAMES", "KINDS", "Array", "Bits", "Enum", "Family", "Kind", "Pointer", "Value", "kind_named"]

Family = Literal["signed", "unsigned", "plain", "float", "bool", "char", "pointer", "enum"]
"""`plain` is C's `char`, a number whose sign the ABI decides; `char` is a unit of text."""


Of = TypeVar("Of")


@dataclass(frozen=True)
class Array(Generic[Of]):
    """An array type as it is written in Python: `u8[16]`, `Wheel[4][2]` (4 rows of 2, as C declares it); of a kind or a record."""

    of: Of
    counts: tuple[int, ...]

    def __getitem__(self, counts: int | tuple[int, ...]) -> Array[Of]:
        return Array(self.of, self.counts + (counts if isinstance(counts, tuple) else (counts,)))


@dataclass(frozen=True)
class Kind:
    """One scalar kind. Compare by value; `width(abi)` is its size in bytes there."""

    name: str
    family: Family
    measure: int | Literal["long", "pointer", "wchar", "time", "long_double", "enum"]
    """Bytes, or which of the ABI's sizes it has."""

    def width(self, abi: Abi) -> int:
        """Return the size in bytes on `abi`. LayoutError where C has no such type (128-bit integers on 32-bit ABIs and MSVC)."""
        if isinstance(self.measure, int):
            if self.measure == 16 and not abi.int128:
                raise LayoutError(f"{self.name}: {abi.name} has no 128-bit integers", hint="use two 64-bit ones")
            return self.measure
        if self.measure == "long_double":
            return abi.long_double[0]
        width: int = getattr(abi, self.measure)
        return width

    def align(self, abi: Abi) -> int:
        """Return the natural alignment in bytes on `abi`, as a member of a record."""
        if self.measure == "long_double":
            return abi.long_double[1]
        width = self.width(abi)
        return {8: abi.eight, 16: abi.int128}.get(width, width)

    def signed(self, abi: Abi) -> bool:
        """Return whether its values can be negative on `abi`."""
        return self.family in ("signed", "float") or (self.family == "plain" and abi.char_signed)

    def bits(self, value: Value, abi: Abi, size: int | None = None) -> Bits:
        """Return the bit pattern of `value`, in `size` bits for a bit-field. LayoutError when the kind cannot hold it."""
        size = self.width(abi) * 8 if size is None else size
        try:
            return self._bits(value, abi, size)
        except (ValueError, TypeError, OverflowError, struct.error) as error:
            raise LayoutError(f"{value!r} does not fit {self.name} ({size} bits): {error}") from error

    def value(self, bits: Bits, abi: Abi, size: int | None = None) -> Value:
        """Return the value a bit pattern stands for, for people; every pattern has one."""
        if self.measure == "long_double":
            return long_double_value(bits, abi.long_double_format, abi.order)
        return FROM_BITS[self._family(abi)](bits, self.width(abi) * 8 if size is None else size)

    def __getitem__(self, counts: int | tuple[int, ...]) -> Array[Kind]:
        """Return an array of it, outermost dimension first: `u8[16]`, `f32[4, 4]`."""
        return Array(self, counts if isinstance(counts, tuple) else (counts,))

    def _bits(self, value: Value, abi: Abi, size: int) -> Bits:
        if self.measure == "long_double":
            return long_double_bits(value, abi.long_double_format, abi.order)
        if self.family == "plain" and isinstance(value, str):
            return TO_BITS["char"](value, size)
        return TO_BITS[self._family(abi)](value, size)

    def _family(self, abi: Abi) -> str:
        if self.family in ("plain", "enum"):
            return "signed" if self.signed(abi) else "unsigned"
        return self.family


@dataclass(frozen=True)
class Pointer(Kind):
    """A pointer. In shared memory its value means nothing to another process; a record that has one is still laid out right."""

    name: str = "pointer"
    family: Family = "pointer"
    measure: Any = "pointer"
    to: str = ""
    """What it points to, in the source's words; may be empty."""


@dataclass(frozen=True)
class Enum(Kind):
    """An enumeration: named integers. Without `base` its width is what the ABI's C compiler makes of its values.

    GCC: unsigned int, int, or 8 bytes when a value needs them, the smallest that fits when `packed` (C17 6.7.2.2 leaves it
    open; GCC manual, "Structures, unions, enumerations, and bit-fields"). MSVC: always a 32-bit int.
    """

    name: str
    family: Family = "enum"
    measure: Any = "enum"
    values: tuple[tuple[str, int], ...] = ()
    """Names and numbers, in the order of the source."""
    base: Kind | None = None
    """The kind it is stored as; None: the ABI's default."""
    packed: bool = False
    """`__attribute__((packed))` on the enum, or `-fshort-enums`; MSVC knows neither."""
    _names: dict[int, str] = field(default_factory=dict, init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        if self.base is not None and self.base.family not in ("signed", "unsigned", "plain", "bool", "char"):
            raise LayoutError(f"enum {self.name}: its base {self.base.name} is no integer kind")
        for name, number in reversed(self.values):
            if not -(1 << 127) <= number < 1 << 128:
                raise LayoutError(f"enum {self.name}: {name} = {number} fits no integer")
            self._names[number] = name

    def stored_as(self, abi: Abi) -> Kind:
        """Return the integer kind that holds it on `abi`."""
        if self.base is not None:
            return self.base
        if abi.compiler == "msvc":
            return KINDS["i32"]
        numbers = [number for _, number in self.values] or [0]
        sign = "i" if min(numbers) < 0 else "u"
        return KINDS[f"{sign}{next(bits for bits in self._widths() if _holds(sign, bits, numbers))}"]

    def width(self, abi: Abi) -> int:
        """Return the size in bytes on `abi`."""
        return self.stored_as(abi).width(abi)

    def align(self, abi: Abi) -> int:
        """Return the natural alignment in bytes on `abi`."""
        return self.stored_as(abi).align(abi)

    def signed(self, abi: Abi) -> bool:
        """Return whether its values can be negative on `abi`."""
        return self.stored_as(abi).signed(abi)

    def label(self, number: int) -> str:
        """Return the name of a value; empty for a number that has none."""
        return self._names.get(number, "")

    def _bits(self, value: Value, abi: Abi, size: int) -> Bits:
        if isinstance(value, str):
            value = self._number(value)
        return super()._bits(value, abi, size)

    def _number(self, name: str) -> int:
        for known, number in self.values:
            if known == name:
                return number
        raise ValueError(f"names: {' '.join(known for known, _ in self.values)}")

    def _widths(self) -> tuple[int, ...]:
        return (8, 16, 32, 64, 128) if self.packed else (32, 64, 128)


def _holds(sign: str, bits: int, numbers: list[int]) -> bool:
    low, high = (-(1 << bits - 1), (1 << bits - 1) - 1) if sign == "i" else (0, (1 << bits) - 1)
    return low <= min(numbers) and max(numbers) <= high


_SIGNED: dict[str, Any] = {
    "schar": 1,
    "short": 2,
    "int": 4,
    "long": "long",
    "llong": 8,
    "ptrdiff": "pointer",
    "intptr": "pointer",
}
_UNSIGNED: dict[str, Any] = {
    "uchar": 1,
    "ushort": 2,
    "uint": 4,
    "ulong": "long",
    "ullong": 8,
    "size": "pointer",
    "uintptr": "pointer",
}

KINDS: dict[str, Kind] = {
    kind.name: kind
    for kind in (
        *(Kind(f"i{width * 8}", "signed", width) for width in (1, 2, 4, 8, 16)),
        *(Kind(f"u{width * 8}", "unsigned", width) for width in (1, 2, 4, 8, 16)),
        *(Kind(f"f{width * 8}", "float", width) for width in (4, 8)),
        Kind("longdouble", "float", "long_double"),
        *(Kind(f"char{width * 8}", "char", width) for width in (1, 2, 4)),
        Kind("bool", "bool", 1),
        Kind("bool32", "bool", 4),
        Kind("char", "plain", 1),
        *(Kind(name, "signed", measure) for name, measure in _SIGNED.items()),
        *(Kind(name, "unsigned", measure) for name, measure in _UNSIGNED.items()),
        Kind("ssize", "signed", "pointer"),
        Kind("wchar", "char", "wchar"),
        Kind("time", "signed", "time"),
        Pointer(),
    )
}

C_NAMES: dict[str, str] = {
    **{f"{sign}int{bits}_t": f"{kind}{bits}" for sign, kind in (("", "i"), ("u", "u")) for bits in (8, 16, 32, 64)},
    "_Bool": "bool",
    "__int128": "i128",
    "unsigned __int128": "u128",
    "char16_t": "char16",
    "char32_t": "char32",
    "char8_t": "char8",
    "double": "f64",
    "float": "f32",
    "intptr_t": "intptr",
    "long double": "longdouble",
    "long long": "llong",
    "ptrdiff_t": "ptrdiff",
    "signed char": "schar",
    "size_t": "size",
    "ssize_t": "ssize",
    "time_t": "time",
    "uintptr_t": "uintptr",
    "unsigned": "uint",
    "unsigned char": "uchar",
    "unsigned int": "uint",
    "unsigned long": "ulong",
    "unsigned long long": "ullong",
    "unsigned short": "ushort",
    "wchar_t": "wchar",
}
"""C's names for kinds, where they are not the kind's own."""


def kind_named(name: str, path: str = "") -> Kind:
    """Return the scalar kind of that name, its own or C's. LayoutError, with the field's path, names the ones there are."""
    known = C_NAMES.get(name, name)
    if known not in KINDS:
        raise LayoutError(
            f"{path or 'a field'} has the type {name!r}, which is no scalar kind and no record of this file",
            hint=f"kinds: {' '.join(KINDS)} text",
            path=path,
        )
    return KINDS[known]
