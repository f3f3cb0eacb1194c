"""samebytes_released: what a test holds before and after it: segments, descriptors, mappings, processes; what is left, and whose it is.

Reads /proc, so it is for Linux. Processes of the test are those that descend from this one, and those that were started with this
test's name in their environment (`PYTEST_CURRENT_TEST`), wherever they have gone since.
"""

from __future__ import annotations

import gc
import os
import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from samebytes.errors import SamebytesError
from samebytes.mapping import list_segments, reap
from samebytes.peers.proc import descriptors, file_mappings, stat_fields
from samebytes.pytest_plugin.relatives import relatives

__all__ = ["Oracle"]

GRACE_SECONDS = 2.0
"""How long what was told to end may take to be gone."""
LOOK_SECONDS = 0.02
SHOWN_COMMAND = 120
_GUARD = re.compile(r"/samebytes-(\d+|global)$")
"""The mapping library keeps the directories of segments open; those are its own."""


@dataclass(frozen=True)
class _Left:
    """One thing that is held: `key` tells it from others, `words` say what and whose it is."""

    key: tuple[str, ...]
    words: str


@dataclass(frozen=True)
class Oracle:
    """Compares before with after. `mark` is what `PYTEST_CURRENT_TEST` begins with in this test."""

    mark: str

    @contextmanager
    def __call__(self) -> Iterator[None]:
        """Raise AssertionError if what the block began to hold is still held at its end. An exception in it comes through as it is."""
        __tracebackhide__ = True
        check = self.begin()
        yield
        words = check()
        if words:
            raise AssertionError(words)

    def begin(self) -> Callable[[], str]:
        """Note what is held now, and return a function that says what is held besides, empty if nothing is."""
        before = {one.key for one in self._held()}

        def check() -> str:
            left = self._left(before)
            return "\n".join(("not released:", *(f"  {one.words}" for one in left))) if left else ""

        return check

    def _left(self, before: set[tuple[str, ...]]) -> list[_Left]:
        deadline = time.monotonic() + GRACE_SECONDS
        first = True
        while True:
            _free_the_dead()
            left = [one for one in self._held() if one.key not in before]
            if not left or time.monotonic() > deadline:
                return left
            if first:  # what nobody refers to any more may wait for the collector, which takes longer than all the rest
                gc.collect()
                first = False
            else:
                time.sleep(LOOK_SECONDS)

    def _held(self) -> Iterator[_Left]:
        me = os.getpid()
        ours = relatives(self.mark)
        for pid in ours:
            yield _Left(("process", str(pid), _birth(pid)), f"process {_owner(pid)}{_state(pid)}")
        segments = {_inode(segment.path): segment for segment in list_segments()}
        for pid in (me, *ours):
            for inode in {_inode(f"/proc/{pid}/fd/{number}") for number, _ in descriptors(pid)} & segments.keys():
                segment = segments[inode]
                words = f"segment {segment.name!r}, {segment.size} bytes, held by {_owner(pid)}"
                yield _Left(("segment", segment.path, str(inode), str(pid)), words)
        for number, target in descriptors(me):
            if _inode(f"/proc/{me}/fd/{number}") not in segments and not _GUARD.search(target):
                yield _Left(("descriptor", number, target), f"file descriptor {number} of this process: {target}")
        names = {inode: repr(segment.name) for (_, inode), segment in segments.items()}
        for one in file_mappings(me):
            if one.shared:
                view = f"a view of the segment {names[one.inode]}" if one.inode in names else ""
                words = f"mapping of this process: {view or one.path or '(no name)'}"
                yield _Left(("mapping", one.start, str(one.inode)), words)


def _free_the_dead() -> None:
    """Free memory whose last holder was killed: on Linux it waits for the next open of its name, or for this."""
    with suppress(SamebytesError, OSError):
        reap()


def _birth(pid: int) -> str:
    fields = stat_fields(pid)
    return fields[19] if fields else ""


def _state(pid: int) -> str:
    return ", which has ended and was not waited for" if stat_fields(pid)[:1] == ["Z"] else ""


def _owner(pid: int) -> str:
    """Return a process in words."""
    if pid == os.getpid():
        return "this process"
    command = b""
    with suppress(OSError):
        command = Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").strip()
    return f"{pid} ({command.decode('utf-8', 'replace')[:SHOWN_COMMAND] or 'no command'})"


def _inode(path: str) -> tuple[int, int]:
    """Return device and inode of a file; (0, 0) if it is gone."""
    with suppress(OSError):
        found = os.stat(path)  # noqa: PTH116 - of a name in /proc, hundreds of times
        return found.st_dev, found.st_ino
    return 0, 0
