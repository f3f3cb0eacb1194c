"""Looking at a record until nobody reads it any more: its values, the bytes behind it, its size, and what its name leads to."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

from samebytes.checks.producers.history import History
from samebytes.checks.producers.judging import Judge, Look
from samebytes.checks.producers.producer import Producer
from samebytes.checks.producers.program import Running
from samebytes.checks.producers.segment_reader import PAGE, OpenSegment, SegmentReader
from samebytes.errors import MappingError, SamebytesError, SegmentNotFoundError
from samebytes.layout import Layout

__all__ = ["LOOK_SECONDS", "Observer", "reach"]

LOOK_SECONDS = 0.005
NAME_SECONDS = 0.1
"""How often a reader comes anew: it opens the name again, and reads what that leads to."""
MOST = 0.1
"""Seconds between two looks at most, of a record that is watched for long."""
READ = 1 << 14
"""Bytes that are read at each look, at least: another layout of the record may be longer."""
AGREEING = 3
"""How often in a row two readers must see different bytes for them to be in different segments."""


def reach(offset: int, size: int) -> int:
    """Return how many bytes are read of a record of that size: to the end of its last page, and what other layouts of it may need."""
    return max(-(-(offset + size) // PAGE) * PAGE, READ) - offset


@dataclass
class Observer:
    """Looks at a running producer's record. What is found first counts; `over` says that there is nothing more to see."""

    producer: Producer
    layout: Layout
    name: str
    segment_reader: SegmentReader
    running: Running
    sight: OpenSegment
    size: int
    """Bytes of the segment when it was ready."""
    judge: Judge = field(init=False)
    history: History = field(init=False)
    behind: Look | None = None
    """The first look in which bytes behind the record were not zero."""
    fate: str = ""
    """What became of the name or of the segment while it was watched, in words; empty if it stayed as it was."""
    over: bool = False
    """Whether the program ended while it was watched."""
    error: SamebytesError | None = None
    """What kept it from looking on, when it looked in the background."""
    _asked: float = 0.0

    def __post_init__(self) -> None:
        self.judge = Judge(self.layout, self.producer.expectations, self.producer.name)
        self.history = History(self.layout)
        self._asked = time.monotonic()

    @property
    def good(self) -> bool:
        """Return whether nothing wrong has been seen yet."""
        ended = self.over and not self.left
        return not (self.fate or ended or (self.behind and self.producer.guard) or self.judge.differences())

    @property
    def left(self) -> bool:
        """Return whether the program has written and left, where the name is meant to stay: others read what it wrote."""
        return self.over and bool(self.producer.name_stays) and self.running.status == 0

    def look(self) -> Look:
        """Return the bytes as they are now."""
        return Look(time.monotonic(), self.sight.read(self.producer.offset, self.reach))

    @property
    def reach(self) -> int:
        """Return how many bytes are read, from the record's first on."""
        return reach(self.producer.offset, self.layout.size)

    @property
    def page(self) -> int:
        """Return the bytes from the record's first to the end of its last page."""
        end = self.producer.offset + self.layout.size
        return -(-end // PAGE) * PAGE - self.producer.offset

    def watch(self, seconds: float) -> None:
        """Look for so long, and on until whatever must change has done so once more, or had its time."""
        end = time.monotonic() + seconds
        self._watch(lambda: time.monotonic() >= end and not self.judge.pending(end), self._pause(seconds))

    @contextmanager
    def watching(self) -> Iterator[None]:
        """Look in the background while the block runs."""
        done = threading.Event()
        thread = threading.Thread(target=self._in_background, args=(done,), daemon=True)
        thread.start()
        try:
            yield
        finally:
            done.set()
            thread.join()
        if self.error is not None:
            raise self.error

    def _in_background(self, done: threading.Event) -> None:
        try:
            self._watch(done.is_set, LOOK_SECONDS)
        except SamebytesError as error:
            self.error = error

    def _pause(self, seconds: float) -> float:
        """Return the pause between looks, in seconds: who watches for minutes looks less often."""
        return min(MOST, max(LOOK_SECONDS, seconds / 4000))

    def _watch(self, enough: Callable[[], bool], pause: float) -> None:
        while not (self.fate or self.over):
            over = self.running.over  # asked first: what it did last, it did before it ended
            self._take(self.look())
            if time.monotonic() - self._asked >= NAME_SECONDS and not (over or self.fate):
                self._come_anew()
            if over:
                self.over = True
            elif enough():
                return
            else:
                time.sleep(pause)

    def _take(self, look: Look) -> None:
        # The system shows zeros between the end of a segment and that of its page: only its size tells.
        if self.sight.size < self.producer.offset + self.layout.size or len(look.data) < self.layout.size:
            self._end(f"the segment shrank from {self.size} to {self.sight.size} bytes")
            return
        self.judge.add(look)
        self.history.add(look)
        if self.behind is None and any(look.data[self.layout.size : self.page]):
            self.behind = look

    # --- the name ---------------------------------------------------------------------------------------------------

    def _come_anew(self) -> None:
        """Open the name as a reader does that starts now."""
        self._asked = time.monotonic()
        try:
            other = self.segment_reader.open(self.name)
        except SegmentNotFoundError:
            if not self.running.over:
                now = self.sight.path
                moved = f"; it is called {now!r} now" if now and now != self.name else ""
                words = "renamed" if moved else "removed"
                self._end(
                    f"the name {self.name!r} was {words} while the program runs{moved}: who reads it next finds nothing"
                )
            return
        except MappingError as error:
            self._end(f"{self.name!r} can no longer be opened: {error.message}")
            return
        with suppress(MappingError):
            if all(self._elsewhere(other) for _ in range(AGREEING)):
                self._end(
                    f"the name {self.name!r} was made anew while the program runs: who has mapped what it led to before sees "
                    "nothing new"
                )
        other.close()

    def _end(self, words: str) -> None:
        self.fate = f"{words} ({self.history.seconds:.1f} s after it was ready)" if self.history.count else words

    def _elsewhere(self, other: OpenSegment) -> bool:
        """Return whether another view is of another segment: the system says so, or else what is in them."""
        known = self.sight.same_as(other)
        if known is not None:
            return not known
        size = self.layout.size
        before, theirs, after = (sight.read(self.producer.offset, size) for sight in (self.sight, other, self.sight))
        return before == after != theirs
