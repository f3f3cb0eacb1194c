"""Wrong declarations, made from right ones by one change each: what was changed in which line, in seven languages and TOML."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher

from samebytes.layout.source import Item, SourceRecord, language_for, record_in
from samebytes.layout.source.writing import writer_for

HEADER = """\
#pragma once
#include <stdbool.h>
#include <stdint.h>
typedef struct Vec { float x; float y; float z; } Vec;
typedef struct Frame {
    uint32_t version;
    int16_t gear;
    uint8_t flags;
    bool is_valid;
    double speed;
    float wheels[4];
    int64_t lap_time;
    char name[16];
    Vec position;
    uint16_t port;
    uint32_t packet_id;
} Frame;
"""
COPIES = {
    "frame_copy.h": """\
/* Kept by hand. */
#include <stdbool.h>
#include <stdint.h>

struct Vec {
    float x, y, z;          /* metres */
};

typedef struct Frame {
    uint32_t version;       // of the protocol
    int16_t  gear;
    uint8_t  flags;
    bool     is_valid;

    double   speed;         // m/s
    float    wheels[4];
    int64_t  lap_time;      /* in ms */
    char     name[16];
    struct Vec position;
    uint16_t port;
    uint32_t packet_id;
} Frame;
""",
    "frame.hpp": """\
#pragma once
#include <cstdint>
namespace telemetry {
struct Vec { float x{}; float y{}; float z{}; };

/// What the simulator shares.
struct Frame final {
public:
    std::uint32_t version = 1;
    std::int16_t gear{0};
    std::uint8_t flags;
    bool is_valid;
    double speed;
    float wheels[4];
    std::int64_t lap_time;
    char name[16];
    Vec position;
    std::uint16_t port;
    std::uint32_t packet_id;
    bool moving() const { return speed > 0; }
};
}
""",
    "Frame.cs": """\
using System;
using System.Runtime.InteropServices;

namespace Telemetry
{
    [StructLayout(LayoutKind.Sequential)]
    public struct Vec { public float X; public float Y; public float Z; }

    /// <summary>What the simulator shares.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public unsafe struct Frame
    {
        public uint Version;
        public short Gear;
        public byte Flags;      // bits
        public byte IsValid;
        public double Speed;
        public fixed float Wheels[4];
        public long LapTime;
        public fixed byte Name[16];
        public Vec Position;
        public ushort Port;
        public uint PacketId;

        public bool Moving { get { return Speed > 0; } }
    }
}
""",
    "frame.rs": """\
//! Shared with the simulator.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct Vec3 { pub x: f32, pub y: f32, pub z: f32 }

#[repr(C)]
pub struct Frame {
    pub version: u32, // of the protocol
    pub gear: i16,
    pub flags: u8,
    pub is_valid: bool,
    pub speed: f64,
    pub wheels: [f32; 4],
    pub lap_time: i64,
    pub name: [u8; 16],
    pub position: Vec3,
    pub port: u16,
    pub packet_id: u32,
}
""",
    "frame.nim": """\
## Shared with the simulator.
type
  Vec* = object
    x*, y*, z*: float32

  Frame* = object
    version*: uint32 ## of the protocol
    gear*: int16
    flags*: uint8
    isValid*: bool
    speed*: float64
    wheels*: array[4, float32]
    lapTime*: int64
    name*: array[16, char]
    position*: Vec
    port*: uint16
    packetId*: uint32
""",
    "frames.pas": """\
unit frames;
{$mode objfpc}
{$packrecords c}
interface
type
  TVec = record
    X, Y, Z: Single;
  end;
  TFrame = record
    Version: LongWord;   // of the protocol
    Gear: SmallInt;
    Flags: Byte;
    IsValid: Boolean;
    Speed: Double;
    Wheels: array[0..3] of Single;
    LapTime: Int64;
    Name: array[0..15] of AnsiChar;
    Position: TVec;
    Port: Word;
    PacketId: LongWord;
  end;
implementation
end.
""",
    "frame.py": """\
import ctypes


class Vec(ctypes.Structure):
    _fields_ = [("x", ctypes.c_float), ("y", ctypes.c_float), ("z", ctypes.c_float)]


class Frame(ctypes.Structure):
    \"\"\"What the simulator shares.\"\"\"

    _fields_ = [
        ("version", ctypes.c_uint32),  # of the protocol
        ("gear", ctypes.c_int16),
        ("flags", ctypes.c_uint8),
        ("is_valid", ctypes.c_bool),
        ("speed", ctypes.c_double),
        ("wheels", ctypes.c_float * 4),
        ("lap_time", ctypes.c_int64),
        ("name", ctypes.c_char * 16),
        ("position", Vec),
        ("port", ctypes.c_uint16),
        ("packet_id", ctypes.c_uint32),
    ]
""",
    "frame.toml": """\
[record.Vec]
fields = [{ name = "x", type = "f32" }, { name = "y", type = "f32" }, { name = "z", type = "f32" }]

[record.Frame]
doc = "What the simulator shares."
fields = [
  { name = "version", type = "u32" },  # of the protocol
  { name = "gear", type = "i16" },
  { name = "flags", type = "u8" },
  { name = "is_valid", type = "bool" },
  { name = "speed", type = "f64" },
  { name = "wheels", type = "f32", count = 4 },
  { name = "lap_time", type = "i64" },
  { name = "name", type = "char", count = 16 },
  { name = "position", type = "Vec" },
  { name = "port", type = "u16" },
  { name = "packet_id", type = "u32" },
]
""",
}
TYPES = {
    ".h": ("int32_t", "uint32_t", "uint16_t", "float", "double", "uint64_t", "int8_t"),
    ".hpp": ("std::int32_t", "std::uint32_t", "std::uint16_t", "float", "double", "std::uint64_t", "std::int8_t"),
    ".cs": ("int", "uint", "ushort", "float", "double", "ulong", "sbyte"),
    ".rs": ("i32", "u32", "u16", "f32", "f64", "u64", "i8"),
    ".nim": ("int32", "uint32", "uint16", "float32", "float64", "uint64", "int8"),
    ".pas": ("LongInt", "LongWord", "Word", "Single", "Double", "QWord", "ShortInt"),
    ".py": tuple(f"ctypes.c_{name}" for name in ("int32", "uint32", "uint16", "float", "double", "uint64", "int8")),
    ".toml": ('"i32"', '"u32"', '"u16"', '"f32"', '"f64"', '"u64"', '"i8"'),
}
CHANGES = ("type", "count", "missing", "extra", "swapped", "inside", "packed")


@dataclass(frozen=True)
class Seeded:
    """One wrong declaration: its file, the wrong text, and the lines of it in which it is wrong."""

    file: str
    change: str
    text: str
    lines: frozenset[int]


def seeded(file: str, number: int, seed: int = 7) -> Iterator[Seeded]:
    """Yield wrong texts of a copy, each another."""
    draw, seen = random.Random(f"{file} {seed}"), {COPIES[file]}
    kinds = [
        change for change in CHANGES if change != "inside" or file not in ("frame_copy.h", "frame.nim", "frames.pas")
    ]
    tries = 0
    while len(seen) <= number and tries < 50 * number:
        change = kinds[tries % len(kinds)]
        tries += 1
        text = _changed(COPIES[file], file, change, draw)
        if text not in seen:
            seen.add(text)
            yield Seeded(file, change, text, _lines(COPIES[file], text))


def _lines(right: str, wrong: str) -> frozenset[int]:
    """Return the lines of the wrong text that are not as in the right one; of a line that is gone, the one in its place."""
    found: set[int] = set()
    for tag, _, _, start, end in SequenceMatcher(
        None, right.splitlines(), wrong.splitlines(), autojunk=False
    ).get_opcodes():
        if tag != "equal":
            found.update(range(start + 1, max(end, start + 1) + 1))
    return frozenset(found)


def _changed(text: str, file: str, change: str, draw: random.Random) -> str:
    suffix = file[file.rindex(".") :]
    language, writer = language_for(suffix), writer_for(suffix)
    assert language is not None
    assert writer is not None
    records = language.records(text)
    record = record_in(records, "Frame")
    assert record is not None
    if change == "inside":
        record = record_in(records, "Vec") or record_in(records, "Vec3")
        assert record is not None
        change = "type"
    if change == "packed":
        return writer.packed(text, record, draw.choice([1, 2])) or text
    item = draw.choice(record.items)
    if change == "type":
        plain = [
            one for item in record.items for one in item.members if not one.counts and one.name.lower() != "position"
        ]
        member = draw.choice(plain)
        return _put(text, member.type, draw.choice(TYPES[suffix]))
    if change == "count":
        member = draw.choice([one for item in record.items for one in item.members if one.counts])
        was = text[slice(*member.counts[0])]
        number = 4 if was in ("4", "0..3") else 16
        return _put(text, member.counts[0], writer.count(number + draw.choice([-2, -1, 1, 4]), was))
    if change == "missing":
        return _without(text, item)
    if change == "extra":
        return _with(text, item, draw.choice(TYPES[suffix]), suffix)
    at = draw.randrange(len(record.items) - 2)
    return _swapped(text, record, at)


def _put(text: str, span: tuple[int, int], new: str) -> str:
    return text[: span[0]] + new + text[span[1] :]


def _line(text: str, at: int) -> tuple[int, int]:
    return text.rindex("\n", 0, at) + 1, text.index("\n", at) + 1


def _without(text: str, item: Item) -> str:
    start, end = _line(text, item.core[0])
    return text[:start] + text[end:]


def _with(text: str, item: Item, type_: str, suffix: str) -> str:
    writer = writer_for(suffix)
    assert writer is not None
    core = writer.field("stray" if suffix != ".cs" else "Stray", type_, (), None, text[slice(*item.core)], text)[0]
    start, _ = _line(text, item.core[0])
    indent = text[start : item.core[0]]
    return f"{text[:start]}{indent}{core}{writer.SEPARATOR}\n{text[start:]}"


def _swapped(text: str, record: SourceRecord, at: int) -> str:
    one, other = record.items[at], record.items[at + 1]
    first, second = _line(text, one.core[0]), _line(text, other.core[0])
    return (
        text[: first[0]] + text[slice(*second)] + text[first[1] : second[0]] + text[slice(*first)] + text[second[1] :]
    )
