"""What segments there are, and freeing those that nobody holds."""

from __future__ import annotations

from . import _backend as backend
from ._info import SegmentInfo

__all__ = ["SegmentInfo", "list_segments", "reap"]


def list_segments() -> list[SegmentInfo]:
    """The managed segments on Linux: this user's own, and the machine-wide ones. Raw objects are not among them.

    On Windows the list is empty: there the system frees a section with its last handle, and does not tell which it has.
    """
    return backend.list_segments()


def reap() -> list[SegmentInfo]:
    """Free the segments whose last holder was killed, as far as this user may, and say which they were.

    Their names are free anyway, and the next open or create of the name frees the memory too. On Windows: none, ever.
    """
    return backend.reap()
