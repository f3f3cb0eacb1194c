"""Structures of .NET assemblies: both layouts, compared with what real runtimes say of them."""

from __future__ import annotations

import importlib.util
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from samebytes.errors import LayoutError
from samebytes.layout import ABIS, lay_out
from samebytes.layout.importers import assembly_records, from_assembly, load, notes_of

ROOT = Path(__file__).resolve().parents[2]
SHIPPED = ROOT / "peers" / "csharp" / "prebuilt" / "SameBytesPeer.dll"
SOURCE = Path(__file__).with_name("structures.cs")
ABI = ABIS["x86_64-linux"]
ON_MONO_ONLY = {
    "Arrays": "mono gives bool[] elements 4 bytes whatever ArraySubType says; CoreCLR heeds it",
    "Sized": "mono rounds Size up to the alignment",
    "Ansi": "mono marshals VariantBool on Linux too",
}
ON_CORECLR_NOT = {"Ansi": "VariantBool is for Windows only", "Auto": "", "WithClass": ""}
RULES_ONLY = {"runtime": "none"}


@pytest.fixture(scope="session")
def assembly(tmp_path_factory):
    if shutil.which("mcs") is None:
        pytest.skip("mcs (mono's C# compiler) is not installed")
    target = tmp_path_factory.mktemp("assembly") / "structures.exe"
    subprocess.run(["mcs", "-unsafe", "-nowarn:169,649,414", f"-out:{target}", str(SOURCE)], check=True, timeout=120)
    return target


def answers(output):
    """Lines of `NAME marshalled SIZE field@offset …` and `NAME managed SIZE`, by both words."""
    return {tuple(line.split()[:2]): line.split()[2:] for line in output.splitlines() if line.strip()}


def marshalled(record):
    layout = lay_out(record, ABI)
    return [str(layout.size), *(f"{member.field.name}@{member.offset}" for member in layout.members)]


def compare(assembly, said, skipped):
    compared = 0
    for (name, which), words in said.items():
        found = None
        if name not in ("Auto", "WithClass"):
            found = from_assembly(assembly, f"Shared.{name}", abi=ABI, **RULES_ONLY)
        if name in skipped or found is None or words == ["none"]:
            continue
        if which == "marshalled":
            assert marshalled(found.marshalled) == words, name
            compared += 1
        elif found.managed is not None:
            assert str(lay_out(found.managed, ABI).size) == words[0], name
            compared += 1
    assert compared >= 15


def test_mono(assembly):
    if shutil.which("mono") is None:
        pytest.skip("mono is not installed")
    done = subprocess.run(["mono", str(assembly)], capture_output=True, text=True, timeout=120, check=True)
    compare(assembly, answers(done.stdout), ON_MONO_ONLY)


@pytest.mark.parametrize("version", ["8", "3.1"])
def test_coreclr(assembly, version):
    probe = [sys.executable, str(ROOT / "peers" / "csharp" / "host.py"), "--probe", f"--runtime={version}"]
    if importlib.util.find_spec("pythonnet") is None or subprocess.run(probe, capture_output=True).returncode != 0:
        pytest.skip(f"no pythonnet, or no .NET {version}: python3 ci/test.py makes an environment with both")
    script = (
        f"import sys; sys.path.insert(0, {str(ROOT / 'peers' / 'csharp')!r})\n"
        "from pathlib import Path; import clr_runtime\n"
        f"clr_runtime.load_runtime(Path({str(assembly)!r}), {version!r})\n"
        "from Shared import Program; print(Program.Describe())\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    compare(assembly, answers(done.stdout), ON_CORECLR_NOT)


def test_two_layouts_that_differ(assembly):
    found = from_assembly(assembly, "Ansi")
    assert "12 bytes managed, 16 marshalled" in found.warning.what
    assert "has two layouts" in str(found.warning)
    assert [record.name for record in found.records] == ["Ansi", "Ansi_marshalled"]
    assert notes_of(found.managed) == (str(found.warning),)
    assert [record.name for record in load(assembly, "Ansi", abi="x86_64-windows")] == ["Ansi", "Ansi_marshalled"]
    assert [record.name for record in load(assembly, "Ansi_marshalled", abi="x86_64-windows")] == ["Ansi_marshalled"]


def test_two_layouts_that_agree(assembly):
    found = from_assembly(assembly, "Plain")
    assert found.warning is None
    assert found.records == [found.managed]
    assert "managed layout" in found.managed.origin.tool


def test_kinds(assembly):
    plain = from_assembly(assembly, "Shared.Plain").managed
    small, big = plain.named("s").type, plain.named("g").type
    assert (small.base.name, dict(small.values)) == ("u8", {"A": 0, "B": 7})
    assert (big.base.name, dict(big.values)) == ("i64", {"X": -1, "Y": 1 << 40})
    text = from_assembly(assembly, "Text").marshalled
    assert text.pack == 1
    assert (text.named("name").type.name, text.named("name").counts) == ("char16", (32,))
    assert text.named("name").chars is not None
    fixed = from_assembly(assembly, "Fixed").managed
    assert (fixed.named("xs").type.name, fixed.named("xs").counts) == ("i32", (5,))
    assert lay_out(fixed.named("id").type, ABI).size == 16
    assert from_assembly(assembly, "Outer+Inner").managed.names == ("a", "B")
    explicit = from_assembly(assembly, "Explicit").managed
    assert [part.offset for part in explicit.fields] == [0, 0, 6, 8]


def test_one_layout_only(assembly):
    found = from_assembly(assembly, "WithString")
    assert found.managed is None
    assert "is a reference" in found.why[0]
    dated = from_assembly(assembly, "WithDate", **RULES_ONLY)
    assert dated.managed is None
    assert "laid out differently by mono and CoreCLR" in dated.why[0]


def test_refusals(assembly):
    with pytest.raises(LayoutError, match=r"LayoutKind\.Auto"):
        from_assembly(assembly, "Auto")
    with pytest.raises(LayoutError, match=r"no type Nothing.*Shared\.Plain"):
        from_assembly(assembly, "Nothing")
    assert "Auto" in assembly_records(assembly).refused


def test_sizes_that_runtimes_round_differently(assembly):
    assert any("mono rounds it up" in note for note in notes_of(from_assembly(assembly, "Sized").managed))


def test_the_shipped_assembly_is_read_without_a_runtime():
    found = assembly_records(SHIPPED)
    assert found or found.refused
    with pytest.raises(LayoutError, match="no type Nothing"):
        from_assembly(SHIPPED, "Nothing")


def test_what_is_no_assembly(tmp_path):
    with pytest.raises(LayoutError, match="cannot read"):
        from_assembly(tmp_path / "missing.dll", "S")
    other = tmp_path / "other.dll"
    other.write_bytes(b"MZ" + bytes(400))
    with pytest.raises(LayoutError, match=r"no \.NET assembly|damaged"):
        from_assembly(other, "S")


@settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.data())
def test_damaged_assemblies(tmp_path, data):
    image = bytearray(SHIPPED.read_bytes())
    for _ in range(data.draw(st.integers(1, 30))):
        image[data.draw(st.integers(0, len(image) - 1))] = data.draw(st.integers(0, 255))
    damaged = tmp_path / "damaged.dll"
    damaged.write_bytes(image[: data.draw(st.integers(1, len(image)))])
    try:
        assembly_records(damaged, **RULES_ONLY)
    except LayoutError as error:
        assert error.message  # noqa: PT017 - any other exception is the failure
