"""After thousands of maps, views, forks, spawns and threads a process has the descriptors and mappings it began with."""

from __future__ import annotations

import ctypes
import gc
import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from samebytes.mapping import MemoryMappedFile, SegmentDescription

CYCLES = 10_000 if sys.platform == "linux" else 2_000
THREADS = 4
FORKS = 40
SPAWNS = 4


def census() -> tuple[int, int]:
    """Open descriptors and mapped pieces of segments; on Windows handles, and nothing."""
    gc.collect()
    if sys.platform == "win32":
        kernel32, count = ctypes.WinDLL("kernel32"), ctypes.c_ulong()
        kernel32.GetCurrentProcess.restype = ctypes.c_void_p
        assert kernel32.GetProcessHandleCount(ctypes.c_void_p(kernel32.GetCurrentProcess()), ctypes.byref(count))
        return count.value, 0
    maps = Path("/proc/self/maps").read_text()
    return len(os.listdir("/proc/self/fd")), maps.count(os.environ["SAMEBYTES_SHM_DIR"])  # noqa: PTH208 - no path


def cycle(name: str, number: int) -> None:
    """One life, in one of several ways: with two holders, without closing, closed in the wrong order, a hand-over nobody took."""
    created = MemoryMappedFile.create_or_open(name, 4096)
    view = created.create_view_accessor()
    view.write_int32(0, number)
    way = number % 16
    if way == 0:
        del created, view
    elif way == 1:
        with MemoryMappedFile.open_existing(name) as joined, joined.create_view_stream() as stream:
            stream.write(b"leak")
        created.close()
        view.close()
    elif way == 2:
        with created.inheritable():
            created.close()
        view.close()
    else:
        view.close()
        created.close()


def many(name: str, count: int, failures: list[BaseException]) -> None:
    try:
        for number in range(count):
            cycle(name, number)
    except BaseException as error:
        failures.append(error)


@pytest.mark.filterwarnings("ignore:.*was never closed:ResourceWarning")
def test_cycles_leave_nothing(name):
    many(name, 50, [])
    before = census()
    failures: list[BaseException] = []
    many(name, CYCLES, failures)
    assert not failures
    assert census() == before


def fork(name: str, held: MemoryMappedFile) -> None:
    """A child that has its parent's views, closes what it got, holds something itself, and goes."""
    pid = os.fork()
    if pid == 0:
        try:
            held.close()
            many(name + " child", 3, failures := [])
            os._exit(bool(failures) or MemoryMappedFile.open_existing(name + " kept").closed)
        finally:
            os._exit(2)
    assert os.waitpid(pid, 0)[1] == 0


def spawn(held: MemoryMappedFile) -> None:
    """A program that inherits the map."""
    source = "import sys; sys.stdin.read()"
    with held.inheritable() as it:
        assert SegmentDescription.parse(str(it.description)) == it.description
        subprocess.run([sys.executable, "-I", "-S", "-c", source], input=b"", check=True, close_fds=True, **it.popen)


@pytest.mark.filterwarnings("ignore:.*was never closed:ResourceWarning")
@pytest.mark.filterwarnings("ignore:.*use of fork.. may lead to deadlocks:DeprecationWarning")
def test_cycles_in_threads_beside_forks_and_spawns_leave_nothing(name):
    many(name, 50, [])
    with MemoryMappedFile.create_new(name + " kept", 4096) as held, held.create_view_accessor():
        spawn(held)
        before = census()
        failures: list[BaseException] = []
        # Two of the threads share a name.
        threads = [
            threading.Thread(target=many, args=(f"{name} {number // 2}", CYCLES // THREADS, failures))
            for number in range(THREADS)
        ]
        for thread in threads:
            thread.start()
        for _ in range(FORKS if hasattr(os, "fork") else 0):
            fork(name, held)
        for _ in range(SPAWNS):
            spawn(held)
        for thread in threads:
            thread.join()
        assert not failures, failures
        del threads, thread
        assert census() == before
        assert not held.closed
    with pytest.raises(FileNotFoundError):
        MemoryMappedFile.open_existing(name + " kept")
