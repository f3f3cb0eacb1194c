"""Looking at a piece of memory without a pause, and keeping every content that differed from the one before."""

from __future__ import annotations

import mmap
import time

__all__ = ["MEMORY", "PAGE", "Between", "Moment", "burst"]

PAGE = mmap.PAGESIZE
MEMORY = 64 << 20
"""Bytes of a burst that are kept: what a fast producer changes in a second may be more than fits."""

Moment = tuple[float, bytes]
"""When the bytes were first seen so, in seconds from any moment, and the bytes."""
Between = tuple[slice, slice]
"""The bytes of two counters, the one that a writer stores first, and the one that it stores last."""


def burst(window: memoryview, seconds: float, between: Between | None = None) -> tuple[int, list[Moment]]:
    """Look without a pause. A copy of a piece of memory takes tens of nanoseconds: most contents are seen many times.

    With `between`, look as a reader does who trusts two counters: the last one is loaded, then everything, then the
    first one; what was copied while they were not the same is let go.
    """
    clock, copy = time.perf_counter, window.tobytes
    first, final = (window[part].tobytes for part in between or (slice(0), slice(0)))
    moments: list[Moment] = []
    last, looks, kept = b"", 0, 0
    end = clock() + seconds
    while (now := clock()) < end and kept < MEMORY:
        looks += 1
        complete = final()
        found = copy()
        if found != last and first() == complete:
            moments.append((now, found))
            last, kept = found, kept + len(found)
    return looks, moments
