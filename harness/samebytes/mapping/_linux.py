"""Segments on Linux: files in shared memory with the lifetime of a Windows section.

Everyone who holds a segment holds a shared flock on its file. Whoever finds, under the guard, that nobody holds one,
unlinks it. Views are mapped through a second opening of the file, so that a view never carries the lock.
"""

from __future__ import annotations

import errno
import fcntl
import os
import sys

from samebytes.errors import (
    MappingError,
    MappingTimeoutError,
    SegmentExistsError,
    SegmentNotFoundError,
)

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
        unlink,
    )
    from ._linux_guard import (
        Directory,
        Patience,
        close_tracked,
        open_tracked,
        place,
        track,
        try_lock,
    )
    from ._linux_view import Mapping

assert sys.platform != "win32"  # a type checker for the other system stops here

__all__ = ["Segment", "adopt", "create_new", "create_or_open", "open_existing", "take_back"]

FOREIGN_SECONDS = 1.0
"""How long to look again while a program that is not one of us locks a segment's file exclusively."""

_CLOSE_SECONDS = 1.0
"""How long a close waits for the guard. Without it the name is gone all the same; the next opener frees the memory."""

_WRITE = int(Rights.WRITE)
_AUDIT = int(Rights.ACCESS_SYSTEM_SECURITY)


class Segment:
    """One holder of a segment. `fd` carries its lock and is -1 once it is not a holder any more."""

    __slots__ = ("__weakref__", "_file", "capacity", "created", "directory", "fd", "name", "rights")

    def __init__(self, name: str | None, directory: Directory | None, file: str, rights: int, created: bool) -> None:
        self.fd = -1
        self.name = name
        self.directory = directory
        """Where the segment's lifetime is kept; None for anonymous and raw ones, which have none."""
        self._file = file
        self.rights = rights
        self.created = created
        self.capacity = 0

    def __del__(self) -> None:
        self.release()

    @property
    def held(self) -> bool:
        """Whether this process still holds the segment: not after `release`, and not in a forked child."""
        return self.fd >= 0

    @property
    def orphaned(self) -> bool:
        """Whether the name was taken away while the segment is held (rm, systemd's RemoveIPC)."""
        return self.directory is not None and self.held and os.fstat(self.fd).st_nlink == 0

    def map(self, offset: int, size: int, access: Access) -> Mapping:
        """Map a piece, through an opening of its own."""
        flags = os.O_RDWR if access.changes else os.O_RDONLY
        try:
            fd = os.open(f"/proc/self/fd/{self.fd}", flags | os.O_CLOEXEC)
        except PermissionError as error:
            raise denied(self.name, "its file does not allow that", errno.EACCES) from error
        try:
            return Mapping(fd, offset, size, access)
        finally:
            os.close(fd)

    def hand_out(self) -> int:
        """A descriptor that programs started now inherit. It has a lock of its own: it holds the segment by itself."""
        flags = os.O_RDWR if self.rights & _WRITE else os.O_RDONLY
        fd = os.open(f"/proc/self/fd/{self.fd}", flags | os.O_CLOEXEC)
        if self.directory is not None:
            try_lock(fd, fcntl.LOCK_SH)
        os.set_inheritable(fd, True)
        return fd

    def release(self) -> None:
        """Stop holding the segment; the last one to do so frees it. Idempotent."""
        fd, self.fd = self.fd, -1
        if fd < 0:
            return
        try:
            if self.directory is not None:
                self._bury(fd, self.directory)
        finally:
            close_tracked(fd)

    def _bury(self, fd: int, directory: Directory) -> None:
        try:
            guard = directory.enter(_CLOSE_SECONDS, look=False)
            try:
                if try_lock(fd, fcntl.LOCK_EX):
                    unlink(guard, self._file, fd)
            finally:
                directory.leave()
        except (MappingError, OSError):
            pass  # what is left is a file that nobody holds: the next opener frees it


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
        try_lock(segment.fd, fcntl.LOCK_SH)
    return segment


def _open_unnamed(directory: Directory, mode: int, segment: Segment, name: Name) -> None:
    flags = os.O_TMPFILE | os.O_RDWR | os.O_CLOEXEC
    try:
        try:
            open_tracked(directory.path, flags, mode | 0o600, holder=segment)
        except FileNotFoundError:
            directory.make()
            open_tracked(directory.path, flags, mode | 0o600, holder=segment)
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
        with directory as guard:
            if link(segment.fd, guard, name):
                return True
            return free(guard, name, directory) and link(segment.fd, guard, name)
    except FileNotFoundError as error:  # removed since the file was made in it
        raise failed(name.text, error) from error


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
    patience: Patience | None = None
    while not _join(segment, found, directory):
        patience = patience or Patience(FOREIGN_SECONDS)
        if not patience.again():
            raise MappingTimeoutError(
                f"the file of {name!r} was locked exclusively for {FOREIGN_SECONDS} seconds",
                hint="some program that is not a peer has it open for itself alone",
                name=name,
            )
    return segment


def _join(segment: Segment, name: Name, directory: Directory) -> bool:
    """Become a holder; False while a stranger's exclusive lock is in the way."""
    try:
        with directory as guard:
            fd, writable = open_for(guard, name, bool(segment.rights & _WRITE))
            try:
                size, readonly = check_file(fd, name, directory)
                if dead(guard, fd, name):
                    raise not_found(name.text)
                if (readonly and segment.rights & _WRITE) or not writable:
                    raise denied(name.text, "its creator made it read-only", errno.EACCES)
                if not try_lock(fd, fcntl.LOCK_SH):
                    return False
                segment.capacity = size
                track(fd, segment)
                return True
            finally:
                if segment.fd != fd:
                    close_tracked(fd)
    except FileNotFoundError as error:
        raise error if isinstance(error, SegmentNotFoundError) else not_found(name.text) from error


def _open_raw(name: Name, rights: int) -> Segment:
    """Open an object as shm_open made it. Its creator sets the size after the name: wait for that, a little."""
    segment = Segment(name.text, None, name.file, effective(rights), False)
    directory = os.open(place("raw").path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        fd = open_found(directory, name, os.O_RDWR if rights & _WRITE else os.O_RDONLY)
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
