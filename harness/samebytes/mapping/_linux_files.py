"""The files of segments: giving them bytes and a name, finding them, telling the living from the dead.

All of it but the bytes happens under the guard of the directory, which is passed in.
"""

from __future__ import annotations

import errno
import mmap
import os
import random
import stat
import sys
import time
from collections.abc import Callable
from typing import Any

from samebytes.errors import AccessDeniedError, MappingError, NoSpaceError, SegmentNotFoundError, SystemRefusedError

from ._names import Name
from ._raised import ours

if sys.platform != "win32":
    from ._linux_fork import close_last, open_into, try_lock
    from ._linux_guard import Guard
    from ._linux_who import user_named

assert sys.platform != "win32"  # a type checker for the other system stops here

__all__ = [
    "allocate",
    "check_kind",
    "denied",
    "failed",
    "free",
    "held",
    "not_found",
    "open_file",
    "rounded",
    "unlink",
    "unlink_dead",
]

_PAGE = mmap.PAGESIZE
_FOUND = os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC  # never O_CREAT; O_NONBLOCK, or a planted FIFO would stop us
_READ, _WRITE = os.O_RDONLY | _FOUND, os.O_RDWR | _FOUND
_LARGEST = (1 << 63) - 1
_FULL = (errno.ENOSPC, errno.ENOMEM, errno.EDQUOT, errno.EFBIG)

LOOKS = 4
"""How often a lock that is in the way is looked at again where other users may look too: a look has the lock for a microsecond,
a holder for good. That this many looks at random moments all meet others that only look does not happen."""


def rounded(capacity: int) -> int:
    """Return the bytes in whole pages."""
    return -(-capacity // _PAGE) * _PAGE


def allocate(fd: int, capacity: int, name: str | None, reserve: bool) -> int:
    """Give the file its size, and memory behind every byte: a full system says so now, and not by SIGBUS at a touch."""
    size = rounded(capacity)
    try:
        if size > _LARGEST:
            raise OSError(errno.EFBIG, os.strerror(errno.EFBIG))
        if reserve:
            os.ftruncate(fd, size)
        else:
            os.posix_fallocate(fd, 0, size)
    except OSError as error:
        if not ours(error):
            raise
        if error.errno not in _FULL:
            raise failed(name, error) from error
        raise NoSpaceError(
            f"no {capacity} bytes of shared memory for {name!r}",
            hint="ask for less, or free some: df, and samebytes.mapping.reap()",
            name=name,
            code=error.errno,
        ) from error
    return size


def open_file(opening: Callable[..., int], fds: list[int], name: Name, write: bool) -> bool:
    """Open the file, and return whether as asked: that a file is dead must be found out even if it cannot be written."""
    try:
        _open(opening, fds, name, write)
        return True
    except AccessDeniedError as error:
        if not write or error.code != errno.EACCES:
            raise
    _open(opening, fds, name, False)
    return False


def _open(opening: Callable[..., int], fds: list[int], name: Name, write: bool) -> None:
    try:
        open_into(fds, opening, name.file, _WRITE if write else _READ)
    except OSError as error:
        if not ours(error):
            raise
        code = error.errno or 0
        if code == errno.ENOENT:
            raise not_found(name.text) from error
        if code in (errno.EACCES, errno.EPERM):
            raise denied(name.text, "its owner does not let this user", errno.EACCES) from error
        if code in (errno.ELOOP, errno.EISDIR, errno.ENXIO, errno.ENODEV):
            raise denied(name.text, "what stands there is not a segment's file", code) from error
        raise failed(name.text, error) from error


def held(fds: list[int], sure: bool) -> bool:
    """Return whether somebody else has a lock on the file; if nobody has, it is locked exclusively now.

    `sure`: one look is enough, because whoever looks has the guard.
    """
    if try_lock(fds[0]):
        return False
    for _ in range(0 if sure else LOOKS):
        time.sleep(random.random() * 0.0001)
        if try_lock(fds[0]):
            return False
    return True


def check_kind(info: os.stat_result, name: Name, directory: Any) -> None:
    """Refuse what is not a segment's file, or not this user's."""
    if not stat.S_ISREG(info.st_mode):
        raise denied(name.text, "what stands there is not a segment's file", errno.EACCES)
    if info.st_uid != directory.user and directory.own:
        raise denied(name.text, f"its file belongs to another user, {user_named(info.st_uid)}", errno.EACCES)


def free(guard: Guard, name: Name, directory: Any) -> bool:
    """Unlink the file of that name if nobody holds it; return whether the name is free now."""
    fds: list[int] = []
    try:
        try:
            open_file(guard.opening(), fds, name, False)
            if held(fds, directory.own):
                return False
            info = os.fstat(fds[0])
            check_kind(info, name, directory)
            unlink_dead(guard, name, info, directory)
            return True
        except SegmentNotFoundError:
            return True
        finally:
            close_last(fds)
    finally:
        close_last(fds)


def unlink_dead(guard: Guard, name: Name, info: os.stat_result, directory: Any) -> None:
    """Unlink what nobody holds and is locked exclusively. What another user left in the directory of all stays: it means nothing."""
    try:
        unlink(guard, name.file, (info.st_ino, info.st_dev))
    except PermissionError as error:
        if not ours(error):
            raise
        if not directory.own:
            return
        owner = user_named(info.st_uid)
        raise denied(name.text, f"an abandoned file of {owner} has this name", errno.EACCES) from error


def unlink(guard: Guard, file: str, identity: tuple[int, int]) -> bool:
    """Unlink `file` if that is still the file with this inode and device, and return whether it was."""
    try:
        directory = guard.fds[0]
        if os.lstat(file, dir_fd=directory)[1:3] != identity:
            return False
        os.unlink(file, dir_fd=directory)
    except FileNotFoundError as error:
        if not ours(error):
            raise
        return False
    return True


def not_found(name: str) -> SegmentNotFoundError:
    return SegmentNotFoundError(
        f"nobody holds {name!r}", hint="its creator must keep it open", name=name, code=errno.ENOENT
    )


def denied(name: str | None, why: str, code: int) -> AccessDeniedError:
    return AccessDeniedError(f"access to {name!r} refused: {why}", hint="ask for fewer rights", name=name, code=code)


def failed(name: str | None, error: OSError) -> MappingError:
    """Return our error for a system call's that has no meaning of its own here."""
    if error.errno in (errno.ENOSPC, errno.ENOMEM, errno.EDQUOT):
        return NoSpaceError(f"no shared memory for {name!r}", hint="free some", name=name, code=error.errno)
    hint = _HINTS.get(error.errno or 0, "")
    return SystemRefusedError(f"{name!r}: {error.strerror}", hint=hint, name=name, code=error.errno or 0)


_HINTS = {
    errno.EMFILE: "this process has too many open files: close some, or raise ulimit -n",
    errno.ENFILE: "the system has too many open files",
    errno.ENOLCK: "the system has no locks left, or this file system has none",
    errno.EOPNOTSUPP: "segments need a tmpfs, or another file system with O_TMPFILE and flock",
}
