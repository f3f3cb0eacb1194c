"""Lock descriptors on Linux, and what a fork must do with them.

A forked child inherits descriptors and with them the locks. It must close them, and never unlock: LOCK_UN in the child
would take the parent's lock. `_forking` keeps a fork from falling between opening a descriptor and noting it.
"""

from __future__ import annotations

import atexit
import os
import sys
import threading
import weakref
from typing import Any, Protocol

if sys.platform != "win32":
    from fcntl import LOCK_NB, LOCK_UN, flock

assert sys.platform != "win32"  # a type checker for the other system stops here

__all__ = ["close_tracked", "forget", "open_tracked", "track", "try_lock", "unlock"]


class _Holder(Protocol):
    """What owns a lock descriptor: it learns here that a fork has taken the descriptor away."""

    fd: int

    def release(self) -> None: ...


# --- locks -----------------------------------------------------------------------------------------------------------


def try_lock(fd: int, operation: int) -> bool:
    """Take a flock if it is free. A failed change from shared to exclusive has lost the shared lock."""
    try:
        flock(fd, operation | LOCK_NB)
    except BlockingIOError:
        return False
    return True


def unlock(fd: int) -> None:
    """Give a flock back, for every descriptor of the same opening."""
    flock(fd, LOCK_UN)


# --- descriptors -----------------------------------------------------------------------------------------------------

_tracked: dict[int, weakref.ref[Any] | None] = {}
_forking = threading.RLock()


def open_tracked(
    path: str, flags: int, mode: int = 0o600, dir_fd: int | None = None, holder: _Holder | None = None
) -> int:
    """Open a file whose descriptor a forked child must not keep. The caller closes it with `close_tracked`."""
    with _forking:
        fd = os.open(path, flags, mode, dir_fd=dir_fd)
        _tracked[fd] = None
        if holder is not None:
            track(fd, holder)
    return fd


def track(fd: int, holder: _Holder) -> None:
    """Note who holds `fd`; `holder.fd` becomes -1 in a forked child."""
    holder.fd = fd
    _tracked[fd] = weakref.ref(holder)


def close_tracked(fd: int) -> None:
    """Unlock and close. The explicit unlock beats a child that is between its fork and its exec."""
    flock(fd, LOCK_UN)
    del _tracked[fd]
    os.close(fd)


def forget(fd: int) -> None:
    """Close without unlocking: for a descriptor that has no lock any more, or whose lock a child has taken over."""
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
