"""What Linux tells of processes, in /proc. Of a process that is gone, or that this user may not look into, nothing; elsewhere nothing."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

__all__ = [
    "FileMapping",
    "alive",
    "core_seconds",
    "descriptors",
    "file_mappings",
    "pids",
    "program",
    "stat_fields",
    "variables",
]


class FileMapping(NamedTuple):
    """A mapping of a file: see proc_pid_maps(5)."""

    start: str
    """Its first address, in hex."""
    shared: bool
    device: str
    """Major and minor number, as `fe:01`."""
    inode: int
    path: str
    """Ends in ` (deleted)` if it has no name any more; empty if it never had one."""


def pids() -> list[int]:
    """Return the number of every process there is."""
    with suppress(OSError):
        return [int(name) for name in os.listdir("/proc") if name.isdecimal()]  # noqa: PTH208 - a name each, in one call
    return []


def alive(pid: int) -> bool:
    """Return whether it runs. A zombie does not: it holds nothing."""
    return stat_fields(pid)[:1] not in ([], ["Z"], ["X"])


def stat_fields(pid: int) -> list[str]:
    """Return the fields of proc_pid_stat(5) from the third one, the state; the second may have blanks and brackets in it."""
    with suppress(OSError):
        return Path(f"/proc/{pid}/stat").read_text("utf-8", "replace").rpartition(")")[2].split()
    return []


def core_seconds(pid: int, thread: int | None = None) -> float:
    """Return the processor time, in seconds, of one of its threads, or of all that live; 0 if not known.

    It is exact to the nanosecond, where `stat` has ticks of 10 ms.
    """
    which = "*" if thread is None else str(thread)
    return sum(_first_number(place) for place in Path(f"/proc/{pid}/task").glob(f"{which}/schedstat")) / 1e9


def _first_number(place: Path) -> int:
    with suppress(OSError, ValueError, IndexError):
        return int(place.read_text("ascii").split()[0])
    return 0


def program(pid: int) -> str:
    """Return its program's name; `?` if nothing is known."""
    with suppress(OSError):
        return Path(f"/proc/{pid}/comm").read_text("utf-8", "replace").strip()
    return "?"


def variables(pid: int) -> list[bytes]:
    """Return its environment as it was at its start, each as `NAME=value`."""
    with suppress(OSError):
        return Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")
    return []


def file_mappings(pid: int, having: bytes = b"") -> Iterator[FileMapping]:
    """Yield its mappings of files; only those in whose line these bytes stand, which is quick where there are none."""
    with suppress(OSError):
        text = Path(f"/proc/{pid}/maps").read_bytes()
        if having not in text:
            return
        for line in text.splitlines():
            if having in line:
                place, rights, _, device, inode, *path = line.decode("utf-8", "replace").split(maxsplit=5)
                if inode != "0":
                    start = place.partition("-")[0]
                    yield FileMapping(start, rights.endswith("s"), device, int(inode), path[0] if path else "")


def descriptors(pid: int) -> Iterator[tuple[str, str]]:
    """Yield number and target of each of its descriptors, as proc_pid_fd(5) has them; not of those that looking takes."""
    folder = f"/proc/{pid}/fd"
    with suppress(OSError):
        for number in os.listdir(folder):  # noqa: PTH208 - looked at hundreds of times in a run
            with suppress(OSError):
                target = os.readlink(f"{folder}/{number}")  # noqa: PTH115 - as above
                if target != folder:
                    yield number, target
