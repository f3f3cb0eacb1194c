"""Segments that exist, on Linux: the files in the managed directories."""

from __future__ import annotations

import fcntl
import os
import stat
import sys
from collections.abc import Iterator
from pathlib import Path

from ._info import SegmentInfo
from ._names import decode, encode

if sys.platform != "win32":
    from ._linux_fork import try_lock
    from ._linux_guard import Directory, place

assert sys.platform != "win32"  # a type checker for the other system stops here

__all__ = ["list_segments", "reap"]


def list_segments() -> list[SegmentInfo]:
    """Every segment in this user's directory and in the machine's."""
    return list(_each(free=False))


def reap() -> list[SegmentInfo]:
    """Unlink those that nobody holds."""
    return list(_each(free=True))


def _each(free: bool) -> Iterator[SegmentInfo]:
    for scope, prefix in (("local", ""), ("global", "Global\\")):
        directory = place(scope)
        for file in _files(directory.path):
            # The guard is taken anew for each: nobody shall wait for all of them.
            found = _look(directory, file, prefix, free)
            if found is not None:
                yield found


def _files(path: str) -> list[str]:
    try:
        return sorted(entry.name for entry in Path(path).iterdir())
    except FileNotFoundError:
        return []


def _look(directory: Directory, file: str, prefix: str, free: bool) -> SegmentInfo | None:
    """The segment in `file`; None if it is not one, or (when freeing) if it was not freed."""
    name = _name(file)
    if name is None:
        return None
    with directory as guard:
        try:
            found = os.stat(file, dir_fd=guard, follow_symlinks=False)
        except FileNotFoundError:
            return None
        if not stat.S_ISREG(found.st_mode) or (directory.own and found.st_uid != directory.user):
            return None
        alive = _alive(guard, file)
        info = SegmentInfo(prefix + name, f"{directory.path}/{file}", found.st_size, alive)
        if not free:
            return info
        return info if alive is False and _unlink(guard, file) else None


def _name(file: str) -> str | None:
    """The name that has this file; None if a stranger's file does not stand for a name."""
    try:
        name = decode(file)
        return name if encode(name, name) == file else None
    except ValueError:
        return None


def _alive(guard: int, file: str) -> bool | None:
    try:
        fd = os.open(file, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, dir_fd=guard)
    except OSError:
        return None
    try:
        return not try_lock(fd, fcntl.LOCK_EX)
    finally:
        os.close(fd)


def _unlink(guard: int, file: str) -> bool:
    try:
        os.unlink(file, dir_fd=guard)
    except OSError:
        return False  # another user's, in the sticky directory
    return True
