"""What a program finds when it is started again: the name that a killed one left, one that is still read, one with other bytes."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace

from samebytes import mapping
from samebytes.checks.producers.appearing import Arrival
from samebytes.checks.producers.findings import DecidedError, Findings
from samebytes.checks.producers.producer import Producer, Restart, Stop
from samebytes.checks.producers.program import Running
from samebytes.checks.producers.segment_reader import OpenSegment, SegmentReader
from samebytes.checks.producers.traces import raw_files
from samebytes.checks.producers.watching import ProducerWatch
from samebytes.checks.result import Difference, Run, Stage, Verdict
from samebytes.errors import MappingError, SamebytesError, StartError
from samebytes.layout import Layout
from samebytes.peers.site import Site

__all__ = ["Left", "left_before"]

FILL = 0xA5
"""The bytes of a stale segment: nothing that a program would write by itself, and no number that anybody expects."""
WORDS = {
    "after-kill": "started again after it was killed",
    "while-read": "started again after it was killed, while somebody reads what it shared",
    "stale": "started where a segment of that name was left, with other bytes and too small",
}


@dataclass
class Left:
    """What is there before a restart. `sight` is None where the system has taken it away already."""

    how: Restart
    name: str
    producer: Producer
    sight: OpenSegment | None
    size: int
    let_go: Callable[[], None]

    @property
    def words(self) -> str:
        """Return what it is about, for people."""
        return WORDS[self.how]

    def compare(self, watch: ProducerWatch) -> None:
        """Compare what whoever still reads the old segment sees now; afterwards nobody holds it any more."""
        sight, self.sight = self.sight, None
        if sight is not None:
            if self.how == "while-read":
                self._reader(sight, watch)
            elif self.how == "stale":
                watch.run.notes += self._kept(watch)
            sight.close()
        self.let_go()

    def _reader(self, sight: OpenSegment, watch: ProducerWatch) -> None:
        run, now = watch.run, min(sight.size, self.size if watch.least is None else watch.least)
        if now < self.size:
            found = f"{now}: who has it mapped is ended by SIGBUS"
            run.differ(
                Difference(Stage.CREATE, self.producer.name, "the segment", f"{self.size} bytes, as it is read", found)
            )
        if watch.history is not None and watch.history.looks:
            new = watch.history.looks[-1].data[: watch.layout.size]
            old = sight.read(self.producer.offset, watch.layout.size)
            same = "as those of the new one" if old == new else "not those of the new one"
            run.notes.append(f"who read the killed one sees bytes that are {same}")

    def _kept(self, watch: ProducerWatch) -> Iterator[str]:
        constant = watch.history.constant() if watch.history is not None else {}
        kept = [path for path, data in constant.items() if data and set(data) == {FILL}]
        if kept:
            yield f"still has the bytes of the segment that was left: {', '.join(kept)}"


@contextmanager
def left_before(
    how: Restart,
    producer: Producer,
    layout: Layout,
    site: Site,
    segment_reader: SegmentReader,
    run: Run,
) -> Iterator[Left | None]:
    """Leave it there for the block. Yield None, with the reason in `run`, where that cannot be done."""
    name = producer.segment_in(site.name)
    let_go: Callable[[], None] = lambda: None  # noqa: E731 - a name for the type
    left: Left | None = None
    try:
        if how == "stale":
            let_go = segment_reader.leave(name, bytes([FILL]) * max(1, (producer.offset + layout.size) // 2))
        else:
            let_go = _kill_one(how, producer, layout, site, segment_reader, run)
        sight = segment_reader.open(name) if segment_reader.exists(name) else None
        guarded = producer if how != "stale" else replace(producer, guard=False)
        left = Left(how, name, guarded, sight, sight.size if sight is not None else 0, let_go)
    except (DecidedError, StartError, MappingError) as error:
        if run.verdict is Verdict.AGREED:
            run.fail(Verdict.REFUSED, Stage.START, f"cannot be judged when {WORDS[how]}: {error}")
    try:
        yield left
    finally:
        if left is not None and left.sight is not None:
            left.sight.close()
        let_go()


def _kill_one(
    how: Restart,
    producer: Producer,
    layout: Layout,
    site: Site,
    segment_reader: SegmentReader,
    run: Run,
) -> Callable[[], None]:
    """Start one, and kill it as soon as it is ready. Return what lets go of its name."""
    let_go: Callable[[], None] = lambda: None  # noqa: E731 - a name for the type
    with Running(producer, site) as running:
        name = producer.segment_in(site.name, running.pid)
        Arrival(Findings(producer, running, run), layout, name, segment_reader, raw_files()).wait().close()
        if how == "while-read":
            let_go = segment_reader.hold(name)
        running.ask(Stop("kill"))
        running.wait(producer.deadline)
    if os.name != "nt" and how != "while-read":
        with suppress(SamebytesError, OSError):
            mapping.reap()
    return let_go
