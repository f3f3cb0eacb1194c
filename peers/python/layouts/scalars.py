"""Single scalars: fixed widths, C's own types, truth, characters, addresses, enumerations."""

from __future__ import annotations

from ctypes import (
    Structure,
    c_bool,
    c_byte,
    c_char,
    c_double,
    c_float,
    c_int,
    c_int8,
    c_int16,
    c_int32,
    c_int64,
    c_long,
    c_longlong,
    c_short,
    c_size_t,
    c_ssize_t,
    c_ubyte,
    c_uint,
    c_uint8,
    c_uint16,
    c_uint32,
    c_uint64,
    c_ulong,
    c_ulonglong,
    c_ushort,
    c_void_p,
    c_wchar,
)
from enum import IntEnum, IntFlag


class SignedNumbers(Structure):
    """Every signed width."""

    _fields_ = (("Tiny", c_int8), ("Small", c_int16), ("Medium", c_int32), ("Large", c_int64))


class UnsignedNumbers(Structure):
    """Every unsigned width, the widest first."""

    _fields_ = (("Large", c_uint64), ("Medium", c_uint32), ("Small", c_uint16), ("Tiny", c_uint8))


class FloatNumbers(Structure):
    """A single and a double."""

    _fields_ = (("Single", c_float), ("Double", c_double))


class Truths(Structure):
    """`Enabled` is Win32's BOOL, an int."""

    _fields_ = (("Ready", c_bool), ("Enabled", c_int32), ("Doors", c_bool * 5))


class CodeUnits(Structure):
    """Units of UTF-8, UTF-16 and UTF-32, which are numbers to ctypes: its c_wchar has the platform's width."""

    _fields_ = (("Narrow", c_uint8), ("Wide", c_uint16), ("Full", c_uint32))


class PlainChars(Structure):
    """C's plain char as a character, and as a small number."""

    _fields_ = (("Mark", c_char), ("Digits", c_byte * 6), ("Sum", c_int16))


class CompilerNumbers(Structure):
    """C's integer types under their own names."""

    _fields_ = (
        ("SignedChar", c_byte),
        ("UnsignedChar", c_ubyte),
        ("Short", c_short),
        ("UnsignedShort", c_ushort),
        ("Int", c_int),
        ("UnsignedInt", c_uint),
        ("LongLong", c_longlong),
        ("UnsignedLongLong", c_ulonglong),
    )


class LongNumbers(Structure):
    """C's long, as wide as the platform has it."""

    _fields_ = (("Before", c_uint8), ("Signed", c_long), ("Unsigned", c_ulong), ("After", c_uint16))


class Measures(Structure):
    """Sizes and differences; ptrdiff_t is as wide as ssize_t."""

    _fields_ = (("Count", c_uint16), ("Length", c_size_t), ("Distance", c_ssize_t))


class Addresses(Structure):
    """Addresses as integers, and as a pointer that belongs to another process."""

    _fields_ = (("Kind", c_uint8), ("Base", c_size_t), ("Shift", c_ssize_t), ("Owner", c_void_p))


class WideLetters(Structure):
    """The platform's wchar_t."""

    _fields_ = (("Initial", c_wchar), ("Name", c_wchar * 7), ("Age", c_uint8))


class LampState(IntEnum):
    """Stored in a byte."""

    OFF = 0
    ON = 1
    BROKEN = 255


class AxisName(IntEnum):
    """Stored in two bytes, signed."""

    NONE = -1
    X = 0
    Y = 1
    Z = 2


class RunMode(IntEnum):
    """Stored in four bytes."""

    IDLE = 0
    RUNNING = 10
    FAILED = 0xFFFFFFFF


class FeatureBit(IntFlag):
    """Stored in eight bytes."""

    LOGGING = 1
    REMOTE = 0x100000000


class Direction(IntEnum):
    """Stored as C stores an enum that says nothing about it: as an int."""

    NORTH = 0
    EAST = 1
    SOUTH = 2
    WEST = 3


class Choices(Structure):
    """LampState, AxisName, RunMode, FeatureBit, Direction: ctypes has no enumerations, only what stores them."""

    _fields_ = (("Lamp", c_uint8), ("Axis", c_int16), ("Mode", c_uint32), ("Feature", c_uint64), ("Direction", c_int))
