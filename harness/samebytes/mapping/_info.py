"""What is known about a segment that exists."""

from __future__ import annotations

from typing import NamedTuple

__all__ = ["SegmentInfo"]


class SegmentInfo(NamedTuple):
    """One segment: `name` as `open_existing` takes it, the `path` of its file, its `size` in bytes.

    `alive` says whether somebody holds it; None where this user may not know. `owner` is the id of the user whose it is; -1
    where the system has no such ids.
    """

    name: str
    path: str
    size: int
    alive: bool | None
    owner: int = -1
