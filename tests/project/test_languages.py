"""Declarations in the manner of each language: what emitters write passes, and what people write by hand is understood."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import pytest

from samebytes.checks.data.subjects import read_records
from samebytes.layout.emit import emit

ROOT = Path(__file__).resolve().parents[2]
pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="compiles for Linux")
LANGUAGES = {
    "c": (".h", None), "csharp": (".cs", "mcs"), "nim": (".nim", "nim"), "rust": (".rs", "rustc"), "pascal": (".pas", "fpc"),
    "python": (".py", None),
}  # fmt: skip
RECORDS = ("DrawnShape", "RegisterBlock", "TagTable", "Choices", "PackedBy2", "Note")
"""A union, explicit offsets, records in arrays, enumerations, packing, a text of variable length."""


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_the_emitters_write_is_right_everywhere(telemetry, language):
    suffix, compiler = LANGUAGES[language]
    if compiler is not None and shutil.which(compiler) is None:
        pytest.skip(f"{compiler} is not installed")
    records = read_records(ROOT / "fixtures")
    text = ""
    for name in RECORDS:
        file = f"copy_{name.lower()}{suffix}"
        full = f"copy_{name.lower()}.{name}" if language == "pascal" else ""
        telemetry.write({file: emit(records[name], language, "x86_64-linux", full_name=full)})
        text += f'[layout.{name}]\ntoml = "{records[name].origin.source}"\n'
        text += f'[declaration.{name}Copy]\nlayout = "{name}"\nsource = "{file}"\n'
    telemetry.write({"samebytes.toml": text})
    verdicts = {name: (cell["verdict"], cell["message"]) for name, cell in telemetry.cells().items()}
    assert verdicts == {f"{name}Copy": ("agreed", "") for name in RECORDS}


HEADER = """\
#include <stdbool.h>
#include <stdint.h>
typedef struct { float slip; uint8_t hot; } Wheel;
typedef struct CarState {
    uint64_t tick;
    bool valid;
    char name[15];
    Wheel wheels[4];
    union { int32_t whole; float real; } value;
} CarState;
"""
BY_HAND = {
    "marshalled C#": (
        "mcs",
        "Car.cs",
        """\
using System.Runtime.InteropServices;
public class Outer {
  public struct Wheel { public float Slip; public byte Hot; }
  [StructLayout(LayoutKind.Explicit)] public struct Value { [FieldOffset(0)] public int Whole; [FieldOffset(0)] public float Real; }
  [StructLayout(LayoutKind.Sequential, CharSet = CharSet.Ansi)]
  public struct CarState {
    public ulong Tick;
    [MarshalAs(UnmanagedType.I1)] public bool Valid;
    [MarshalAs(UnmanagedType.ByValTStr, SizeConst = 15)] public string Name;
    [MarshalAs(UnmanagedType.ByValArray, SizeConst = 4)] public Wheel[] Wheels;
    public Value Value;
  }
}
""",
        "agreed",
        "",
    ),
    "a Pascal program with variants": (
        "fpc",
        "car.pas",
        """\
program sim;
{$mode objfpc}
{$packrecords c}
type
  TWheel = record Slip: Single; Hot: Byte; end;
  TValue = record case Byte of 0: (Whole: LongInt); 1: (Real: Single); end;
  CarState = record
    Tick: QWord; Valid: Boolean; Name: array[0..14] of AnsiChar; Wheels: array[0..3] of TWheel; Value: TValue;
  end;
var state: CarState;
begin
  state.Tick := 1;
end.
""",
        "agreed",
        "",
    ),
    "Rust that chooses the order": (
        "rustc",
        "car.rs",
        """\
#[repr(C)] union Value { whole: i32, real: f32 }
#[repr(C)] struct Wheel { slip: f32, hot: u8 }
struct CarState { tick: u64, valid: bool, name: [u8; 15], wheels: [Wheel; 4], value: Value }
""",
        "differs",
        "the fields of CarState reordered",
    ),
    "Nim with a module of its own": (
        "nim",
        "car.nim",
        """\
import wheels
type
  Value {.union.} = object
    whole: int32
    real: float32
  CarState = object
    tick: uint64
    valid: bool
    name: array[15, char]
    wheels: array[4, Wheel]
    value: Value
""",
        "agreed",
        "",
    ),
}


@pytest.mark.parametrize(("compiler", "file", "text", "verdict", "cause"), BY_HAND.values(), ids=BY_HAND)
def test_what_people_write_by_hand_is_understood(telemetry, compiler, file, text, verdict, cause):
    if shutil.which(compiler) is None:
        pytest.skip(f"{compiler} is not installed")
    telemetry.write(
        {
            "car.h": HEADER,
            file: text,
            "wheels.nim": "type Wheel* = object\n  slip*: float32\n  hot*: uint8\n",
            "samebytes.toml": f'[layout.CarState]\nheader = "car.h"\n[declaration.copy]\nsource = "{file}"\n',
        }
    )
    cell = telemetry.cells()["copy"]
    assert (cell["verdict"], cell["message"]) == (verdict, "")
    assert cause in cell["cause"]
