"""Segments on Linux: files in shared memory with the lifetime of a Windows section. Creating and opening them.

A new segment's name appears only when all of it is ready; opening joins what somebody holds, and frees what nobody does.
"""

from __future__ import annotations

import errno
import fcntl
import os
import sys

from samebytes.errors import MappingTimeoutError, SegmentExistsError, SegmentNotFoundError

from ._access import Access, Rights, effective
from ._names import Name, parse_name

if sys.platform != "win32":
    from ._linux_files import (
        allocate,
        check_file,
        dead,
        denied,
        failed,
        free,
        link,
        not_found,
        open_for,
        open_found,
    )
    from ._linux_fork import close_tracked, open_tracked, track, try_lock
    from ._linux_guard import Directory, Patience, place
    from ._linux_segment import Segment

assert sys.platform != "win32"  # a type checker for the other system stops here

__all__ = ["Segment", "adopt", "create_new", "create_or_open", "open_existing", "take_back"]

FOREIGN_SECONDS = 1.0
"""How long to look again while a program that is not one of us locks a segment's file exclusively."""

_WRITE = int(Rights.WRITE)
_AUDIT = int(Rights.ACCESS_SYSTEM_SECURITY)
_SHARED = fcntl.LOCK_SH
_UNNAMED = os.O_TMPFILE | os.O_RDWR | os.O_CLOEXEC


# --- creating --------------------------------------------------------------------------------------------------------


def create_new(name: str | None, capacity: int, access: Access, mode: int, reserve: bool) -> Segment:
    """A new segment of at least `capacity` bytes; its name appears only when all of it is ready."""
    if name is None:
        return _anonymous(capacity, access, reserve)
    place_of = parse_name(name)
    segment = _prepare(place_of, capacity, access, mode, reserve)
    try:
        _publish(segment, place_of)
    except BaseException:
        fd, segment.fd = segment.fd, -1
        close_tracked(fd)
        raise
    return segment


def _anonymous(capacity: int, access: Access, reserve: bool) -> Segment:
    segment = Segment(None, None, "", access.needs, True)
    track(os.memfd_create("samebytes"), segment)
    segment.capacity = allocate(segment.fd, capacity, None, reserve)
    return segment


def _prepare(name: Name, capacity: int, access: Access, mode: int, reserve: bool) -> Segment:
    """A segment that is ready, held and has no name yet: if this process stops here, nothing is left."""
    directory = place(name.scope)
    managed = None if name.scope == "raw" else directory
    segment = Segment(name.text, managed, name.file, access.needs, True)
    _open_unnamed(directory, mode, segment, name)
    segment.capacity = allocate(segment.fd, capacity, name.text, reserve)
    if not access.changes:
        mode &= ~0o222  # tells joiners, root included, that nobody may write
    if mode != 0o600:
        os.fchmod(segment.fd, mode)
    if managed is not None:
        try_lock(segment.fd, _SHARED)
    return segment


def _open_unnamed(directory: Directory, mode: int, segment: Segment, name: Name) -> None:
    try:
        try:
            open_tracked(directory.path, _UNNAMED, mode | 0o600, None, segment)
        except FileNotFoundError:
            directory.make()
            open_tracked(directory.path, _UNNAMED, mode | 0o600, None, segment)
    except PermissionError as error:
        raise denied(name.text, f"{directory.path} cannot be written", errno.EACCES) from error
    except NotADirectoryError as error:
        raise directory.refused(error) from error
    except OSError as error:
        raise failed(name.text, error) from error


def _publish(segment: Segment, name: Name) -> None:
    """Give the segment its name, if nobody holds that."""
    if segment.directory is None:
        directory = os.open(place(name.scope).path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            linked = link(segment.fd, directory, name)
        finally:
            os.close(directory)
    else:
        linked = _publish_alone(segment, name, segment.directory)
    if not linked:
        raise SegmentExistsError(
            f"{name.text!r} is alive", hint="open_existing joins it", name=name.text, code=errno.EEXIST
        )


def _publish_alone(segment: Segment, name: Name, directory: Directory) -> bool:
    """Publish under the guard; False if somebody holds the name."""
    try:
        guard = directory.enter()
    except FileNotFoundError as error:  # removed since the file was made in it
        raise failed(name.text, error) from error
    try:
        if link(segment.fd, guard, name):
            return True
        return free(guard, name, directory) and link(segment.fd, guard, name)
    finally:
        directory.leave()


# --- opening ---------------------------------------------------------------------------------------------------------


def open_existing(name: str, rights: int) -> Segment:
    """Join a segment that somebody holds. SegmentNotFoundError if nobody does."""
    if rights & _AUDIT:
        raise denied(name, "there is no audit list to open here", errno.EACCES)
    found = parse_name(name)
    if found.scope == "raw":
        return _open_raw(found, rights)
    directory = place(found.scope)
    segment = Segment(name, directory, found.file, effective(rights), False)
    if not _join(segment, found, directory):
        _join_later(segment, found, directory)
    return segment


def _join_later(segment: Segment, name: Name, directory: Directory) -> None:
    """Become a holder as soon as a stranger's exclusive lock is gone."""
    patience = Patience(FOREIGN_SECONDS)
    while patience.again():
        if _join(segment, name, directory):
            return
    raise MappingTimeoutError(
        f"the file of {name.text!r} was locked exclusively for {FOREIGN_SECONDS} seconds",
        hint="some program that is not a peer has it open for itself alone",
        name=name.text,
    )


def _join(segment: Segment, name: Name, directory: Directory) -> bool:
    """Become a holder; False while a stranger's exclusive lock is in the way."""
    try:
        guard = directory.enter()
    except FileNotFoundError as error:
        raise not_found(name.text) from error
    try:
        return _hold(segment, name, guard, directory)
    finally:
        directory.leave()


def _hold(segment: Segment, name: Name, guard: int, directory: Directory) -> bool:
    """Lock the file, if somebody else does; under the guard."""
    write = bool(segment.rights & _WRITE)
    fd, writable = open_for(guard, name, write)
    try:
        segment.capacity, readonly = check_file(fd, name, directory)
        if dead(guard, fd, name):
            raise not_found(name.text)
        if write and (readonly or not writable):
            raise denied(name.text, "its creator made it read-only", errno.EACCES)
        if try_lock(fd, _SHARED):
            track(fd, segment)
        return segment.fd >= 0
    finally:
        if segment.fd < 0:
            close_tracked(fd)


def _open_raw(name: Name, rights: int) -> Segment:
    """Open an object as shm_open made it. Its creator sets the size after the name: wait for that, a little."""
    segment = Segment(name.text, None, name.file, effective(rights), False)
    directory = os.open(place("raw").path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        fd = open_found(directory, name, bool(rights & _WRITE))
    finally:
        os.close(directory)
    track(fd, segment)
    patience = Patience(FOREIGN_SECONDS)
    while not segment.capacity:
        segment.capacity, _ = check_file(fd, name, place("raw"))
        if not segment.capacity and not patience.again():
            raise MappingTimeoutError(f"{name.text!r} has no size", hint="its creator stopped half-way", name=name.text)
    return segment


def take_back(fd: int) -> None:
    """Close a descriptor from `hand_out` without unlocking it: whoever inherited it goes on holding the segment."""
    os.close(fd)


def adopt(name: str | None, fd: int, rights: int) -> Segment:
    """Become the holder of an inherited descriptor."""
    found = parse_name(name) if name is not None else None
    managed = place(found.scope) if found and found.scope != "raw" else None
    segment = Segment(name, managed, found.file if found else "", rights, False)
    segment.capacity = os.fstat(fd).st_size
    os.set_inheritable(fd, False)
    track(fd, segment)
    return segment


def create_or_open(name: str, capacity: int, access: Access, mode: int, reserve: bool) -> Segment:
    """Join the segment if it is alive, create it if not; try again when it comes or goes in between."""
    patience = Patience(FOREIGN_SECONDS)
    while True:
        try:
            return open_existing(name, access.needs)
        except SegmentNotFoundError:
            if access is Access.WRITE:
                raise ValueError("nothing can be created for writing only; the name is free") from None
        try:
            return create_new(name, capacity, access, mode, reserve)
        except SegmentExistsError:
            if not patience.again():
                raise
