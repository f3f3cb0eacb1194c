"""Who holds a segment's file on Linux: the processes that have it mapped or open. Elsewhere the system does not tell."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from samebytes.checks.blackbox.traces import shm_folder

__all__ = ["FileId", "Holder", "file_id", "holders", "raw_path"]

_PROC = Path("/proc")


class FileId(NamedTuple):
    """Which file it is, whatever its name is now."""

    device: int
    inode: int


class Holder(NamedTuple):
    """A process, by its number and its program's name."""

    pid: int
    name: str

    def __str__(self) -> str:
        return f"{self.pid} ({self.name})"


def raw_path(name: str) -> str:
    """The file of a raw POSIX name."""
    return f"{shm_folder()}/{name[1:]}"


def file_id(path: str) -> FileId | None:
    """The file that stands at a path now; None where there is none."""
    with suppress(OSError):
        found = Path(path).stat()
        return FileId(found.st_dev, found.st_ino)
    return None


def holders(file: FileId, among: Iterable[int] | None = None) -> list[Holder]:
    """The processes, this one left out, that have the file mapped or open; of those in `among`, or of all there are.

    Processes of other users cannot be looked into, but by root: they are not listed.
    """
    pids = _pids() if among is None else among
    return [Holder(pid, _name(pid)) for pid in pids if pid != os.getpid() and _has(pid, file)]


def _pids() -> Iterator[int]:
    with suppress(OSError):
        yield from (int(entry.name) for entry in _PROC.iterdir() if entry.name.isdigit())


def _name(pid: int) -> str:
    with suppress(OSError):
        return (_PROC / str(pid) / "comm").read_text("utf-8", "replace").strip()
    return "?"


def _has(pid: int, file: FileId) -> bool:
    with suppress(OSError):
        return _maps(pid, file) or _opened(pid, file)
    return False


def _maps(pid: int, file: FileId) -> bool:
    """proc_pid_maps(5): range, rights, offset, device, inode, path."""
    if sys.platform == "win32":
        return False
    device = f"{os.major(file.device):02x}:{os.minor(file.device):02x}".encode()
    mark = b" %s %d " % (device, file.inode)
    return mark in (_PROC / str(pid) / "maps").read_bytes()


def _opened(pid: int, file: FileId) -> bool:
    return any(file_id(entry.path) == file for entry in os.scandir(_PROC / str(pid) / "fd"))
