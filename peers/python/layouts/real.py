"""Blocks in the manner of what programs publish: monitors, simulators, machines, markets."""

from __future__ import annotations

from ctypes import (
    Structure,
    Union,
    c_bool,
    c_char,
    c_double,
    c_float,
    c_int8,
    c_int32,
    c_int64,
    c_uint8,
    c_uint16,
    c_uint32,
    c_uint64,
    c_wchar,
)
from enum import IntEnum


class MonitorReading(Structure):
    """One sensor of a hardware monitor."""

    _pack_ = 1
    _fields_ = (
        ("Kind", c_uint32),
        ("Instance", c_uint32),
        ("Label", c_char * 24),
        ("Unit", c_char * 8),
        ("Current", c_double),
        ("Lowest", c_double),
        ("Highest", c_double),
        ("Average", c_double),
    )


class HardwareMonitor(Structure):
    """A hardware monitor's block."""

    _pack_ = 1
    _fields_ = (
        ("Signature", c_uint32),
        ("Version", c_uint32),
        ("Revision", c_uint16),
        ("PolledAt", c_int64),
        ("ReadingSize", c_uint32),
        ("ReadingCount", c_uint32),
        ("Readings", MonitorReading * 4),
    )


class CoreTemperatures(Structure):
    """A processor's temperatures."""

    _fields_ = (
        ("Load", c_uint32 * 16),
        ("Limit", c_uint32 * 4),
        ("Cores", c_uint32),
        ("Processors", c_uint32),
        ("Degrees", c_float * 16),
        ("Voltage", c_float),
        ("Clock", c_float),
        ("Multiplier", c_float),
        ("Processor", c_char * 41),
        ("InFahrenheit", c_bool),
        ("BelowLimit", c_bool),
    )


class RacePage(Structure):
    """A sim racer's physics page. `PitLimiter` is Win32's BOOL; `TyreName` is UTF-16 on every platform."""

    _pack_ = 4
    _fields_ = (
        ("Packet", c_int32),
        ("Throttle", c_float),
        ("Brake", c_float),
        ("Fuel", c_float),
        ("Gear", c_int32),
        ("Revolutions", c_int32),
        ("Steering", c_float),
        ("Speed", c_float),
        ("Velocity", c_float * 3),
        ("Force", c_float * 3),
        ("WheelSlip", c_float * 4),
        ("WheelLoad", c_float * 4),
        ("TyreHeat", c_float * 3 * 4),
        ("TyreName", c_uint16 * 33),
        ("PitLimiter", c_int32),
        ("Lap", c_double),
        ("Damage", c_float * 5),
    )


class TruckPlace(Structure):
    """Where a truck is, and which way it faces."""

    _fields_ = (
        ("X", c_double),
        ("Y", c_double),
        ("Z", c_double),
        ("Heading", c_float),
        ("Pitch", c_float),
        ("Roll", c_float),
    )


class TruckFrame(Structure):
    """One frame of a truck's telemetry."""

    _fields_ = (
        ("Running", c_bool),
        ("Revision", c_uint32),
        ("SimulatedTime", c_uint64),
        ("RenderTime", c_uint64),
        ("Place", TruckPlace),
        ("Gear", c_int8),
        ("GearCount", c_uint8),
        ("EngineSpeed", c_float),
        ("Fuel", c_float),
        ("WheelTurn", c_float * 6),
        ("Lights", c_bool * 7),
        ("Trailer", c_char * 30),
        ("Income", c_int64),
    )


class VoiceLink(Structure):
    """A link to a voice program."""

    _fields_ = (
        ("Version", c_uint32),
        ("Tick", c_uint32),
        ("AvatarPosition", c_float * 3),
        ("AvatarFront", c_float * 3),
        ("Program", c_wchar * 31),
        ("CameraPosition", c_float * 3),
        ("Identity", c_wchar * 32),
        ("ContextLength", c_uint32),
        ("Context", c_uint8 * 48),
        ("Description", c_wchar * 40),
    )


class TagValue(Union):
    """A number of one of several types."""

    _fields_ = (("Whole", c_int32), ("Real", c_float), ("Precise", c_double), ("Raw", c_uint8 * 8))


class TagType(IntEnum):
    """Which member of a TagValue counts; stored in a byte."""

    NOTHING = 0
    WHOLE = 1
    REAL = 2
    PRECISE = 3
    RAW = 4


class TagQuality(IntEnum):
    """How far a value can be trusted; stored in a byte."""

    BAD = 0
    UNCERTAIN = 64
    GOOD = 192


class Tag(Structure):
    """One tag of an industrial controller, with its TagType and TagQuality."""

    _fields_ = (
        ("Name", c_char * 14),
        ("Type", c_uint8),
        ("Quality", c_uint8),
        ("Time", c_int64),
        ("Value", TagValue),
    )


class TagTable(Structure):
    """An industrial controller's table of tags."""

    _fields_ = (("Version", c_uint16), ("Count", c_uint16), ("Cycle", c_uint32), ("Tags", Tag * 6))


class BookLevel(Structure):
    """One price of an order book."""

    _fields_ = (("Price", c_int64), ("Quantity", c_uint32), ("Orders", c_uint16))


class MarketState(IntEnum):
    """Stored in two bytes."""

    CLOSED = 0
    AUCTION = 1
    OPEN = 2
    HALTED = 3


class BookSnapshot(Structure):
    """The best prices on both sides, in a MarketState."""

    _fields_ = (
        ("Symbol", c_char * 8),
        ("Sequence", c_uint64),
        ("Time", c_int64),
        ("State", c_uint16),
        ("BidCount", c_uint8),
        ("AskCount", c_uint8),
        ("Bids", BookLevel * 8),
        ("Asks", BookLevel * 8),
    )
