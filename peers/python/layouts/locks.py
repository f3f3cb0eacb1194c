"""What stands in front of shared data so that two processes do not trip over each other."""

from __future__ import annotations

from ctypes import Structure, c_bool, c_double, c_int64, c_uint8, c_uint16, c_uint32, c_uint64


class LockedBlock(Structure):
    """A lock word, the data behind it."""

    _fields_ = (("Lock", c_uint32), ("Data", c_uint8 * 60))


class SequencedQuote(Structure):
    """A sequence lock and what it guards."""

    _fields_ = (("Sequence", c_uint32), ("Time", c_int64), ("Bid", c_double), ("Ask", c_double))


class RingHeader(Structure):
    """Head and tail on cache lines of their own."""

    _fields_ = (
        ("Magic", c_uint32),
        ("Capacity", c_uint32),
        ("Stride", c_uint16),
        ("_line_0", c_uint8 * 54),
        ("Head", c_uint64),
        ("_line_1", c_uint8 * 56),
        ("Tail", c_uint64),
        ("_line_2", c_uint8 * 56),
    )


class FrameSlot(Structure):
    """One of the buffers that a writer fills in turn."""

    _fields_ = (("Number", c_uint64), ("Used", c_uint16), ("Pixels", c_uint8 * 13))


class TripleBuffer(Structure):
    """Three slots and the number of the one to read."""

    _fields_ = (("Latest", c_uint8), ("Fresh", c_bool), ("Slots", FrameSlot * 3))
