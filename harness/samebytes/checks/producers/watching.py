"""One start of a producer, watched: the segment appears, has its size, is ready, holds what was promised."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field

from samebytes.checks.producers.explaining import explain_size, explain_values
from samebytes.checks.producers.judging import Look, advanced, instant, over_time, ready, violations
from samebytes.checks.producers.producer import Producer
from samebytes.checks.producers.program import Running
from samebytes.checks.producers.remarks import notes_of
from samebytes.checks.producers.segment_reader import PAGE, OpenSegment, SegmentReader
from samebytes.checks.producers.tearing import mixes
from samebytes.checks.producers.traces import named, segments_of
from samebytes.checks.result import Difference, Run, Stage, Verdict
from samebytes.errors import MappingError, SegmentNotFoundError
from samebytes.layout import Layout

__all__ = ["ProducerWatch", "how_it_ended", "sizes_differ"]

LOOK_SECONDS = 0.005
WATCH_SECONDS = 0.4
"""How long a record is watched at least."""
SETTLE_SECONDS = 1.0
"""How long the values may take to be as expected after the first of them was written, where nothing says when it is ready."""
BURST_SECONDS = 0.4
LOOKS, KEPT = 400, 32 << 20
"""How many looks are kept at most, and how many bytes of them: who watches for minutes looks less often."""
READ = 1 << 14
"""Bytes that are read at each look, at least: another layout of the record may be longer."""
GUARDED = "(behind the record)"


class _DecidedError(Exception):
    """The verdict is known; there is nothing more to look at."""


@dataclass
class ProducerWatch:
    """Watches a running producer. `watch` fills `run`; afterwards nothing of the segment is held."""

    producer: Producer
    layout: Layout
    realm: str
    segment_reader: SegmentReader
    running: Running
    before: frozenset[str]
    """Files of shared memory that were there before the producer."""
    run: Run
    brief: bool = False
    """Whether only what can fail is looked at: notes were made at another start."""
    size: int = 0
    """Bytes of the segment; 0 if it never appeared."""
    files: set[str] = field(default_factory=set)
    """Files of shared memory that the producer made."""
    looks: list[Look] = field(default_factory=list)

    @property
    def name(self) -> str:
        """The segment's name."""
        return self.producer.segment_in(self.realm, self.running.pid)

    def watch(self) -> None:
        """From the start to the verdict. MappingError never: what cannot be read is a finding."""
        deadline = self.running.started + self.producer.deadline
        sight: OpenSegment | None = None
        with suppress(_DecidedError):
            try:
                sight = self._appear(deadline)
                self._sized(sight, deadline)
                self._settled(sight, deadline)
                self._observe(sight)
                self._judge(sight)
            finally:
                self._note_files()
                if sight is not None:
                    sight.close()

    # --- the segment -------------------------------------------------------------------------------------------

    def _appear(self, deadline: float) -> OpenSegment:
        while True:
            over = self.running.over  # asked first: what it did last, it did before it ended
            try:
                return self.segment_reader.open(self.name)
            except SegmentNotFoundError:
                pass
            except MappingError as error:
                self._fail(Verdict.REFUSED, Stage.OPEN, str(error))
            if over:
                # A raw name stays; any other may have come and gone between two looks.
                self._ended(Stage.START, f"before {self.name!r} was {'there' if self.name.startswith('/') else 'seen'}")
            if time.monotonic() > deadline:
                self._fail(Verdict.HUNG, Stage.CREATE, self._absent())
            time.sleep(LOOK_SECONDS)

    def _absent(self) -> str:
        """That it is not there, and what is instead."""
        words = f"{self.name!r} was not there within {self.producer.deadline:g} s; the program still runs"
        self._note_files()
        other = [named(path) for path in sorted(self.files)]
        return f"{words}; it shares {', '.join(map(repr, other))} instead" if other else words

    def _sized(self, sight: OpenSegment, deadline: float) -> None:
        """A raw object has no size before its creator gives it one."""
        needed = self.producer.offset + self.layout.size
        while not sight.size and not self.running.over and time.monotonic() < deadline:
            time.sleep(LOOK_SECONDS)
        self.size = sight.size
        self.run.size = self.layout.size
        if not self.size:
            if self.running.over:
                self._ended(Stage.CREATE, f"before it gave {self.name!r} a size")
            self._fail(Verdict.HUNG, Stage.CREATE, f"{self.name!r} has no size: it was created, and never given one")
        if self.size < needed:
            self._too_small(sight, needed)

    def _too_small(self, sight: OpenSegment, needed: int) -> None:
        promised = self.layout.record.name
        rounded = "" if sight.exact else ", rounded up to pages"
        place = f" at {self.producer.offset}" if self.producer.offset else ""
        words = f"too small: {self.size} bytes{rounded}, {promised}{place} needs {needed}"
        cause = explain_size(self.producer, self.layout, self.size, sight.exact, self._look(sight))
        self._cause(cause)
        self.run.differ(
            Difference(Stage.CREATE, self.producer.name, "the segment", f"at least {needed} bytes", f"{self.size}")
        )
        self.run.message = f"{words}; {cause}" if cause else words
        raise _DecidedError

    # --- the record --------------------------------------------------------------------------------------------

    def _settled(self, sight: OpenSegment, deadline: float) -> None:
        """Wait until it is to be judged."""
        if self.producer.ready:
            self._until(sight, deadline, self._unready, "it was ready")
            return
        self._until(sight, deadline, self._empty, "anything was written")
        end = min(time.monotonic() + SETTLE_SECONDS, max(deadline, time.monotonic()))
        while time.monotonic() < end and not self.running.over:
            if instant(self.layout, self.producer.expectations, self._look(sight).data):
                return
            time.sleep(LOOK_SECONDS)

    def _until(self, sight: OpenSegment, deadline: float, missing: Callable[[Look], str], what: str) -> None:
        while True:
            over = self.running.over
            lacks = missing(self._look(sight))
            if not lacks:
                return
            if over:
                self._ended(Stage.WATCH, f"after it had created {self.name!r}, before {what}")
            if time.monotonic() > deadline:
                self._fail(Verdict.HUNG, Stage.WATCH, f"not within {self.producer.deadline:g} s: {what}; {lacks}")
            time.sleep(LOOK_SECONDS)

    def _unready(self, look: Look) -> str:
        return "; ".join(ready(self.layout, self.producer.ready, look.data))

    def _empty(self, look: Look) -> str:
        if any(look.data[: self.layout.size]) or not self.layout.size:
            return ""
        return f"all {self.layout.size} bytes are zero, as created (a field in `ready` that must be 0 says that this is meant)"

    def _look(self, sight: OpenSegment) -> Look:
        return Look(time.monotonic(), sight.read(self.producer.offset, self._reach()))

    def _reach(self) -> int:
        """Bytes from the record's first on that are read: to the end of its last page, and what other layouts may need."""
        end = self.producer.offset + self.layout.size
        return max(-(-end // PAGE) * PAGE, READ) - self.producer.offset

    def _observe(self, sight: OpenSegment) -> None:
        """Look again and again, until all that takes time has happened or its time is over."""
        slow = [each for each in self.producer.expectations if each.in_time]
        started = time.monotonic()
        longest = max(WATCH_SECONDS, over_time(slow))
        pause = max(LOOK_SECONDS, longest / max(16, min(LOOKS, KEPT // self._reach())))
        while (spent := time.monotonic() - started) < longest:
            over = self.running.over
            look = self._look(sight)
            self.looks.append(look)
            if len(look.data) < self.layout.size:
                self._fail(Verdict.DIFFERS, Stage.WATCH, f"the segment shrank from {self.size} to {sight.size} bytes")
            if over:
                self._over_while_watched()
                break
            slow = [each for each in slow if not advanced(self.layout, each, self.looks[-2:])]
            if spent > WATCH_SECONDS and not slow:
                break
            time.sleep(pause)

    def _over_while_watched(self) -> None:
        """A program that writes and leaves is fine where the name is meant to stay."""
        if not (self.producer.name_stays and self.running.status == 0):
            hint = " (name_stays = true if it is meant to write and leave)" if self.running.status == 0 else ""
            self._ended(Stage.WATCH, f"while it was watched, {self.running.age:.1f} s after its start{hint}")

    def _judge(self, sight: OpenSegment) -> None:
        producer, layout = self.producer, self.layout
        found = violations(layout, producer.expectations, self.looks, producer.name)
        behind = self._behind()
        if found or behind:
            for difference in (*found, *([behind] if behind else ())):
                self.run.differ(difference)
            self._cause(explain_values(producer, layout, sight.size, sight.exact, self.looks, bool(found)))
        self.run.memory = self.looks[-1].data[: layout.size].hex()
        if self.brief:
            return
        count, moments = (0, []) if self.running.over else sight.burst(producer.offset, layout.size, BURST_SECONDS)
        self.run.notes += notes_of(producer, layout, self.looks, mixes(layout, moments), count)

    def _behind(self) -> Difference | None:
        """What stands where nobody should have written."""
        if not self.producer.guard:
            return None
        start, page = self.layout.size, self._reach()
        end = min(page, -(-(self.producer.offset + start) // PAGE) * PAGE - self.producer.offset)
        found = next((tail for look in self.looks if any(tail := look.data[start:end])), b"")
        if not found:
            return None
        places = [start + at for at, byte in enumerate(found) if byte]
        name = self.layout.record.name
        self.run.message = (
            f"writes past the end: {len(places)} byte{'s' if len(places) > 1 else ''} behind the {start} bytes of {name} are not zero, "
            f"the first at {places[0]}, the last at {places[-1]} (guard = false if more than the record is meant to be there)"
        )
        shown = found[places[0] - start :][:16].hex()
        return Difference(Stage.WATCH, self.producer.name, GUARDED, "zero, as created", shown, places[0])

    # --- the verdict -------------------------------------------------------------------------------------------

    def _ended(self, stage: Stage, when: str) -> None:
        self.running.settle()
        self._fail(Verdict.CRASHED, stage, f"{how_it_ended(self.running.status)} {when}")

    def _fail(self, verdict: Verdict, stage: Stage, message: str) -> None:
        self.run.fail(verdict, stage, message, self.running.evidence)
        raise _DecidedError

    def _cause(self, words: str) -> None:
        if words:
            self.run.cause = f"{self.producer.name}: {words}"

    def _note_files(self) -> None:
        self.files |= set(segments_of(self.running.group())) - self.before


def how_it_ended(status: int | None) -> str:
    """An exit status in words."""
    if status is None:
        return "went to the background"
    if status >= 0:
        return f"exited with {status}"
    if os.name != "nt":
        with suppress(ValueError):
            return f"was ended by {signal.Signals(-status).name}"
    return f"was ended by signal {-status}"


def sizes_differ(first: ProducerWatch, again: ProducerWatch) -> Sequence[Difference]:
    """That a second start made a segment of another size."""
    if not first.size or not again.size or first.size == again.size:
        return ()
    name = first.producer.name
    return (
        Difference(Stage.CREATE, name, "the segment", f"{first.size} bytes, as at the first start", f"{again.size}"),
    )
