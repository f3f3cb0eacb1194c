"""What segments there are, and freeing those that nobody holds."""

from __future__ import annotations

from . import _backend as backend
from ._info import SegmentInfo

__all__ = ["SegmentInfo", "list_segments", "reap"]


def list_segments(*, all: bool = False) -> list[SegmentInfo]:  # noqa: A002 - what everybody calls it
    """Return the managed segments on Linux: this user's own, and the machine-wide ones.

    `all`: shared memory of every kind, whoever made it: raw POSIX objects, those of multiprocessing, of Boost, of System V,
    of Wine, and the memfds of running processes, with their holders. On Windows the list is empty: there the system frees a
    section with its last handle, and does not tell which it has.
    """
    return backend.list_all() if all else backend.list_segments()


def reap(*names: str) -> list[SegmentInfo]:
    """Free the segments whose last holder was killed, as far as this user may, and return which they were.

    Their names are free anyway, and the next open or create of the name frees the memory too. On Windows: none, ever. What
    this library has not made is never freed, unless its name (as `list_segments(all=True)` tells it) is given: then
    those are removed, and no others, whether somebody holds them or not. SegmentNotFoundError for a name that is not in the list.
    """
    return backend.remove(names) if names else backend.reap()
