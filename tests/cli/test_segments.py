"""`samebytes segments` lists what is held and what was abandoned, and frees only the latter."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from samebytes.mapping import MemoryMappedFile

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only Linux keeps segments that can be listed")

ABANDON = """
import os, signal
from samebytes.mapping import MemoryMappedFile
held = MemoryMappedFile.create_new("abandoned one", 8192)
os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.fixture
def shm(monkeypatch):
    import shutil
    import tempfile

    folder = tempfile.mkdtemp(prefix="samebytes-test-", dir="/dev/shm")
    monkeypatch.setenv("SAMEBYTES_SHM_DIR", folder)
    yield
    shutil.rmtree(folder)


@pytest.mark.usefixtures("shm")
def test_segments_are_listed_and_only_the_abandoned_ones_are_freed(samebytes):
    assert samebytes("segments").out == "no segments\n"
    with MemoryMappedFile.create_new("held", 100):
        subprocess.run([sys.executable, "-c", ABANDON], check=False)
        listed = json.loads(samebytes("segments", "--json").out)["segments"]
        assert {(item["name"], item["size"], item["alive"]) for item in listed} == {
            ("held", 4096, True),
            ("abandoned one", 8192, False),
        }
        assert "abandoned         8192  abandoned one" in samebytes("segments").out
        assert samebytes("segments", "--reap").out == "freed             8192  abandoned one\n"
        assert samebytes("segments", "--reap").out == "nothing to free\n"
        assert [line.split()[0] for line in samebytes("segments").out.splitlines()] == ["alive"]
