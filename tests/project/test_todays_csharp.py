"""C# as it is written today, and types that compile and that .NET does not take as they are declared."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROSLYN = Path(__file__).resolve().parents[2] / "peers" / "csharp" / "roslyn.py"
HEADER = """\
#include <stdint.h>
typedef struct Rec { uint32_t id; float wheels[4]; int64_t handle; uint16_t half; uint8_t tail; } Rec;
"""
TODAY = """\
using Missing.Serialization;
namespace Dash.Memory;

[System.Runtime.CompilerServices.InlineArray(4)]
public struct Wheels { private float first; }

[Packet, Described("a page")]
public unsafe record struct Rec : IPacket
{
    public uint id;
    public Wheels wheels;
    public nint handle;
    public System.Half half;
    public byte tail;
    public readonly string Text() => Serializer.Write(this);
}
file unsafe struct Hidden { public delegate* unmanaged<int, void> call; }
"""
CHECK = """\
realms = ["linux"]
[layout.Rec]
header = "rec.h"
[declaration.reader]
source = "Rec.cs"
type = "Dash.Memory.Rec"
"""
TIGHT = """\
using System.Runtime.InteropServices;
namespace Dash.Memory {
    [StructLayout(LayoutKind.Explicit)]
    public struct Rec {
        [FieldOffset(0)] public uint id;
        [FieldOffset(4), MarshalAs(UnmanagedType.ByValArray, SizeConst = 4)] public float[] wheels;
        [FieldOffset(24)] public long handle;
    }
}
"""


@pytest.fixture(scope="session")
def roslyn():
    """Skips where the compiler cannot be had; says why."""
    probe = subprocess.run([sys.executable, str(ROSLYN), "--probe"], capture_output=True, text=True, timeout=60)
    if probe.returncode != 0:
        pytest.skip(probe.stderr.strip())


@pytest.fixture
def rec(project):
    """A project with a header; `rec(SOURCE)` writes the reader's declaration and checks it."""
    project.write({"samebytes.toml": CHECK, "rec.h": HEADER})

    def check(source):
        project.write({"Rec.cs": source})
        return project.check()

    return check


@pytest.mark.usefixtures("roslyn")
def test_sources_of_today_are_checked_without_the_packages_that_they_use(rec):
    ran = rec(TODAY)
    assert ran.status == 0, ran.out
    assert "reader → samebytes   agreed" in ran.out
    assert "Rec.cs is read without what is not here: " in ran.err
    for left_out in ("using Missing.Serialization;", ": IPacket", "Serializer.Write"):
        assert left_out in ran.err


@pytest.mark.usefixtures("roslyn")
def test_a_field_of_a_type_that_is_not_here_is_an_error(rec):
    ran = rec(TODAY.replace("public nint handle", "public Handle handle"))
    assert ran.status == 1
    assert "(Roslyn exited with 1): Rec.cs(12,12): error CS0246" in ran.out


@pytest.mark.usefixtures("roslyn")
def test_a_defect_in_a_source_of_today_is_found(rec):
    ran = rec(TODAY.replace("InlineArray(4)", "InlineArray(3)"))
    assert ran.status == 1
    assert "wheels[3] at 16: the layout has a field, reader has none" in ran.out
    assert "handle at 24: the layout has offset 24, 8 bytes, reader has offset 16, 8 bytes" in ran.out
    assert "half at 32: the layout has offset 32, 2 bytes, reader has offset 24, 2 bytes" in ran.out


@pytest.mark.usefixtures("roslyn")
def test_explain_takes_a_source(samebytes, project):
    project.write({"Rec.cs": TODAY})
    ran = samebytes("explain", "Rec.cs", "--type", "Rec", "--abi", "x86_64-linux", folder=project.path)
    assert ran.status == 0, ran.err
    assert "record Rec on x86_64-linux: 40 bytes, aligned to 8" in ran.out
    assert re.search(r"4 +16  f32\[4\] +wheels$", ran.out, re.M), ran.out


def test_without_a_compiler_that_knows_it_the_way_out_is_named(rec, tmp_path, monkeypatch):
    """An empty cache, and no npm to fill it."""
    tools = tmp_path / "bin"
    tools.mkdir()
    for name in ("mcs", "mono"):
        found = shutil.which(name)
        if found is None:
            pytest.skip(f"{name} is not installed")
        (tools / name).symlink_to(found)
    monkeypatch.setenv("SAMEBYTES_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("PATH", str(tools))
    ran = rec(TODAY)
    assert ran.status == 1
    assert "Rec.cs does not compile for x86_64-linux (mcs exited with" in ran.out
    assert "Roslyn was not tried: " in ran.out
    assert "or name the built file instead of the source" in ran.out


@pytest.mark.skipif(
    not any(map(shutil.which, ("mcs", "dotnet", "csc"))), reason="no C# compiler: apt-get install mono-mcs"
)
def test_a_type_that_the_clr_does_not_load_differs_and_is_corrected(rec):
    ran = rec(TIGHT)
    assert ran.status == 1
    assert "differs at describe" in ran.out
    assert "`wheels` is a reference at offset 4, which is no multiple of 8" in ran.out
    assert "public fixed float wheels[4]; // 4" in ran.out
    assert "namespace Dash.Memory" in ran.out
