"""The files of segments: giving them bytes and a name, finding them, telling the living from the dead.

All of it but the bytes happens under the guard of the directory, whose descriptor is passed in.
"""

from __future__ import annotations

import errno
import mmap
import os
import stat
import sys

from samebytes.errors import (
    AccessDeniedError,
    MappingError,
    NoSpaceError,
    SegmentNotFoundError,
    SystemRefusedError,
)

from ._names import Name

if sys.platform != "win32":
    from fcntl import LOCK_EX, LOCK_NB, flock

    from ._linux_fork import close_tracked, open_tracked
    from ._linux_guard import Directory

assert sys.platform != "win32"  # a type checker for the other system stops here

__all__ = [
    "allocate",
    "check_file",
    "dead",
    "denied",
    "failed",
    "free",
    "link",
    "not_found",
    "open_for",
    "open_found",
    "unlink",
]

_PAGE = mmap.PAGESIZE
_FOUND = os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC  # never O_CREAT; O_NONBLOCK, or a planted FIFO would stop us
_READ, _WRITE = os.O_RDONLY | _FOUND, os.O_RDWR | _FOUND
_EXCLUSIVE = LOCK_EX | LOCK_NB
_LARGEST = (1 << 63) - 1


def allocate(fd: int, capacity: int, name: str | None, reserve: bool) -> int:
    """Give the file its size, and memory behind every byte: a full system says so now, and not by SIGBUS at a touch."""
    size = -(-capacity // _PAGE) * _PAGE
    try:
        if size > _LARGEST:
            raise OSError(errno.EFBIG, os.strerror(errno.EFBIG))
        if reserve:
            os.ftruncate(fd, size)
        else:
            os.posix_fallocate(fd, 0, size)
    except OSError as error:
        raise NoSpaceError(
            f"no {capacity} bytes of shared memory for {name!r}",
            hint="ask for less, or free some: df, and samebytes.mapping.reap()",
            name=name,
            code=error.errno,
        ) from error
    return size


def link(fd: int, directory: int, name: Name) -> bool:
    try:
        # A plain link of this path would be one across file systems: follow it to the file, with AT_SYMLINK_FOLLOW.
        os.link(f"/proc/self/fd/{fd}", name.file, src_dir_fd=0, dst_dir_fd=directory, follow_symlinks=True)
    except FileExistsError:
        return False
    except PermissionError as error:
        raise denied(name.text, "its directory cannot be written", errno.EACCES) from error
    except OSError as error:
        raise failed(name.text, error) from error
    return True


def free(guard: int, name: Name, directory: Directory) -> bool:
    """Unlink the file under the name if nobody holds it; False if somebody does."""
    try:
        fd = open_found(guard, name, False)
    except SegmentNotFoundError:
        return True
    try:
        check_file(fd, name, directory)
        return dead(guard, fd, name)
    finally:
        close_tracked(fd)


def open_for(guard: int, name: Name, write: bool) -> tuple[int, bool]:
    """Open the file, and whether as asked: that a file is dead must be found out even if it cannot be written."""
    try:
        return open_found(guard, name, write), True
    except AccessDeniedError as error:
        if not write or error.code != errno.EACCES:
            raise
        return open_found(guard, name, False), False


def open_found(directory: int, name: Name, write: bool) -> int:
    try:
        return open_tracked(name.file, _WRITE if write else _READ, dir_fd=directory)
    except FileNotFoundError as error:
        raise not_found(name.text) from error
    except OSError as error:
        code = error.errno or 0
        if code in (errno.EACCES, errno.EPERM):
            raise denied(name.text, "its owner does not let this user", errno.EACCES) from error
        if code in (errno.ELOOP, errno.EISDIR, errno.ENXIO, errno.ENODEV):
            raise denied(name.text, "what stands there is not a segment's file", code) from error
        raise failed(name.text, error) from error


def check_file(fd: int, name: Name, directory: Directory) -> tuple[int, bool]:
    """The file's size, and whether its creator made it read-only. Refuses what is no segment, or not this user's."""
    mode, _, _, _, user, _, size, *_ = os.fstat(fd)
    if not stat.S_ISREG(mode):
        raise denied(name.text, "what stands there is not a segment's file", errno.EACCES)
    if user != directory.user and directory.own:
        raise denied(name.text, "its file belongs to another user", errno.EACCES)
    return size, not mode & 0o200


def dead(guard: int, fd: int, name: Name) -> bool:
    """Whether nobody holds the file open as `fd`; then it is unlinked. Only under the guard."""
    try:
        flock(fd, _EXCLUSIVE)
    except BlockingIOError:
        return False
    try:
        unlink(guard, name.file, fd)
    except PermissionError as error:
        raise denied(name.text, "an abandoned file of another user has this name", errno.EACCES) from error
    return True


def unlink(guard: int, file: str, fd: int) -> bool:
    """Unlink `file` if that is still the file open as `fd`, and whether it was."""
    try:
        if os.fstat(fd)[1:3] != os.lstat(file, dir_fd=guard)[1:3]:  # inode and device
            return False
        os.unlink(file, dir_fd=guard)
    except FileNotFoundError:
        return False
    return True


def not_found(name: str) -> SegmentNotFoundError:
    return SegmentNotFoundError(
        f"nobody holds {name!r}", hint="its creator must keep it open", name=name, code=errno.ENOENT
    )


def denied(name: str | None, why: str, code: int) -> AccessDeniedError:
    return AccessDeniedError(f"access to {name!r} refused: {why}", hint="ask for fewer rights", name=name, code=code)


def failed(name: str | None, error: OSError) -> MappingError:
    if error.errno in (errno.ENOSPC, errno.ENOMEM, errno.EDQUOT):
        return NoSpaceError(f"no shared memory for {name!r}", hint="free some", name=name, code=error.errno)
    return SystemRefusedError(f"{name!r}: {error.strerror}", name=name, code=error.errno or 0)
