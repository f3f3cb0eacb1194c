"""One holder of a segment on Linux: its lock, its views, the end of its hold.

Everyone who holds a segment holds a shared flock on its file. Whoever finds, under the guard, that nobody holds one,
unlinks it. Views are mapped through a second opening of the file, so that a view never carries the lock.
"""

from __future__ import annotations

import errno
import fcntl
import os
import sys
from functools import partial
from typing import Any

from samebytes.errors import ClosedError, MappingError

from ._access import Access, Rights
from ._raised import ours

if sys.platform != "win32":
    from ._linux_files import denied, failed, held, unlink
    from ._linux_fork import close_last, close_unlocked, forks, try_lock
    from ._linux_guard import Guard
    from ._linux_view import Mapping

assert sys.platform != "win32"  # a type checker for the other system stops here

__all__ = ["Segment"]

_CLOSE_SECONDS = 1.0
"""How long a close waits for the guard. Without it the name is gone all the same; the next opener frees the memory."""

_WRITE = int(Rights.WRITE)
_EXCLUSIVE = fcntl.LOCK_EX | fcntl.LOCK_NB
_AGAIN = os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK
_TO_READ, _TO_WRITE = os.O_RDONLY | os.O_CLOEXEC, os.O_RDWR | os.O_CLOEXEC
_READ_AGAIN, _WRITE_AGAIN = os.O_RDONLY | _AGAIN, os.O_RDWR | _AGAIN


class Segment:
    """One holder of a segment. `fds` has the descriptor with its lock, and is empty once it is not a holder any more."""

    __slots__ = (
        "__weakref__",
        "_closing",
        "capacity",
        "created",
        "directory",
        "fds",
        "file",
        "forks",
        "identity",
        "name",
        "rights",
    )

    def __init__(self, name: str | None) -> None:
        self.fds: list[int] = []
        self.name = name
        self.directory: Any = None
        """Where the segment's lifetime is kept; None for anonymous and raw ones, which have none."""
        self.file = ""
        self.identity = (0, 0)
        """Inode and device of the file."""
        self.rights = 0
        self.created = False
        self.capacity = 0
        self._closing = False
        self.forks = forks[0]

    @property
    def fd(self) -> int:
        """Return the descriptor with the lock; -1 when this process does not hold the segment."""
        return self.fds[0] if self.fds else -1

    @property
    def held(self) -> bool:
        """Return whether this process still holds the segment: not after `release`, and not in a forked child."""
        return bool(self.fds)

    @property
    def orphaned(self) -> bool:
        """Return whether the name was taken away while the segment is held (rm, systemd's RemoveIPC)."""
        if self.directory is None or not self.fds:
            return False
        info = os.fstat(self.fds[0])
        return info.st_nlink == 0 and info[1:3] == self.identity

    @property
    def owner(self) -> int:
        """Return the id of the user whose file it is; -1 when closed."""
        return os.fstat(self.fds[0]).st_uid if self.fds else -1

    def check_forks(self) -> None:
        """Refuse to go on in a child that was forked, by a signal's handler, in the middle of opening."""
        if self.forks != forks[0]:
            raise ClosedError(f"this process was forked while {self.name!r} was opened", hint="open it again")

    def keep(self, info: os.stat_result) -> None:
        """Be a holder from now on, of the file that `info` describes."""
        self.identity = info.st_ino, info.st_dev
        self.capacity = info.st_size

    # --- views -------------------------------------------------------------------------------------------------------

    def map(self, offset: int, size: int, access: Access) -> Mapping:
        """Map a piece, through an opening of its own."""
        fds: list[int] = []
        try:
            try:
                self._open_again(fds, access.changes)
                return Mapping(fds[0], offset, size, access)
            finally:  # a fork may fall in between: the child then has a descriptor more, of no harm, for it has no lock
                next(map(os.close, iter(fds.pop, None)), None) if fds else None
        finally:
            if fds:
                close_last(fds)

    def _open_again(self, fds: list[int], write: bool) -> None:
        """Open the segment's file once more: by its name, or through the descriptor where it has none any more."""
        if self.directory is not None:
            try:
                opening = partial(os.open, dir_fd=self.directory.here().fds[0])
                fds.extend(map(opening, (self.file,), (_WRITE_AGAIN if write else _READ_AGAIN,)))
            except (OSError, MappingError) as error:
                if not ours(error):
                    raise
            else:
                if os.fstat(fds[0])[1:3] == self.identity:
                    return
                close_last(fds)
        self._open_descriptor(fds, write)

    def _open_descriptor(self, fds: list[int], write: bool) -> None:
        if not self.fds:
            raise ClosedError(f"the map {self.name!r} is closed", name=self.name)
        try:
            if self.directory is None:  # no lock, so nothing that a view could carry
                fds.extend(map(os.dup, self.fds))
            else:
                path = f"/proc/self/fd/{self.fds[0]}"
                fds.extend(map(os.open, (path,), (_TO_WRITE if write else _TO_READ,)))
        except PermissionError as error:
            if not ours(error):
                raise
            raise denied(self.name, "its file does not allow that", errno.EACCES) from error
        except OSError as error:
            if not ours(error):
                raise
            raise failed(self.name, error) from error
        if os.fstat(fds[0])[1:3] != self.identity:  # closed meanwhile by another thread, and the number used again
            raise ClosedError(f"the map {self.name!r} is closed", name=self.name)

    def hand_out(self) -> int:
        """Return a descriptor that programs started now inherit. It has a lock of its own: it holds the segment by itself."""
        fds: list[int] = []
        try:
            write = bool(self.rights & _WRITE)
            if self.directory is None:
                self._open_descriptor(fds, write)
            else:
                self._open_again(fds, write)
                try_lock(fds[0], fcntl.LOCK_SH)
            os.set_inheritable(fds[0], True)
        except BaseException:
            close_last(fds)
            raise
        return fds[0]

    # --- the end -----------------------------------------------------------------------------------------------------

    def release(self) -> None:
        """Stop holding the segment; the last one to do so frees it. Idempotent, and finished whatever is raised meanwhile."""
        if not self.fds or self._closing:  # being closed: by another thread, or by what was interrupted here
            return
        try:
            try:
                try:
                    self._closing = True
                    self._end()
                finally:
                    if self.fds:  # interrupted
                        self._end()
            finally:
                if self.fds:
                    close_last(self.fds)
        finally:
            self._closing = False

    def _end(self) -> None:
        if self.directory is not None and self._buried():
            close_last(self.fds)
        else:
            close_unlocked(self.fds)

    def _buried(self) -> bool:
        """Unlink the file if nobody else holds it; return whether the lock needs no giving back.

        It needs none when it is lost, or on a file without a name.
        """
        try:
            return bool(self.directory.alone(_CLOSE_SECONDS, False, self._bury))
        except (MappingError, OSError) as error:
            if not ours(error):
                raise
            return False  # what is left is a file that nobody holds: the next opener frees it

    def _bury(self, guard: Guard) -> bool:
        if self.directory.own:
            try:
                fcntl.flock(self.fds[0], _EXCLUSIVE)
            except BlockingIOError as error:
                if not ours(error):
                    raise
                return True
        elif held(self.fds, False):
            return True
        return unlink(guard, self.file, self.identity if self.identity[0] else os.fstat(self.fds[0])[1:3])
