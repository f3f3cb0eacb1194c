"""The tests themselves leave nothing behind, even when they are killed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="segments are files on Linux only")

TESTS = Path(__file__).resolve().parents[1]
SECONDS = 60.0
KILLED = """
import os, signal
from pathlib import Path

def test_killed(shm):
    (shm / "segment").touch()
    Path("place").write_text(str(shm))
    os.kill(os.getpid(), signal.SIGKILL)
"""


def test_a_place_for_segments_goes_when_the_tests_are_killed(tmp_path: Path) -> None:
    (tmp_path / "test_it.py").write_text(KILLED, "utf-8")
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-p", "conftest", "test_it.py"]
    environment = {**os.environ, "PYTHONPATH": str(TESTS)}
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, timeout=SECONDS, check=False)
    assert done.returncode == -signal.SIGKILL, done.stdout
    place = Path((tmp_path / "place").read_text("utf-8"))
    deadline = time.monotonic() + SECONDS
    while place.exists():
        assert time.monotonic() < deadline, f"{place} is still there"
        time.sleep(0.02)
