"""One start of a producer, watched: the segment appears, has its size, is ready, and holds what was promised until nobody reads it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field

from samebytes.checks.producers.appearing import Arrival
from samebytes.checks.producers.coverage import producer_covers
from samebytes.checks.producers.explaining import explain_values
from samebytes.checks.producers.findings import DecidedError, Findings
from samebytes.checks.producers.guarding import between, torn, whole
from samebytes.checks.producers.history import History
from samebytes.checks.producers.judging import Look
from samebytes.checks.producers.observing import Observer
from samebytes.checks.producers.producer import Producer
from samebytes.checks.producers.program import Running
from samebytes.checks.producers.remarks import notes_of
from samebytes.checks.producers.segment_reader import OpenSegment, SegmentReader
from samebytes.checks.producers.tearing import mixes
from samebytes.checks.producers.traces import segments_of
from samebytes.checks.result import Difference, Run, Stage, Verdict
from samebytes.layout import Layout

__all__ = ["Meanwhile", "ProducerWatch", "sizes_differ"]

WATCH_SECONDS, BRIEF_SECONDS = 1.5, 0.4
"""How long a record is watched at least, at the first start and at later ones."""
BURST_SECONDS = 0.4
ENOUGH, MORE_BURSTS = 20, 4
"""Records that are taken whole before it is said that the counters hold; and how often more of them are looked for."""
FAR = 4 << 20
"""Bytes behind the record's last page that are looked at."""
GUARDED = "(behind the record)"

Meanwhile = Callable[[bytes], None]
"""What is done with the record's bytes while its producer still runs, and is watched; or when it has left as it may."""


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
    stale: OpenSegment | None = None
    """The segment that was there before this start, if it was started in spite of one."""
    size: int = 0
    """Bytes of the segment; 0 if it never appeared."""
    least: int | None = None
    """The fewest bytes that the stale segment had meanwhile."""
    files: set[str] = field(default_factory=set)
    """Files of shared memory that the producer made."""
    history: History | None = None
    """What the record was over time; None if there was none to be judged."""

    @property
    def name(self) -> str:
        """Return the segment's name."""
        return self.producer.segment_in(self.realm, self.running.pid)

    def watch(self, meanwhile: Meanwhile | None = None) -> None:
        """Watch from the start to the verdict. Never raises MappingError: what cannot be read is a finding."""
        findings = Findings(self.producer, self.running, self.run)
        arrival = Arrival(findings, self.layout, self.name, self.segment_reader, self.before, self.stale)
        sight: OpenSegment | None = None
        with suppress(DecidedError):
            try:
                sight = arrival.wait()
                observer = Observer(
                    self.producer, self.layout, self.name, self.segment_reader, self.running, sight, arrival.size
                )
                self.history = observer.history
                observer.watch(self.producer.watch or (BRIEF_SECONDS if self.brief else WATCH_SECONDS))
                early = observer.over
                if meanwhile is not None and observer.good:
                    with observer.watching():
                        meanwhile(self._memory(observer))
                if not self.brief:
                    self.run.notes += arrival.notes
                _Verdict(self, findings, observer).judge(early)
            finally:
                self.size, self.least = arrival.size, arrival.least
                self._note_files()
                if sight is not None:
                    sight.close()

    def _memory(self, observer: Observer) -> bytes:
        return observer.history.looks[-1].data[: self.layout.size]

    def _note_files(self) -> None:
        self.files |= set(segments_of(self.running.group())) - self.before


class _Verdict:
    """What comes of everything that was seen at one start."""

    def __init__(self, watch: ProducerWatch, findings: Findings, observer: Observer) -> None:
        self._watch, self._findings, self._observer = watch, findings, observer
        self._producer, self._layout, self._run = watch.producer, watch.layout, watch.run

    def judge(self, early: bool) -> None:
        """Fill the run. `early`: the program was over before it had been watched for as long as was meant."""
        observer, run, history = self._observer, self._run, self._observer.history
        self._values()
        if history.looks:
            run.memory = history.looks[-1].data[: self._layout.size].hex()
            run.covers = producer_covers(self._producer, self._layout, history)
        if observer.fate:
            self._findings.fail(Verdict.DIFFERS, Stage.WATCH, observer.fate)
        if observer.over:
            self._over(early)
        elif not self._watch.brief or self._producer.counters:
            self._burst()
        if not observer.over:
            run.notes += self._far()
            if observer.sight.size != observer.size:
                run.notes.append(
                    f"the segment had {observer.size} bytes when it was ready, and {observer.sight.size} later"
                )

    def _values(self) -> None:
        observer, run = self._observer, self._run
        found, behind = observer.judge.differences(), self._behind(observer.behind)
        for difference in (*found, *([behind] if behind else ())):
            run.differ(difference)
        if found or behind:
            since = min(filter(None, (observer.judge.since, observer.behind and observer.behind.at)), default=0.0)
            looks = [look for look in observer.history.looks if look.at >= since] or observer.history.looks[-1:]
            sight = observer.sight
            self._findings.cause(
                explain_values(self._producer, self._layout, sight.size, sight.exact, looks, bool(found))
            )

    def _behind(self, look: Look | None) -> Difference | None:
        """Return what stands where nobody should have written."""
        if not self._producer.guard or look is None:
            return None
        start, found = self._layout.size, look.data[self._layout.size : self._observer.page]
        places = [start + at for at, byte in enumerate(found) if byte]
        late = look.at - self._observer.history.looks[0].at
        self._run.message = (
            f"writes past the end: {len(places)} byte{'s' if len(places) > 1 else ''} behind the {start} bytes of "
            f"{self._layout.record.name} are not zero, the first at {places[0]}, the last at {places[-1]}"
            f"{f', {late:.1f} s after it was ready' if late >= 0.05 else ''} "
            "(guard = false if more than the record is meant to be there)"
        )
        shown = found[places[0] - start :][:16].hex()
        return Difference(Stage.WATCH, self._producer.name, GUARDED, "zero, as created", shown, places[0])

    def _far(self) -> Iterator[str]:
        """Judge what stands behind the record's last page; where nothing says that it is nobody's, yield that it was not judged."""
        observer, layout = self._observer, self._layout
        start = self._producer.offset + observer.page
        length = min(observer.sight.size - start, FAR)
        if length <= 0 or not self._producer.guard:
            return
        found = observer.sight.read(start, length)
        at = next((number for number, byte in enumerate(found) if byte), None) if any(found) else None
        if at is None:
            return
        if self._producer.sole:
            first = start + at
            self._run.message = f"writes far behind the {layout.size} bytes of {layout.record.name}: the first byte not zero is at {first}"
            self._run.differ(
                Difference(
                    Stage.WATCH, self._producer.name, GUARDED, "zero, as created", found[at:][:16].hex(), start + at
                )
            )
        else:
            yield (
                f"not judged: the segment holds other bytes from {start + at} on (guard = true says that the record is all "
                "there is in it)"
            )

    def _over(self, early: bool) -> None:
        """Judge a program that is over: to write and leave is fine where the name is meant to stay, or after enough watching."""
        if self._observer.left:
            return
        running, good = self._watch.running, self._watch.running.status == 0
        if good and not early:
            self._run.notes.append(
                f"ended by itself, with status 0, {running.age:.1f} s after its start, while it was read"
            )
            return
        hint = " (name_stays = true if it is meant to write and leave)" if good else ""
        self._findings.ended(Stage.WATCH, f"while it was watched, {running.age:.1f} s after its start{hint}")

    def _burst(self) -> None:
        """Look without a pause: what a reader without a lock may see."""
        producer, layout, counters = self._producer, self._layout, self._producer.counters
        places = between(layout, counters) if counters else None
        count, moments = self._observer.sight.burst(producer.offset, layout.size, BURST_SECONDS, places)
        if counters:
            moments = whole(layout, counters, moments)
            for _ in range(MORE_BURSTS):  # on a busy machine one may show next to nothing
                if len(moments) < ENOUGH:
                    looks, more = self._observer.sight.burst(producer.offset, layout.size, BURST_SECONDS, places)
                    count, moments = count + looks, moments + whole(layout, counters, more)
            self._guarded(moments, count)
        if not self._watch.brief:
            self._run.notes += notes_of(producer, layout, self._observer.history, mixes(layout, moments), count)

    def _guarded(self, moments: Sequence[tuple[float, bytes]], count: int) -> None:
        """Judge whether the counters around the values say when these are whole."""
        counters, layout = self._producer.counters, self._layout
        assert counters is not None
        place, what = layout.by_path[counters.begin].offset, f"{counters.begin} and {counters.end}"
        words = torn(layout, counters, moments)
        if words:
            expected = f"values that are whole whenever {counters.begin} is {counters.end}"
            if counters.begin == counters.end:
                expected = f"values that are whole whenever {counters.begin} is even"
            self._run.differ(Difference(Stage.WATCH, self._producer.name, what, expected, words, place))
            self._run.message = "torn: a reader that trusts the counters takes a record that is half written"
        elif not moments and count:
            expected = "now and then the same in both" if counters.begin != counters.end else "now and then even"
            self._run.differ(
                Difference(Stage.WATCH, self._producer.name, what, expected, f"never, in {count} looks", place)
            )
        else:
            self._run.covers += f"; {len(moments)} records taken whole between {what}"


def sizes_differ(first: ProducerWatch, again: ProducerWatch) -> Sequence[Difference]:
    """Return that a second start made a segment of another size; nothing if it did not."""
    if not first.size or not again.size or first.size == again.size:
        return ()
    name = first.producer.name
    return (
        Difference(Stage.CREATE, name, "the segment", f"{first.size} bytes, as at the first start", f"{again.size}"),
    )
