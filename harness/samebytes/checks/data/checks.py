"""Data cells: what one producer stores, one consumer loads, for every face of both, every layout and every set of values.

Most of it is done many cases at once (`batch`), each leaf's bits are tried once for every producer (`ownership`), and a program with
a way of its own is exchanged as it is written (`exchange`). What goes wrong among many is repeated alone, for evidence that
belongs to it and nothing else; if it does not go wrong alone, what was seen among the many stands.
"""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace

from samebytes.checks.data.batch import Outcome, cases_of, run_cases
from samebytes.checks.data.compare import compare_description, compare_leaves
from samebytes.checks.data.evidence import Evidence
from samebytes.checks.data.exchange import Exchange
from samebytes.checks.data.ownership import differences_of, has_ownership
from samebytes.checks.data.subjects import DataSubject
from samebytes.checks.data.testbed import Testbed, unique_name
from samebytes.checks.data.values import ValueSet
from samebytes.checks.result import Difference, Run, Stage, Verdict
from samebytes.errors import PeerError
from samebytes.layout import Abi, Layout, Record, lay_out
from samebytes.peers.leaks import ReleaseOracle
from samebytes.peers.peer import Peer
from samebytes.peers.pool import OBSERVER, Pool, Role

__all__ = ["DataChecks"]

ALONE = 3
"""How many of a cell's failing sets of values are repeated alone, on each pair of faces."""
SHOWN_LEAVES = 64
"""Leaves that a report lists for a cell that agreed."""
ENDED = (Verdict.AGREED, Verdict.DIFFERS)


@dataclass(eq=False)
class _Column:
    """A program between one pair, and what has come of it so far."""

    program: DataSubject
    runs: list[Run] = field(default_factory=list)
    seconds: float = 0.0

    @property
    def failed(self) -> bool:
        """Return whether a conversation broke: then nothing more is tried in this cell."""
        return any(run.verdict not in ENDED for run in self.runs)


@dataclass(eq=False)
class _Row:
    """One layout of a column, for one pair of faces: its outcomes among many."""

    column: _Column
    layout: Layout
    outcomes: Sequence[Outcome] = ()


@dataclass(frozen=True)
class DataChecks:
    """Runs the data cells of one realm.

    Threads may run it at once, for pairs that have neither a producer nor a consumer in common, each with an observer
    of its own (`watched_by`).
    """

    pool: Pool
    abi: Abi
    faces: Callable[[str, str], list[str]]
    """The faces of a peer that declare a layout."""
    stopped: Callable[[], bool]
    rates: dict[str, float] = field(default_factory=dict)
    """Cases verified in a second of one core's time between two faces, `c.program → python`, where many were tried at once."""
    seed: int = 0
    """Draws the values that are others in every run."""
    observer: Role = OBSERVER
    _owned: dict[tuple[str, str], list[Difference]] = field(default_factory=dict)

    def watched_by(self, observer: Role) -> DataChecks:
        """Return the same checks, with what has been found out, and with another observer."""
        return replace(self, observer=observer)

    def run(
        self, producer: str, consumer: str, programs: Sequence[DataSubject]
    ) -> Iterator[tuple[DataSubject, list[Run], float]]:
        """Yield everything between two peers: the runs of each program, and the seconds it took."""
        columns = [_Column(program) for program in programs]
        for column in columns:
            if not column.program.plain or any(record.body for record in column.program.records):
                with _timed([column]):
                    self._exchange_all(producer, consumer, column)
        pairs = itertools.product(self._all_faces(producer, columns), self._all_faces(consumer, columns))
        for first, second in pairs:
            rows = [row for column in columns for row in self._rows(producer, consumer, first, second, column)]
            if rows and not self.stopped():
                with _timed([row.column for row in rows]):
                    self._cross(first, second, rows)
        for column in columns:
            yield column.program, column.runs, column.seconds

    def _three(self, first: str, second: str) -> tuple[Peer, Peer, Peer]:
        return self.pool.three(first, second, self.observer)

    def _all_faces(self, peer: str, columns: Sequence[_Column]) -> list[str]:
        names = [
            face for column in columns for record in column.program.records for face in self.faces(peer, record.name)
        ]
        return list(dict.fromkeys(names))

    def _rows(self, producer: str, consumer: str, first: str, second: str, column: _Column) -> Iterator[_Row]:
        """Yield the layouts of a column that both faces declare."""
        for record in column.program.records:
            here = first in self.faces(producer, record.name) and second in self.faces(consumer, record.name)
            if here and not column.failed and not record.body:
                yield _Row(column, lay_out(record, self.abi))

    def _exchange_all(self, producer: str, consumer: str, column: _Column) -> None:
        """Exchange each layout between every face of the producer and every face of the consumer that have it."""
        for record in column.program.records:
            faces = (self.faces(producer, record.name), self.faces(consumer, record.name))
            for first, second in itertools.product(*faces):
                self._exchange_record(first, second, column, record)

    def _exchange_record(self, first: str, second: str, column: _Column, record: Record) -> None:
        """Exchange all values in every form of view, between two faces; then nothing may be left of it."""
        program = column.program
        oracle = self._oracle(first, second)
        for form in program.views:
            if not column.failed and not self.stopped():
                column.runs += self._exchange(program, first, second, record, program.values[record.name], form)
        last = column.runs[-1] if column.runs else None
        if oracle and last and last.verdict in (*ENDED, Verdict.LEAKED) and (leaks := oracle.leaks()):
            last.fail(Verdict.LEAKED, Stage.CLOSE, leaks)

    def _oracle(self, first: str, second: str) -> ReleaseOracle | None:
        """Return what watches both for leaks; None where there is no process to look at: the exchange itself says why."""
        try:
            return ReleaseOracle(self._three(first, second)[:2])
        except PeerError:
            return None

    def _exchange(
        self, program: DataSubject, first: str, second: str, record: Record, sets: Sequence[ValueSet], form: str,
        evidence: Evidence | None = None,
    ) -> list[Run]:  # fmt: skip
        """Run one exchange; none where another form of view comes to the same, because neither side has it."""
        try:
            peers = self._three(first, second)
        except PeerError as error:
            return [Run("", "", first, second).break_off(Stage.START, error)]
        if form != program.views[0] and not any(form in peer.hello.views for peer in peers[:2]):
            return []
        layout, name = lay_out(record, self.abi), unique_name(program.segment)
        return Exchange(program, layout, sets, name, peers, form, evidence).run()

    def _cross(self, first: str, second: str, rows: Sequence[_Row]) -> None:
        """Exchange everything between two faces, as much as possible at once."""
        try:
            peers = self._three(first, second)
            for peer in peers[:2]:
                peer.learn(row.layout.record.name for row in rows if row.layout.record.name in peer.hello.layouts)
            right = [row for row in rows if _described(row, peers)]
        except PeerError as error:
            for row in rows:
                row.column.runs.append(Run("", "", first, second).break_off(Stage.DESCRIBE, error))
            return
        for row in rows:
            if row not in right and row.column.program.plain:
                self._alone(first, second, row, [case.values for case in cases_of(row.layout, self.seed)[:ALONE]])
        if right:
            self._at_once(first, second, right, peers)

    def _at_once(self, first: str, second: str, rows: Sequence[_Row], peers: tuple[Peer, Peer, Peer]) -> None:
        cases = [case for row in rows for case in cases_of(row.layout, self.seed)]
        testbed = Testbed(unique_name("testbed"), peers)
        try:
            with testbed:
                self._own(first, rows, testbed)
                spent = _Spent(peers)
                outcomes = iter(run_cases(testbed, cases))
                self.rates[f"{first} → {second}"] = round(len(cases) / spent.seconds())
        except PeerError as error:
            self._broken(first, second, rows, error)
            return
        for row in rows:
            row.outcomes = list(itertools.islice(outcomes, len(cases_of(row.layout, self.seed))))
            self._judge(first, second, row, peers, testbed.leaked)

    def _own(self, face: str, rows: Sequence[_Row], testbed: Testbed) -> None:
        """Ask a producer once whose bits each leaf is."""
        if "store_leaf" not in testbed.producer.peer.hello.verbs:
            return
        for row in rows:
            name = row.layout.record.name
            if (face, name) not in self._owned and has_ownership(row.layout):
                self._owned[face, name] = differences_of(testbed, row.layout)

    def _judge(self, first: str, second: str, row: _Row, peers: tuple[Peer, Peer, Peer], leaked: str) -> None:
        good = [outcome for outcome in row.outcomes if not outcome.wrong]
        wrong = [outcome for outcome in row.outcomes if outcome.wrong]
        run = _agreed(row, peers, good, shown=not row.column.runs)
        for difference in self._owned.get((first, row.layout.record.name), ()):
            run.differ(difference)
        if leaked:
            run.fail(Verdict.LEAKED, Stage.CLOSE, leaked)
        if good or run.verdict is not Verdict.AGREED:
            row.column.runs.append(run)
        evidence = Evidence(row.layout, *peers[:2])
        evidence.among_many(row.outcomes)
        if wrong and not self._alone(first, second, row, [outcome.case.values for outcome in wrong[:ALONE]], evidence):
            row.column.runs.append(_only_among_many(row, peers, wrong))

    def _alone(
        self, first: str, second: str, row: _Row, sets: Sequence[ValueSet], evidence: Evidence | None = None
    ) -> bool:
        """Exchange these sets of values one by one, on segments of their own. Return whether something went wrong again."""
        program, runs = row.column.program, row.column.runs
        before = len(runs)
        with suppress(PeerError):  # one that does not start says so in its run
            evidence = evidence or Evidence(row.layout, *self._three(first, second)[:2])
        for values in sets:
            if not row.column.failed and not self.stopped():
                form = program.views[0]
                runs += self._exchange(program, first, second, row.layout.record, [values], form, evidence)
        if evidence is not None:
            evidence.explain()
        return any(run.verdict is not Verdict.AGREED for run in runs[before:])

    def _broken(self, first: str, second: str, rows: Sequence[_Row], error: PeerError) -> None:
        """Find out by which of many cases the conversation was broken, one after the other."""
        found = False
        for row in rows:
            found |= self._alone(first, second, row, [case.values for case in cases_of(row.layout, self.seed)])
        if not found:
            for row in rows:
                row.column.runs.append(Run("", "", first, second).break_off(Stage.STORE, error))


def _described(row: _Row, peers: tuple[Peer, Peer, Peer]) -> bool:
    """Return whether both sides describe the layout as it is. One that does not is exchanged alone, which says what is wrong."""
    name = row.layout.record.name
    return all(
        name in peer.hello.layouts and not any(compare_description(row.layout, peer.describe(name), peer))
        for peer in peers[:2]
    )


def _agreed(row: _Row, peers: tuple[Peer, Peer, Peer], good: Sequence[Outcome], shown: bool) -> Run:
    """Return one run for all sets of values that agreed; with the bytes of the first if they are to be shown."""
    producer, consumer, _ = peers
    names = [outcome.case.values.name for outcome in good]
    words = f"{names[0]} and {len(names) - 1} more" if len(names) > 1 else "".join(names)
    run = _run(row, peers, words)
    run.cases = len(good)
    name = row.layout.record.name
    run.described = {
        role: {"size": found.size, "align": found.align}
        for role, found in (("producer", producer.describe(name)), ("consumer", consumer.describe(name)))
    }
    if good and shown and row.layout.count <= SHOWN_LEAVES:
        _show(run, row.layout, good[0], consumer)
    return run


def _show(run: Run, layout: Layout, outcome: Outcome, consumer: Peer) -> None:
    loaded = dict(zip(consumer.paths(layout.record.name), outcome.loaded, strict=True))
    case, memory = outcome.case, outcome.memory
    run.memory = memory.hex()
    run.leaves, _ = compare_leaves(layout, case.values.values, case.beside(memory), memory, loaded, consumer.name)


def _only_among_many(row: _Row, peers: tuple[Peer, Peer, Peer], wrong: Sequence[Outcome]) -> Run:
    """Return a run with what went wrong among many and not alone, in the words it was seen in."""
    run = _run(row, peers, wrong[0].case.values.name)
    for outcome in wrong:
        peer = peers[1 if outcome.stage is Stage.LOAD else 0]
        path = f"{row.layout.record.name}, values {outcome.case.values.name!r}, among many at once"
        expected, found = outcome.case.image.hex(), outcome.memory.hex()
        seen = (expected, found) if outcome.stage is Stage.STORE and found != expected else ("as stored", outcome.wrong)
        run.differ(Difference(outcome.stage, peer.name, path, *seen))
    run.message = wrong[0].wrong
    return run


def _run(row: _Row, peers: tuple[Peer, Peer, Peer], values: str) -> Run:
    producer, consumer, _ = peers
    return Run(
        row.layout.record.name, values, f"{producer.name}/accessor", f"{consumer.name}/accessor", size=row.layout.size
    )


class _Spent:
    """Measures the processor time that this thread and the peers spend from now on: others may be at work beside them.

    Where the system does not tell it, the time by the clock.
    """

    def __init__(self, peers: Sequence[Peer]) -> None:
        self._peers = peers
        self._began = self._read()

    def seconds(self) -> float:
        """Return the seconds spent until now."""
        clock, own, theirs = (now - then for now, then in zip(self._read(), self._began, strict=True))
        return own + theirs if theirs > 0 else clock  # threads that have ended meanwhile take their time along

    def _read(self) -> tuple[float, float, float]:
        theirs = sum(peer.process.core_seconds() for peer in self._peers)
        return time.perf_counter(), time.thread_time(), theirs


@contextmanager
def _timed(columns: Sequence[_Column]) -> Iterator[None]:
    """Share the time that the block takes evenly among the columns it is done for."""
    started = time.perf_counter()
    try:
        yield
    finally:
        share = (time.perf_counter() - started) / len(columns)
        for column in columns:
            column.seconds += share
