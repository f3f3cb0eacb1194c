"""Conversions: what an ordinary assignment makes of a value whose declared type is another than the layout's kind."""

from __future__ import annotations

import math
import struct
from collections.abc import Iterator

from samebytes.layout import Abi, Bits, Kind

__all__ = ["conversions"]

_FORMATS = {4: ">f", 8: ">d"}


def conversions(bits: Bits, kind: Kind, to: Kind, abi: Abi, raw: bool = False) -> Iterator[Bits]:
    """The bit patterns that languages make of `bits` of `kind` when they assign it to `to`; none: any pattern may come of it.

    By value, as C does it (C17 6.3.1), integers by wrapping; what C leaves undefined, such as a float that no integer holds, may
    become anything. `raw`: by copying bits, as a peer does that does not know the kind.
    """
    if raw or kind == to:
        yield bits % (1 << to.width(abi) * 8)
    else:
        by_value = _by_value(bits, kind, to, abi)
        if by_value is None:
            return
        yield by_value
    if kind.family == "bool":  # a byte that is neither 0 nor 1: languages read it as true, or as it is
        yield int(bits != 0)


def _by_value(bits: Bits, kind: Kind, to: Kind, abi: Abi) -> Bits | None:
    width = to.width(abi)
    if "float" in (kind.family, to.family) and "long_double" in (kind.measure, to.measure):
        return None
    if to.family == "bool":
        return int(_number(bits, kind, abi) != 0)
    number = _number(bits, kind, abi)
    if to.family == "float":
        return _float_bits(number, width)
    if not math.isfinite(number) or (kind.family == "float" and abs(number) >= 2.0 ** (width * 8 - 1)):
        return None
    return int(number) % (1 << width * 8)


def _number(bits: Bits, kind: Kind, abi: Abi) -> int | float:
    width = kind.width(abi)
    if kind.family == "float":
        (number,) = struct.unpack(_FORMATS[width], bits.to_bytes(width))
        return float(number)
    negative = kind.signed(abi) and bits >> (width * 8 - 1)
    return bits - (1 << width * 8) if negative else bits


def _float_bits(number: int | float, width: int) -> Bits | None:
    """None for a NaN: which of its bits survive is the processor's business."""
    if number != number:
        return None
    try:
        return int.from_bytes(struct.pack(_FORMATS[width], number))
    except OverflowError:
        return int.from_bytes(struct.pack(_FORMATS[width], math.copysign(math.inf, number)))
