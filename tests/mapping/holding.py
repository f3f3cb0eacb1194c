"""Holds shared memory of any kind in processes that die by a signal: `python holding.py` reads a kind a line, and answers PID NAME.

Each holder is a fork of its own. SAMEBYTES_SHM_DIR says where names stand.
"""

from __future__ import annotations

import ctypes
import mmap
import os
import signal
import sys
from collections.abc import Callable
from typing import Any

from samebytes.mapping import MemoryMappedFile

SIZE = 4096
held: list[Any] = []


def file(name: str) -> str:
    """Map a file of that name where names stand, as shm_open and mmap would."""
    number = os.open(f"{os.environ['SAMEBYTES_SHM_DIR']}/{name}", os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
    os.ftruncate(number, SIZE)
    held.append(mmap.mmap(number, SIZE))
    os.close(number)
    return f"/{name}"


def managed(name: str) -> str:
    """Create a segment of this project's."""
    held.append(MemoryMappedFile.create_new(name, SIZE))
    return name


def memfd(name: str) -> str:
    """Make memory that has no name but its own."""
    number = os.memfd_create(name)
    os.ftruncate(number, SIZE)
    held.append(number)
    return f"memfd:{name}"


def sysv(name: str) -> str:  # noqa: ARG001 - System V numbers its segments
    """Make and attach a System V segment."""
    libc = ctypes.CDLL(None, use_errno=True)
    libc.shmat.restype = ctypes.c_void_p
    number = libc.shmget(0, SIZE, 0o1600)
    if number < 0 or libc.shmat(number, None, 0) in (None, ctypes.c_void_p(-1).value):
        return "-"
    return f"sysv:{number}"


KINDS: dict[str, Callable[[str], str]] = {
    "posix": file,
    "multiprocessing": lambda name: file(f"psm_{name}"),
    "samebytes": managed,
    "memfd": memfd,
    "sysv": sysv,
}


def main() -> None:
    """Fork a holder for every line, until standard input ends."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # the dead need no waiting for
    for number, line in enumerate(sys.stdin):
        if os.fork() == 0:
            name = KINDS[line.strip()](f"held-{os.getppid()}-{number}")
            print(os.getpid(), name, flush=True)
            while True:
                signal.pause()


if __name__ == "__main__":
    main()
