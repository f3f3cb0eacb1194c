"""How a producer's segment appears: its name, then its size, then what makes it ready; and how long each took."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field

from samebytes.checks.producers.explaining import explain_size
from samebytes.checks.producers.findings import DecidedError, Findings
from samebytes.checks.producers.judging import Look, instant, ready
from samebytes.checks.producers.observing import LOOK_SECONDS, reach
from samebytes.checks.producers.segment_reader import NativeEyes, OpenSegment, SegmentReader
from samebytes.checks.producers.traces import named, segments_of
from samebytes.checks.result import Difference, Stage, Verdict
from samebytes.errors import MappingError, SegmentNotFoundError
from samebytes.layout import Layout

__all__ = ["Arrival"]

SETTLE_SECONDS = 1.0
"""How long the values may take to be as expected after the first of them was written, where nothing says when it is ready."""
BRIEF_SECONDS = 0.0005
"""Seconds between two looks for a raw name: between being created and having a size it may be for a moment only."""
GRACE_SECONDS = 1.0
"""How long a program that finds its old segment, and need not change anything in it, is given to begin."""


@dataclass
class Arrival:
    """Waits for a producer's segment. `notes` say what a reader that comes early may find."""

    findings: Findings
    layout: Layout
    name: str
    segment_reader: SegmentReader
    before: frozenset[str]
    """Files of shared memory that were there before the producer."""
    stale: OpenSegment | None = None
    """The segment that was there before this start: the name may lead to it for a while."""
    size: int = 0
    """Bytes of the segment; 0 if it never appeared."""
    least: int | None = None
    """The fewest bytes that the stale segment had; None without one."""
    notes: list[str] = field(default_factory=list)

    def wait(self) -> OpenSegment:
        """Wait until it is to be judged. DecidedError when that does not come, with the reason in the run."""
        producer, running = self.findings.producer, self.findings.running
        deadline = running.started + producer.deadline
        sight = self._appear(deadline) if self.stale is None else self._served(self.stale, deadline)
        try:
            there = time.monotonic()
            self._sized(sight, deadline)
            sized = time.monotonic()
            early = self._settled(sight, deadline)
            if self.stale is None:
                self._note_windows(sized - there, early - sized)
        except BaseException:
            sight.close()
            raise
        return sight

    @property
    def _pause(self) -> float:
        raw = self.name.startswith("/") and isinstance(self.segment_reader, NativeEyes)
        return BRIEF_SECONDS if raw else LOOK_SECONDS

    # --- the segment ------------------------------------------------------------------------------------------------

    def _appear(self, deadline: float) -> OpenSegment:
        while True:
            over = self.findings.running.over  # asked first: what it did last, it did before it ended
            sight = self._open()
            if sight is not None:
                return sight
            if over:
                # A raw name stays; any other may have come and gone between two looks.
                words = "there" if self.name.startswith("/") else "seen"
                self.findings.ended(Stage.START, f"before {self.name!r} was {words}")
            if time.monotonic() > deadline:
                self.findings.fail(Verdict.HUNG, Stage.CREATE, self._absent())
            time.sleep(self._pause)

    def _open(self) -> OpenSegment | None:
        try:
            return self.segment_reader.open(self.name)
        except SegmentNotFoundError:
            return None
        except MappingError as error:
            self.findings.fail(Verdict.REFUSED, Stage.OPEN, str(error))

    def _served(self, stale: OpenSegment, deadline: float) -> OpenSegment:
        """Return the segment once the name, there before, leads to another one, or something changes in the old one."""
        producer, running = self.findings.producer, self.findings.running
        old = self._look(stale).data
        moving = any(each.in_time for each in producer.expectations)
        end = deadline if moving else min(deadline, running.started + GRACE_SECONDS)
        while True:
            over = running.over
            self.least = stale.size if self.least is None else min(self.least, stale.size)
            sight = self._open()
            if sight is not None:
                late = time.monotonic() > end
                if sight.same_as(stale) is False or self._look(sight).data != old or (late and not moving):
                    return sight
                sight.close()
            if over:
                self.findings.ended(Stage.START, f"when {self.name!r} was there already, left from before")
            if time.monotonic() > end and (moving or sight is None):
                self.findings.fail(
                    Verdict.HUNG,
                    Stage.CREATE,
                    f"serves nothing anew within {producer.deadline:g} s: {self.name!r} still is what was left from before",
                )
            time.sleep(self._pause)

    def _absent(self) -> str:
        """Return that it is not there, and what is instead."""
        words = f"{self.name!r} was not there within {self.findings.producer.deadline:g} s; the program still runs"
        other = [named(path) for path in sorted(set(segments_of(self.findings.running.group())) - self.before)]
        return f"{words}; it shares {', '.join(map(repr, other))} instead" if other else words

    def _sized(self, sight: OpenSegment, deadline: float) -> None:
        """Wait for a size: a raw object has none before its creator gives it one."""
        findings = self.findings
        needed = findings.producer.offset + self.layout.size
        while not sight.size and not findings.running.over and time.monotonic() < deadline:
            time.sleep(self._pause)
        self.size = sight.size
        findings.run.size = self.layout.size
        if not self.size:
            if findings.running.over:
                findings.ended(Stage.CREATE, f"before it gave {self.name!r} a size")
            findings.fail(Verdict.HUNG, Stage.CREATE, f"{self.name!r} has no size: it was created, and never given one")
        if self.size < needed:
            self._too_small(sight, needed)

    def _too_small(self, sight: OpenSegment, needed: int) -> None:
        producer, run = self.findings.producer, self.findings.run
        rounded = "" if sight.exact else ", rounded up to pages"
        place = f" at {producer.offset}" if producer.offset else ""
        words = f"too small: {self.size} bytes{rounded}, {self.layout.record.name}{place} needs {needed}"
        cause = explain_size(producer, self.layout, self.size, sight.exact, self._look(sight))
        self.findings.cause(cause)
        run.differ(Difference(Stage.CREATE, producer.name, "the segment", f"at least {needed} bytes", f"{self.size}"))
        run.message = f"{words}; {cause}" if cause else words
        raise DecidedError

    # --- the record -------------------------------------------------------------------------------------------------

    def _settled(self, sight: OpenSegment, deadline: float) -> float:
        """Wait until it is to be judged, and return when it was ready: until then a reader finds what is not meant for it."""
        producer = self.findings.producer
        if producer.ready:
            self._until(sight, deadline, self._unready, "it was ready")
            return time.monotonic()
        self._until(sight, deadline, self._empty, "anything was written")
        written = time.monotonic()
        end = min(written + SETTLE_SECONDS, max(deadline, written))
        while time.monotonic() < end and not self.findings.running.over:
            if instant(self.layout, producer.expectations, self._look(sight).data):
                return written
            time.sleep(LOOK_SECONDS)
        return written

    def _until(self, sight: OpenSegment, deadline: float, missing: Callable[[Look], str], what: str) -> None:
        while True:
            over = self.findings.running.over
            lacks = missing(self._look(sight))
            if not lacks:
                return
            if over:
                self.findings.ended(Stage.WATCH, f"after it had created {self.name!r}, before {what}")
            if time.monotonic() > deadline:
                words = f"not within {self.findings.producer.deadline:g} s: {what}; {lacks}"
                self.findings.fail(Verdict.HUNG, Stage.WATCH, words)
            time.sleep(self._pause)

    def _unready(self, look: Look) -> str:
        return "; ".join(ready(self.layout, self.findings.producer.ready, look.data))

    def _empty(self, look: Look) -> str:
        if any(look.data[: self.layout.size]) or not self.layout.size:
            return ""
        return f"all {self.layout.size} bytes are zero, as created (a field in `ready` that must be 0 says that this is meant)"

    def _look(self, sight: OpenSegment) -> Look:
        offset = self.findings.producer.offset
        return Look(time.monotonic(), sight.read(offset, reach(offset, self.layout.size)))

    def _note_windows(self, sizing: float, writing: float) -> None:
        """Note how long the name was there already, of no use to a reader: what took less than two looks was perhaps not so."""
        shortest = 2 * self._pause
        if sizing >= shortest:
            self.notes.append(
                f"the name {self.name!r} is there for {_ms(sizing)} before it has a size: who opens it then finds 0 bytes"
            )
        if writing >= shortest:
            what = "it is ready" if self.findings.producer.ready else "anything is written into it"
            self.notes.append(
                f"it is there for {_ms(writing)} with its size before {what}: who reads it then finds zeros"
            )


def _ms(seconds: float) -> str:
    return f"{seconds * 1000:.0f} ms" if seconds >= 0.01 else f"{seconds * 1000:.1f} ms"
