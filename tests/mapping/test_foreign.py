"""Shared memory that other programs made: listed with kind, size, owner and holders, and removed by name only."""

from __future__ import annotations

import ctypes
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from multiprocessing.shared_memory import SharedMemory
from pathlib import Path

import pytest

from samebytes import errors
from samebytes.mapping import MemoryMappedFile, SegmentInfo, list_segments, reap

pytestmark = pytest.mark.usefixtures("files")


@pytest.fixture
def listed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[], dict[str, SegmentInfo]]:  # noqa: ARG001
    """What is listed now, by name."""
    return lambda: {one.name: one for one in list_segments(all=True)}


@pytest.fixture
def posix(place: Path, name: str) -> Iterator[Path]:
    """A raw object that this test makes."""
    file = place.parent / name.replace(" ", "_")
    yield file
    file.unlink(missing_ok=True)


HOLD = "import mmap, os, sys; f = os.open(sys.argv[1], os.O_RDWR); m = mmap.mmap(f, 0); os.close(f); print(1, flush=True); input()"


def test_a_raw_object_is_held_while_a_process_maps_it(listed, posix):
    posix.write_bytes(bytes(5000))
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    with subprocess.Popen([sys.executable, "-c", HOLD, str(posix)], **pipes) as process:
        process.stdout.readline()
        found = listed()[f"/{posix.name}"]
        assert (found.kind, found.size, found.owner, found.alive) == ("posix", 5000, os.geteuid(), True)
        assert found.holders == (process.pid,)
        assert 0 <= found.age < 600
        process.kill()
    found = listed()[f"/{posix.name}"]
    assert (found.alive, found.holders) == (False, ())
    reap()
    assert posix.exists()
    assert [one.name for one in reap(f"/{posix.name}")] == [f"/{posix.name}"]
    assert not posix.exists()


def test_kinds_are_told_apart(listed, name, monkeypatch):
    with MemoryMappedFile.create_new(name, 100):
        assert (listed()[name].kind, listed()[name].holders) == ("samebytes", (os.getpid(),))
    number = os.memfd_create("kinds")
    os.ftruncate(number, 7)
    found = listed()["memfd:kinds"]
    assert (found.kind, found.size, found.alive, found.holders) == ("memfd", 7, True, (os.getpid(),))
    with pytest.raises(errors.AccessDeniedError, match="goes with the processes"):
        reap("memfd:kinds")
    os.close(number)
    monkeypatch.delenv("SAMEBYTES_SHM_DIR")
    theirs = SharedMemory(create=True, size=10)
    try:
        found = listed()[f"/{theirs.name}"]
        assert (found.kind, found.alive) == ("multiprocessing", True)
    finally:
        theirs.close()
        theirs.unlink()


def test_system_v_counts_who_is_attached(listed):
    libc = ctypes.CDLL(None, use_errno=True)
    libc.shmat.restype = ctypes.c_void_p
    number = libc.shmget(0, 5000, 0o1600)
    if number < 0:
        pytest.skip(f"no System V segment can be made here: {os.strerror(ctypes.get_errno())}")
    name = f"sysv:{number}"
    try:
        assert (listed()[name].kind, listed()[name].size, listed()[name].alive) == ("sysv", 5000, False)
        address = libc.shmat(number, None, 0)
        assert listed()[name].alive
        libc.shmdt(ctypes.c_void_p(address))
    finally:
        assert [one.name for one in reap(name)] == [name]
    assert name not in listed()


def test_what_is_not_there_cannot_be_removed(posix):
    posix.touch()
    with pytest.raises(errors.SegmentNotFoundError, match="segments --all"):
        reap(f"/{posix.name}", "/there is none")
    assert posix.exists()
