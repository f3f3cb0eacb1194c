"""One producer, from its start to what it leaves behind: the result of the check `producer`."""

from __future__ import annotations

import os
import time
from contextlib import suppress
from typing import Protocol

from samebytes import mapping
from samebytes.checks.producers.ending import Ending
from samebytes.checks.producers.guarding import counter_of
from samebytes.checks.producers.judging import check_paths
from samebytes.checks.producers.producer import CONSUMER, Producer, Restart, Stop
from samebytes.checks.producers.program import Running
from samebytes.checks.producers.remarks import moved
from samebytes.checks.producers.restarting import Left, left_before
from samebytes.checks.producers.segment_reader import SegmentReader, segment_reader_for
from samebytes.checks.producers.traces import file_of, raw_files, remove_raw
from samebytes.checks.producers.watching import Meanwhile, ProducerWatch, sizes_differ
from samebytes.checks.result import Result, Run, Stage, Verdict
from samebytes.errors import SamebytesError, StartError
from samebytes.layout import Layout, abi_named
from samebytes.peers.site import Site

__all__ = ["CHECK", "Readers", "run_producer"]

CHECK = "producer"
JUDGED = (Verdict.AGREED, Verdict.DIFFERS)


class Readers(Protocol):
    """Who else reads what a producer shares."""

    def prepare(self) -> None:
        """Get ready to read: called after the first start of a producer found right so far, while nothing of it runs."""

    def read(self, memory: bytes) -> None:
        """Read the record, while its producer still runs and is watched; or when it has left a name that is meant to stay."""


def run_producer(producer: Producer, site: Site, readers: Readers | None = None) -> Result:
    """Start a producer at a prepared site, watch and judge what it shares, and end it: asked to, then a second time, killed.

    The result has the check `producer`, the consumer `samebytes` and the layout's name as its program; its runs:
    `record` (start, size, values), `end` (asked to stop), `again` (a second start), `kill`; and two for each way to
    restart that is asked for. `readers` read at the second start, and the producer is watched until the last of them
    is done. Nothing that was started here is left. Raises UsageError for a path that is not a field of the layout or
    a realm without a command, MissingError when nothing can look into the realm.
    """
    layout = producer.layout_on(abi_named(site.realm.abi))
    check_paths(producer, layout)
    if producer.counters:
        counter_of(layout, producer.counters.begin)
        counter_of(layout, producer.counters.end)
    producer.command(site.name)
    segment_reader = site.lab.keep(segment_reader_for, site)
    started = time.perf_counter()
    case = _Case(producer, layout, site, segment_reader, readers)
    try:
        runs = case.play()
    finally:
        case.clean_up()
    seconds = round(time.perf_counter() - started, 4)
    return Result(producer.name, CONSUMER, layout.record.name, site.name, CHECK, runs, seconds)


class _Case:
    """A producer's two starts and two ends."""

    def __init__(
        self, producer: Producer, layout: Layout, site: Site, segment_reader: SegmentReader, readers: Readers | None
    ) -> None:
        self._producer, self._layout, self._site = producer, layout, site
        self._segment_reader, self._readers = segment_reader, readers
        self._before = raw_files()
        self._left: set[str] = set()

    def play(self) -> list[Run]:
        """Return what was looked at, in order; it ends at the first run that leaves nothing to go on with."""
        there = self._there_already()
        if there is not None:
            return [there]
        first, runs = self._start("record", self._producer.stop, "end")
        if _agreed(runs):
            self.clean_up()
            runs += self._again(first)
        for how in self._producer.restarts:
            if _agreed(runs):
                self.clean_up()
                runs += self._restart(how)
        if self._producer.restarts and _agreed(runs):
            runs[0].covers += f"; restarted: {', '.join(self._producer.restarts)}"
        return runs

    def _again(self, first: ProducerWatch | None) -> list[Run]:
        """Start it a second time, so that others read, too; then kill it."""
        if self._readers is not None:
            self._readers.prepare()
        meanwhile = self._readers.read if self._readers is not None else None
        again, runs = self._start("again", Stop("kill"), "kill", meanwhile=meanwhile)
        if first is not None and again is not None:
            for difference in sizes_differ(first, again):
                runs[0].differ(difference)
            if first.history is not None and again.history is not None:
                runs[0].notes += moved(first.history, again.history)
        _tell(runs, "at its second start")
        return runs

    def _restart(self, how: Restart) -> list[Run]:
        """Start it in spite of what is there already: it must serve as if there was nothing."""
        run = self._run(how)
        with left_before(how, self._producer, self._layout, self._site, self._segment_reader, run) as left:
            if left is None:
                return [run]
            self._left.add(file_of(left.name))
            _, runs = self._start(how, self._producer.stop, f"{how}, end", left=left)
        _tell(runs, left.words)
        return runs

    def _run(self, what: str) -> Run:
        return Run(self._layout.record.name, what, self._producer.name, CONSUMER)

    def _there_already(self) -> Run | None:
        """Return a refusal if the name is there before the start: then it says nothing about this program."""
        if self._producer.of_process(self._site.name):
            return None
        name = self._producer.segment_in(self._site.name)
        if not self._segment_reader.exists(name):
            return None
        run = self._run("record")
        path = file_of(name)
        hint = f"end the program that holds it, or remove {path} if nobody does" if path else "end who holds it"
        run.fail(Verdict.REFUSED, Stage.START, f"{name!r} is there already, before the program was started ({hint})")
        return run

    def _start(
        self, what: str, stop: Stop, end: str, meanwhile: Meanwhile | None = None, left: Left | None = None
    ) -> tuple[ProducerWatch | None, list[Run]]:
        """Start it, watch it, end it."""
        run = self._run(what)
        lacking = self._producer.lacks(self._site.name)
        if lacking:
            run.fail(Verdict.REFUSED, Stage.START, f"cannot start it: there is no {lacking} (build it first)")
            return None, [run]
        try:
            running = Running(self._producer, self._site)
        except StartError as error:
            run.fail(Verdict.REFUSED, Stage.START, str(error), error.evidence)
            return None, [run]
        with running:
            name, brief = self._site.name, what != "record"
            producer = self._producer if left is None else left.producer
            stale = None if left is None else left.sight
            producer_watch = ProducerWatch(
                producer, self._layout, name, self._segment_reader, running, self._before, run, brief, stale
            )
            producer_watch.watch(meanwhile)
            if left is not None:
                left.compare(producer_watch)
            self._left |= {*producer_watch.files, file_of(producer_watch.name)}
            runs = [run]
            if run.verdict in JUDGED:
                last = self._run(end)
                Ending(self._producer, name, self._segment_reader, running, producer_watch.name, stop, last).judge()
                runs.append(last)
            if run.verdict is not Verdict.AGREED and not run.evidence:
                run.evidence = running.evidence
        return producer_watch, runs

    def clean_up(self) -> None:
        """Remove the raw objects that the program left behind, that were not there before and that nobody holds."""
        for path in self._left - self._before:
            remove_raw(path)
        self._left.clear()
        if os.name != "nt":
            with suppress(SamebytesError, OSError):
                mapping.reap()


def _agreed(runs: list[Run]) -> bool:
    return all(run.verdict is Verdict.AGREED for run in runs)


def _tell(runs: list[Run], when: str) -> None:
    """Tell that what failed did so at this start, and not at the first."""
    first = runs[0]
    if first.verdict is not Verdict.AGREED:
        first.message = f"{when}: {first.message or 'it shares something else than at its first'}"
