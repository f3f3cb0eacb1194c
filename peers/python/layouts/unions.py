"""Bytes with more than one name."""

from __future__ import annotations

from ctypes import Structure, Union, c_double, c_float, c_int16, c_int64, c_uint8, c_uint16, c_uint32
from enum import IntEnum


class FloatBits(Union):
    """A single, its bits, its bytes."""

    _fields_ = (("Real", c_float), ("Bits", c_uint32), ("Bytes", c_uint8 * 4))


class NumberValue(Union):
    """A value of one of several types."""

    _fields_ = (("Whole", c_int64), ("Real", c_double), ("Halves", c_uint32 * 2), ("Raw", c_uint8 * 16))


class VariantTag(IntEnum):
    """Which member counts."""

    EMPTY = 0
    WHOLE = 1
    REAL = 2
    RAW = 3


class Variant(Structure):
    """A VariantTag, then the value."""

    _fields_ = (("Tag", c_uint32), ("Value", NumberValue))


class VariantList(Structure):
    """Tagged values in an array."""

    _fields_ = (("Count", c_uint16), ("Items", Variant * 3))


class RoundShape(Structure):
    """Shares its bytes with an EdgedShape."""

    _fields_ = (("CentreX", c_float), ("CentreY", c_float), ("Radius", c_double))


class EdgedShape(Structure):
    """Shares its bytes with a RoundShape."""

    _fields_ = (("Left", c_int16), ("Top", c_int16), ("Width", c_uint32), ("Height", c_uint32))


class ShapeBody(Union):
    """Two records over each other."""

    _fields_ = (("Round", RoundShape), ("Edged", EdgedShape))


class DrawnShape(Structure):
    """A kind, a union of records, a colour."""

    _fields_ = (("Kind", c_uint8), ("Body", ShapeBody), ("Colour", c_uint32))
