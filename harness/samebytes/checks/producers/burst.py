"""Looking at a piece of memory without a pause, and keeping every content that differed from the one before."""

from __future__ import annotations

import mmap
import time

__all__ = ["MEMORY", "PAGE", "Moment", "burst"]

PAGE = mmap.PAGESIZE
MEMORY = 64 << 20
"""Bytes of a burst that are kept: what a fast producer changes in a second may be more than fits."""

Moment = tuple[float, bytes]
"""When the bytes were first seen so, in seconds from any moment, and the bytes."""


def burst(window: memoryview, seconds: float) -> tuple[int, list[Moment]]:
    """Look without a pause. A copy of a piece of memory takes tens of nanoseconds: most contents are seen many times."""
    clock, copy = time.perf_counter, window.tobytes
    moments: list[Moment] = []
    last, looks, kept = b"", 0, 0
    end = clock() + seconds
    while (now := clock()) < end and kept < MEMORY:
        looks += 1
        found = copy()
        if found != last:
            moments.append((now, found))
            last, kept = found, kept + len(found)
    return looks, moments
