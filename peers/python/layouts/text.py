"""Text in arrays of fixed length. What has text behind it ends with the int32 that holds its length in bytes, `_length`."""

from __future__ import annotations

from ctypes import Structure, c_char, c_int32, c_int64, c_uint8, c_uint16, c_uint32, c_uint64


class ByteLabel(Structure):
    """UTF-8 in sixteen bytes."""

    _fields_ = (("Text", c_char * 16), ("Colour", c_uint32))


class UnitLabel(Structure):
    """UTF-16 in an odd number of units; to ctypes a unit is a number, its c_wchar has the platform's width."""

    _fields_ = (("Caption", c_uint16 * 9), ("Value", c_int32))


class NameList(Structure):
    """Three texts of twelve bytes."""

    _fields_ = (("Count", c_uint8), ("Names", c_char * 12 * 3), ("Check", c_uint16))


class Note(Structure):
    """UTF-8 follows."""

    encoding = "utf-8"
    _fields_ = (("Channel", c_uint16), ("_length", c_int32))


class PackedNote(Structure):
    """UTF-8 follows."""

    encoding = "utf-8"
    _pack_ = 1
    _fields_ = (("Version", c_uint8), ("Time", c_int64), ("_length", c_int32))


class Announcement(Structure):
    """UTF-16 follows."""

    encoding = "utf-16"
    _fields_ = (("Time", c_uint64), ("Level", c_uint16), ("_length", c_int32))
