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


PAGE = """\
#include <stdint.h>
typedef struct Page { int32_t packet; float gap; uint16_t clock[15]; int32_t flag; } Page;
"""
NEEDY = {
    "lib/__init__.py": "",
    "lib/kinds.py": "from ctypes import c_float, c_int32, c_uint16\n",
    "lib/page.py": "import ctypes\nfrom .kinds import c_float, c_int32, c_uint16\n"
    "class Page(ctypes.Structure):\n"
    '    _fields_ = [("packet", c_int32), ("gap", c_float), ("clock", c_uint16 * 15), ("flag", c_int32)]\n',
    "page.rs": """\
use serde::{Deserialize, Serialize};
use crate::memory::Versioned;

const CLOCK: usize = 15;

#[repr(C)]
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub struct Page {
    #[serde(rename = "id")]
    pub packet: i32,
    pub gap: f32,
    pub clock: [u16; CLOCK],
    pub flag: i32,
}

impl Versioned for Page {
    fn packet_id(&self) -> i32 { self.packet }
}

pub fn read(bytes: &[u8]) -> Option<Page> {
    zerocopy::read(bytes)
}
""",
    "Page.cs": """\
using System.Runtime.InteropServices;
using Newtonsoft.Json;
namespace Dash
{
    [StructLayout(LayoutKind.Sequential)]
    [JsonObject]
    public unsafe struct Page
    {
        [JsonProperty("id")] public int packet;
        public float gap;
        public fixed ushort clock[15];
        public int flag;
    }
}
""",
    "page.go": """\
package dash

import (
	"encoding/binary"
	"example.org/nowhere/telemetry"
)

type Page struct {
	Packet int32
	Gap    float32
	Clock  [15]uint16
	Flag   int32
}

func Read(data []byte) (page Page) {
	telemetry.Read(data, binary.LittleEndian, &page)
	return
}
""",
    "pages.pas": """\
unit pages;
{$mode delphi}
interface
type
  TPage = packed record
    packet: Integer; gap: Single; clock: array[0..14] of Word; pad: Word; flag: Integer;
  end;
implementation
end.
""",
}
SOURCES = {
    "py": ('source = "lib/page.py"\n', None),
    "rs": ('source = "page.rs"\n', "rustc"),
    "cs": ('source = "Page.cs"\ntype = "Dash.Page"\n', "mcs"),
    "go": ('source = "page.go"\n', "go"),
    "pas": ('source = "pages.pas"\n', "fpc"),
}


def test_a_declaration_is_taken_out_of_a_file_that_needs_others(telemetry):
    here = {name: text for name, (text, tool) in SOURCES.items() if tool is None or shutil.which(tool)}
    text = "".join(f"[declaration.{name}]\n{text}" for name, text in here.items())
    telemetry.write(NEEDY | {"page.h": PAGE, "samebytes.toml": f'[layout.Page]\nheader = "page.h"\n{text}'})
    cells = telemetry.cells()
    assert {name: (cell["verdict"], cell["message"]) for name, cell in cells.items()} == dict.fromkeys(
        here, ("agreed", "")
    )
    telemetry.write({"page.h": PAGE.replace("int32_t flag", "double flag")})
    assert {name: cell["verdict"] for name, cell in telemetry.cells().items()} == dict.fromkeys(here, "differs")


@pytest.mark.skipif(shutil.which("fpc") is None, reason="fpc is not installed")
def test_a_short_string_is_a_length_byte_and_its_characters(telemetry):
    fields = "    id: Integer;\n    text: string[20];\n    ok: Boolean;\n"
    unit = f"unit notes;\n{{$mode delphi}}\ninterface\ntype\n  TNote = record\n{fields}  end;\n"
    header = "#include <stdint.h>\nstruct Note { int32_t id; struct { uint8_t count; char chars[20]; } text; uint8_t ok; };\n"
    toml = '[layout.Note]\nheader = "note.h"\n[declaration.pas]\nsource = "notes.pas"\n'
    telemetry.write({"notes.pas": f"{unit}implementation\nend.\n", "note.h": header, "samebytes.toml": toml})
    assert telemetry.cells()["pas"]["verdict"] == "agreed"
    telemetry.write({"note.h": header.replace("struct { uint8_t count; char chars[20]; } text", "char text[20]")})
    assert telemetry.cells()["pas"]["verdict"] == "differs"


@pytest.mark.skipif(shutil.which("rustc") is None, reason="rustc is not installed")
def test_a_type_that_a_source_does_not_declare_is_told_with_those_that_it_does(telemetry):
    telemetry.write(NEEDY | {"page.h": PAGE.replace("Page", "Lap")})
    telemetry.write({"samebytes.toml": '[layout.Lap]\nheader = "page.h"\n[declaration.rs]\nsource = "page.rs"\n'})
    cell = telemetry.cells()["rs"]
    assert (cell["verdict"], cell["stage"]) == ("refused", "describe")
    assert cell["message"] == 'page.rs declares no Lap; it has Page (say which of them it is: type = "Page")'


def test_a_python_file_that_imports_what_is_not_there_says_what_to_do(telemetry):
    telemetry.write(NEEDY | {"page.h": PAGE, "lib/kinds.py": "from nowhere_at_all import *\n"})
    telemetry.write({"samebytes.toml": '[layout.Page]\nheader = "page.h"\n[declaration.py]\nsource = "lib/page.py"\n'})
    message = telemetry.cells()["py"]["message"]
    assert "No module named 'nowhere_at_all'" in message
    assert "move the classes into a file that imports no more than ctypes" in message
