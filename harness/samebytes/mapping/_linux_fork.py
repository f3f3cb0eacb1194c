"""Lock descriptors on Linux, and what signals, threads and forks must not do to them.

A descriptor and the list that owns it are one step: `open_into` and `close_last` are each a single call of C in which no
signal's handler runs, so a handler that raises cannot come between a descriptor and its note. A forked child inherits
descriptors and with them the locks. It closes them, and never unlocks: LOCK_UN in the child would take the parent's lock.
"""

from __future__ import annotations

import atexit
import contextlib
import os
import sys
import threading
import weakref
from collections.abc import Callable
from itertools import starmap
from typing import Any, Protocol

from ._raised import ours

if sys.platform != "win32":
    from fcntl import LOCK_EX, LOCK_NB, LOCK_UN, flock

assert sys.platform != "win32"  # a type checker for the other system stops here

__all__ = ["close_last", "close_unlocked", "forks", "hand_over", "hold", "open_into", "try_lock"]


class _Holder(Protocol):
    """What owns a lock descriptor. `fds` holds it; a fork empties the list in the child."""

    fds: list[int]

    def release(self) -> None: ...


# --- locks -----------------------------------------------------------------------------------------------------------


def try_lock(fd: int, operation: int = LOCK_EX) -> bool:
    """Take a flock if it is free, and return whether it was. A failed change from shared to exclusive has lost the shared lock."""
    try:
        flock(fd, operation | LOCK_NB)
    except BlockingIOError as error:
        if not ours(error):
            raise
        return False
    return True


# --- descriptors -----------------------------------------------------------------------------------------------------

_lists: dict[int, list[int]] = {}
"""Every list of descriptors that a forked child must close, by its id."""
_holders: dict[int, weakref.ref[Any]] = {}
"""Who holds a segment in this process, by the id of its list: whom the end of the process releases."""
_forking = threading.RLock()
"""Held while a descriptor is opened and noted, and while a thread forks: `os.open` lets other threads run meanwhile."""

forks = [0]
"""How many forks lie between the first process and this one: a call that finds another number was forked in its middle."""


def hold(holder: _Holder) -> None:
    """Note a holder, whose list may be empty still."""
    _holders[id(holder.fds)] = weakref.ref(holder)


def open_into(fds: list[int], opening: Callable[..., int], *what: Any) -> int:
    """Append the descriptor that `opening(*what)` returns to `fds`, and return it; a forked child closes it."""
    _lists[id(fds)] = fds
    done = False
    try:
        try:
            _forking.acquire()
            fds.extend(starmap(opening, (what,)))
        finally:
            _let_fork()
            done = True
    finally:
        if not done:
            _let_fork()
    return fds[-1]


def _let_fork() -> None:
    if _forking._is_owned():  # type: ignore[attr-defined]
        _forking.release()


def close_last(fds: list[int]) -> None:
    """Close what `fds` holds, without unlocking: for a lock that is lost or on a file without a name, or that a child goes on holding."""
    while fds:
        next(map(os.close, iter(fds.pop, None)))
    _lists.pop(id(fds), None)
    _holders.pop(id(fds), None)


def close_unlocked(fds: list[int]) -> None:
    """Unlock and close. The explicit unlock beats a child that is between its fork and its exec."""
    if fds:
        flock(fds[-1], LOCK_UN)
    close_last(fds)


def hand_over(fd: int, holder: _Holder) -> None:
    """Give `holder` a descriptor that was inherited."""
    holder.fds.append(fd)
    _lists[id(holder.fds)] = holder.fds
    hold(holder)


# --- forks -----------------------------------------------------------------------------------------------------------


def _in_child() -> None:
    global _forking
    forks[0] += 1
    for fds in _lists.values():
        for fd in fds:
            with contextlib.suppress(OSError):
                os.close(fd)
        fds.clear()
    _lists.clear()
    _holders.clear()
    _forking = threading.RLock()
    _end_with_the_child()


def _end_with_the_child() -> None:
    """Have a child of multiprocessing's fork, which ends without atexit, release what it opened all the same."""
    util = sys.modules.get("multiprocessing.util")
    if util is not None:
        util.register_after_fork(release_all, lambda _: util.Finalize(None, release_all, exitpriority=0))


@atexit.register
def release_all() -> None:
    """Release every segment this process holds: its end. What is killed instead, the next opener frees."""
    for reference in list(_holders.values()):
        holder = reference()
        if holder is not None:
            holder.release()


def _before() -> None:
    _forking.acquire()


os.register_at_fork(before=_before, after_in_parent=_let_fork, after_in_child=_in_child)
