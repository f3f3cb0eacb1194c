"""`samebytes init`: a first project file that `samebytes check` accepts at once."""

from __future__ import annotations

import json
import os
import shutil
import struct
import tomllib

import pytest

from samebytes.checks.project.schema import schema_text
from samebytes.mapping import MemoryMappedFile


@pytest.mark.skipif(shutil.which("gcc") is None, reason="gcc is not installed")
def test_a_first_project_of_a_header_is_accepted_and_judged_at_once(telemetry):
    ran = telemetry.samebytes("init", "include/car_state.h", "--segment", "/Car.{uid}", folder=telemetry.path)
    assert (ran.status, ran.out.startswith("wrote samebytes.toml")) == (0, True)
    checked = telemetry.check()
    assert (checked.status, "compiled → samebytes  agreed" in checked.out) == (0, True), checked.out + checked.err


def test_what_is_commented_out_is_right_too(telemetry):
    """Every example line, uncommented, is TOML that the schema accepts."""
    jsonschema = pytest.importorskip("jsonschema")
    telemetry.samebytes("init", "include/car_state.h", folder=telemetry.path)
    text = (telemetry.path / "samebytes.toml").read_text("utf-8")
    uncommented = [
        line.removeprefix("# ")
        if line.startswith(("# [", "# type =", "# include", "# define")) or " = " in line
        else line
        for line in text.splitlines()
    ]
    tree = tomllib.loads("\n".join(line for line in uncommented if not line.startswith("# ")))
    assert set(tree) == {"realms", "layout", "declaration", "producer", "library"}
    assert tree["producer"]["sim"]["expect"] == {
        "version": {"advances": True, "within": 2.0},
        "speed": {"min": 0, "max": 500},
    }
    jsonschema.validate(tree, json.loads(schema_text()))


def test_what_a_running_program_holds_goes_into_the_file(telemetry):
    name = f"init-{os.getpid()}"
    with MemoryMappedFile.create_new(name, 4096) as segment, segment.create_view_accessor() as view:
        view.write_uint32(0, 3)
        view.write_bytes(8, b"\x01")
        view.write_bytes(9, struct.pack("<d", 41.5))
        ran = telemetry.samebytes("init", "include/car_state.h", "--attach", name, folder=telemetry.path)
    assert ran.status == 0, ran.err
    text = (telemetry.path / "samebytes.toml").read_text("utf-8")
    for line in (f'segment = "{name}"', "expect.version = { equals = 3 }", "expect.is_valid = { equals = true }",
                 "expect.speed = { min = 41, max = 42 }"):  # fmt: skip
        assert f"# {line}\n" in text


def test_a_segment_that_is_not_there_or_too_small_is_told(telemetry):
    ran = telemetry.samebytes("init", "include/car_state.h", "--attach", "nobody-has-this", folder=telemetry.path)
    assert (ran.status, "'nobody-has-this': no such segment" in ran.err) == (2, True)
    telemetry.write({"large.h": "struct Large { char bytes[9000]; };\n"})
    name = f"init-small-{os.getpid()}"
    with MemoryMappedFile.create_new(name, 4096):
        ran = telemetry.samebytes("init", "large.h", "--attach", name, folder=telemetry.path)
    assert (ran.status, f"{name} has 4096 bytes, Large has 9000 on " in ran.err) == (2, True)
    assert not (telemetry.path / "samebytes.toml").exists()


def test_a_file_that_is_there_is_never_overwritten(telemetry):
    telemetry.write({"samebytes.toml": "mine"})
    ran = telemetry.samebytes("init", "include/car_state.h", folder=telemetry.path)
    assert (ran.status, "is there already, and is not overwritten" in ran.err) == (2, True)
    assert (telemetry.path / "samebytes.toml").read_text("utf-8") == "mine"


def test_which_of_several_records_must_be_said(telemetry):
    telemetry.write({"two.h": "struct A { int a; };\nstruct B { int b; };\n"})
    ran = telemetry.samebytes("init", "two.h", folder=telemetry.path)
    assert (ran.status, "has more than one record: B, A (--type says which are shared)" in ran.err) == (2, True)
    wrong = telemetry.samebytes("init", "two.h", "--type", "C", folder=telemetry.path)
    assert (wrong.status, "has no such record (its records: B, A)" in wrong.err) == (2, True)
    assert telemetry.samebytes("init", "two.h", "--type", "A", folder=telemetry.path).status == 0
    assert tomllib.loads((telemetry.path / "samebytes.toml").read_text("utf-8"))["layout"] == {"A": {"header": "two.h"}}


def test_a_record_that_another_contains_is_not_offered(telemetry):
    telemetry.write({"nested.h": "struct Wheel { float slip; };\nstruct Car { struct Wheel wheels[4]; };\n"})
    assert telemetry.samebytes("init", "nested.h", folder=telemetry.path).status == 0
    assert set(tomllib.loads((telemetry.path / "samebytes.toml").read_text("utf-8"))["layout"]) == {"Car"}


def test_a_header_that_is_not_there_is_named(project):
    ran = project.samebytes("init", "nope.h", folder=project.path)
    assert (ran.status, "nope.h: no such file" in ran.err) == (2, True)


def test_what_a_header_needs_is_said_once_and_kept(telemetry):
    telemetry.write(
        {"parts/word.h": "typedef int word;\n", "needy.h": "#include <word.h>\nstruct R { word x[SIZE]; };\n"}
    )
    lacking = telemetry.samebytes("init", "needy.h", folder=telemetry.path)
    assert (lacking.status, "'word.h' file not found" in lacking.err, "-I DIR" in lacking.err) == (2, True, True)
    ran = telemetry.samebytes("init", "needy.h", "-I", "parts", "-D", "SIZE=3", folder=telemetry.path)
    assert ran.status == 0, ran.err
    described = tomllib.loads((telemetry.path / "samebytes.toml").read_text("utf-8"))
    needed = {"include": ["parts"], "define": ["SIZE=3"]}
    assert described["layout"]["R"] == {"header": "needy.h", **needed}
    assert described["declaration"]["compiled"] == {"layout": "R", "source": "needy.h", **needed}


def test_a_folder_is_no_header(telemetry):
    ran = telemetry.samebytes("init", "include", folder=telemetry.path)
    assert (ran.status, "include: is a folder" in ran.err) == (2, True)
