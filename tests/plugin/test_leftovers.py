"""A suite that leaves shared memory of any kind behind fails, by the test's name."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells what shared memory there is")

SUITE = """
import os
import subprocess
from pathlib import Path
import pytest

SHM = Path(os.environ["SAMEBYTES_SHM_DIR"])

@pytest.fixture(scope="session")
def wide():
    file = SHM / "wide"
    file.touch()
    held = file.open()
    yield
    held.close()
    file.unlink()

def test_tidy(wide): pass

def test_leaves_a_file():
    (SHM / "left").write_bytes(bytes(10))

def test_holds_a_memfd():
    globals()["held"] = os.memfd_create("suite of " + SHM.name)

def test_beside_another_program():
    command = f"sleep 60 <> {SHM}/others >/dev/null 2>&1 & echo $! >> others.pids"
    subprocess.run(["sh", "-c", command], check=True)

def test_last(): pass
"""


@pytest.fixture(autouse=True)
def shm(shm: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Raw objects stand in a folder of their own."""
    monkeypatch.setenv("SAMEBYTES_SHM_DIR", str(shm))
    return shm


@pytest.fixture
def _others_end(pytester: pytest.Pytester) -> Iterator[None]:
    """The programs beside the suite end with the test: the suite is not their parent when it ends."""
    yield
    for pid in (pytester.path / "others.pids").read_text("utf-8").split():
        os.kill(int(pid), signal.SIGKILL)


@pytest.mark.usefixtures("_others_end")
def test_the_option_fails_the_test_that_left_something(run_pytest, pytester):
    pytester.makepyfile(test_suite=SUITE)
    ran = run_pytest("--samebytes-leftovers", "test_suite.py")
    assert ran.status == 1
    left = {one["id"].partition("::")[2]: one["text"] for one in ran.seen if one["outcome"] == "failed"}
    assert set(left) == {"test_leaves_a_file", "test_last"}
    assert (
        "/left (posix, 10 bytes, held by nobody), since test_suite.py::test_leaves_a_file" in left["test_leaves_a_file"]
    )
    assert "memfd:suite of" in left["test_last"]
    assert "/others" not in left["test_last"], "another program holds it"
    assert "since test_suite.py::test_holds_a_memfd" in left["test_last"]
    assert run_pytest("test_suite.py").status == 0


def test_the_fixture_fails_its_own_test(run_pytest, pytester):
    pytester.makepyfile(
        test_suite=SUITE.partition("@pytest")[0]
        + "def test_tidy(samebytes_leftovers): pass\n"
        + "def test_untidy(samebytes_leftovers): (SHM / 'mine').touch()\n"
    )
    ran = run_pytest("test_suite.py")
    assert ran.outcomes == {"test_suite.py::test_tidy": "passed", "test_suite.py::test_untidy": "failed"}
    assert "/mine (posix, 0 bytes, held by nobody)" in ran.text("test_suite.py::test_untidy")
