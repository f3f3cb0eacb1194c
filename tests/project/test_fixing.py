"""Wrong declarations: the right file and line, and the smallest change that makes them agree, in every language that is read."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys

import pytest
from seeded import COPIES, seeded

from samebytes.checks.project.compilers import Compilers
from samebytes.checks.project.declarations import DeclarationChecks
from samebytes.checks.project.declared import Reader
from samebytes.checks.project.fixing import Fixer
from samebytes.checks.project.promised import Place, Promises
from samebytes.checks.project.reading import read_project
from samebytes.peers.lab import Lab

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="compiles for Linux")
HERE = Place("x86_64-linux", "linux")
NEEDS = {
    "frame_copy.h": None, "frame.hpp": None, "Frame.cs": "mcs", "frame.rs": "rustc", "frame.nim": "nim", "frames.pas": "fpc",
    "frame.py": None, "frame.toml": None,
}  # fmt: skip
NUMBER = int(os.environ.get("SAMEBYTES_SEEDED", "0"))
"""Changes of each copy; 0: a few, more of those that need no compiler."""


@pytest.fixture(scope="module")
def reader():
    with Lab() as lab:
        yield lab, Reader(lab.keep(Compilers, lab), lambda *_: pytest.fail("it is read right here"))


@pytest.mark.parametrize("file", NEEDS)
def test_a_wrong_declaration_has_its_line_and_a_fix(reader, tmp_path, file):
    if NEEDS[file] is not None and shutil.which(NEEDS[file]) is None:
        pytest.skip(f"{NEEDS[file]} is not installed")
    lab, reads = reader
    judged = lines = fixed = 0
    wrong = []
    for number, one in enumerate(seeded(file, NUMBER or ({"frame.toml": 14, "frame.py": 7}.get(file, 3)))):
        folder = tmp_path / str(number)
        folder.mkdir()
        for name, text in {"wanted.toml": COPIES["frame.toml"], file: one.text}.items():
            (folder / name).write_text(text, "utf-8")
        name = "Telemetry.Frame" if file == "Frame.cs" else "Frame"
        declared = f'[declaration.copy{number}-{file.replace(".", "-")}]\nsource = "{file}"\ntype = "{name}"\n'
        (folder / "samebytes.toml").write_text(f'[layout.Frame]\ntoml = "wanted.toml"\n{declared}', "utf-8")
        project = read_project(folder / "samebytes.toml")
        (declaration,) = project.declarations.values()
        result = DeclarationChecks(Promises(project), reads).judge(declaration, HERE).result
        if result.passes():
            continue  # a change that moves and means nothing
        judged += 1
        fix = Fixer(lab, Promises(project), reads).fix(declaration, [HERE])
        assert [source.file.rpartition("/")[2] for source in result.sources[:1]] == [file], one
        right = one.lines
        if one.change == "missing":  # it stands between two lines
            right |= {line + step for line in right for step in (-1, 1)}
        lines += result.sources[0].line in right
        fixed += fix.found
        if not fix.found or result.sources[0].line not in right:
            wrong.append((one.change, result.sources[0].line, sorted(one.lines), fix.why))
    assert judged >= 2
    assert lines >= 0.95 * judged, wrong
    assert fixed >= 0.9 * judged, wrong


@pytest.fixture
def wrong(project):
    """A project with a wrong Python copy among files that it needs, and a wrong TOML copy."""
    project.write(
        {
            "frame.toml": COPIES["frame.toml"],
            "app/__init__.py": "",
            "app/kinds.py": "from ctypes import c_char, c_float, c_int16, c_int64, c_uint8, c_uint16, c_uint32\n",
            "app/frame.py": COPIES["frame.py"]
            .replace("c_double", "c_float")
            .replace("import ctypes\n", "from . import kinds\nimport ctypes\n", 1),
            "samebytes.toml": '[layout.Frame]\ntoml = "frame.toml"\n[declaration.app]\nsource = "app/frame.py"\n',
        }
    )
    return project


def test_a_fix_is_shown_as_a_diff_that_can_be_applied(wrong):
    before = (wrong.path / "app/frame.py").read_bytes()
    ran = wrong.check("--diff")
    assert (ran.status, ran.err) == (1, "")
    diff = ran.out[ran.out.index("--- a/") :]
    assert [line for line in diff.splitlines() if line[:1] in ("+", "-") and line[:3] not in ("+++", "---")] == [
        '-        ("speed", ctypes.c_float),',
        '+        ("speed", ctypes.c_double),',
    ]
    assert (wrong.path / "app/frame.py").read_bytes() == before
    done = subprocess.run(
        ["git", "apply", "-"], input=ran.out, cwd=wrong.path, text=True, capture_output=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert wrong.check().status == 0


def test_a_fix_is_written_and_nothing_else_is_touched(wrong):
    path = wrong.path / "app/frame.py"
    path.chmod(0o640)
    right = b"\xef\xbb\xbf" + path.read_bytes().replace(b"What the", b"What the caf\xc3\xa9's").replace(
        b"\n", b"\r\n"
    ).replace(b'"speed", ctypes.c_float', b'"speed", ctypes.c_double')
    path.write_bytes(right.replace(b'"speed", ctypes.c_double', b'"speed", ctypes.c_float'))
    others = {one: one.read_bytes() for one in wrong.path.rglob("*") if one.is_file() and one != path}
    ran = wrong.check("--fix", "--yes")
    assert (ran.status, f"fixed: {path}" in ran.out) == (0, True)
    assert (path.read_bytes(), path.stat().st_mode & 0o777) == (right, 0o640)
    assert {one: one.read_bytes() for one in others} == others
    assert wrong.check().status == 0


def test_a_file_that_is_read_only_stays_as_it_is(wrong):
    path = wrong.path / "app/frame.py"
    path.chmod(0o444)
    before = path.read_bytes()
    ran = wrong.check("--fix", "--yes")
    assert (ran.status, path.read_bytes()) == (2, before)
    assert "app/frame.py cannot be written: it is read-only" in ran.err


@pytest.mark.parametrize(("answer", "status"), [("y\n", 0), ("n\n", 1), ("", 1)])
def test_a_fix_is_written_only_when_somebody_says_so(wrong, answer, status):
    before = (wrong.path / "app/frame.py").read_text("utf-8")
    ran = subprocess.run(
        [sys.executable, "-m", "samebytes", "check", "--realm", "linux", "--fix"],
        input=answer, cwd=wrong.path, text=True, capture_output=True, timeout=120, check=False,
    )  # fmt: skip
    assert ran.returncode == status, ran.stderr
    assert "? [y/N] " in ran.stderr
    assert ((wrong.path / "app/frame.py").read_text("utf-8") == before) is bool(status)


def test_where_there_is_no_fix_it_is_said_why(wrong):
    text = (wrong.path / "app/frame.py").read_text("utf-8")
    made = text.replace("    _fields_ = [\n", "    _fields_ = made([\n").replace("    ]\n", "    ])\n")
    wrong.write({"app/frame.py": made.replace("class Vec", "def made(fields):\n    return fields\n\n\nclass Vec")})
    ran = wrong.check("--fix", "--yes")
    assert ran.status == 1
    assert "app: no fix: Frame is not declared in frame.py itself" in ran.out


def test_yes_without_a_question_is_wrong_usage(wrong):
    ran = wrong.check("--yes")
    assert (ran.status, "--yes answers what --fix asks" in ran.err) == (2, True)


def test_bytes_that_are_no_utf_8_stay_as_they_are(project):
    """A header in Latin-1, as editors on Windows wrote them: only the one word changes."""
    wrong = COPIES["frame_copy.h"].replace("double   speed", "float    speed").encode().replace(b"metres", b"m\xe8tres")
    toml = '[layout.Frame]\ntoml = "frame.toml"\n[declaration.c]\nsource = "f.h"\n'
    project.write({"frame.toml": COPIES["frame.toml"], "samebytes.toml": toml})
    (project.path / "f.h").write_bytes(wrong)
    ran = project.check("--fix", "--yes")
    assert ran.status == 0, ran.err
    assert (project.path / "f.h").read_bytes() == wrong.replace(b"float    speed", b"double    speed")
    assert sorted(one.name for one in project.path.iterdir()) == ["f.h", "frame.toml", "samebytes.toml"]


BESIDE = {
    "both.h": (
        "#include <stdint.h>\r\n#pragma pack(push, 1)\r\ntypedef struct A {\r\n    uint8_t a;\r\n    uint32_t b;\r\n} A;\r\n\r\n"
        "typedef struct B {\r\n    uint8_t a;\r\n    uint32_t b;\r\n} B;\r\n#pragma pack(pop)\r\n"
    ),
    "both.pas": (
        "unit both;\ninterface\ntype\n{$packrecords 1}\n  A = record\n    a: byte;\n    b: longword;\n  end;\n"
        "  B = record\n    a: byte;\n    b: longword;\n  end;\nimplementation\nend.\n"
    ),
}


@pytest.mark.parametrize("file", BESIDE)
def test_a_fix_leaves_the_records_beside_it_as_they_are(reader, tmp_path, file):
    if file.endswith(".pas") and shutil.which("fpc") is None:
        pytest.skip("fpc is not installed")
    fields = 'fields = [ { name = "a", type = "u8" }, { name = "b", type = "u32" } ]\n'
    (tmp_path / "wanted.toml").write_text(f"[record.A]\n{fields}[record.B]\npacked = true\n{fields}", "utf-8")
    (tmp_path / file).write_bytes(BESIDE[file].encode())
    declared = "".join(
        f'[layout.{name}]\ntoml = "wanted.toml"\n[declaration.{name.lower()}]\nlayout = "{name}"\nsource = "{file}"\n'
        for name in "AB"
    )
    (tmp_path / "samebytes.toml").write_text(declared, "utf-8")
    project, (lab, reads) = read_project(tmp_path / "samebytes.toml"), reader
    fix = Fixer(lab, Promises(project), reads).fix(project.declarations["a"], [HERE])
    assert fix.found, fix.why
    fix.write()
    checks = DeclarationChecks(Promises(project), reads)
    assert all(checks.judge(one, HERE).result.passes() for one in project.declarations.values()), fix.diff()
    written = (tmp_path / file).read_bytes()
    assert written.count(b"\r\n") == (written.count(b"\n") if file.endswith(".h") else 0)


def test_a_fix_that_would_break_a_declaration_beside_it_is_none(reader, tmp_path):
    (tmp_path / "wanted.toml").write_text(
        '[record.In]\nfields = [ { name = "n", type = "u16" } ]\n[record.Old]\nfields = [ { name = "n", type = "u32" } ]\n'
        '[record.A]\nfields = [ { name = "x", type = "In" } ]\n[record.B]\nfields = [ { name = "x", type = "Old" } ]\n',
        "utf-8",
    )
    (tmp_path / "c.h").write_text(
        "typedef struct In { unsigned int n; } In;\ntypedef struct A { In x; } A;\ntypedef struct B { In x; } B;\n",
        "utf-8",
    )
    declared = "".join(
        f'[layout.{name}]\ntoml = "wanted.toml"\n[declaration.{name.lower()}]\nlayout = "{name}"\nsource = "c.h"\n'
        for name in "AB"
    )
    (tmp_path / "samebytes.toml").write_text(declared, "utf-8")
    project, (lab, reads) = read_project(tmp_path / "samebytes.toml"), reader
    fix = Fixer(lab, Promises(project), reads).fix(project.declarations["a"], [HERE])
    assert not fix.found
    assert "b, declared in the same file" in fix.why


def test_what_stands_under_a_condition_is_not_taken_out(reader, tmp_path):
    if shutil.which("rustc") is None:
        pytest.skip("rustc is not installed")
    (tmp_path / "wanted.toml").write_text(
        '[record.A]\nfields = [ { name = "x", type = "u16" }, { name = "y", type = "u32" }, { name = "z", type = "f64" } ]\n',
        "utf-8",
    )
    (tmp_path / "a.rs").write_text(
        '#[repr(C)]\npub struct A {\n    pub x: u16,\n    #[cfg(not(feature = "big"))]\n    pub y: i32,\n'
        '    #[cfg(feature = "big")]\n    pub y: u64,\n    pub z: f64,\n}\n',
        "utf-8",
    )
    (tmp_path / "samebytes.toml").write_text(
        '[layout.A]\ntoml = "wanted.toml"\n[declaration.a]\nsource = "a.rs"\n', "utf-8"
    )
    project, (lab, reads) = read_project(tmp_path / "samebytes.toml"), reader
    fix = Fixer(lab, Promises(project), reads).fix(project.declarations["a"], [HERE])
    assert not fix.found
    assert "under a condition (`#[cfg(" in fix.why
