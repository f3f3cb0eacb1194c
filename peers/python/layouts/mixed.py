"""Scalars of different widths side by side. The holes between them are ctypes' own, as a C compiler makes them."""

from __future__ import annotations

from ctypes import Structure, c_bool, c_double, c_int8, c_int32, c_int64, c_uint8, c_uint16, c_uint32, c_uint64


class Mixed(Structure):
    """Holes of seven and of six bytes."""

    _fields_ = (("Tag", c_uint8), ("Serial", c_uint64), ("Port", c_uint16), ("Level", c_double))


class MixedWider(Structure):
    """A twin whose Port is wider."""

    _fields_ = (("Tag", c_uint8), ("Serial", c_uint64), ("Port", c_uint32), ("Level", c_double))


class MixedWhole(Structure):
    """A twin whose Level is a whole number."""

    _fields_ = (("Tag", c_uint8), ("Serial", c_uint64), ("Port", c_uint16), ("Level", c_uint64))


class Holes(Structure):
    """A byte between any two wider fields."""

    _fields_ = (
        ("First", c_uint8),
        ("Two", c_uint16),
        ("Second", c_uint8),
        ("Four", c_int32),
        ("Third", c_uint8),
        ("Eight", c_int64),
        ("Fourth", c_uint8),
    )


class TailPadded(Structure):
    """Three bytes behind the last field."""

    _fields_ = (("Value", c_double), ("Count", c_uint32), ("Flag", c_bool))


class OddArrays(Structure):
    """Arrays of odd length in front of wider fields."""

    _fields_ = (
        ("Bytes", c_uint8 * 3),
        ("Words", c_uint16 * 3),
        ("Ready", c_bool),
        ("Points", c_double * 2),
        ("Rest", c_int8 * 5),
    )
