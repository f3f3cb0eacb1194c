"""`samebytes segments` lists what is held and what was abandoned, and frees only the latter."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

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
def shm(shm, monkeypatch):
    """Segments of this process and of what it starts lie there."""
    monkeypatch.setenv("SAMEBYTES_SHM_DIR", str(shm))
    return shm


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


@pytest.mark.usefixtures("shm")
def test_all_kinds_are_listed_and_removed_by_name_only(samebytes):
    raw = Path(os.environ["SAMEBYTES_SHM_DIR"], "psm_left")
    raw.write_bytes(bytes(100))
    with MemoryMappedFile.create_new("held", 100):
        lines = samebytes("segments", "--all").out.splitlines()
    assert lines[0].split()[:5] == ["state", "kind", "bytes", "owner", "age"]
    rows = {row[5]: row for row in map(str.split, lines[1:])}
    assert rows["held"][:3] == ["alive", "samebytes", "4096"]
    assert rows["held"][6] == f"({os.getpid()}"
    assert rows["/psm_left"][:3] == ["abandoned", "multiprocessing", "100"]
    assert samebytes("segments", "--reap").out == "nothing to free\n"
    assert raw.exists()
    assert samebytes("segments", "--remove", "/psm_left").out.split() == ["removed", "100", "/psm_left"]
    assert not raw.exists()
    assert "there is no segment '/psm_left'" in samebytes("segments", "--remove", "/psm_left").err


@pytest.mark.usefixtures("shm")
def test_root_installs_the_folder_of_all_users(samebytes):
    if os.geteuid() != 0:
        assert "only root" in samebytes("segments", "--install").err
        return
    folder = Path(os.environ["SAMEBYTES_SHM_DIR"], "samebytes-global")
    folder.mkdir(0o777)
    os.chown(folder, 65534, 65534)
    assert samebytes("segments", "--install").out == f"{folder}: root's, and sticky\n"
    assert (folder.stat().st_uid, folder.stat().st_mode & 0o7777) == (0, 0o1777)
