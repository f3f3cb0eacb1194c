"""What a user writes, with the types that a checker must see in it. Never run: `test_users_types.py` has it checked."""

from __future__ import annotations

import ctypes
import struct
from typing import Annotated, Any, assert_type

from samebytes.mapping import MemoryMappedFile, SegmentInfo, ViewAccessor, ViewStream, list_segments


class Car(ctypes.Structure):
    """A record by ctypes."""

    _fields_ = (("Speed", ctypes.c_float), ("Gear", ctypes.c_int))


def read_it(name: str) -> Annotated[float, "km/h"]:
    """Use the library as its page does."""
    with MemoryMappedFile.open_existing(name) as one, one.create_view_accessor() as view:
        assert_type(one, MemoryMappedFile)
        assert_type(view, ViewAccessor)
        assert_type(view.read_int32(0), int)
        assert_type(view.read_float64(8), float)
        assert_type(view.read_bool(16), bool)
        assert_type(view.read_array(0, "int32", 4), list[int])
        assert_type(view.read_array(0, "float32", 4), list[float])
        assert_type(view.read_array(0, "bool", 4), list[bool])
        assert_type(view.read_array(0, struct.Struct("<if"), 4), list[tuple[Any, ...]])
        assert_type(view.read_struct(0, struct.Struct("<if")), tuple[Any, ...])
        assert_type(view.overlay(Car), Car)
        assert_type(view.read_bytes(0, 16), bytes)
        with one.create_view_stream() as stream:
            assert_type(stream, ViewStream)
            assert_type(stream.read(4), bytes)
        assert_type(list_segments(all=True), list[SegmentInfo])
        return view.read_float32(0)
