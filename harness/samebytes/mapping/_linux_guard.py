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

__all__ = ["Directory", "close_tracked", "forget", "open_tracked", "place", "try_lock", "unlock"]

GUARD_SECONDS = 5.0
"""How long to wait for the guard. Its holders need microseconds, so only a stopped process can use this up."""

_CHANGING = -1
"""The depth of a guard that is being taken or left. Garbage collected just then must not enter it, and need not: what it
leaves behind, the next opener frees."""

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
    for directory in _directories.values():
        directory.forget()
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
    """A directory of segments, and its guard: `with directory as fd` is alone with it, open as `fd`.

    `own` says that the directory belongs to one user, and everything in it too. The guard may be entered again by the same
    thread: collecting garbage may close a forgotten map at any moment. One opening serves all threads, and no fork.
    """

    __slots__ = ("_depth", "_fd", "_identity", "_threads", "own", "path", "user")

    def __init__(self, path: str, own: bool, user: int) -> None:
        self.path = path
        self.own = own
        self.user = user
        """Whose `own` it is: the effective user."""
        self.forget()

    def forget(self) -> None:
        """Begin anew, without what a forked child must not use."""
        self._fd = -1
        self._identity = (0, 0)
        self._depth = 0
        self._threads = threading.RLock()

    def make(self) -> None:
        """Make the directory if it is not there."""
        try:
            Path(self.path).mkdir(0o700)
        except FileExistsError:
            return
        if not self.own:
            Path(self.path).chmod(0o1777)

    def __enter__(self) -> int:
        return self.enter(GUARD_SECONDS)

    def __exit__(self, *_: object) -> None:
        self.leave()

    def enter(self, seconds: float, look: bool = True) -> int:
        """Take the guard. FileNotFoundError if there is no such directory, MappingTimeoutError after `seconds`.

        Who leaves a segment need not `look` whether the directory is still there: at worst the file has gone with it.
        """
        if not self._threads.acquire(timeout=seconds):
            raise self._timeout(seconds)
        try:
            if self._depth == _CHANGING:  # this very thread is taking or leaving it
                raise self._timeout(0)
            self._depth = self._depth + 1 if self._depth else self._take(seconds, look)
        except BaseException:
            self._threads.release()
            raise
        return self._fd

    def _take(self, seconds: float, look: bool) -> int:
        """Lock the directory itself; gives the new depth, 1."""
        self._depth = _CHANGING
        try:
            if look or self._fd < 0:
                self._look()
            if not try_lock(self._fd, fcntl.LOCK_EX):
                self._wait(seconds)
            self._depth = 1
        finally:
            self._depth = max(self._depth, 0)
        return 1

    def leave(self) -> None:
        """Give the guard back."""
        if self._depth == 1:
            self._depth = _CHANGING
            unlock(self._fd)
        self._depth = max(self._depth - 1, 0)
        self._threads.release()

    def _look(self) -> None:
        """See that the directory is still the one that is open here, and still safe."""
        found = os.lstat(self.path)
        if (found.st_dev, found.st_ino) != self._identity:
            found = self._open()
        self._check(found)

    def _open(self) -> os.stat_result:
        if self._fd >= 0:
            fd, self._fd, self._identity = self._fd, -1, (0, 0)
            close_tracked(fd)
        try:
            self._fd = open_tracked(self.path, _DIRECTORY)
        except (NotADirectoryError, PermissionError) as error:
            raise self.refused(error) from error
        found = os.fstat(self._fd)
        self._identity = (found.st_dev, found.st_ino)
        return found

    def _check(self, found: os.stat_result) -> None:
        """Refuse a directory in which somebody else could plant or take files."""
        if self.own and (found.st_uid != self.user or found.st_mode & 0o022):
            raise AccessDeniedError(
                f"{self.path} is not this user's own",
                hint="it must belong to the effective user, and nobody else may write to it",
                path=self.path,
            )
        if not self.own and found.st_uid == self.user and stat.S_IMODE(found.st_mode) != 0o1777:
            os.fchmod(self._fd, 0o1777)  # its maker was killed between mkdir and chmod

    def _wait(self, seconds: float) -> None:
        patience = Patience(seconds)
        while not try_lock(self._fd, fcntl.LOCK_EX):
            if not patience.again():
                raise self._timeout(seconds)

    def _timeout(self, seconds: float) -> MappingTimeoutError:
        return MappingTimeoutError(
            f"the guard of {self.path} was held for {seconds} seconds",
            hint="a stopped process holds it; continue or end that process",
            path=self.path,
        )

    def refused(self, error: OSError) -> AccessDeniedError:
        """The error for a directory that cannot be opened."""
        return AccessDeniedError(
            f"{self.path} cannot be used: {error.strerror}",
            hint="it must be a directory of this user, and no symbolic link",
            path=self.path,
            code=error.errno or 0,
        )


_directories: dict[tuple[str, str, int], Directory] = {}


def base() -> str:
    """The directory in which all segments live."""
    return os.environ.get("SAMEBYTES_SHM_DIR") or "/dev/shm"


def place(scope: str) -> Directory:
    """The directory of a scope: this user's own, the machine's, or the bare one of raw names."""
    key = (base(), scope, os.geteuid())
    return _directories.get(key) or _directories.setdefault(key, _place(*key))


def _place(shm: str, scope: str, user: int) -> Directory:
    if scope == "local":
        return Directory(f"{shm}/samebytes-{user}", True, user)
    return Directory(f"{shm}/samebytes-global" if scope == "global" else shm, False, user)
