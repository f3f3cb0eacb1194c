"""Directories of segments on Linux, and their guards: what must never hang, or belong to somebody else.

The guard is an exclusive flock on a directory of this user's own. It is held for microseconds, and waited for by looking
again and again, because flock has no time limit and a stopped process would stop everyone. Each thread has an opening of the
directory to itself: so the kernel keeps threads apart as it keeps processes apart, nothing here has to be unlocked in a
forked child, and a thread that is interrupted while it has the guard (by a signal's handler, by garbage collected) enters again.
"""

from __future__ import annotations

import os
import random
import sys
import threading
import time
from collections.abc import Callable
from functools import partial
from typing import Any, TypeVar

from samebytes.errors import AccessDeniedError, MappingTimeoutError, SystemRefusedError

from ._raised import ours

if sys.platform != "win32":
    from fcntl import LOCK_EX, LOCK_NB, LOCK_UN, flock

    from ._linux_fork import close_last, close_unlocked, open_into, try_lock
    from ._linux_who import user_named, who_locks

assert sys.platform != "win32"  # a type checker for the other system stops here

__all__ = ["Directory", "Guard", "Patience", "place"]

GUARD_SECONDS = 5.0
"""How long to wait for the guard. Its holders need microseconds, so only a stopped process can use this up."""

STUCK_SECONDS = 0.05
"""How long to wait for a guard that has used up a deadline of this process already."""

FRESH_SECONDS = 0.01
"""How long a look at the directory counts. One that was removed is noticed at once all the same: nothing is found or made in it."""

_DIRECTORY = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_TAKE = LOCK_EX | LOCK_NB
_T = TypeVar("_T")


class Patience:
    """Looking again until a deadline: at once a few times, then at growing intervals of at most a millisecond."""

    def __init__(self, seconds: float) -> None:
        self._deadline = time.monotonic() + seconds
        self._looks = 0

    def again(self) -> bool:
        """Wait a little; return False when the time is over."""
        self._looks += 1
        if self._looks < 8:  # the usual holder is gone after a few microseconds: do not sleep for it
            os.sched_yield()
            return True
        time.sleep(min(0.001, 0.00002 * self._looks) * random.uniform(0.5, 1.0))
        return time.monotonic() < self._deadline


class Guard:
    """One thread's opening of a directory, and the calls that act in it. `depth` says how often the thread is inside."""

    __slots__ = ("depth", "fds", "fresh", "seen")

    def __init__(self) -> None:
        self.fds: list[int] = []
        self.depth = 0
        self.seen: tuple[float, ...] = ()
        self.fresh = 0.0
        """Until when the last look counts."""

    def __del__(self) -> None:
        close_last(self.fds)

    def attach(self, path: str) -> None:
        """Open the directory anew."""
        if self.fds:
            close_unlocked(self.fds)
        open_into(self.fds, os.open, path, _DIRECTORY)

    def opening(self) -> Callable[..., int]:
        """Return `os.open` for files in the directory: of C alone, so that it is one step in `open_into`."""
        return partial(os.open, dir_fd=self.fds[0])

    def look(self, file: str) -> os.stat_result:
        """Return what stands there; a link is not followed."""
        return os.lstat(file, dir_fd=self.fds[0])

    def unlink(self, file: str) -> None:
        """Unlink a file of the directory."""
        os.unlink(file, dir_fd=self.fds[0])

    def leave(self, level: int) -> None:
        """Be as deep inside as `level` says; outside, the guard is given back. Again is harmless."""
        self.depth = level  # first: who interrupts this enters as if from outside, and gives the guard back too
        if not level and self.fds:
            flock(self.fds[0], LOCK_UN)


class _Mine(threading.local):
    """What each thread has to itself."""

    def __init__(self) -> None:
        self.guard = Guard()


class Directory:
    """A directory of segments that belongs to `user`, and everything in it too."""

    own: bool = True
    _sound: str = "it must belong to the effective user, and nobody else may write to it"

    def __init__(self, path: str, user: int) -> None:
        self.path = path
        self.user = user
        """Whose directory it is: the effective user."""
        self.stuck = 0.0
        """How many seconds somebody in this process has waited for the guard in vain; until it is free again nobody else does."""
        self._mine = _Mine()

    def forget(self) -> None:
        """Begin anew, without what a forked child must not use."""
        self._mine = _Mine()

    def make(self) -> None:
        """Make the directory if it is not there."""
        try:
            os.mkdir(self.path, 0o700)  # noqa: PTH102 - its errors must be this module's own
        except FileExistsError:
            return
        except OSError as error:
            if not ours(error):
                raise
            raise self.refused(error) from error

    # --- the guard ---------------------------------------------------------------------------------------------------

    def alone(self, seconds: float | None, look: bool, act: Callable[..., _T], *what: Any) -> _T:
        """Return `act(guard, *what)`, called while no other process and thread is alone with the directory.

        FileNotFoundError if there is no such directory, MappingTimeoutError after `seconds` (None: GUARD_SECONDS). Who leaves
        a segment need not `look` whether the directory is still there: at worst the file has gone with it. The guard is given
        back whatever is raised wherever: `leave` is called again if the first call of it was interrupted.
        """
        guard = self._mine.guard
        level, left = guard.depth, False
        try:
            try:
                guard.depth = level + 1
                self._take(guard, seconds, look and not level)
                return act(guard, *what)
            finally:
                guard.leave(level)
                left = True
        finally:
            if not left:
                guard.leave(level)

    def _take(self, guard: Guard, seconds: float | None, look: bool) -> None:
        if not guard.fds or (look and time.monotonic() >= guard.fresh and self._changed(guard)):
            self._look(guard)
        try:
            flock(guard.fds[0], _TAKE)
        except BlockingIOError as error:
            if not ours(error):
                raise
            self._wait(guard, seconds)
        except OSError as error:
            if not ours(error):
                raise
            raise SystemRefusedError(
                f"{self.path} cannot be locked: {error.strerror}", code=error.errno, path=self.path
            ) from error
        if self.stuck:
            self.stuck = 0.0

    def _changed(self, guard: Guard) -> bool:
        """Return whether the directory has to be looked at anew: what was checked, and is open here, is as it was."""
        if os.lstat(self.path)[:5] != guard.seen:  # mode, inode, device, links, owner
            return True
        guard.fresh = time.monotonic() + FRESH_SECONDS
        return False

    def doubt(self) -> bool:
        """Have the directory looked at by the next who comes; return whether it was not looked at just now."""
        guard = self._mine.guard
        doubtful, guard.fresh = guard.fresh > 0.0, 0.0
        return doubtful

    def _wait(self, guard: Guard, seconds: float | None) -> None:
        """Look again and again, for `seconds` at most."""
        seconds = GUARD_SECONDS if seconds is None else seconds
        patience = Patience(STUCK_SECONDS if seconds <= self.stuck else seconds)
        while not try_lock(guard.fds[0]):
            if not patience.again():
                self.stuck = max(self.stuck, seconds)
                raise self._timeout(guard, seconds)

    def here(self) -> Guard:
        """Return this thread's opening of the directory, without taking the guard."""
        guard = self._mine.guard
        if not guard.fds:
            self._look(guard)
        return guard

    def there(self, guard: Guard, file: str) -> bool:
        """Return whether there is a file of that name."""
        try:
            guard.look(file)
        except FileNotFoundError as error:
            if not ours(error):
                raise
            return False
        return True

    # --- the directory -----------------------------------------------------------------------------------------------

    def _look(self, guard: Guard) -> None:
        """See that the directory is still the one that is open here, and still safe."""
        found = os.lstat(self.path)
        if not guard.fds or not os.path.samestat(found, os.fstat(guard.fds[0])):
            try:
                guard.attach(self.path)
            except FileNotFoundError:
                raise
            except OSError as error:
                if not ours(error):
                    raise
                raise self.refused(error) from error
            found = os.fstat(guard.fds[0])
        guard.seen, guard.fresh = (), 0.0
        if self._check(found, guard.fds[0]):
            guard.seen = found[:5]

    def _check(self, found: os.stat_result, fd: int) -> bool:  # noqa: ARG002 - the other kind of directory needs it
        """Refuse a directory in which somebody else could plant or take files."""
        if found.st_uid != self.user or found.st_mode & 0o022:
            raise self.unsound(found)
        return True

    def unsound(self, found: os.stat_result) -> AccessDeniedError:
        """Return the error for a directory that is not safe, which says whose it is."""
        return AccessDeniedError(
            f"{self.path} belongs to {user_named(found.st_uid)} and has mode {found.st_mode & 0o7777:04o}",
            hint=self._sound,
            path=self.path,
        )

    def _timeout(self, guard: Guard, seconds: float) -> MappingTimeoutError:
        return MappingTimeoutError(
            f"the guard of {self.path} was held for {seconds} seconds by {who_locks(guard.fds[0])}",
            hint="a stopped process holds it; continue or end that process",
            path=self.path,
        )

    def refused(self, error: OSError) -> AccessDeniedError | SystemRefusedError:
        """Return the error for a directory that cannot be opened or made."""
        if not isinstance(error, (PermissionError, NotADirectoryError)):
            return SystemRefusedError(f"{self.path}: {error.strerror}", code=error.errno or 0, path=self.path)
        return AccessDeniedError(
            f"{self.path} cannot be used: {error.strerror}",
            hint="it must be a directory of this user, and no symbolic link",
            path=self.path,
            code=error.errno or 0,
        )


_directories: dict[tuple[Any, str, int], Any] = {}
_environment: Callable[[Any], Any] = getattr(os.environ, "_data", os.environ).get
"""The dictionary behind os.environ: looking there takes a tenth of the time, and every name is looked up with it."""
_SHM = b"SAMEBYTES_SHM_DIR" if hasattr(os.environ, "_data") else "SAMEBYTES_SHM_DIR"


def _in_child() -> None:
    for directory in _directories.values():
        directory.forget()


os.register_at_fork(after_in_child=_in_child)


def place(scope: str) -> Any:
    """Return the directory of a scope: this user's own, the machine's, or the bare one of raw names."""
    key = (_environment(_SHM), scope, os.geteuid())
    return _directories.get(key) or _directories.setdefault(key, _place(scope, key[2]))


def _place(scope: str, user: int) -> Any:
    shm = os.environ.get("SAMEBYTES_SHM_DIR") or "/dev/shm"
    if scope == "local":
        return Directory(f"{shm}/samebytes-{user}", user)
    if scope == "global":
        from ._linux_shared import SharedDirectory

        return SharedDirectory(f"{shm}/samebytes-global", user)
    raw = Directory(shm, user)
    raw.own = False  # everybody's, as shm_open finds it
    return raw
