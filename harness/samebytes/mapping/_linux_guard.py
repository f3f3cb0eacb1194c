"""Directories of segments on Linux, and their guards: what must never hang, or belong to somebody else.

The guard is an exclusive flock on the directory that holds a segment. It is held for microseconds, and waited for by
looking again and again, because flock has no time limit and a stopped process would stop everyone.
"""

from __future__ import annotations

import os
import stat
import sys
import threading
import time
from pathlib import Path

from samebytes.errors import AccessDeniedError, MappingTimeoutError

if sys.platform != "win32":
    from fcntl import LOCK_EX, LOCK_UN, flock

    from ._linux_fork import close_tracked, open_tracked, try_lock

assert sys.platform != "win32"  # a type checker for the other system stops here

__all__ = ["Directory", "Patience", "place"]

GUARD_SECONDS = 5.0
"""How long to wait for the guard. Its holders need microseconds, so only a stopped process can use this up."""

_CHANGING = -1
"""The depth of a guard that is being taken or left. Garbage collected just then must not enter it, and need not: what it
leaves behind, the next opener frees."""

_DIRECTORY = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC


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


class Directory:
    """A directory of segments, and its guard: `with directory as fd` is alone with it, open as `fd`.

    `own` says that the directory belongs to one user, and everything in it too. The guard may be entered again by the same
    thread: collecting garbage may close a forgotten map at any moment. One opening serves all threads, and no fork.
    """

    __slots__ = ("_depth", "_fd", "_seen", "_threads", "own", "path", "user")

    def __init__(self, path: str, own: bool, user: int) -> None:
        self.path = path
        self.own = own
        self.user = user
        """Whose `own` it is: the effective user."""
        self.forget()

    def forget(self) -> None:
        """Begin anew, without what a forked child must not use."""
        self._fd = -1
        self._seen: tuple[float, ...] = ()
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
        return self.enter()

    def __exit__(self, *_: object) -> None:
        self.leave()

    # --- the guard ---------------------------------------------------------------------------------------------------

    def enter(self, seconds: float | None = None, look: bool = True) -> int:
        """Take the guard. FileNotFoundError if there is no such directory, MappingTimeoutError after `seconds`.

        Who leaves a segment need not `look` whether the directory is still there: at worst the file has gone with it.
        """
        if not self._threads.acquire(False):
            self._wait_for_threads(seconds)
        if self._depth:
            return self._enter_again()
        self._depth = _CHANGING
        try:
            # Mode, inode, device, links, owner: what was checked, and is open here, is as it was.
            if self._fd < 0 or (look and os.lstat(self.path)[:5] != self._seen):
                self._look()
            if not try_lock(self._fd, LOCK_EX):
                self._wait(seconds)
        except BaseException:
            self._depth = 0
            self._threads.release()
            raise
        self._depth = 1
        return self._fd

    def _enter_again(self) -> int:
        if self._depth == _CHANGING:  # this very thread is taking or leaving it
            self._threads.release()
            raise self._timeout(0)
        self._depth += 1
        return self._fd

    def leave(self) -> None:
        """Give the guard back."""
        depth, self._depth = self._depth, _CHANGING
        try:
            if depth == 1:
                flock(self._fd, LOCK_UN)
        finally:
            self._depth = depth - 1
            self._threads.release()

    def _wait_for_threads(self, seconds: float | None) -> None:
        seconds = GUARD_SECONDS if seconds is None else seconds
        if not self._threads.acquire(timeout=seconds):
            raise self._timeout(seconds)

    def _wait(self, seconds: float | None) -> None:
        """Look again and again, for `seconds` at most."""
        seconds = GUARD_SECONDS if seconds is None else seconds
        patience = Patience(seconds)
        while not try_lock(self._fd, LOCK_EX):
            if not patience.again():
                raise self._timeout(seconds)

    # --- the directory -----------------------------------------------------------------------------------------------

    def _look(self) -> None:
        """See that the directory is still the one that is open here, and still safe."""
        found = os.lstat(self.path)
        if self._fd < 0 or not os.path.samestat(found, os.fstat(self._fd)):
            found = self._open()
        self._check(found)

    def _open(self) -> os.stat_result:
        if self._fd >= 0:
            fd, self._fd, self._seen = self._fd, -1, ()
            close_tracked(fd)
        try:
            self._fd = open_tracked(self.path, _DIRECTORY)
        except (NotADirectoryError, PermissionError) as error:
            raise self.refused(error) from error
        return os.fstat(self._fd)

    def _check(self, found: os.stat_result) -> None:
        """Refuse a directory in which somebody else could plant or take files."""
        self._seen = ()
        if self.own and (found.st_uid != self.user or found.st_mode & 0o022):
            raise AccessDeniedError(
                f"{self.path} is not this user's own",
                hint="it must belong to the effective user, and nobody else may write to it",
                path=self.path,
            )
        if not self.own and found.st_uid == self.user and stat.S_IMODE(found.st_mode) != 0o1777:
            os.fchmod(self._fd, 0o1777)  # its maker was killed between mkdir and chmod
        else:
            self._seen = found[:5]

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


_directories: dict[tuple[str | None, str, int], Directory] = {}


def _in_child() -> None:
    for directory in _directories.values():
        directory.forget()


os.register_at_fork(after_in_child=_in_child)


def place(scope: str) -> Directory:
    """The directory of a scope: this user's own, the machine's, or the bare one of raw names."""
    key = (os.environ.get("SAMEBYTES_SHM_DIR"), scope, os.geteuid())
    return _directories.get(key) or _directories.setdefault(key, _place(*key))


def _place(shm: str | None, scope: str, user: int) -> Directory:
    shm = shm or "/dev/shm"
    if scope == "local":
        return Directory(f"{shm}/samebytes-{user}", True, user)
    return Directory(f"{shm}/samebytes-global" if scope == "global" else shm, False, user)
