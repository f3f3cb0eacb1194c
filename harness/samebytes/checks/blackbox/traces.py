"""What the kernel knows of a program's segments on Linux: which it has mapped, who holds one. Elsewhere: nothing."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path

from samebytes.errors import MappingError
from samebytes.mapping import list_segments

__all__ = ["command", "file_of", "holders", "named", "raw_files", "remove_raw", "segments_of", "shm_folder"]

DELETED = " (deleted)"
LINUX = sys.platform == "linux"
_PID = re.compile(r"[0-9]+")


def shm_folder() -> str:
    """Where POSIX shared memory lives."""
    return os.environ.get("SAMEBYTES_SHM_DIR") or "/dev/shm"


def raw_files() -> frozenset[str]:
    """Every raw POSIX object there is, by path."""
    with suppress(OSError):
        return frozenset(str(path) for path in Path(shm_folder()).iterdir() if path.is_file())
    return frozenset()


def segments_of(pids: Iterable[int]) -> list[str]:
    """The files of shared memory that these processes have mapped or opened, dead ones left out."""
    return list(dict.fromkeys(path for pid in pids for path in _held(pid)))


def named(path: str) -> str:
    """The segment's name for its file, as `open_existing` takes it."""
    with suppress(MappingError, OSError):
        for info in list_segments():
            if info.path == path:
                return info.name
    return f"/{Path(path).name}"


def file_of(name: str) -> str:
    """The file of a segment that exists; empty where there is none, or names have no files."""
    if not LINUX:
        return ""
    if name.startswith("/"):
        return f"{shm_folder()}/{name[1:]}"
    bare = name.removeprefix("Local\\")
    with suppress(MappingError, OSError):
        return next((info.path for info in list_segments() if info.name == bare), "")
    return ""


def holders(name: str) -> list[str]:
    """Who has it mapped or open, as `1234 (name)`; ourselves left out."""
    path = file_of(name)
    if not path:
        return []
    return [f"{pid} ({command(pid)})" for pid in _processes() if path in _held(pid)]


def remove_raw(path: str) -> None:
    """Take away a raw object that nobody holds; managed ones go by themselves."""
    if str(Path(path).parent) == shm_folder() and not any(path in _held(pid) for pid in _processes()):
        with suppress(OSError):
            Path(path).unlink()


def command(pid: int) -> str:
    """The program's name."""
    with suppress(OSError):
        return Path(f"/proc/{pid}/comm").read_text("utf-8", "replace").strip()
    return "?"


def _processes() -> Iterator[int]:
    with suppress(OSError):
        for entry in Path("/proc").iterdir():
            if _PID.fullmatch(entry.name) and int(entry.name) != os.getpid():
                yield int(entry.name)


def _held(pid: int) -> Iterator[str]:
    root = shm_folder() + "/"
    with suppress(OSError):  # another user's, or gone
        for line in Path(f"/proc/{pid}/maps").read_bytes().decode("utf-8", "replace").splitlines():
            _, _, path = line.partition(root)
            if path and not path.endswith(DELETED):
                yield root + path
    with suppress(OSError):
        for entry in Path(f"/proc/{pid}/fd").iterdir():
            with suppress(OSError):
                found = str(entry.readlink())
                if found.startswith(root) and not found.endswith(DELETED):
                    yield found
