"""A segment's bytes at one moment, and what is known of where they came from."""

from __future__ import annotations

from dataclasses import dataclass

from samebytes.checks.attach.place import Place
from samebytes.checks.producers.segment_reader import OpenSegment
from samebytes.errors import UsageError

__all__ = ["Snapshot", "copied", "take"]

MOST = 1 << 28
"""Bytes of a segment that are copied whole."""
BEHIND = 1 << 16
"""Bytes behind the record that are looked at, if the segment is larger than that."""


@dataclass(frozen=True)
class Snapshot:
    """Bytes from the segment's start; `size` is the segment's, which may be more. All in bytes."""

    name: str
    realm: str
    abi: str
    """Of the realm's programs."""
    size: int
    exact: bool
    """Whether `size` is what the creator asked for; else it is rounded up to pages."""
    data: bytes
    holders: tuple[str, ...] = ()


def take(place: Place, sight: OpenSegment, end: int | None) -> Snapshot:
    """Copy what the sight shows up to somewhat behind `end`, all of it for None; the caller closes the sight at once.

    UsageError when all of it is more than can be copied.
    """
    size = sight.size
    if end is None and size > MOST:
        raise UsageError(f"{place.name!r} has {size} bytes", hint=f"at most {MOST} are copied")
    count = size if end is None else min(size, end + BEHIND)
    data = sight.read(0, count)
    return Snapshot(place.name, place.realm.name, place.abi, size, sight.exact, data)


def copied(place: Place, sight: OpenSegment, end: int | None) -> Snapshot:
    """Copy as `take` does, add who holds the segment, and close the sight."""
    try:
        found = take(place, sight, end)
    finally:
        sight.close()
    holders = tuple(map(str, place.holders()))
    return Snapshot(found.name, found.realm, found.abi, found.size, found.exact, found.data, holders)
