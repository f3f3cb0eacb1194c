"""What the kernel knows of a program's segments on Linux: which it has mapped, who holds one. Elsewhere: nothing."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator
from contextlib import suppress
from itertools import chain
from pathlib import Path

from samebytes.errors import MappingError
from samebytes.mapping import list_segments
from samebytes.peers.proc import descriptors, file_mappings, pids, program

__all__ = ["file_of", "holders", "named", "raw_files", "remove_raw", "segments_of", "shm_folder"]

DELETED = " (deleted)"
LINUX = sys.platform == "linux"


def shm_folder() -> str:
    """Return where POSIX shared memory lives."""
    return os.environ.get("SAMEBYTES_SHM_DIR") or "/dev/shm"


def raw_files() -> frozenset[str]:
    """Return every raw POSIX object there is, by path."""
    with suppress(OSError):
        return frozenset(str(path) for path in Path(shm_folder()).iterdir() if path.is_file())
    return frozenset()


def segments_of(pids: Iterable[int]) -> list[str]:
    """Return the files of shared memory that these processes have mapped or opened, dead ones left out."""
    return list(dict.fromkeys(path for pid in pids for path in _held(pid)))


def named(path: str) -> str:
    """Return the segment's name for its file, as `open_existing` takes it."""
    with suppress(MappingError, OSError):
        for info in list_segments():
            if info.path == path:
                return info.name
    return f"/{Path(path).name}"


def file_of(name: str) -> str:
    """Return the file of a segment that exists; empty where there is none, or names have no files."""
    if not LINUX:
        return ""
    if name.startswith("/"):
        return f"{shm_folder()}/{name[1:]}"
    bare = name.removeprefix("Local\\")
    with suppress(MappingError, OSError):
        return next((info.path for info in list_segments() if info.name == bare), "")
    return ""


def holders(name: str) -> list[str]:
    """Return who has it mapped or open, as `1234 (name)`; ourselves left out."""
    path = file_of(name)
    if not path:
        return []
    return [f"{pid} ({program(pid)})" for pid in _others() if path in _held(pid)]


def remove_raw(path: str) -> None:
    """Take away a raw object that nobody holds; managed ones go by themselves."""
    if str(Path(path).parent) == shm_folder() and not any(path in _held(pid) for pid in _others()):
        with suppress(OSError):
            Path(path).unlink()


def _others() -> Iterator[int]:
    return (pid for pid in pids() if pid != os.getpid())


def _held(pid: int) -> Iterator[str]:
    root = shm_folder() + "/"
    mapped = (one.path for one in file_mappings(pid, root.encode()))
    opened = (target for _, target in descriptors(pid))
    return (path for path in chain(mapped, opened) if path.startswith(root) and not path.endswith(DELETED))
