"""Conversions: what an ordinary assignment makes of a value whose declared type is another than the layout's kind."""

from __future__ import annotations

import math
import struct
from collections.abc import Iterator

from samebytes.layout import Abi, Bits, Kind

__all__ = ["conversions", "number_of"]

_FORMATS = {4: ">f", 8: ">d"}
_QUIET = {4: 0x7FC00000, 8: 0x7FF8 << 48}
_FRACTION = {4: 23, 8: 52}
"""Bits of a float behind its sign and exponent, by its width in bytes."""


def conversions(bits: Bits, kind: Kind, to: Kind, abi: Abi, raw: bool = False) -> list[Bits]:
    """Return the bit patterns that languages make of `bits` of `kind` when they assign it to `to`, the usual one first.

    An empty list where nobody knows (a long double).

    By value, as C does it (C17 6.3.1), integers by wrapping; where C leaves it undefined (a float that no integer holds), what
    processors and runtimes make of it. `raw`: by copying bits, as a peer does that does not know the kind.
    """
    width = to.width(abi)
    if raw or kind == to:
        found = [bits % (1 << width * 8)]
    elif "float" in (kind.family, to.family) and "long_double" in (kind.measure, to.measure):
        return []
    else:
        number = number_of(bits, kind, abi)
        found = list(_by_value(number, to, width))
        if to.family == "float" and number != number:
            found += _carried(bits, kind.width(abi), width)
    if kind.family == "bool":  # a byte that is neither 0 nor 1: languages read it as true, or as it is
        found.append(int(bits != 0))
    return found


def number_of(bits: Bits, kind: Kind, abi: Abi) -> int | float:
    """Return the number that a pattern of at most 8 bytes stands for."""
    width = kind.width(abi)
    if kind.family == "float":
        return float(struct.unpack(_FORMATS[width], bits.to_bytes(width))[0])
    negative = kind.signed(abi) and bits >> (width * 8 - 1)
    return bits - (1 << width * 8) if negative else bits


def _by_value(number: int | float, to: Kind, width: int) -> Iterator[Bits]:
    if to.family == "bool":
        yield int(number != 0)
    elif to.family == "float":
        yield from _to_float(number, width)
    elif math.isfinite(number) and (isinstance(number, int) or abs(number) < 2.0 ** (width * 8 - 1)):
        yield int(number) % (1 << width * 8)
    else:
        yield from _out_of_range(number, width * 8)


def _to_float(number: int | float, width: int) -> Iterator[Bits]:
    """Yield the bits of the float.

    Which bits of a NaN survive is the processor's business: its sign and the first bits of its payload (`_carried`), or none.
    """
    if number != number:
        yield from (_QUIET[width], _QUIET[width] | 1 << width * 8 - 1)
        return
    try:
        yield int.from_bytes(struct.pack(_FORMATS[width], number))
    except OverflowError:
        yield int.from_bytes(struct.pack(_FORMATS[width], math.copysign(math.inf, number)))


def _carried(bits: Bits, width: int, to: int) -> list[Bits]:
    """Return a NaN with its sign and as much of its payload as there is room for, made quiet; widths in bytes."""
    payload = bits & (1 << _FRACTION[width]) - 1
    shift = _FRACTION[to] - _FRACTION[width]
    sign = bits >> width * 8 - 1
    return [_QUIET[to] | (payload << shift if shift > 0 else payload >> -shift) | sign << to * 8 - 1]


def _out_of_range(number: float, width: int) -> Iterator[Bits]:
    """Yield x86's "integer indefinite"; the nearest there is, signed or not, as Arm, Java, Rust and .NET; the low bits; zero."""
    yield 1 << width - 1
    above = number > 0
    if number == number:
        yield (1 << width - 1) - 1 if above else 1 << width - 1
        yield (1 << width) - 1 if above else 0
    if math.isfinite(number):
        yield int(number) % (1 << width)
        yield int(number) % (1 << 64) % (1 << width) if abs(number) < 2.0**63 else (1 << 63) % (1 << width)
    yield 0
