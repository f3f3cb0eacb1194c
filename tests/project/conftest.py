"""A user's project: files written into a folder of their own, and `samebytes check` run there."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

HEADER = """\
#pragma once
#include <stdbool.h>
#include <stdint.h>
#pragma pack(push, 1)
typedef struct CarState {
    uint32_t version;
    uint32_t packet;
    bool     is_valid;
    double   speed;
    float    wheels[4];
    char     name[16];
} CarState;
#pragma pack(pop)
"""
CSHARP = """\
using System.Runtime.InteropServices;
namespace Telemetry {
    [StructLayout(LayoutKind.Sequential, Pack = 1)]
    public unsafe struct CarState {
        public uint Version;
        public uint Packet;
        public bool IsValid;
        public double Speed;
        public fixed float Wheels[4];
        public fixed byte Name[16];
    }
}
"""
PYTHON = """\
from ctypes import *

class CarState(Structure):
    _fields_ = [("version", c_uint32), ("packet", c_uint32), ("is_valid", c_bool), ("speed", c_double),
                ("wheels", c_float * 4), ("name", c_char * 16)]
"""
NIM = """\
type CarState {.packed.} = object
  version, packet: uint32
  isValid: bool
  speed: float64
  wheels: array[4, float32]
  name: array[16, char]
"""
RUST = """\
//! Shared with the simulator.
#[repr(C, packed)]
struct CarState { version: u32, packet: u32, is_valid: bool, speed: f64, wheels: [f32; 4], name: [u8; 16] }
"""
PASCAL = """\
unit carstate;
{$mode objfpc}
interface
type
  TCarState = packed record
    Version, Packet: LongWord;
    IsValid: Boolean;
    Speed: Double;
    Wheels: array[0..3] of Single;
    Name: array[0..15] of AnsiChar;
  end;
implementation
end.
"""
TELEMETRY = {
    "include/car_state.h": HEADER,
    "reader/CarState.cs": CSHARP,
    "copies/car_state.py": PYTHON,
    "copies/car_state.nim": NIM,
    "copies/car_state.rs": RUST,
    "copies/carstate.pas": PASCAL,
}


@dataclass(frozen=True)
class Folder:
    """A user's project."""

    path: Path
    samebytes: Callable[..., object]

    def write(self, files: Mapping[str, str]) -> None:
        """Write files, by path in the project."""
        for name, text in files.items():
            path = self.path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, "utf-8")

    def check(self, *arguments: object, realm: str = "linux"):
        """`samebytes check` in this folder."""
        return self.samebytes("check", *arguments, *(["--realm", realm] if realm else []), folder=self.path)

    def cells(self, *arguments: object, realm: str = "linux") -> dict[str, dict]:
        """The cells of a run, by the name of what was judged."""
        ran = self.check(*arguments, "--json", realm=realm)
        assert ran.status in (0, 1), ran.err
        return {cell["producer"]: cell for cell in ran.cells.values()}


@pytest.fixture
def project(tmp_path, samebytes) -> Folder:
    """An empty project outside the checkout."""
    return Folder(tmp_path, samebytes)


@pytest.fixture
def telemetry(project) -> Folder:
    """A header, and copies of it in five languages: the C# one has a bool that Marshal makes 4 bytes, the Python one no packing."""
    project.write(TELEMETRY)
    return project


def has_clang() -> bool:
    try:
        return importlib.util.find_spec("clang.native") is not None
    except ImportError:
        return False


def pytest_collection_modifyitems(items) -> None:
    """Headers are read by libclang-ng, binaries by pyelftools: extras, which a machine may lack."""
    lacks = [
        name
        for name, found in (("libclang-ng", has_clang()), ("pyelftools", importlib.util.find_spec("elftools")))
        if not found
    ]
    for item in items:
        if lacks and "telemetry" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.skip(reason=f"{', '.join(lacks)} is not installed"))
