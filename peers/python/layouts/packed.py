"""The same fields under every packing, and packed and unpacked records inside each other."""

from __future__ import annotations

from ctypes import Structure, c_double, c_float, c_int64, c_uint8, c_uint16, c_uint32, c_uint64


class PackedBy1(Structure):
    """No holes."""

    _pack_ = 1
    _fields_ = (("Tag", c_uint8), ("Serial", c_uint64), ("Port", c_uint16), ("Level", c_double), ("Last", c_uint8))


class PackedBy2(Structure):
    """Nothing is aligned to more than 2."""

    _pack_ = 2
    _fields_ = (("Tag", c_uint8), ("Serial", c_uint64), ("Port", c_uint16), ("Level", c_double), ("Last", c_uint8))


class PackedBy4(Structure):
    """Nothing is aligned to more than 4."""

    _pack_ = 4
    _fields_ = (("Tag", c_uint8), ("Serial", c_uint64), ("Port", c_uint16), ("Level", c_double), ("Last", c_uint8))


class PackedBy8(Structure):
    """As if it were not packed."""

    _pack_ = 8
    _fields_ = (("Tag", c_uint8), ("Serial", c_uint64), ("Port", c_uint16), ("Level", c_double), ("Last", c_uint8))


class Sample(Structure):
    """Five bytes."""

    _pack_ = 1
    _fields_ = (("Channel", c_uint8), ("Value", c_float))


class SampleBlock(Structure):
    """Packed records in an array inside an unpacked one."""

    _fields_ = (("Count", c_uint16), ("Samples", Sample * 5), ("Time", c_int64))


class Loose(Structure):
    """Not packed, made to stand in a packed one."""

    _fields_ = (("Kind", c_uint8), ("Value", c_uint32), ("Check", c_uint16))


class LooseInPacked(Structure):
    """Packed around records that are not."""

    _pack_ = 1
    _fields_ = (("Before", c_uint8), ("Inner", Loose), ("After", c_uint16), ("More", Loose * 2))
