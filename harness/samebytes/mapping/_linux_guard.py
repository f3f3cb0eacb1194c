"""Descriptors, locks and directories on Linux: what must never outlive a fork, hang, or belong to somebody else.

The guard is an exclusive flock on the directory that holds a segment. It is held for microseconds, and waited for by
looking again and again, because flock has no time limit and a stopped process would stop everyone.
"""

from __future__ import annotations

import atexit
import fcntl
import os
import stat
import sys
import threading
import time
import weakref
from pathlib import Path
from typing import Any, Protocol

from samebytes.errors import AccessDeniedError, MappingTimeoutError

assert sys.platform != "win32"  # a type checker for the other system stops here

__all__ = ["Directory", "Guard", "close_tracked", "forget", "open_tracked", "place", "try_lock", "unlock"]

GUARD_SECONDS = 5.0
"""How long to wait for the guard. Its holders need microseconds, so only a stopped process can use this up."""

_DIRECTORY = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC


class _Holder(Protocol):
    """What owns a lock descriptor: it learns here that a fork has taken the descriptor away."""

    fd: int

    def release(self) -> None: ...


# --- descriptors and fork --------------------------------------------------------------------------------------------
#
# A forked child inherits descriptors and with them the locks. It must close them, and never unlock: LOCK_UN in the
# child would take the parent's lock. `_forking` keeps a fork from falling between opening a descriptor and noting it.

_tracked: dict[int, weakref.ref[Any] | None] = {}
_forking = threading.RLock()


def open_tracked(
    path: str, flags: int, mode: int = 0o600, dir_fd: int | None = None, holder: _Holder | None = None
) -> int:
    """Open a file whose descriptor a forked child must not keep. The caller closes it with `close_tracked`."""
    with _forking:
        fd = os.open(path, flags, mode, dir_fd=dir_fd)
        track(fd, holder)
    return fd


def track(fd: int, holder: _Holder | None) -> None:
    """Note who holds `fd`; `holder.fd` becomes -1 in a forked child."""
    if holder is None:
        _tracked[fd] = None
    else:
        holder.fd = fd
        _tracked[fd] = weakref.ref(holder)


def close_tracked(fd: int) -> None:
    """Unlock and close. The explicit unlock beats a child that is between its fork and its exec."""
    unlock(fd)
    forget(fd)


def forget(fd: int) -> None:
    """Close without unlocking: for a descriptor whose lock a child has taken over."""
    del _tracked[fd]
    os.close(fd)


def holders() -> list[Any]:
    """Everyone who holds a lock in this process."""
    found = [reference() for reference in list(_tracked.values()) if reference is not None]
    return [holder for holder in found if holder is not None]


def _in_child() -> None:
    for holder in holders():
        holder.fd = -1
    for fd in _tracked:
        os.close(fd)
    _tracked.clear()
    _forking.release()
    _end_with_the_child()


def _end_with_the_child() -> None:
    """A child of multiprocessing's fork ends without atexit: have it release what it opened all the same."""
    util = sys.modules.get("multiprocessing.util")
    if util is not None:
        util.register_after_fork(release_all, lambda _: util.Finalize(None, release_all, exitpriority=0))


@atexit.register
def release_all() -> None:
    """Release every segment this process holds: its end. What is killed instead, the next opener frees."""
    for holder in holders():
        holder.release()


os.register_at_fork(before=_forking.acquire, after_in_parent=_forking.release, after_in_child=_in_child)


# --- locks -----------------------------------------------------------------------------------------------------------


def try_lock(fd: int, operation: int) -> bool:
    """Take a flock if it is free. A failed change from shared to exclusive has lost the shared lock."""
    try:
        fcntl.flock(fd, operation | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def unlock(fd: int) -> None:
    """Give a flock back, for every descriptor of the same opening."""
    fcntl.flock(fd, fcntl.LOCK_UN)


class Patience:
    """Looking again until a deadline: at once a few times, then at growing intervals of at most a millisecond."""

    def __init__(self, seconds: float) -> None:
        self._deadline = time.monotonic() + seconds
        self._looks = 0

    def again(self) -> bool:
        """Wait a little; False when the time is over."""
        self._looks += 1
        if self._looks < 8:  # the usual holder is gone after a few microseconds: do not sleep for it
            os.sched_yield()
            return True
        time.sleep(min(0.001, 0.00002 * self._looks))
        return time.monotonic() < self._deadline


# --- the directory and its guard -------------------------------------------------------------------------------------


class Directory:
    """A directory of segments. `own` says that it belongs to one user, and everything in it too."""

    __slots__ = ("own", "path")

    def __init__(self, path: str, own: bool) -> None:
        self.path = path
        self.own = own

    def make(self) -> None:
        """Make the directory if it is not there."""
        try:
            Path(self.path).mkdir(0o700)
        except FileExistsError:
            return
        if not self.own:
            Path(self.path).chmod(0o1777)

    def check(self, fd: int) -> None:
        """Refuse a directory in which somebody else could plant or take files."""
        found = os.fstat(fd)
        if self.own and (found.st_uid != os.geteuid() or found.st_mode & 0o022):
            raise AccessDeniedError(
                f"{self.path} is not this user's own",
                hint="it must belong to the effective user, and nobody else may write to it",
                path=self.path,
            )
        if not self.own and found.st_uid == os.geteuid() and stat.S_IMODE(found.st_mode) != 0o1777:
            os.fchmod(fd, 0o1777)  # its maker was killed between mkdir and chmod

    def refused(self, error: OSError) -> AccessDeniedError:
        """The error for a directory that cannot be opened."""
        return AccessDeniedError(
            f"{self.path} cannot be used: {error.strerror}",
            hint="it must be a directory of this user, and no symbolic link",
            path=self.path,
            code=error.errno or 0,
        )


def base() -> str:
    """The directory in which all segments live."""
    return os.environ.get("SAMEBYTES_SHM_DIR") or "/dev/shm"


def place(scope: str) -> Directory:
    """The directory of a scope: this user's own, the machine's, or the bare one of raw names."""
    if scope == "local":
        return Directory(f"{base()}/samebytes-{os.geteuid()}", True)
    return Directory(f"{base()}/samebytes-global" if scope == "global" else base(), False)


class Guard:
    """`with Guard(directory) as fd`: alone with the directory, open as `fd`. FileNotFoundError if there is none."""

    __slots__ = ("_directory", "_fd", "_seconds")

    def __init__(self, directory: Directory, seconds: float | None = None) -> None:
        self._directory = directory
        self._seconds = seconds

    def __enter__(self) -> int:
        try:
            fd = self._fd = open_tracked(self._directory.path, _DIRECTORY)
        except (NotADirectoryError, PermissionError) as error:
            raise self._directory.refused(error) from error
        try:
            self._directory.check(fd)
            if not try_lock(fd, fcntl.LOCK_EX):
                self._wait(fd)
        except BaseException:
            close_tracked(fd)
            raise
        return fd

    def __exit__(self, *_: object) -> None:
        close_tracked(self._fd)

    def _wait(self, fd: int) -> None:
        seconds = GUARD_SECONDS if self._seconds is None else self._seconds
        patience = Patience(seconds)
        while not try_lock(fd, fcntl.LOCK_EX):
            if not patience.again():
                raise MappingTimeoutError(
                    f"the guard of {self._directory.path} was held for {seconds} seconds",
                    hint="a stopped process holds it; continue or end that process",
                    path=self._directory.path,
                )
