"""What is known about a segment that exists."""

from __future__ import annotations

from typing import NamedTuple

__all__ = ["SegmentInfo"]


class SegmentInfo(NamedTuple):
    """One segment: `name` as `open_existing` and `reap` take it, the `path` of its file (empty if it has none), its `size` in bytes.

    `alive` says whether somebody holds it; None where this user may not know. `owner` is the id of the user whose it is; -1
    where the system has no such ids. `kind` says who makes such segments: `samebytes`, `posix` (any program, with shm_open),
    `multiprocessing`, `boost`, `sysv`, `memfd`, `wine`. `holders` are the ids of the processes that are known to have it open or
    mapped, and `age` the seconds since it was made, or changed last; both are told by `list_segments(all=True)` only.
    """

    name: str
    path: str
    size: int
    alive: bool | None
    owner: int = -1
    kind: str = "samebytes"
    holders: tuple[int, ...] = ()
    age: float | None = None
