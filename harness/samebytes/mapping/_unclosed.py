"""What is open in this process: maps that are collected, and processes that end, without having closed it.

Nothing here is a `__del__`: what was closed dies without a line of Python, so no signal's handler can run, and have its
exception swallowed, there.
"""

from __future__ import annotations

import atexit
import os
import sys
import warnings
import weakref
from functools import partial
from typing import Any, Protocol

__all__ = ["release_all", "unwatch", "watch"]


class Held(Protocol):
    """What a map holds of a segment."""

    @property
    def held(self) -> bool: ...
    def release(self) -> None: ...


_watched: dict[int, tuple[weakref.ref[Any], Held]] = {}
"""Open maps and views by the id of what they hold; the reference's end is the end of the watch."""


def watch(thing: object, held: Held, kind: str) -> None:
    """Release `held` when `thing` is collected, with a ResourceWarning, unless `unwatch` comes first."""
    _watched[id(held)] = weakref.ref(thing, partial(_dropped, held, kind)), held


def unwatch(held: Held) -> None:
    """Forget what was closed."""
    _watched.pop(id(held), None)


def _dropped(held: Held, kind: str, _: object) -> None:
    _watched.pop(id(held), None)
    if not held.held:
        return
    try:
        held.release()
    finally:
        if not sys.is_finalizing():
            name = getattr(held, "name", None)
            warnings.warn(f"{kind}{f' {name!r}' if name else ''} was never closed", ResourceWarning, stacklevel=2)


@atexit.register
def release_all() -> None:
    """Release every segment this process holds: its end. What is killed instead, the next opener frees."""
    for _, held in list(_watched.values()):
        held.release()
    _watched.clear()


def _in_child() -> None:
    """Have a child of multiprocessing's fork, which ends without atexit, release what it opened all the same."""
    util = sys.modules.get("multiprocessing.util")
    if util is not None:
        util.register_after_fork(release_all, lambda _: util.Finalize(None, release_all, exitpriority=0))


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_in_child)
