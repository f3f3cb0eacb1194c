"""One holder of a segment on Linux: its lock, its views, the end of its hold.

Everyone who holds a segment holds a shared flock on its file. Whoever finds, under the guard, that nobody holds one,
unlinks it. Views are mapped through a second opening of the file, so that a view never carries the lock.
"""

from __future__ import annotations

import errno
import fcntl
import os
import sys

from samebytes.errors import MappingError

from ._access import Access, Rights

if sys.platform != "win32":
    from ._linux_files import denied, unlink
    from ._linux_fork import close_tracked, forget, try_lock
    from ._linux_guard import Directory
    from ._linux_view import Mapping

assert sys.platform != "win32"  # a type checker for the other system stops here

__all__ = ["Segment"]

_CLOSE_SECONDS = 1.0
"""How long a close waits for the guard. Without it the name is gone all the same; the next opener frees the memory."""

_WRITE = int(Rights.WRITE)
_EXCLUSIVE = fcntl.LOCK_EX
_TO_READ, _TO_WRITE = os.O_RDONLY | os.O_CLOEXEC, os.O_RDWR | os.O_CLOEXEC


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
        try:
            fd = os.open(f"/proc/self/fd/{self.fd}", _TO_WRITE if access.changes else _TO_READ)
        except PermissionError as error:
            raise denied(self.name, "its file does not allow that", errno.EACCES) from error
        try:
            return Mapping(fd, offset, size, access)
        finally:
            os.close(fd)

    def hand_out(self) -> int:
        """A descriptor that programs started now inherit. It has a lock of its own: it holds the segment by itself."""
        fd = os.open(f"/proc/self/fd/{self.fd}", _TO_WRITE if self.rights & _WRITE else _TO_READ)
        if self.directory is not None:
            try_lock(fd, fcntl.LOCK_SH)
        os.set_inheritable(fd, True)
        return fd

    def release(self) -> None:
        """Stop holding the segment; the last one to do so frees it. Idempotent."""
        fd, self.fd = self.fd, -1
        if fd < 0:
            return
        over = False
        try:
            if self.directory is not None:
                over = self._bury(fd, self.directory)
        finally:
            if over:
                forget(fd)
            else:
                close_tracked(fd)

    def _bury(self, fd: int, directory: Directory) -> bool:
        """Unlink the file if nobody else holds it. Whether the lock needs no giving back: it is lost, or on a file without a name."""
        try:
            guard = directory.enter(_CLOSE_SECONDS, False)
            try:
                return not try_lock(fd, _EXCLUSIVE) or unlink(guard, self._file, fd)
            finally:
                directory.leave()
        except (MappingError, OSError):
            return False  # what is left is a file that nobody holds: the next opener frees it
