"""`samebytes emit --check-only`: a right declaration builds, and the build of a wrong one fails at its field's assert."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from samebytes.cli.main import main

TRUTH = """\
[record.Wheel]
fields = [{ name = "slip", type = "f32" }, { name = "lap", type = "u16" }]

[record.CarState]
fields = [
    { name = "speed", type = "f64" },
    { name = "rpm", type = "u16" },
    { name = "gear", type = "i8" },
    { name = "pit_limiter", type = "bool" },
    { name = "load", type = "f32", count = 2 },
    { name = "wheel", type = "Wheel" },
]
"""
C = """\
#include <stdint.h>
#include <stdbool.h>
typedef struct Wheel { float slip; uint16_t lap; } Wheel;
struct CarState { double speed; uint16_t rpm; int8_t gear; bool pit_limiter; float load[2]; Wheel wheel; };
"""
CS = """\
using System.Runtime.InteropServices;
namespace Dash {
public struct Wheel { public float Slip; public ushort Lap; }
[StructLayout(LayoutKind.Sequential)]
public unsafe struct CarState { public double Speed; public ushort Rpm; public sbyte Gear; public bool PitLimiter;
    public fixed float Load[2]; public Wheel Wheel; }
}
"""
NIM = """\
type
  Wheel = object
    slip: float32
    lap: uint16
  CarState = object
    speed: float64
    rpm: uint16
    gear: int8
    pitLimiter: bool
    load: array[2, float32]
    wheel: Wheel
include "check.nim"
"""
RUST = """\
#[repr(C)] #[derive(Clone, Copy)] pub struct Wheel { slip: f32, lap: u16 }
#[repr(C)] pub struct CarState { speed: f64, rpm: u16, gear: i8, pit_limiter: bool, load: [f32; 2], wheel: Wheel }
mod check;
"""
PASCAL = """\
unit car;
{$mode objfpc}{$packrecords c}
interface
type
  TWheel = record Slip: Single; Lap: Word; end;
  TCarState = record
    Speed: Double; Rpm: Word; Gear: ShortInt; PitLimiter: Boolean; Load: array[0..1] of Single; Wheel: TWheel;
  end;
{$I check.inc}
implementation
end.
"""
GO = """\
package main

type Wheel struct { Slip float32; Lap uint16 }
type CarState struct { Speed float64; Rpm uint16; Gear int8; PitLimiter bool; Load [2]float32; Wheel Wheel }

func main() {}
"""
BUILDS = {
    "c": (C, "car.h", "check.c", ["gcc", "-std=c11", "-Wall", "-Werror", "-c", "check.c"]),
    "c++": (C, "car.h", "check.cpp", ["g++", "-std=c++17", "-Wall", "-Werror", "-c", "check.cpp"]),
    "csharp": (CS, "Car.cs", "Check.cs", ["mcs", "-unsafe", "-target:library", "-out:car.dll", "Car.cs", "Check.cs"]),
    "nim": (NIM, "car.nim", "check.nim", ["nim", "check", "--hints:off", "--nimcache:cache", "car.nim"]),
    "rust": (RUST, "car.rs", "check.rs", ["rustc", "--crate-type=lib", "--emit=metadata", "car.rs"]),
    "pascal": (PASCAL, "car.pas", "check.inc", ["fpc", "-s", "car.pas"]),
    "go": (GO, "car.go", "check.go", ["go", "build", "-o", "car", "car.go", "check.go"]),
}
WRONG = {
    "c": [
        ("int8_t gear", "int16_t gear", "gear"),
        ("uint16_t rpm", "int16_t rpm", "rpm"),
        ("uint16_t lap", "uint8_t lap", "lap"),
    ],
    "c++": [
        ("int8_t gear", "uint8_t gear", "gear"),
        ("float load", "int32_t load", "load"),
        ("float slip", "int slip", "slip"),
    ],
    "csharp": [
        ("sbyte Gear", "byte Gear", "Gear"),
        ("ushort Rpm", "uint Rpm", "Rpm"),
        ("double Speed", "long Speed", "Speed"),
    ],
    "nim": [
        ("gear: int8", "gear: int16", "gear"),
        ("rpm: uint16", "rpm: int16", "rpm"),
        ("lap: uint16", "lap: uint8", "lap"),
    ],
    "rust": [("gear: i8", "gear: i16", "gear"), ("rpm: u16", "rpm: i16", "rpm"), ("lap: u16", "lap: u8", "lap")],
    "pascal": [
        ("Gear: ShortInt", "Gear: SmallInt", "Gear"),
        ("Slip: Single; Lap: Word", "Lap: Word; Slip: Single", "Slip"),
    ],
    "go": [("Gear int8", "Gear int16", "Gear"), ("Rpm uint16", "Rpm int16", "Rpm"), ("Lap uint16", "Lap uint8", "Lap")],
}


def built(folder: Path, command: list[str]) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "GOFLAGS": "-mod=mod", "GO111MODULE": "off", "LC_ALL": "C"}
    return subprocess.run(
        command,
        cwd=folder,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=300,
        check=False,
    )


@pytest.mark.parametrize("language", BUILDS)
def test_a_right_declaration_builds_and_a_wrong_one_fails_at_its_field(language, tmp_path):
    declaration, file, check, command = BUILDS[language]
    if shutil.which(command[0]) is None:
        pytest.skip(f"no {command[0]}")
    (tmp_path / "truth.toml").write_text(TRUTH)
    (tmp_path / file).write_text(declaration)
    place = [str(tmp_path / "truth.toml"), "--type", "CarState", "--abi", "x86_64-linux", "--in", str(tmp_path / file)]
    assert main(["emit", *place, "--to", language, "--check-only", "-o", str(tmp_path / check)]) == 0
    done = built(tmp_path, command)
    assert done.returncode == 0, done.stdout
    asserts = (tmp_path / check).read_text().splitlines()
    for right, wrong, field in WRONG[language]:
        assert right in declaration
        (tmp_path / file).write_text(declaration.replace(right, wrong))
        done = built(tmp_path, command)
        assert done.returncode != 0, f"{wrong} builds"
        lines = [int(one) for one in re.findall(rf"{re.escape(check)}[:(](\d+)", done.stdout)]
        assert any(field in asserts[line - 1] for line in lines), done.stdout


def test_what_csharp_cannot_hold_while_compiling_its_verify_does(tmp_path):
    if shutil.which("mcs") is None or shutil.which("mono") is None:
        pytest.skip("no mono")
    (tmp_path / "truth.toml").write_text(TRUTH)
    (tmp_path / "Car.cs").write_text(
        CS.replace("public double Speed; public ushort Rpm", "public ushort Rpm; public double Speed")
    )
    place = [str(tmp_path / "truth.toml"), "--type", "CarState", "--in", str(tmp_path / "Car.cs")]
    assert main(["emit", *place, "--to", "csharp", "--check-only", "-o", str(tmp_path / "Check.cs")]) == 0
    (tmp_path / "Main.cs").write_text("static class Program { static void Main() { CarStateLayout.Verify(); } }\n")
    assert built(tmp_path, ["mcs", "-unsafe", "-out:car.exe", "Main.cs", "Car.cs", "Check.cs"]).returncode == 0
    done = built(tmp_path, ["mono", "car.exe"])
    assert done.returncode != 0
    assert "offset of CarState.Speed: not 0" in done.stdout or "size of CarState" in done.stdout


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--to", "c", "--in", "car.h"], "add --check-only"),
        (["--to", "python", "--check-only"], "--check-only cannot be written in python"),
        (["--to", "c", "--check-only", "--in", "car.xyz"], "car.xyz: a source of an unknown language"),
        (["--to", "c", "--check-only", "--in", "nowhere.h"], "nowhere.h: cannot be read: No such file"),
        (
            ["--to", "c", "--check-only", "--in", "other.h"],
            "other.h declares no CarState (--as NAME says what it is called",
        ),
        (["--to", "c", "--check-only", "--as", "struct Car"], "there are 2 records"),
    ],
)
def test_wrong_words_of_check_only(words, said, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "truth.toml").write_text(TRUTH)
    (tmp_path / "other.h").write_text("struct Other { int a; };\n")
    only = [] if "struct Car" in words else ["--type", "CarState"]
    assert main(["emit", "truth.toml", *only, *words]) == 2
    err = capsys.readouterr().err
    assert err.count("\n") == 1
    assert said in err
