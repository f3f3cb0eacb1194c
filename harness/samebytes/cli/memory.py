"""A limit of address space, as `ulimit -v` sets it: threads and their pieces of heap are made small, so that a run fits where it can."""

from __future__ import annotations

import contextlib
import os
import sys
import threading

__all__ = ["save_address_space"]

STACK = 1 << 19
"""Bytes of a thread's stack; without a limit the system gives eight megabytes of address space."""
ARENA_MAX = -8
"""M_ARENA_MAX of glibc's mallopt: each further arena takes 64 MiB of address space and more."""


def save_address_space() -> None:
    """Take little address space for threads, here and in every program that is started, if there is a limit of it."""
    if sys.platform == "win32":
        return
    import resource

    if resource.getrlimit(resource.RLIMIT_AS)[0] == resource.RLIM_INFINITY:
        return
    threading.stack_size(STACK)
    os.environ.setdefault("MALLOC_ARENA_MAX", "1")
    with contextlib.suppress(OSError, AttributeError):  # another C library has no arenas
        import ctypes

        ctypes.CDLL(None).mallopt(ARENA_MAX, 1)
