"""Libraries as people write them: four functions and Write/Read of one number, on Linux and, under Wine, on Windows."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path
from secrets import token_hex

import pytest

pytestmark = [
    pytest.mark.skipif(sys.platform != "linux", reason="builds for Linux"),
    pytest.mark.skipif(shutil.which("gcc") is None, reason="gcc is not installed"),
]
SOURCE = Path(__file__).with_name("share.c")
NAME = f"Counter{token_hex(4)}"
"""Of this worker alone: what it leaves behind is told from what others have just now."""
PROJECT = f"""\
[layout.{NAME}]
toml = "counter.toml"
type = "Counter"
[library.share]
linux = "libshare.so"
exports = {{ Write = "share_write", Read = "share_read" }}
"""
RECORDS = """\
[record.Counter]
fields = [ { name = "count", type = "i32" } ]
[record.Text]
fields = [ { name = "first", type = "f64" } ]
"""


@pytest.fixture
def share(project):
    """Build the library with some macros, describe it, and check it: its cell."""

    def check(*macros, record="Counter", more="", compiler="gcc", name="libshare.so", realm="linux"):
        command = [compiler, "-shared", "-fPIC", *(f"-D{macro}" for macro in macros), "-o", name, str(SOURCE)]
        subprocess.run(command, cwd=project.path, check=True)
        project.write({"counter.toml": RECORDS, "samebytes.toml": PROJECT.replace('"Counter"', f'"{record}"') + more})
        return project.cells(realm=realm)["share"]

    return check


def raw_objects():
    return {path.name for path in Path("/dev/shm").glob(f"{NAME}-*")}


def test_a_library_that_writes_and_reads_as_promised_agrees(share):
    before = raw_objects()
    cell = share()
    assert (cell["verdict"], cell["id"]) == ("agreed", f"share/samebytes/{NAME}/linux/library")
    assert cell["cases"] == 6
    assert raw_objects() == before


@pytest.mark.parametrize(
    ("macro", "verdict", "stage", "words"),
    [
        ("WRITES_TWICE", "differs", "store", "untouched cc"),
        ("READS_HALF", "differs", "load", "count"),
        ("BIG_ENDIAN_NUMBER", "differs", "store", "23222120"),
        ("WRITES_NOTHING", "differs", "store", "cccccccc"),
        ("KEEPS_THE_NAME", "leaked", "close", "is still there after everyone closed it"),
        ("CRASHES", "crashed", "store", "share"),
        ("CREATES_NOTHING", "refused", "create", "the library gave no file"),
        ("NAMES_IT_ITSELF", "refused", "open", "nobody finds what it made under the name that it was given"),
        ("LACKS_A_FUNCTION", "refused", "start", "does not export FreeBufferFile"),
    ],
)
def test_a_library_that_does_otherwise_is_told_what(share, macro, verdict, stage, words):
    before = raw_objects()
    cell = share(macro)
    assert (cell["verdict"], cell["stage"]) == (verdict, stage)
    assert words in str(cell)
    assert raw_objects() == before


def test_a_layout_that_is_no_number_cannot_be_held_against_write_and_read(share):
    cell = share(record="Text")
    assert cell["verdict"] == "unsupported"
    assert f"{NAME} begins with `first`, f64" in cell["message"]


def test_a_file_that_is_not_built_is_a_mistake_here(project):
    project.write({"counter.toml": RECORDS, "samebytes.toml": PROJECT})
    ran = project.check()
    assert ran.status == 2
    assert "samebytes.toml:4: [library.share]: there is no " in ran.err


@pytest.mark.skipif(shutil.which("wine") is None, reason="wine is not installed")
@pytest.mark.skipif(shutil.which("x86_64-w64-mingw32-gcc") is None, reason="mingw-w64 is not installed")
@pytest.mark.parametrize(("macros", "verdict"), [((), "agreed"), (("READS_HALF",), "differs")])
def test_a_dll_is_judged_in_the_windows_realm(share, macros, verdict):
    more = 'windows = "share.dll"\n'
    cell = share(*macros, more=more, compiler="x86_64-w64-mingw32-gcc", name="share.dll", realm="windows")
    assert (cell["verdict"], cell["realm"]) == (verdict, "windows")


def test_what_write_and_read_do_not_reach_is_said(share, project):
    share()
    project.write({"counter.toml": RECORDS.replace('"i32" }', '"i32" }, { name = "more", type = "f32" }')})
    ran = project.check()
    assert (ran.status, "Write and Read reach `count` alone, one of the 2 values" in ran.out) == (0, True)
