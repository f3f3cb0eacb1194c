"""Offsets and sizes that others wrote down. ctypes has no place for them: the holes are fields of their own."""

from __future__ import annotations

from ctypes import Structure, c_double, c_float, c_uint8, c_uint16, c_uint32, c_uint64


class PinnedHoles(Structure):
    """Fields far apart, and room behind them."""

    _fields_ = (
        ("Magic", c_uint32),
        ("_hole_4", c_uint8 * 12),
        ("Serial", c_uint64),
        ("_hole_24", c_uint8 * 16),
        ("Level", c_float),
        ("_hole_44", c_uint8 * 3),
        ("Flag", c_uint8),
        ("_hole_48", c_uint8 * 16),
    )


class PinnedOrder(Structure):
    """In the order of memory, which is not the one of the description."""

    _fields_ = (
        ("First", c_uint32),
        ("_hole_4", c_uint8 * 4),
        ("Middle", c_double),
        ("_hole_16", c_uint8 * 4),
        ("Last", c_uint16),
        ("_hole_22", c_uint8 * 2),
    )


class PinnedOdd(Structure):
    """Fields at odd addresses."""

    _pack_ = 1
    _fields_ = (
        ("Version", c_uint8),
        ("Stamp", c_uint32),
        ("_hole_5", c_uint8 * 2),
        ("Level", c_double),
        ("_hole_15", c_uint8 * 2),
        ("Port", c_uint16),
        ("_hole_19", c_uint8 * 5),
    )


class SizedOnly(Structure):
    """Room for fields to come."""

    _fields_ = (("Version", c_uint32), ("Level", c_double), ("Flags", c_uint16 * 3), ("_room", c_uint8 * 26))


class RegisterBlock(Structure):
    """A device's registers at their addresses."""

    _fields_ = (
        ("Control", c_uint32),
        ("Status", c_uint32),
        ("_hole_08", c_uint8 * (0x20 - 0x08)),
        ("Interrupts", c_uint64),
        ("_hole_28", c_uint8 * (0x80 - 0x28)),
        ("Queue", c_uint16 * 8),
        ("_hole_90", c_uint8 * (0xFF - 0x90)),
        ("Revision", c_uint8),
    )
