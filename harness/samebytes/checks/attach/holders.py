"""Who holds a segment's file on Linux: the processes that have it mapped or open. Elsewhere the system does not tell."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from samebytes.peers.proc import descriptors, file_mappings, pids, program
from samebytes.printable import printable

__all__ = ["FileId", "Holder", "file_id", "holders"]


class FileId(NamedTuple):
    """Which file it is, whatever its name is now."""

    device: int
    inode: int


class Holder(NamedTuple):
    """A process, by its number and its program's name."""

    pid: int
    name: str

    def __str__(self) -> str:
        return f"{self.pid} ({printable(self.name)})"


def file_id(path: str) -> FileId | None:
    """Return the file that stands at a path now; None where there is none."""
    with suppress(OSError):
        found = Path(path).stat()
        return FileId(found.st_dev, found.st_ino)
    return None


def holders(file: FileId, among: Iterable[int] | None = None) -> list[Holder]:
    """Return the processes, except this one, that have the file mapped or open; of those in `among`, or of all there are.

    Processes of other users can only be looked into by root: they are not listed.
    """
    looked_at = pids() if among is None else among
    return [Holder(pid, program(pid)) for pid in looked_at if pid != os.getpid() and _has(pid, file)]


def _has(pid: int, file: FileId) -> bool:
    if sys.platform == "win32":
        return False
    device = f"{os.major(file.device):02x}:{os.minor(file.device):02x}"
    mapped = file_mappings(pid, b" %s %d " % (device.encode(), file.inode))
    opened = (file_id(f"/proc/{pid}/fd/{number}") for number, _ in descriptors(pid))
    return any(True for _ in mapped) or any(found == file for found in opened)
