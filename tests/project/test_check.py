"""`samebytes check` on a real project: a header, and copies of it in five languages, two of them wrong."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from samebytes.layout.emit import emit
from samebytes.layout.from_toml import records_from_toml

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="compiles for Linux")

ROOT = Path(__file__).resolve().parents[2]
LAYOUT = '[layout.CarState]\nheader = "include/car_state.h"\n'
DECLARATIONS = {
    "reader": 'source = "reader/CarState.cs"\ntype = "Telemetry.CarState"\n',
    "script": 'source = "copies/car_state.py"\n',
    "nimcopy": 'source = "copies/car_state.nim"\n',
    "rust": 'source = "copies/car_state.rs"\n',
    "pascal": 'source = "copies/carstate.pas"\ntype = "TCarState"\n',
    "measured": 'source = "include/car_state.h"\n',
}


def tool(*names: str) -> pytest.MarkDecorator:
    """Skips where a compiler is not installed."""
    missing = [name for name in names if shutil.which(name) is None]
    return pytest.mark.skipif(bool(missing), reason=f"{', '.join(missing)} is not installed")


def described(*names: str, before: str = "") -> str:
    return before + LAYOUT + "".join(f"[declaration.{name}]\n{DECLARATIONS[name]}" for name in names)


@pytest.fixture
def described_telemetry(telemetry):
    def write(*names, before=""):
        telemetry.write({"samebytes.toml": described(*names, before=before)})
        return telemetry

    return write


@tool("mcs", "nim", "rustc", "fpc", "gcc")
def test_both_defects_are_found_with_field_and_cause_and_right_copies_raise_no_alarm(described_telemetry):
    folder = described_telemetry(*DECLARATIONS)
    ran = folder.check("--repairs", "corrected")
    assert ran.status == 1
    assert "reader → samebytes    differs" in ran.out
    assert "cause: reader.marshal: `is_valid` declared as" in ran.out
    assert "(as C# marshals a bool" in ran.out
    assert "is_valid at 8: the layout has offset 8, 1 byte, reader.marshal has offset 8, 4 bytes" in ran.out
    assert "cause: script: not packed: Pack=1 is missing" in ran.out
    assert "speed at 9: the layout has offset 9, 8 bytes, script has offset 16, 8 bytes" in ran.out
    assert "4 of 6 peers in linux agree with the layout" in ran.out
    assert "6 cells: 4 agreed, 2 differs" in ran.out
    for name in ("reader.cs", "script.py"):
        corrected = (folder.path / "corrected" / name).read_text("utf-8")
        assert corrected in ran.out


@tool("mcs")
def test_the_corrected_declarations_pass(described_telemetry):
    folder = described_telemetry("reader", "script")
    folder.check("--repairs", "corrected")
    for wrong, right in (("reader/CarState.cs", "reader.cs"), ("copies/car_state.py", "script.py")):
        folder.write({wrong: (folder.path / "corrected" / right).read_text("utf-8")})
    ran = folder.check()
    assert (ran.status, "2 cells: 2 agreed" in ran.out) == (0, True), ran.out


MISTAKES = {
    "nimcopy": ("copies/car_state.nim", "speed: float64", "speed: float32", "`speed` declared as a 32-bit float"),
    "rust": ("copies/car_state.rs", "wheels: [f32; 4]", "wheels: [f32; 3]", "`wheels` has 3 elements instead of 4"),
    "pascal": ("copies/carstate.pas", "    IsValid: Boolean;\n", "", "`is_valid` missing"),
}


@tool("nim", "rustc", "fpc")
@pytest.mark.parametrize("name", MISTAKES)
def test_a_mistake_in_any_language_is_found_and_its_correction_passes(described_telemetry, name):
    folder = described_telemetry(name)
    file, old, new, cause = MISTAKES[name]
    text = (folder.path / file).read_text("utf-8")
    assert old in text
    folder.write({file: text.replace(old, new)})
    cell = folder.cells()[name]
    assert (cell["verdict"], cell["stage"]) == ("differs", "describe")
    assert cause in cell["cause"]
    folder.write({file: cell["repair"]})
    assert folder.cells()[name]["verdict"] == "agreed"


@tool("mcs")
def test_how_the_program_reads_decides_which_layout_of_a_csharp_struct_is_judged(described_telemetry):
    folder = described_telemetry("reader")
    both = folder.cells()["reader"]
    assert [run["verdict"] for run in both["runs"]] == ["agreed", "differs"]
    assert 'read = "pointer" says that the program never does the latter' in both["message"]
    for read, verdict in (("pointer", "agreed"), ("marshal", "differs")):
        folder.write({"samebytes.toml": described("reader") + f'read = "{read}"\n'})
        assert folder.cells()["reader"]["verdict"] == verdict


@tool("gcc")
def test_a_header_itself_is_measured_by_a_compiler(described_telemetry):
    folder = described_telemetry("measured")
    assert folder.cells()["measured"]["runs"][0]["described"] == {"producer": {"size": 49, "align": 1}}


@tool("gcc")
def test_a_header_that_asserts_another_size_of_itself_is_refused_and_no_skip(described_telemetry):
    folder = described_telemetry("measured")
    header = folder.path / "include" / "car_state.h"
    header.write_text(f'{header.read_text()}_Static_assert(sizeof(CarState) == 52, "nobody counted");\n')
    cell = folder.cells()["measured"]
    assert (cell["verdict"], cell["stage"]) == ("refused", "build")
    assert "nobody counted" in cell["message"]


@tool("gcc")
def test_a_binary_is_judged_on_the_abi_it_was_built_for(telemetry):
    telemetry.write({"probe.c": '#include "include/car_state.h"\nCarState shared;\n'})
    subprocess.run(["gcc", "-g", "-shared", "-fPIC", "-o", "probe.so", "probe.c"], cwd=telemetry.path, check=True)
    telemetry.write({"samebytes.toml": LAYOUT + '[declaration.built]\nsource = "probe.so"\n'})
    assert "built            CarState on x86_64-linux" in telemetry.check("--list", realm="").out
    assert telemetry.cells()["built"]["verdict"] == "agreed"


@tool("mcs")
def test_what_does_not_compile_is_refused_with_the_compilers_words(described_telemetry):
    folder = described_telemetry("reader")
    folder.write({"reader/CarState.cs": "public struct CarState { int; }"})
    cell = folder.cells()["reader"]
    assert (cell["verdict"], cell["stage"]) == ("refused", "build")
    assert "CarState.cs does not compile for x86_64-linux (" in cell["message"]
    assert " exited with 1): " in cell["message"]
    assert "error CS" in cell["runs"][0]["evidence"]


def test_a_type_that_is_not_there_is_refused_with_those_that_are(described_telemetry):
    folder = described_telemetry("script")
    text = (folder.path / "copies" / "car_state.py").read_text("utf-8")
    folder.write({"copies/car_state.py": text.replace("class CarState", "class OtherState")})
    cell = folder.cells()["script"]
    assert cell["verdict"] == "refused"
    assert "has no record CarState" in cell["message"]
    assert "OtherState" in cell["message"]


def test_a_compiler_that_is_not_here_is_a_skip_with_the_command_that_adds_it(described_telemetry, monkeypatch):
    folder = described_telemetry("script", "nimcopy")
    monkeypatch.setenv("PATH", str(folder.path))
    ran = folder.check("--json")
    skips = [line for line in ran.lines if line["type"] == "skipped"]
    assert [skip["peer"] for skip in skips] == ["nimcopy"]
    assert skips[0]["reason"] == "no Nim compiler for x86_64-linux (looked for nim)"
    assert skips[0]["add"].startswith("apt-get install nim")
    asked = folder.check("nimcopy")
    assert (asked.status, "nimcopy in linux cannot run here: no Nim compiler" in asked.err) == (3, True)


def test_a_layout_that_does_not_load_says_so_in_the_importers_words(described_telemetry):
    folder = described_telemetry("script")
    folder.write({"include/car_state.h": "struct CarState { unknown_t x; };\n"})
    ran = folder.check()
    assert ran.status == 2
    assert "samebytes.toml:1: [layout.CarState]: " in ran.err
    assert "unknown_t" in ran.err


def test_a_layout_for_one_system_only_is_a_skip_on_the_other(described_telemetry):
    folder = described_telemetry("script")
    text = "#ifdef _WIN32\n#error not for Windows\n#endif\n"
    folder.write({"include/car_state.h": text + (folder.path / "include" / "car_state.h").read_text("utf-8")})
    ran = folder.check("--json", realm="")
    assert [cell["realm"] for cell in ran.cells.values()] == ["linux"]
    skip = next(line for line in ran.lines if line["type"] == "skipped")
    assert "not for Windows" in skip["reason"]
    assert 'realms = ["linux"]' in skip["add"]
    folder.write({"samebytes.toml": described("script", before='realms = ["linux"]\n')})
    assert not [line for line in folder.check("--json", realm="").lines if line["type"] == "skipped"]


def test_names_select_and_what_there_is_not_is_named(described_telemetry):
    folder = described_telemetry("script", "measured")
    assert set(folder.cells("script")) == {"script"}
    assert "copies/car_state.py" not in folder.check("--list").out
    wrong = folder.check("scrip")
    assert (wrong.status, "there are: CarState, measured, script" in wrong.err) == (2, True)


def test_without_a_project_file_the_hint_is_init(project):
    ran = project.check()
    assert ran.status == 2
    assert "samebytes init HEADER writes a first one" in ran.err


def test_nothing_to_judge_is_never_success(project):
    project.write({"car.toml": RECORD, "samebytes.toml": '[layout.Car]\ntoml = "car.toml"\n'})
    ran = project.check()
    assert ran.status == 2
    assert "has nothing that could be held to its layouts" in ran.err


RECORD = '[record.Car]\nfields = [ { name = "a", type = "u8" }, { name = "b", type = "u32" } ]\n'
COPY = 'from ctypes import *\nclass Car(Structure):\n    _fields_ = [("a", c_uint8), ("b", c_uint32)]\n'


@pytest.fixture
def small(project):
    """A project that needs no extras."""
    project.write(
        {
            "car.toml": RECORD,
            "car.py": COPY,
            "samebytes.toml": '[layout.Car]\ntoml = "car.toml"\n[declaration.copy]\nsource = "car.py"\n',
        }
    )
    return project


def test_reports_merge_with_the_matrix(small, samebytes):
    small.check("--report", "check.jsonl", "--junit", "check.xml", "--markdown", "check.md", "--html", "check.html")
    matrix = small.path / "matrix.jsonl"
    samebytes(
        "matrix", "--peer", "python", "--realm", "linux", "--check", "data", "--layout", "Integer", "--report", matrix
    )
    ran = samebytes("report", small.path / "check.jsonl", matrix, "--json")
    assert {cell["check"] for cell in ran.cells.values()} == {"declaration", "data"}
    assert "copy/samebytes/Car/linux/declaration" in ran.cells
    assert 'classname="linux.declaration.Car"' in (small.path / "check.xml").read_text("utf-8")


def test_two_runs_give_reports_that_do_not_contradict_each_other(small, samebytes):
    small.write({"car.py": COPY.replace("c_uint32", "c_uint16")})
    for name in ("one", "two"):
        small.check("--report", f"{name}.jsonl")
    ran = samebytes("report", small.path / "one.jsonl", small.path / "two.jsonl")
    assert ran.status == 1
    assert "1 cell: 1 differs" in ran.out


def test_expected_deviations_are_known_and_stale_ones_fail(small):
    small.write({"car.py": COPY.replace("c_uint32", "c_uint16")})
    message = "size of Car: the layout has 8, copy has 4 (and 1 more)"
    entry = f'[[expect]]\ncells = ["{{}}"]\nverdict = "differs"\nstage = "describe"\nmessage = "{message}"\nreason = "old"\nlink = "https://example.org/1"\n'
    toml = (small.path / "samebytes.toml").read_text("utf-8") + '[expectations]\nfile = "expected.toml"\n'
    small.write({"samebytes.toml": toml, "expected.toml": entry.format("copy/samebytes/Car/linux/declaration")})
    ran = small.check()
    assert (ran.status, "1 known" in ran.out) == (0, True), ran.out + ran.err
    small.write({"car.py": COPY})
    assert "unexpected" in small.check().out
    small.write({"expected.toml": entry.format("other/samebytes/Car/linux/declaration")})
    stale = small.check()
    assert (stale.status, "stale: " in stale.out) == (1, True)


def test_the_command_that_is_printed_gives_the_same_cell_again(small):
    small.write({"car.py": COPY.replace("c_uint32", "c_uint16")})
    repro = small.cells()["copy"]["repro"]
    assert repro == "samebytes check copy --realm linux"
    assert small.check("copy").status == 1


def test_nothing_is_left_behind(small, tmp_path_factory, monkeypatch):
    temporary = tmp_path_factory.mktemp("temporary")
    monkeypatch.setenv("TMPDIR", str(temporary))
    small.check()
    assert list(temporary.iterdir()) == []


@tool("wine")
def test_a_ctypes_class_is_measured_by_the_python_of_its_realm(project):
    project.write(
        {
            "car.toml": '[record.Car]\nfields = [ { name = "a", type = "u8" }, { name = "b", type = "long" } ]\n',
            "car.py": COPY.replace("c_uint32", "c_long"),
            "samebytes.toml": '[layout.Car]\ntoml = "car.toml"\n[declaration.copy]\nsource = "car.py"\n',
        }
    )
    ran = project.check("--json", realm="")
    sizes = {cell["realm"]: cell["runs"][0]["described"]["producer"]["size"] for cell in ran.cells.values()}
    assert (ran.status, sizes) == (0, {"linux": 16, "windows": 8}), ran.err


@tool("wine", "nim", "x86_64-w64-mingw32-gcc", "mcs")
def test_copies_are_held_to_the_layout_as_it_is_on_windows(telemetry):
    """`wchar_t` and `long` are other types there: one copy is right on Windows only, another on Linux only."""
    telemetry.write(
        {
            "link.h": "#include <wchar.h>\nstruct Link { long serial; wchar_t name[8]; };\n",
            "Link.cs": "public unsafe struct Link { public int serial; public fixed char name[8]; }\n",
            "link.nim": "type Link = object\n  serial: clong\n  name: array[8, uint32]\n",
            "samebytes.toml": '[layout.Link]\nheader = "link.h"\n[declaration.cs]\nsource = "Link.cs"\n'
            'read = "pointer"\n[declaration.nim]\nsource = "link.nim"\n',
        }
    )
    ran = telemetry.check("--json", realm="")
    verdicts = {(cell["producer"], cell["realm"]): cell["verdict"] for cell in ran.cells.values()}
    assert verdicts == {
        ("cs", "linux"): "differs",
        ("cs", "windows"): "agreed",
        ("nim", "linux"): "agreed",
        ("nim", "windows"): "differs",
    }


@tool("gcc")
def test_peers_of_ones_own_are_paired_on_the_projects_layouts(project):
    shutil.copytree(ROOT / "peers" / "c", project.path / "peers" / "mine")
    manifest = project.path / "peers" / "mine" / "peer.toml"
    text = manifest.read_text("utf-8").replace('name = "c"', 'name = "mine"', 1)
    manifest.write_text(text.replace('layouts = ["*"]', 'layouts = ["LockedBlock"]'), "utf-8")
    shutil.copy(ROOT / "fixtures" / "layouts" / "locks.toml", project.path)
    project.write({"samebytes.toml": '[layout.LockedBlock]\ntoml = "locks.toml"\n[peers]\nfolders = ["peers"]\n'})
    assert "  peer         mine" in project.check("--list").out
    ran = project.check("--json")
    assert {name: cell["verdict"] for name, cell in ran.cells.items()} == {"mine/mine/LockedBlock/linux/data": "agreed"}
    locks = (project.path / "locks.toml").read_text("utf-8")
    project.write({"locks.toml": locks.replace('type = "u32"', 'type = "u64"')})
    assert project.check("mine").status == 1


def test_with_complete_nothing_that_could_not_be_judged_is_success(described_telemetry, tmp_path):
    project = described_telemetry("script", "nimcopy")
    (tmp_path / "empty").mkdir()
    only_python = {"PATH": str(tmp_path / "empty")}
    arguments = ("check", "--realm", "linux", "--repairs", "corrected")
    project.samebytes(*arguments, folder=project.path)
    shutil.copy(project.path / "corrected" / "script.py", project.path / "copies" / "car_state.py")
    ran = project.samebytes("check", "--realm", "linux", folder=project.path, environment=only_python)
    assert (ran.status, "no Nim compiler" in ran.out) == (0, True), ran.out
    ran = project.samebytes("check", "--realm", "linux", "--complete", folder=project.path, environment=only_python)
    assert (ran.status, "nimcopy in linux cannot run here: no Nim compiler" in ran.err) == (3, True), ran.err


WIDE = """\
#pragma once
#include <stddef.h>
#include <stdint.h>
typedef struct Meta { size_t map_size; uint32_t flags; void *user; } Meta;
"""


@tool("i686-w64-mingw32-gcc", "x86_64-w64-mingw32-gcc")
def test_declarations_of_two_widths_that_share_a_name_are_held_against_each_other(telemetry):
    both = 'realms = ["windows"]\n[layout.Meta]\nheader = "meta.h"\n'
    sides = '[declaration.old]\nsource = "meta.h"\nabi = ["i686-windows"]\n[declaration.new]\nsource = "meta.h"\n'
    telemetry.write({"meta.h": WIDE, "samebytes.toml": both + sides})
    ran = telemetry.check(realm="")
    assert (ran.status, "2 agreed, 1 differs" in ran.out) == (1, True), ran.out
    assert "old → new" in ran.out
    assert "cause: old on i686-windows, new on x86_64-windows: `map_size`, `user` have another width on each" in ran.out
    assert (
        "flags at 4: expected offset 4, 4 bytes (old on i686-windows), found offset 8, 4 bytes on x86_64-windows"
        in ran.out
    )
    telemetry.write({"meta.h": WIDE.replace("size_t", "uint64_t").replace("void *user", "uint64_t user")})
    ran = telemetry.check(realm="")
    assert (ran.status, "3 cells: 3 agreed" in ran.out) == (0, True), ran.out


def test_a_declaration_of_another_width_than_was_promised_is_held_to_the_promise(project):
    project.write(
        {
            "car.toml": '[record.Car]\nfields = [ { name = "a", type = "u8" }, { name = "b", type = "size" } ]\n',
            "car.py": COPY.replace("c_uint32", "c_size_t"),
            "samebytes.toml": '[layout.Car]\ntoml = "car.toml"\nabi = ["i686-linux"]\n'
            '[declaration.copy]\nsource = "car.py"\nabi = ["x86_64-linux"]\n',
        }
    )
    ran = project.check()
    assert (ran.status, "the layout on i686-linux, copy on x86_64-linux: `b` has another width on each" in ran.out) == (
        1,
        True,
    )


TRAVELLER = """
[record.Car]
fields = [ { name = "a", type = "u32" }, { name = "b", type = "SIZE" } ]
"""


@pytest.mark.parametrize(
    ("type_", "abis", "status", "words"),
    [
        ("u32", ["x86_64-linux", "i686-linux", "aarch64-linux"], 0, "3 cells: 3 agreed"),
        ("size", ["x86_64-linux", "i686-linux"], 1, "b: expected the same on x86_64-linux and i686-linux, found size_t: 8 against 4 bytes"),
        ("u32", ["x86_64-linux", "s390x-linux"], 1, "a, b (byte order)"),
        ("u32", ["x86_64-linux"], 2, "is portable, and on one ABI alone: x86_64-linux"),
    ],
)  # fmt: skip
def test_a_portable_layout_is_the_same_on_every_abi_it_is_for(project, type_, abis, status, words):
    listed = ", ".join(f'"{abi}"' for abi in abis)
    project.write(
        {
            "car.toml": TRAVELLER.replace("SIZE", type_),
            "samebytes.toml": f'[layout.Car]\ntoml = "car.toml"\nportable = true\nabi = [{listed}]\n',
        }
    )
    ran = project.check()
    assert (ran.status, words in ran.out + ran.err) == (status, True), ran.out + ran.err


def test_what_is_said_not_to_be_portable_is_told_and_fails_nothing(project):
    project.write(
        {
            "car.toml": '[record.Car]\nfields = [ { name = "a", type = "u8" }, { name = "b", type = "size" } ]\n',
            "car.py": COPY.replace("c_uint32", "c_size_t"),
            "samebytes.toml": '[layout.Car]\ntoml = "car.toml"\nabi = ["i686-linux"]\nportable = false\n'
            '[declaration.copy]\nsource = "car.py"\nabi = ["x86_64-linux"]\n',
        }
    )
    ran = project.check()
    words = "i686-linux against x86_64-linux: b (size_t: 4 against 8 bytes); size of Car (8 against 16 bytes)"
    assert (ran.status, words in ran.out, "1 incompatible" in ran.out) == (0, True, True), ran.out


def test_byte_order_and_sign_are_compared(small):
    small.write({"car.py": COPY.replace("Structure", "BigEndianStructure")})
    cell = small.cells()["copy"]
    assert cell["verdict"] == "differs"
    assert "byte order reversed" in cell["cause"] or "big-endian" in cell["cause"]
    assert [one["path"] for one in cell["runs"][0]["differences"]] == ["b"]
    small.write({"car.py": COPY.replace("c_uint32", "c_int32")})
    [wrong] = small.cells()["copy"]["runs"][0]["differences"]
    assert (wrong["path"], wrong["expected"], wrong["found"]) == ("b", "u32", "i32")


def test_every_cell_says_what_it_covers(small):
    ran = small.check()
    assert (
        "what was looked at\n  copy: 2 of 2 fields compared: place, width, float or integer, sign, byte order"
        in ran.out
    )


KEPT = [
    (name, suffix, False) for name, suffix in (("nim", ".nim"), ("rust", ".rs"), ("csharp", ".cs"), ("python", ".py"))
]
KEPT.append(("pascal", ".pas", True))


@tool("nim", "rustc", "mcs", "fpc")
def test_a_name_that_a_language_keeps_for_itself_is_no_renamed_field(project):
    names = ("type", "end", "in", "from", "lambda")
    fields = ", ".join(f'{{ name = "{name}", type = "u32" }}' for name in names)
    project.write({"lap.toml": f"[record.Lap]\nfields = [ {fields} ]\n"})
    record = records_from_toml(project.path / "lap.toml")["Lap"]
    copies = {
        f"copy_{language}{suffix}": emit(
            record, language, "x86_64-linux", full_name=f"copy_{language}.Lap" if unit else ""
        )
        for language, suffix, unit in KEPT
    }
    project.write(copies)
    sources = "".join(f'[declaration.{name.partition(".")[2]}]\nsource = "{name}"\n' for name in copies)
    project.write({"samebytes.toml": f'[layout.Lap]\ntoml = "lap.toml"\n{sources}'})
    ran = project.check()
    assert (ran.status, "is called" in ran.out) == (0, False), ran.out
