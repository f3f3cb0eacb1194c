"""Segments on Linux: files in shared memory with the lifetime of a Windows section. Creating and opening them.

A new segment's name appears only when all of it is ready, or under the guard; opening joins what somebody holds, and frees
what nobody does. Every function here fills a Segment that the caller made, and that the caller releases if it fails.
"""

from __future__ import annotations

import errno
import fcntl
import os
import sys
from mmap import PAGESIZE

from samebytes.errors import MappingTimeoutError, SegmentExistsError, SegmentNotFoundError

from ._access import Access, Rights, effective
from ._names import Name, parse_name
from ._raised import ours

if sys.platform != "win32":
    from ._linux_files import allocate, denied, failed, free, not_found
    from ._linux_fork import close_last, hand_over, open_into, try_lock
    from ._linux_guard import Directory, Guard, Patience, place
    from ._linux_join import find, publish
    from ._linux_raw import create_raw, open_raw
    from ._linux_segment import Segment
    from ._linux_who import who_locks

assert sys.platform != "win32"  # a type checker for the other system stops here

__all__ = ["Segment", "adopt", "create_new", "create_or_open", "open_existing", "take_back"]

FOREIGN_SECONDS = 0.9
"""How long to look again while a program that is not one of us locks a segment's file exclusively."""

SMALL = 64 << 10
"""Up to so many bytes are allocated under the guard: that takes microseconds, and saves the file without a name."""

_WRITE = int(Rights.WRITE)
_AUDIT = int(Rights.ACCESS_SYSTEM_SECURITY)
_SHARED = fcntl.LOCK_SH
_UNNAMED = os.O_TMPFILE | os.O_RDWR | os.O_CLOEXEC
_NAMED = os.O_CREAT | os.O_EXCL | os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW


# --- creating --------------------------------------------------------------------------------------------------------


def create_new(segment: Segment, capacity: int, access: Access, mode: int, reserve: bool) -> None:
    """Make a new segment of at least `capacity` bytes; its name appears only when all of it is ready."""
    segment.created = True
    segment.rights = access.needs
    if segment.name is None:
        _anonymous(segment, capacity, reserve)
        return
    name = parse_name(segment.name)
    if not access.changes:
        mode &= ~0o222  # tells joiners, root included, that nobody may write
    if access.executes:
        mode |= 0o100  # tells joiners that views may execute
    if name.scope == "raw":
        created = create_raw(segment, name, capacity, mode, reserve)
    elif name.scope == "local" and capacity <= SMALL and not reserve:
        created = _create_small(segment, name, capacity, mode)
    else:
        created = _create_large(segment, name, capacity, mode, reserve)
    if not created:
        raise SegmentExistsError(
            f"{name.text!r} is alive", hint="open_existing joins it", name=name.text, code=errno.EEXIST
        )


def _anonymous(segment: Segment, capacity: int, reserve: bool) -> None:
    try:
        open_into(segment.fds, os.memfd_create, "samebytes")
    except OSError as error:
        if not ours(error):
            raise
        raise failed(None, error) from error
    allocate(segment.fds[0], capacity, None, reserve)
    segment.keep(os.fstat(segment.fds[0]))


def _create_small(segment: Segment, name: Name, capacity: int, mode: int) -> bool:
    """Make the file, all of it under the guard; False if somebody holds the name."""
    directory = segment.directory = place(name.scope)
    segment.file = name.file
    try:
        return bool(directory.alone(None, True, _make_named, segment, name, capacity, mode))
    except FileNotFoundError as error:
        if not ours(error):
            raise
    directory.doubt()
    directory.make()
    return bool(directory.alone(None, True, _make_named, segment, name, capacity, mode))


def _make_named(guard: Guard, segment: Segment, name: Name, capacity: int, mode: int) -> bool:
    fds = segment.fds
    while not _opened_named(guard, fds, name, mode):
        if not free(guard, name, segment.directory):
            return False
    fcntl.flock(fds[0], _SHARED | fcntl.LOCK_NB)
    try:
        os.posix_fallocate(fds[0], 0, -(-capacity // PAGESIZE) * PAGESIZE)
    except OSError as error:
        if not ours(error):
            raise
        allocate(fds[0], capacity, name.text, False)  # says why
    _ready(segment, mode)
    return True


def _opened_named(guard: Guard, fds: list[int], name: Name, mode: int) -> bool:
    try:
        open_into(fds, guard.opening(), name.file, _NAMED, mode | 0o600)
    except FileExistsError as error:
        if not ours(error):
            raise
        return False
    except OSError as error:
        if not ours(error) or isinstance(error, FileNotFoundError):
            raise
        raise _not_made(name, error) from error
    return True


def _ready(segment: Segment, mode: int) -> None:
    info = os.fstat(segment.fds[0])
    if info.st_mode & 0o7777 != mode:  # what the umask took, or what opening must not lack
        os.fchmod(segment.fds[0], mode)
    segment.keep(info)


def _create_large(segment: Segment, name: Name, capacity: int, mode: int, reserve: bool) -> bool:
    """Make a file that is ready, held and has no name yet (if this process stops there, nothing is left), and name it."""
    directory = place(name.scope)
    try:
        open_into(segment.fds, os.open, directory.path, _UNNAMED, mode | 0o600)
    except FileNotFoundError as error:
        if not ours(error):
            raise
        directory.make()
        _open_unnamed(segment, directory, name, mode)
    except OSError as error:
        if not ours(error):
            raise
        raise _not_made(name, error, directory) from error
    allocate(segment.fds[0], capacity, name.text, reserve)
    try_lock(segment.fds[0], _SHARED)
    _ready(segment, mode)
    segment.file = name.file
    segment.directory = directory
    try:
        return bool(directory.alone(None, True, publish, segment, name))
    except FileNotFoundError as error:  # removed since the file was made in it
        if not ours(error):
            raise
        raise failed(name.text, error) from error


def _open_unnamed(segment: Segment, directory: Directory, name: Name, mode: int) -> None:
    try:
        open_into(segment.fds, os.open, directory.path, _UNNAMED, mode | 0o600)
    except OSError as error:
        if not ours(error):
            raise
        raise _not_made(name, error, directory) from error


def _not_made(name: Name, error: OSError, directory: Directory | None = None) -> Exception:
    if isinstance(error, PermissionError):
        info = os.lstat(directory.path) if directory else None
        if directory and info and info.st_uid not in (0, directory.user):
            return directory.unsound(info)
        return denied(name.text, "its directory cannot be written", errno.EACCES)
    if isinstance(error, NotADirectoryError) and directory is not None:
        return directory.refused(error)
    return failed(name.text, error)


# --- opening ---------------------------------------------------------------------------------------------------------


def open_existing(segment: Segment, rights: int) -> None:
    """Join a segment that somebody holds. SegmentNotFoundError if nobody does."""
    assert segment.name is not None
    if rights & _AUDIT:
        raise denied(segment.name, "there is no audit list to open here", errno.EACCES)
    name = parse_name(segment.name)
    segment.rights = effective(rights)
    segment.created = False
    if name.scope == "raw":
        open_raw(segment, name, bool(rights & _WRITE), FOREIGN_SECONDS)
        return
    directory = place(name.scope)
    if not _join(segment, name, directory):
        _join_later(segment, name, directory)


def _join_later(segment: Segment, name: Name, directory: Directory) -> None:
    """Become a holder as soon as a stranger's exclusive lock is gone."""
    patience = Patience(FOREIGN_SECONDS)
    while patience.again():
        if _join(segment, name, directory):
            return
    path = f"{directory.path}/{name.file}"
    raise MappingTimeoutError(
        f"the file of {name.text!r} was locked exclusively for {FOREIGN_SECONDS} seconds by {_who(path)}",
        hint="some program that is not a peer has it open for itself alone",
        name=name.text,
        path=path,
    )


def _who(path: str) -> str:
    fds: list[int] = []
    try:
        open_into(fds, os.open, path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        return who_locks(fds[0])
    except OSError:
        return "another program"
    finally:
        close_last(fds)


def _join(segment: Segment, name: Name, directory: Directory, again: bool = True) -> bool:
    """Become a holder; False while a stranger's exclusive lock is in the way."""
    try:
        joined = directory.alone(None, True, find, segment, name, directory)
    except FileNotFoundError as error:
        if not ours(error):
            raise
        if again and directory.doubt():  # the directory may be another since it was looked at
            return _join(segment, name, directory, False)
        if isinstance(error, SegmentNotFoundError):
            raise
        raise not_found(name.text) from error
    return bool(joined)


def take_back(fd: int) -> None:
    """Close a descriptor from `hand_out` without unlocking it: whoever inherited it goes on holding the segment."""
    os.close(fd)


def adopt(segment: Segment, fd: int, rights: int) -> None:
    """Become the holder of an inherited descriptor."""
    found = parse_name(segment.name) if segment.name is not None else None
    if found and found.scope != "raw":
        segment.directory, segment.file = place(found.scope), found.file
    segment.rights = rights
    info = os.fstat(fd)
    os.set_inheritable(fd, False)
    hand_over(fd, segment.fds)
    segment.keep(info)


def create_or_open(segment: Segment, capacity: int, access: Access, mode: int, reserve: bool) -> None:
    """Join the segment if it is alive, create it if not; try again when it comes or goes in between."""
    patience = Patience(FOREIGN_SECONDS)
    while True:
        try:
            open_existing(segment, access.needs)
            return
        except SegmentNotFoundError:
            segment.check_forks()
            if access is Access.WRITE:
                raise ValueError("nothing can be created for writing only; the name is free") from None
        try:
            create_new(segment, capacity, access, mode, reserve)
            return
        except SegmentExistsError:
            segment.release()
            if not patience.again():
                raise
