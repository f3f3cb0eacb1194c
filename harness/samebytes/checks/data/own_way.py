"""A program of the fixtures exchanged in its own way: its segment, its forms of view, its values, between two faces."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass

from samebytes.checks.data.evidence import Evidence
from samebytes.checks.data.exchange import Exchange
from samebytes.checks.data.meetings import ENDED, Item, Meeting, Meetings
from samebytes.checks.data.rows import share_of
from samebytes.checks.data.shares import Settled
from samebytes.checks.data.subjects import DataSubject
from samebytes.checks.data.testbed import unique_name
from samebytes.checks.data.values import ValueSet
from samebytes.checks.result import Run, Stage, Verdict
from samebytes.errors import PeerError
from samebytes.layout import Abi, Layout, lay_out
from samebytes.peers.leaks import ReleaseOracle
from samebytes.peers.peer import Peer

__all__ = ["OwnWay", "exchange_between"]

Three = Callable[[str, str], tuple[Peer, Peer, Peer]]
"""The live peers of two faces, and the observer."""


@dataclass(frozen=True)
class OwnWay:
    """Exchanges the items that have a way of their own."""

    three: Three
    abi: Abi
    meetings: Meetings
    settled: Settled
    stopped: Callable[[], bool]

    def exchange(self, meeting: Meeting, item: Item, everything: bool) -> None:
        """Exchange all values in every form of view between two faces; then nothing may be left of it.

        Unless `everything` has to be exchanged, a pair of peers exchanges the first set of values, between two of its faces; and everything
        all the same if that goes wrong.
        """
        column = item.column
        forms, sets = self._forms(meeting, column.program), column.program.values[item.record.name]
        if everything:
            column.exchanged.add(item.record.name)
            self._all(meeting, item, forms, sets)
            return
        column.left += len(forms) * len(sets)
        if item.record.name not in column.exchanged:
            column.exchanged.add(item.record.name)
            column.left -= len(forms)
            self._one(meeting, item, forms, sets)

    def _all(self, meeting: Meeting, item: Item, forms: Sequence[str], sets: Sequence[ValueSet]) -> None:
        """Exchange everything; if it is right, neither side needs to do so again."""
        runs = self._runs(meeting, item, forms, sets, everything=True)
        if runs and not self.stopped() and _right(runs):
            self.settled.settle(meeting.first, meeting.second, item.key)

    def _one(self, meeting: Meeting, item: Item, forms: Sequence[str], sets: Sequence[ValueSet]) -> None:
        """Exchange the first set, and everything if that goes wrong: what is seen then stands, if something is wrong again."""
        column = item.column
        few = self._runs(meeting, item, forms, sets[:1], everything=False)
        for run in few if len(sets) > 1 else ():
            share_of(run, len(sets))
        if _right(few) or column.failed:
            return
        if not _right(self._runs(meeting, item, forms, sets, everything=True)):
            column.runs[:] = [run for run in column.runs if all(run is not one for one in few)]

    def _runs(
        self, meeting: Meeting, item: Item, forms: Sequence[str], sets: Sequence[ValueSet], *, everything: bool
    ) -> list[Run]:
        """Return what came of it, added to the column."""
        column, first, second = item.column, meeting.first, meeting.second
        oracle, runs = self._oracle(first, second), list[Run]()
        for form in forms:
            if not column.failed and not self.stopped():
                layout = lay_out(item.record, self.abi)
                found = exchange_between(
                    self.three, (first, second), column.program, layout, sets, form, whole=everything
                )
                column.runs += found
                runs += found
        last = runs[-1] if runs else None
        if oracle and last and last.verdict in (*ENDED, Verdict.LEAKED) and (leaks := oracle.leaks()):
            last.fail(Verdict.LEAKED, Stage.CLOSE, leaks)
        return runs

    def _forms(self, meeting: Meeting, program: DataSubject) -> list[str]:
        """Return the forms of view to try: not another one that comes to the same, because neither side has it."""
        first, *others = program.views
        with suppress(PeerError):  # one that does not start says so in its run
            peers = self.three(meeting.first, meeting.second)[:2]
            return [first, *(form for form in others if any(form in peer.hello.views for peer in peers))]
        return [first]

    def _oracle(self, first: str, second: str) -> ReleaseOracle | None:
        """Return what watches both for leaks; None where there is no process to look at: the exchange itself says why."""
        try:
            return ReleaseOracle(self.three(first, second)[:2])
        except PeerError:
            return None


def exchange_between(
    three: Three, faces: tuple[str, str], program: DataSubject, layout: Layout, sets: Sequence[ValueSet], form: str,
    evidence: Evidence | None = None, *, whole: bool = True,
) -> list[Run]:  # fmt: skip
    """Run one exchange between two faces. `whole`: watch the whole segment, and not only where the record stands."""
    try:
        peers = three(*faces)
    except PeerError as error:
        return [Run("", "", *faces).break_off(Stage.START, error)]
    return Exchange(program, layout, sets, unique_name(program.segment), peers, form, evidence, whole).run()


def _right(runs: Sequence[Run]) -> bool:
    return all(run.verdict is Verdict.AGREED for run in runs)
