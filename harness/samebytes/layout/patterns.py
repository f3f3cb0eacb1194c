"""Values and bit patterns: what each family of scalar kinds makes of a number, and back."""

from __future__ import annotations

import math
import struct
from collections.abc import Callable
from fractions import Fraction

from samebytes.layout.abi import FloatFormat

__all__ = ["FROM_BITS", "TO_BITS", "Bits", "Value", "long_double_bits", "long_double_value"]

Bits = int
"""A bit pattern, unsigned, as wide as its kind."""
Value = int | float | bool | str
"""What a person writes: 123, 1.45, true, "X"."""

_FLOATS = {4: ">f", 8: ">d"}


def _ranged(value: int, low: int, high: int) -> int:
    if not low <= value <= high:
        raise ValueError(f"outside {low}…{high}")
    return value


def _integer(value: Value) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise TypeError("not an integer")
    return value


def _number(value: Value) -> float:
    if isinstance(value, (bool, str)):
        raise TypeError("not a number")
    return float(value)


def _signed(value: Value, size: int) -> Bits:
    half = 1 << (size - 1)
    return _ranged(_integer(value), -half, half - 1) % (half * 2)


def _unsigned(value: Value, size: int) -> Bits:
    return _ranged(_integer(value), 0, (1 << size) - 1)


def _float(value: Value, size: int) -> Bits:
    return int.from_bytes(struct.pack(_FLOATS[size // 8], _number(value)))


def _bool(value: Value, _size: int) -> Bits:
    if not isinstance(value, bool):
        raise TypeError("not true or false")
    return int(value)


def _char(value: Value, size: int) -> Bits:
    if (
        isinstance(value, str) and len(value) == 10 and value.startswith("\\U")
    ):  # a unit that is no character, as it is shown
        return _ranged(int(value[2:], 16), 0, (1 << size) - 1)
    if not isinstance(value, str) or len(value) != 1:
        raise TypeError("not a single character")
    return _ranged(ord(value), 0, (1 << size) - 1)


def _from_signed(bits: Bits, size: int) -> Value:
    return bits - (1 << size) if bits >> (size - 1) else bits


def _from_float(bits: Bits, size: int) -> Value:
    (number,) = struct.unpack(_FLOATS[size // 8], bits.to_bytes(size // 8))
    return float(number)


TO_BITS: dict[str, Callable[[Value, int], Bits]] = {
    "signed": _signed,
    "unsigned": _unsigned,
    "pointer": _unsigned,
    "float": _float,
    "bool": _bool,
    "char": _char,
}
"""By family: the pattern of a value in that many bits. ValueError, TypeError or OverflowError when there is none."""
FROM_BITS: dict[str, Callable[[Bits, int], Value]] = {
    "signed": _from_signed,
    "unsigned": lambda bits, _size: bits,
    "pointer": lambda bits, _size: bits,
    "float": _from_float,
    "bool": lambda bits, _size: bits != 0,
    "char": lambda bits, _size: chr(bits) if bits < 0x110000 else f"\\U{bits:08x}",
}
"""By family: the value of a pattern of that many bits; every pattern has one."""

# --- long double -----------------------------------------------------------------------------------------------------

_FRACTION = {"x87": 63, "quad": 112}
_BIAS, _MAX = 16383, 0x7FFF


def long_double_bits(value: Value, format_: FloatFormat, order: str) -> Bits:
    """Return the pattern of a number (a double's worth of it) as a `long double`; bytes beyond x87's ten are zero."""
    number = _number(value)
    if format_ == "double":
        return _float(number, 64)
    if format_ == "ibm":  # the double at the lower address is the number, the other what is left: here nothing
        return _float(number, 64) << (64 if order == "big" else 0)
    sign = int(math.copysign(1, number) < 0)
    exponent, fraction = _parts(abs(number), _FRACTION[format_])
    if format_ == "x87":  # the integer bit is written out
        return sign << 79 | exponent << 64 | int(exponent != 0) << 63 | fraction
    return sign << 127 | exponent << 112 | fraction


def long_double_value(bits: Bits, format_: FloatFormat, order: str) -> float:
    """Return the double nearest to a `long double`; infinite when it is beyond all doubles."""
    if format_ == "double":
        return float(_from_float(bits & (1 << 64) - 1, 64))
    if format_ == "ibm":
        low, high = float(_from_float(bits & (1 << 64) - 1, 64)), float(_from_float(bits >> 64, 64))
        number, rest = (low, high) if order == "little" else (high, low)
        return number + rest if rest else number
    width = _FRACTION[format_]
    stored = width + (format_ == "x87")
    sign, exponent = bits >> (stored + 15) & 1, bits >> stored & _MAX
    fraction = bits & (1 << stored) - 1
    if exponent == _MAX:
        number = math.nan if fraction & (1 << width) - 1 else math.inf
    else:
        whole = fraction if format_ == "x87" or not exponent else fraction | 1 << width
        number = _nearest(Fraction(whole) * Fraction(2) ** (max(exponent, 1) - _BIAS - width))
    return math.copysign(number, -1 if sign else 1)


def _parts(number: float, width: int) -> tuple[int, int]:
    """Return biased exponent and fraction, without the leading one. Every double is normal in a 15-bit exponent."""
    if math.isnan(number) or math.isinf(number):
        return _MAX, 1 << (width - 1) if math.isnan(number) else 0
    if number == 0:
        return 0, 0
    mantissa, exponent = math.frexp(number)  # 0.5 ≤ mantissa < 1
    return exponent - 1 + _BIAS, int(Fraction(mantissa) * (1 << (width + 1))) - (1 << width)


def _nearest(number: Fraction) -> float:
    try:
        return float(number)
    except OverflowError:
        return math.inf
