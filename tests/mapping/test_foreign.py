"""Shared memory that other programs made: listed with kind, size, owner and holders, and removed by name only."""

from __future__ import annotations

import contextlib
import ctypes
import os
import random
import signal
import subprocess
import sys
import time
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


@pytest.fixture
def hold(place: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], tuple[int, str]]]:
    """What makes a process that holds shared memory of a kind: its number, and the name. All of them are gone afterwards."""
    monkeypatch.setenv("SAMEBYTES_SHM_DIR", str(place))
    command = [sys.executable, str(Path(__file__).with_name("holding.py"))]
    alive = []
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:

        def ask(kind: str) -> tuple[int, str]:
            process.stdin.write(f"{kind}\n")
            process.stdin.flush()
            pid, name = process.stdout.readline().split()
            alive.append(int(pid))
            return alive[-1], name

        yield ask
        for pid in alive:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        process.stdin.close()


def gone(pid: int) -> bool:
    """Whether a process has died, within ten seconds."""
    until = time.monotonic() + 10
    while Path(f"/proc/{pid}").exists():
        if time.monotonic() > until:
            return False
        time.sleep(0.0005)
    return True


KILLS = int(os.environ.get("SAMEBYTES_KILLS", "60"))
KINDS = ("posix", "multiprocessing", "samebytes", "memfd", "sysv")
STAYS = ("posix", "multiprocessing", "sysv")
"""What outlives its holders, and is then held by nobody."""


@pytest.mark.skipif("SAMEBYTES_KILLS" not in os.environ, reason="takes long: SAMEBYTES_KILLS=1000 runs it")
def test_alive_and_orphaned_are_told_apart_through_kills(listed, hold):
    draw = random.Random(4711)
    living: dict[str, tuple[int, str]] = {}
    orphans: dict[str, str] = {}
    try:
        for number in range(KILLS):
            while len(living) < 10:
                kind = KINDS[(number + len(living)) % len(KINDS)]
                pid, name = hold(kind)
                if name != "-":
                    living[name] = (pid, kind)
            victim = draw.choice(sorted(living))
            pid, kind = living.pop(victim)
            os.kill(pid, signal.SIGKILL)
            assert gone(pid)
            if kind in STAYS:
                orphans[victim] = kind
            now = listed()
            assert {name: now[name].alive for name in living} == dict.fromkeys(living, True)
            assert {name: (now[name].kind, now[name].alive) for name in orphans} == {
                name: (kind, False) for name, kind in orphans.items()
            }
            assert kind in STAYS or victim not in now or now[victim].alive is False
            if len(orphans) >= 20:
                assert {one.name for one in reap(*orphans)} == set(orphans)
                orphans.clear()
    finally:
        if orphans:
            reap(*orphans)
        for pid, _ in living.values():
            os.kill(pid, signal.SIGKILL)
        for name, (pid, kind) in living.items():
            if kind in STAYS and gone(pid):
                reap(name)
