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

from samebytes.checks.data.batch import Outcome, cases_of, room_for, run_cases
from samebytes.checks.data.evidence import Evidence
from samebytes.checks.data.meetings import Column, Item, Meeting, Meetings
from samebytes.checks.data.own_way import OwnWay, exchange_between
from samebytes.checks.data.ownership import differences_of, has_ownership
from samebytes.checks.data.rows import Row, agreed, described, only_among_many
from samebytes.checks.data.shares import Settled
from samebytes.checks.data.testbed import SIZE, Testbed, unique_name
from samebytes.checks.data.values import ValueSet
from samebytes.checks.result import Difference, Run, Stage, Verdict
from samebytes.errors import PeerError
from samebytes.layout import Abi, Layout, lay_out
from samebytes.peers.peer import Peer
from samebytes.peers.pool import CONSUMER, OBSERVER, PRODUCER, Pool, Role

__all__ = ["DataChecks"]

ALONE = 3
"""How many of a cell's failing sets of values are repeated alone, on each pair of faces."""


@dataclass(frozen=True)
class DataChecks:
    """Runs the data cells of one realm.

    Threads may run it at once, for pairs that have neither a producer nor a consumer in common, each with an observer
    of its own (`watched_by`).
    """

    pool: Pool
    abi: Abi
    meetings: Meetings
    settled: Settled
    """Who has had everything: two that both have exchange a share of the values."""
    stopped: Callable[[], bool]
    rates: dict[str, float] = field(default_factory=dict)
    """Cases verified in a second of one core's time between two faces, `c.program → python`, where many were tried at once."""
    seed: int = 0
    """Draws the values that are others in every run."""
    full: bool = False
    """Whether every pair exchanges everything."""
    observer: Role = OBSERVER
    _owned: dict[tuple[str, str], list[Difference]] = field(default_factory=dict)
    _compared: dict[tuple[str, Role, str], tuple[Peer, bool]] = field(default_factory=dict)
    """By face, part and layout: a process, and whether it describes the layout as it is."""

    def watched_by(self, observer: Role) -> DataChecks:
        """Return the same checks, with what has been found out, and with another observer."""
        return replace(self, observer=observer)

    def meet(self, meeting: Meeting) -> None:
        """Exchange between two faces all that they meet for. What comes of it is added to the columns."""
        own_way = OwnWay(self._three, self.abi, self.meetings, self.settled, self.stopped)
        for item in (item for item in meeting.items if item.own_way):
            with _timed([item.column]):
                own_way.exchange(meeting, item, self._everything(meeting, item))
        rows = list(self._rows(meeting))
        if rows and not self.stopped():
            with _timed([row.column for row in rows]):
                self._cross(meeting.first, meeting.second, rows)

    def _three(self, first: str, second: str) -> tuple[Peer, Peer, Peer]:
        return self.pool.three(first, second, self.observer)

    def _rows(self, meeting: Meeting) -> Iterator[Row]:
        """Yield the layouts that are exchanged among many, each with the cases that these two faces have to exchange."""
        for item in meeting.items:
            if item.own_way or item.column.failed:
                continue
            layout = lay_out(item.record, self.abi)
            cases, whole = cases_of(layout, self.seed), self._everything(meeting, item)
            few = cases if whole else self.meetings.share(meeting, cases, self.seed)
            item.column.left += len(cases) - len(few)
            yield Row(item, layout, few, len(cases))

    def _everything(self, meeting: Meeting, item: Item) -> bool:
        """Return whether all there is of an item has to be exchanged: one of the two has not had all of it yet."""
        return self.full or bool(meeting.lacking(item, self.settled))

    def _cross(self, first: str, second: str, rows: Sequence[Row]) -> None:
        """Exchange everything between two faces, as much as possible at once."""
        try:
            peers = self._three(first, second)
            for peer in peers[:2]:
                peer.learn(row.layout.record.name for row in rows if row.layout.record.name in peer.hello.layouts)
            right = [row for row in rows if self._described(row.layout, peers)]
        except PeerError as error:
            for row in rows:
                row.column.runs.append(Run("", "", first, second).break_off(Stage.DESCRIBE, error))
            return
        for row in rows:
            if row not in right and row.column.program.plain:
                self._alone(first, second, row, [case.values for case in cases_of(row.layout, self.seed)[:ALONE]])
        if right:
            self._at_once(first, second, right, peers)

    def _described(self, layout: Layout, peers: tuple[Peer, Peer, Peer]) -> bool:
        """Return whether both sides describe the layout as it is.

        One that does not is exchanged alone, which says what is wrong. Each process is asked and compared once.
        """
        for peer, role in zip(peers, (PRODUCER, CONSUMER), strict=False):
            key = peer.name, role, layout.record.name
            if key not in self._compared or self._compared[key][0] is not peer:
                self._compared[key] = peer, described(layout, peer)
            if not self._compared[key][1]:
                return False
        return True

    def _at_once(self, first: str, second: str, rows: Sequence[Row], peers: tuple[Peer, Peer, Peer]) -> None:
        """Exchange rows on one testbed, and once more with all their cases those of which a share went wrong."""
        testbed = Testbed(unique_name("testbed"), peers, _room(rows))
        try:
            with testbed:
                self._own(first, rows, testbed)
                self._exchange_rows(f"{first} → {second}", rows, testbed)
        except PeerError as error:
            self._broken(first, second, rows, error)
            return
        again = [row for row in rows if row.wrong and not row.whole]
        for row in rows:
            if row not in again:
                self._judge(first, second, row, peers, testbed.leaked)
        if again:
            self._at_once(first, second, [self._with_all_cases(row) for row in again], peers)

    def _exchange_rows(self, faces: str, rows: Sequence[Row], testbed: Testbed) -> None:
        cases = [case for row in rows for case in row.cases]
        spent = _Spent(testbed.peers)
        outcomes = iter(run_cases(testbed, cases))
        if all(row.whole for row in rows):  # a clock of processes is too coarse for less
            self.rates[faces] = round(len(cases) / spent.seconds())
        for row in rows:
            found = list(itertools.islice(outcomes, len(row.cases)))
            row.outcomes = [_worse(row.seen.get(outcome.case.values.name), outcome) for outcome in found]

    def _with_all_cases(self, row: Row) -> Row:
        """Return the same row with everything to be exchanged, and what went wrong in its share."""
        cases = cases_of(row.layout, self.seed)
        row.column.left -= len(cases) - len(row.cases)
        return Row(
            row.item, row.layout, cases, len(cases), seen={outcome.case.values.name: outcome for outcome in row.wrong}
        )

    def _own(self, face: str, rows: Sequence[Row], testbed: Testbed) -> None:
        """Ask a producer once whose bits each leaf is."""
        if "store_leaf" not in testbed.producer.peer.hello.verbs:
            return
        for row in rows:
            name = row.layout.record.name
            if (face, name) not in self._owned and has_ownership(row.layout):
                self._owned[face, name] = differences_of(testbed, row.layout)

    def _judge(self, first: str, second: str, row: Row, peers: tuple[Peer, Peer, Peer], leaked: str) -> None:
        good = [outcome for outcome in row.outcomes if not outcome.wrong]
        wrong = row.wrong
        run = agreed(row, peers, good, shown=not row.column.runs)
        for difference in self._owned.get((first, row.layout.record.name), ()):
            run.differ(difference)
        if leaked:
            run.fail(Verdict.LEAKED, Stage.CLOSE, leaked)
        if good or run.verdict is not Verdict.AGREED:
            row.column.runs.append(run)
        if row.whole and not wrong and run.verdict is Verdict.AGREED:
            self.settled.settle(first, second, row.item.key)
        evidence = Evidence(row.layout, *peers[:2])
        evidence.among_many(row.outcomes)
        if wrong and not self._alone(first, second, row, [outcome.case.values for outcome in wrong[:ALONE]], evidence):
            row.column.runs.append(only_among_many(row, peers, wrong))

    def _alone(
        self, first: str, second: str, row: Row, sets: Sequence[ValueSet], evidence: Evidence | None = None
    ) -> bool:
        """Exchange these sets of values one by one, on segments of their own. Return whether something went wrong again."""
        program, runs = row.column.program, row.column.runs
        before = len(runs)
        with suppress(PeerError):  # one that does not start says so in its run
            evidence = evidence or Evidence(row.layout, *self._three(first, second)[:2])
        for values in sets:
            if not row.column.failed and not self.stopped():
                form = program.views[0]
                runs += exchange_between(self._three, (first, second), program, row.layout, [values], form, evidence)
        if evidence is not None:
            evidence.explain()
        return any(run.verdict is not Verdict.AGREED for run in runs[before:])

    def _broken(self, first: str, second: str, rows: Sequence[Row], error: PeerError) -> None:
        """Find out by which of many cases the conversation was broken, one after the other."""
        found = False
        for row in rows:
            found |= self._alone(first, second, row, [case.values for case in cases_of(row.layout, self.seed)])
        if not found:
            for row in rows:
                row.column.runs.append(Run("", "", first, second).break_off(Stage.STORE, error))


def _room(rows: Sequence[Row]) -> int:
    """Return how large a testbed has to be: a small one where only shares are exchanged, since all of it is compared."""
    if any(row.whole for row in rows):
        return SIZE
    return min(SIZE, room_for([case for row in rows for case in row.cases]))


def _worse(before: Outcome | None, now: Outcome) -> Outcome:
    """Return what came of a case that went wrong among a few: as it is now, unless it is right now."""
    return before if before is not None and not now.wrong else now


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
def _timed(columns: Sequence[Column]) -> Iterator[None]:
    """Share the time that the block takes evenly among the columns it is done for."""
    started = time.perf_counter()
    try:
        yield
    finally:
        share = (time.perf_counter() - started) / len(columns)
        for column in columns:
            column.seconds += share
