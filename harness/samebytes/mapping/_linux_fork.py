"""Lock descriptors on Linux, and what signals, threads and forks must not do to them.

A descriptor and the list that owns it are one step: `open_into` and `close_last` are each a single call of C in which no
signal's handler runs, so a handler that raises cannot come between a descriptor and its note. A forked child inherits
descriptors and with them the locks. It closes them, and never unlocks: LOCK_UN in the child would take the parent's lock.
"""

from __future__ import annotations

import contextlib
import os
import sys
import threading
from collections.abc import Callable
from itertools import starmap
from typing import Any

from ._raised import ours

if sys.platform != "win32":
    from fcntl import LOCK_EX, LOCK_NB, LOCK_UN, flock

assert sys.platform != "win32"  # a type checker for the other system stops here

__all__ = ["close_last", "close_unlocked", "forks", "hand_over", "open_into", "try_lock"]


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
_forking = threading.RLock()
"""Held while a descriptor is opened and noted, and while a thread forks: `os.open` lets other threads run meanwhile."""

forks = [0]
"""How many forks lie between the first process and this one: a call that finds another number was forked in its middle."""


def open_into(fds: list[int], opening: Callable[..., int], *what: Any) -> int:
    """Append the descriptor that `opening(*what)` returns to `fds`, and return it; a forked child closes it."""
    _lists[id(fds)] = fds
    done = False
    try:
        try:
            _forking.acquire()
            fds.extend(starmap(opening, (what,)))
        finally:
            if _forking._is_owned():  # type: ignore[attr-defined]
                _forking.release()
            done = True
            if not fds:
                _lists.pop(id(fds), None)
    finally:
        if not done:
            _let_fork()
    return fds[-1]


def _let_fork() -> None:
    if _forking._is_owned():  # type: ignore[attr-defined]
        _forking.release()


def close_last(fds: list[int]) -> None:
    """Close what `fds` holds, without unlocking: for a lock that is lost or on a file without a name, or that a child goes on holding."""
    if not fds:
        return
    done = False
    try:
        try:
            _forking.acquire()
            while fds:
                next(map(os.close, iter(fds.pop, None)))
        finally:
            if _forking._is_owned():  # type: ignore[attr-defined]
                _forking.release()
            done = True
    finally:
        if not done:
            _let_fork()
    _lists.pop(id(fds), None)


def close_unlocked(fds: list[int]) -> None:
    """Unlock and close. The explicit unlock beats a child that is between its fork and its exec."""
    if fds:
        flock(fds[-1], LOCK_UN)
    close_last(fds)


def hand_over(fd: int, fds: list[int]) -> None:
    """Put a descriptor that was inherited into `fds`."""
    _lists[id(fds)] = fds
    fds.append(fd)


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
    _forking = threading.RLock()


def _before() -> None:
    _forking.acquire()


os.register_at_fork(before=_before, after_in_parent=_let_fork, after_in_child=_in_child)
