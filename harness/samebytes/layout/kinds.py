"""Scalar kinds: how wide each is on an ABI, and how a value becomes a bit pattern and back."""

from __future__ import annotations

import struct
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from samebytes.errors import LayoutError
from samebytes.layout.abi import Abi

__all__ = ["KINDS", "Bits", "Kind", "Value", "kind_named"]

Bits = int
"""A bit pattern, unsigned, as wide as its kind."""
Value = int | float | bool | str
"""What a person writes: 123, 1.45, true, "X"."""

Family = Literal["signed", "unsigned", "float", "bool", "char"]


@dataclass(frozen=True)
class Kind:
    """One scalar kind. `width(abi)` is its size in bytes there; its alignment follows from the width."""

    name: str
    family: Family
    _width: int | Callable[[Abi], int]

    def width(self, abi: Abi) -> int:
        """Size in bytes on `abi`."""
        return self._width if isinstance(self._width, int) else self._width(abi)

    def align(self, abi: Abi) -> int:
        """Natural alignment in bytes on `abi`."""
        width = self.width(abi)
        return abi.eight if width == 8 else width

    def bits(self, value: Value, abi: Abi) -> Bits:
        """The bit pattern of `value`. LayoutError when the kind cannot hold it."""
        width = self.width(abi)
        try:
            return _TO_BITS[self.family](value, width)
        except (ValueError, TypeError, OverflowError, struct.error) as error:
            raise LayoutError(f"{value!r} does not fit {self.name} ({width * 8} bits): {error}") from error

    def value(self, bits: Bits, abi: Abi) -> Value:
        """The value a bit pattern stands for, for people; every pattern has one."""
        return _FROM_BITS[self.family](bits, self.width(abi))


def _ranged(value: int, low: int, high: int) -> int:
    if not low <= value <= high:
        raise ValueError(f"outside {low}…{high}")
    return value


def _integer(value: Value) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise TypeError("not an integer")
    return value


def _signed(value: Value, width: int) -> Bits:
    half = 1 << (width * 8 - 1)
    return _ranged(_integer(value), -half, half - 1) % (half * 2)


def _unsigned(value: Value, width: int) -> Bits:
    return _ranged(_integer(value), 0, (1 << width * 8) - 1)


def _float(value: Value, width: int) -> Bits:
    if isinstance(value, (bool, str)):
        raise TypeError("not a number")
    return int.from_bytes(struct.pack(">f" if width == 4 else ">d", value))


def _bool(value: Value, _width: int) -> Bits:
    if not isinstance(value, bool):
        raise TypeError("not true or false")
    return int(value)


def _char(value: Value, width: int) -> Bits:
    if not isinstance(value, str) or len(value) != 1:
        raise TypeError("not a single character")
    return _ranged(ord(value), 0, (1 << width * 8) - 1)


def _from_signed(bits: Bits, width: int) -> Value:
    return bits - (1 << width * 8) if bits >> (width * 8 - 1) else bits


def _from_float(bits: Bits, width: int) -> Value:
    (number,) = struct.unpack(">f" if width == 4 else ">d", bits.to_bytes(width))
    return float(number)


_TO_BITS: dict[Family, Callable[[Value, int], Bits]] = {
    "signed": _signed,
    "unsigned": _unsigned,
    "float": _float,
    "bool": _bool,
    "char": _char,
}
_FROM_BITS: dict[Family, Callable[[Bits, int], Value]] = {
    "signed": _from_signed,
    "unsigned": lambda bits, _width: bits,
    "float": _from_float,
    "bool": lambda bits, _width: bits != 0,
    "char": lambda bits, _width: chr(bits) if bits < 0x110000 else f"\\U{bits:08x}",
}

KINDS: dict[str, Kind] = {
    kind.name: kind
    for kind in (
        *(Kind(f"i{width * 8}", "signed", width) for width in (1, 2, 4, 8)),
        *(Kind(f"u{width * 8}", "unsigned", width) for width in (1, 2, 4, 8)),
        *(Kind(f"f{width * 8}", "float", width) for width in (4, 8)),
        *(Kind(f"char{width * 8}", "char", width) for width in (1, 2, 4)),
        Kind("bool", "bool", 1),
        Kind("bool32", "bool", 4),
        Kind("long", "signed", lambda abi: abi.long),
        Kind("ulong", "unsigned", lambda abi: abi.long),
        Kind("wchar", "char", lambda abi: abi.wchar),
        Kind("size", "unsigned", lambda abi: abi.pointer),
        Kind("pointer", "unsigned", lambda abi: abi.pointer),
    )
}


def kind_named(name: str, path: str = "") -> Kind:
    """The scalar kind of that name. LayoutError, with the field's path, names the ones there are."""
    if name not in KINDS:
        raise LayoutError(
            f"{path or 'a field'} has the type {name!r}, which is no scalar kind and no record of this file",
            hint=f"kinds: {' '.join(KINDS)} text",
            path=path,
        )
    return KINDS[name]
