"""--samebytes-leftovers and samebytes_leftovers: shared memory of any kind that a test leaves behind; Linux.

What nobody holds any more when a test ends was left by that test. What is held still may belong to a fixture of a wider scope: it is
looked at when the last test has ended, and told with the test in which it appeared.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

import pytest

from samebytes.mapping import SegmentInfo, list_segments
from samebytes.peers.proc import stat_fields

__all__ = ["Leftovers", "abandoned", "describe", "held_here", "snapshot"]

Key = tuple[str, str, str]


def snapshot() -> dict[Key, SegmentInfo]:
    """Return all shared memory there is, each under what tells it from others."""
    return {(one.kind, one.name, one.path): one for one in list_segments(all=True)}


def describe(segments: Iterable[SegmentInfo]) -> Iterator[str]:
    """Yield a line for each segment."""
    for one in segments:
        state = {
            True: f"held by {', '.join(map(str, one.holders)) or 'somebody'}",
            False: "held by nobody",
            None: "held, perhaps",
        }
        yield f"{one.name} ({one.kind}, {one.size} bytes, {state[one.alive]})"


def abandoned(one: SegmentInfo) -> bool:
    """Return whether nobody is known to hold the segment."""
    return not one.alive and not one.holders


def held_here(one: SegmentInfo) -> bool:
    """Return whether a process that descends from this one, or itself, holds the segment."""
    return any(_descends(process) for process in one.holders)


def _descends(process: int) -> bool:
    while process > 1:
        if process == os.getpid():
            return True
        fields = stat_fields(process)
        process = int(fields[1]) if fields else 0
    return False


@dataclass
class Leftovers:
    """Looks after every test; registered as a plugin."""

    known: dict[Key, SegmentInfo] = field(default_factory=snapshot)
    appeared: dict[Key, str] = field(default_factory=dict)

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_teardown(self, item: pytest.Item, nextitem: pytest.Item | None) -> Iterator[None]:
        """Fail the test that left something, in its teardown."""
        try:
            result = yield
        except BaseException as error:
            error.add_note(self._words(item.nodeid, nextitem is None))
            raise
        words = self._words(item.nodeid, nextitem is None)
        if words:
            pytest.fail(words, pytrace=False)
        return result

    def _words(self, test: str, last: bool) -> str:
        left = list(self._left(test, last))
        return "\n".join(("shared memory left behind:", *(f"  {line}" for line in left))) if left else ""

    def _left(self, test: str, last: bool) -> Iterator[str]:
        now = snapshot()
        for key in self.appeared.keys() - now.keys():
            del self.appeared[key]
        for key, one in now.items():
            if key in self.known:
                continue
            where = self.appeared.setdefault(key, test)
            if abandoned(one) or (last and held_here(one)):
                self.known[key] = one
                yield f"{next(describe([one]))}, since {where}"
