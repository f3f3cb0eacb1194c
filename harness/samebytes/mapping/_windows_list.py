"""Segments that exist, on Windows: the system keeps them, and frees them with their last handle."""

from __future__ import annotations

from collections.abc import Iterable

from samebytes.errors import SegmentNotFoundError

from ._info import SegmentInfo

__all__ = ["list_all", "list_segments", "reap", "remove"]


def list_segments() -> list[SegmentInfo]:
    """Return none: the system does not tell which it has."""
    return []


list_all = list_segments


def reap() -> list[SegmentInfo]:
    """Return none, ever."""
    return []


def remove(names: Iterable[str]) -> list[SegmentInfo]:
    """Refuse: a section goes with its last handle, and not before."""
    for name in names:
        raise SegmentNotFoundError(f"{name!r} cannot be removed", hint="it goes with its last handle", name=name)
    return []
