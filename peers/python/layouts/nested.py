"""Records in records, arrays of records, arrays of arrays: `c_int16 * 4 * 3 * 2` is C's `int16_t [2][3][4]`."""

from __future__ import annotations

from ctypes import Structure, c_bool, c_double, c_float, c_int16, c_int32, c_uint8, c_uint16, c_uint32


class Vector(Structure):
    """Three singles."""

    _fields_ = (("X", c_float), ("Y", c_float), ("Z", c_float))


class Pose(Structure):
    """Two vectors and a byte."""

    _fields_ = (("Position", Vector), ("Heading", Vector), ("Valid", c_bool))


class Wheel(Structure):
    """Made to stand in an array."""

    _fields_ = (("Locked", c_bool), ("Speed", c_float), ("Slip", c_float * 2), ("Wear", c_uint8))


class Car(Structure):
    """Four wheels between a number and a body."""

    _fields_ = (("Number", c_uint16), ("Wheels", Wheel * 4), ("Body", Pose))


class Garage(Structure):
    """Records four deep."""

    _fields_ = (("Open", c_bool), ("Cars", Car * 2), ("Area", c_double))


class Tensor(Structure):
    """Arrays of arrays of numbers."""

    _fields_ = (("Rank", c_uint8), ("Cells", c_int16 * 4 * 3 * 2), ("Scale", c_double * 2 * 2))


class Tile(Structure):
    """An array of arrays, made to stand in one."""

    _fields_ = (("Kind", c_uint8), ("Heights", c_uint16 * 3 * 2))


class Board(Structure):
    """An array of arrays of records."""

    _fields_ = (("Turn", c_int32), ("Tiles", Tile * 3 * 2), ("Score", c_uint32 * 2))
