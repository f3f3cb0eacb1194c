"""Segments that exist, on Linux: the files in the managed directories."""

from __future__ import annotations

import errno
import os
import stat
import sys
from collections.abc import Iterator
from typing import Any

from ._info import SegmentInfo
from ._names import decode, encode
from ._raised import ours

if sys.platform != "win32":
    from ._linux_files import failed, held
    from ._linux_fork import close_last, open_into
    from ._linux_guard import Guard, place

assert sys.platform != "win32"  # a type checker for the other system stops here

__all__ = ["list_segments", "named_in", "reap"]

_LACKING = (errno.EMFILE, errno.ENFILE, errno.ENOMEM, errno.ENOLCK)
_LOOK = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC


def list_segments() -> list[SegmentInfo]:
    """Return every segment in this user's directory and in the machine's."""
    return list(_each(free=False))


def reap() -> list[SegmentInfo]:
    """Unlink the segments that nobody holds, and return them."""
    return list(_each(free=True))


def _each(free: bool) -> Iterator[SegmentInfo]:
    for scope in ("local", "global"):
        directory = place(scope)
        for file in _files(directory.path):
            name = named_in(file, scope)
            # The guard is taken anew for each: nobody shall wait for all of them.
            found = None if name is None else _examined(directory, file, name, free)
            if found is not None:
                yield found


def _files(path: str) -> list[str]:
    """Return the names in a directory; none where it cannot be read, whoever's it is."""
    try:
        return sorted(os.listdir(path))  # noqa: PTH208 - names are wanted
    except (FileNotFoundError, NotADirectoryError, PermissionError) as error:
        if not ours(error):
            raise
        return []
    except OSError as error:
        if not ours(error):
            raise
        raise failed(path, error) from error


def named_in(file: str, scope: str) -> str | None:
    """Return the name that has this file; None if a stranger's file does not stand for a name."""
    head, plus, user = file.partition("+")
    if plus and (scope != "global" or not user.isdigit()):
        return None
    try:
        name = decode(head)
        if encode(name, name) != head:
            return None
        return f"Global\\{name}" if scope == "global" else name
    except ValueError:
        return None


def _examined(directory: Any, file: str, name: str, free: bool) -> SegmentInfo | None:
    """Return the segment in `file`; None if it is not one, or (when freeing) if it was not freed."""
    try:
        return directory.alone(None, True, _look, directory, file, name, free)  # type: ignore[no-any-return]
    except (FileNotFoundError, PermissionError) as error:  # somebody else's directory, or one that is gone
        if not ours(error):
            raise
        return None


def _look(guard: Guard, directory: Any, file: str, name: str, free: bool) -> SegmentInfo | None:
    try:
        found = guard.look(file)
    except FileNotFoundError as error:
        if not ours(error):
            raise
        return None
    if not stat.S_ISREG(found.st_mode) or (directory.own and found.st_uid != directory.user):
        return None
    alive = _alive(guard, directory, file, name, free)
    info = SegmentInfo(name, f"{directory.path}/{file}", found.st_size, alive, found.st_uid)
    if not free:
        return info
    return info if alive is False and not directory.there(guard, file) else None


def _alive(guard: Guard, directory: Any, file: str, name: str, free: bool) -> bool | None:
    """Return whether somebody holds the file, None where this user may not know; unlink the dead if asked to."""
    fds: list[int] = []
    try:
        try:
            open_into(fds, guard.opening(), file, _LOOK)
            if held(fds, directory.own):
                return True
            if free:
                guard.unlink(file)
            return False
        except OSError as error:
            if not ours(error):
                raise
            if error.errno in _LACKING:
                raise failed(name, error) from error
            return False if fds else None  # another user's, in the sticky directory
        finally:
            close_last(fds)
    finally:
        close_last(fds)
