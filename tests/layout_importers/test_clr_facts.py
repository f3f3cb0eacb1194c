"""What differs between versions of .NET, and what they refuse: each as that runtime has it, and by the rules where none is asked."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from samebytes.errors import LayoutError, MissingError, TypeRefusedError
from samebytes.layout import ABIS, lay_out
from samebytes.layout.importers import assembly_records, from_assembly, notes_of

SOURCE = Path(__file__).with_name("clr_facts.cs")
ABI = ABIS["x86_64-linux"]

# Size and the places of a, d or c, z. The rows that differ are the point; the others say that the rest is alike.
MANAGED = {
    "8": {
        "WithDecimal": "32 a0 d8 z24", "WithDate": "24 a0 d8 z16", "WithOffset": "32 a0 d8 z24", "WithGuid": "24 a0 d4 z20",
        "WithNullable": "16 a0 d4 z12", "WithPair": "40 a0 d8 z32", "FixedChar": "12 a0 c2 z10", "FixedBool": "6 a0 c1 z5",
        "PackedDecimal": "18 a0 d1 z17",
    },
    "3.1": {
        "WithDecimal": "24 a0 d4 z20", "WithDate": "16 a0 d8 z1", "WithOffset": "24 a0 d8 z1", "WithGuid": "24 a0 d4 z20",
        "WithNullable": "16 a0 d4 z12", "WithPair": "40 a0 d8 z32", "FixedChar": "12 a0 c2 z10", "FixedBool": "6 a0 c1 z5",
        "PackedDecimal": "18 a0 d1 z17",
    },
    "none": {
        "WithDecimal": "32 a0 d8 z24", "WithDate": "", "WithOffset": "", "WithGuid": "24 a0 d4 z20",
        "WithNullable": "16 a0 d4 z12", "WithPair": "40 a0 d8 z32", "FixedChar": "12 a0 c2 z10", "FixedBool": "6 a0 c1 z5",
        "PackedDecimal": "18 a0 d1 z17",
    },
}  # fmt: skip
ALIKE = {
    "WithDecimal": "32 a0 d8 z24", "WithDate": "24 a0 d8 z16", "WithOffset": "", "WithGuid": "24 a0 d4 z20",
    "WithNullable": "16 a0 d4 z12", "WithPair": "40 a0 d8 z32", "FixedChar": "10 a0 c1 z9", "FixedBool": "12 a0 c4 z8",
    "FixedUnicode": "12 a0 c2 z10", "AutoChar": "7 a0 c1 z2 s3", "Derived": "12 b0 a4 c5 d8", "WithDerived": "20 x0 d4 z16",
    "PackedDecimal": "18 a0 d1 z17",
}  # fmt: skip
MARSHALLED = {
    "8": ALIKE | {"WithCurrency": "24 a0 d8 z16"},
    "3.1": ALIKE | {"WithCurrency": ""},
    "none": ALIKE | {"WithCurrency": "24 a0 d8 z16"},
}
REFUSED = ["Misaligned", "Overlapped", "Halfway", "Nested", "Holder"]
NOT_REFUSED = ["Aligned", "Alike", "NestedAligned"]
RUNTIMES = ["8", "3.1", "none"]


@pytest.fixture(scope="session")
def facts(tmp_path_factory):
    if shutil.which("mcs") is None:
        pytest.skip("mcs (mono's C# compiler) is not installed")
    target = tmp_path_factory.mktemp("facts") / "facts.dll"
    words = ["mcs", "-unsafe", "-nowarn:169,649,414", "-target:library", f"-out:{target}", str(SOURCE)]
    subprocess.run(words, check=True, timeout=120)
    return target


def asked(facts, name, runtime, abi=ABI):
    try:
        return from_assembly(facts, f"Facts.{name}", abi=abi, runtime=runtime)
    except MissingError as error:
        pytest.skip(f"{error}: python3 ci/test.py makes an environment that has it")


def places(record):
    """`24 a0 d4 z20`: the size, and each field's offset, those of a base class among them."""
    if record is None:
        return ""
    layout = lay_out(record, ABI)
    own = [(m.field.name, m.offset) for m in layout.members if m.field.name]
    base = [(m.field.name, m.offset) for one in layout.members if not one.field.name for m in one.layout.members]
    return " ".join([str(layout.size), *(f"{name}{offset}" for name, offset in (*base, *own))])


@pytest.mark.parametrize("runtime", RUNTIMES)
def test_both_layouts_are_that_runtime_s(facts, runtime):
    managed = {name: places(asked_or_none(facts, name, runtime, "managed")) for name in MANAGED[runtime]}
    marshalled = {name: places(asked_or_none(facts, name, runtime, "marshalled")) for name in MARSHALLED[runtime]}
    assert managed == MANAGED[runtime]
    assert marshalled == MARSHALLED[runtime]


def asked_or_none(facts, name, runtime, called):
    try:
        return getattr(asked(facts, name, runtime), called)
    except LayoutError:
        return None


@pytest.mark.parametrize("runtime", RUNTIMES)
def test_where_a_layout_comes_from_is_told(facts, runtime):
    found = asked(facts, "WithGuid", runtime)
    how = {"8": "as .NET 8.", "3.1": "as .NET Core 3.1.", "none": "modelled"}[runtime]
    for called in ("managed", "marshalled"):
        assert f"its metadata, {called} layout, {how}" in getattr(found, called).origin.tool
    elsewhere = from_assembly(facts, "Facts.WithGuid", abi="s390x-linux", runtime=runtime)
    assert elsewhere.managed.origin.tool.endswith("modelled"), "a runtime speaks for its own CPU only"


@pytest.mark.parametrize("runtime", ["8", "3.1"])
def test_what_only_this_version_does_is_remarked(facts, runtime):
    remarks = notes_of(asked(facts, "WithDate", runtime).managed)
    assert any("what it is made of may be laid out otherwise elsewhere" in note for note in remarks)
    remarks = notes_of(asked(facts, "WithDecimal", runtime).managed)
    assert any("other versions of .NET" in note for note in remarks) == (runtime == "3.1")


@pytest.mark.parametrize("runtime", RUNTIMES)
@pytest.mark.parametrize("name", REFUSED)
def test_a_reference_that_the_clr_does_not_allow(facts, name, runtime):
    with pytest.raises(TypeRefusedError) as caught:
        asked(facts, name, runtime)
    words = str(caught.value)
    assert "a reference must stand at a multiple of 8 and overlap nothing" in words
    assert "fixed byte" in caught.value.hint
    assert ("seen on .NET" in words) == (runtime != "none")


@pytest.mark.parametrize("runtime", RUNTIMES)
@pytest.mark.parametrize("name", NOT_REFUSED)
def test_a_reference_that_it_allows(facts, name, runtime):
    assert asked(facts, name, runtime).marshalled is not None


@pytest.mark.parametrize("runtime", RUNTIMES)
def test_a_char_that_overwrites_its_neighbour_in_the_program(facts, runtime):
    found = asked(facts, "TightAnsi", runtime)
    assert found.marshalled is None
    assert "`a` and `b` are apart in the segment, and share bytes as the program keeps them" in str(found.refused)
    for name in ("RoomyAnsi", "Unicode", "ByteBools"):
        assert asked(facts, name, runtime).marshalled is not None, name


def test_what_is_not_marshalled_of_a_buffer_is_no_field(facts):
    """`StructureToPtr` wrote 01 41 00…00 02 for { 1, "ABCD", 2 }: the first character, and zeros."""
    leaves = lay_out(asked(facts, "FixedChar", "none").marshalled, ABI).by_path
    assert (leaves["c.first"].offset, leaves["c.first"].width, leaves["c.rest[0]"].offset) == (1, 1, 2)
    unicode = lay_out(asked(facts, "FixedUnicode", "none").marshalled, ABI).by_path
    assert [unicode[f"c[{index}]"].offset for index in range(4)] == [2, 4, 6, 8]


def test_charset_auto_is_wide_on_windows(facts):
    found = from_assembly(facts, "Facts.AutoChar", abi="x86_64-windows").marshalled
    assert lay_out(found, ABIS["x86_64-windows"]).by_path["c"].width == 2
    assert found.origin.tool.endswith("modelled"), "no runtime for Windows was asked"


def test_every_structure_at_once(facts):
    found = assembly_records(facts, abi=ABI)
    assert {"WithGuid", "WithPair", "Aligned"} <= set(found)
    assert set(REFUSED) <= set(found.refused)


def test_a_version_that_is_not_here(facts):
    with pytest.raises(MissingError, match=r"there is no \.NET 99"):
        from_assembly(facts, "Facts.WithGuid", abi=ABI, runtime="99")
