"""Rows: one layout between two faces, exchanged among many, and the runs that say what came of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from samebytes.checks.data.batch import DataCase, Outcome
from samebytes.checks.data.compare import compare_description, compare_leaves
from samebytes.checks.data.meetings import Column, Item
from samebytes.checks.result import Difference, Run, Stage
from samebytes.layout import Layout
from samebytes.peers.peer import Peer

__all__ = ["Row", "agreed", "described", "only_among_many", "share_of"]

SHOWN_LEAVES = 64
"""Leaves that a report lists for a cell that agreed."""


@dataclass(eq=False)
class Row:
    """One layout of a column, for one pair of faces: its outcomes among many."""

    item: Item
    layout: Layout
    cases: Sequence[DataCase]
    total: int
    """How many cases there are in all."""
    outcomes: Sequence[Outcome] = ()
    seen: Mapping[str, Outcome] = field(default_factory=dict)
    """What went wrong before, when only a share was exchanged, by the name of the values."""

    @property
    def column(self) -> Column:
        """Return the cell it belongs to."""
        return self.item.column

    @property
    def whole(self) -> bool:
        """Return whether its cases are all there are, and not a share."""
        return len(self.cases) == self.total

    @property
    def wrong(self) -> list[Outcome]:
        """Return what did not come out as it must."""
        return [outcome for outcome in self.outcomes if outcome.wrong]


def described(layout: Layout, peer: Peer) -> bool:
    """Return whether a peer lists the layout, and describes it as it is."""
    name = layout.record.name
    return name in peer.hello.layouts and not any(compare_description(layout, peer.describe(name), peer))


def agreed(row: Row, peers: tuple[Peer, Peer, Peer], good: Sequence[Outcome], shown: bool) -> Run:
    """Return one run for all sets of values that agreed; with the bytes of the first if they are to be shown."""
    producer, consumer, _ = peers
    names = [outcome.case.values.name for outcome in good]
    words = f"{names[0]} and {len(names) - 1} more" if len(names) > 1 else "".join(names)
    run = _run(row, peers, words)
    run.cases = len(good)
    if not row.whole:
        share_of(run, row.total)
    name = row.layout.record.name
    run.described = {
        role: {"size": found.size, "align": found.align}
        for role, found in (("producer", producer.describe(name)), ("consumer", consumer.describe(name)))
    }
    if good and shown and row.layout.count <= SHOWN_LEAVES:
        _show(run, row.layout, good[0], consumer)
    return run


def share_of(run: Run, total: int) -> None:
    """Note in a run that its cases are a share of all there are."""
    run.of = total
    run.covers = f"{run.cases} of {total} sets of values; {_face(run.producer)} has stored, and {_face(run.consumer)} loaded, all of them"


def _face(words: str) -> str:
    """Return the face in what a run says of a side, `c.program/accessor`."""
    return words.partition("/")[0]


def _show(run: Run, layout: Layout, outcome: Outcome, consumer: Peer) -> None:
    loaded = dict(zip(consumer.paths(layout.record.name), outcome.loaded, strict=True))
    case, memory = outcome.case, outcome.memory
    run.memory = memory.hex()
    run.leaves, _ = compare_leaves(layout, case.values.values, case.beside(memory), memory, loaded, consumer.name)


def only_among_many(row: Row, peers: tuple[Peer, Peer, Peer], wrong: Sequence[Outcome]) -> Run:
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


def _run(row: Row, peers: tuple[Peer, Peer, Peer], values: str) -> Run:
    producer, consumer, _ = peers
    return Run(
        row.layout.record.name, values, f"{producer.name}/accessor", f"{consumer.name}/accessor", size=row.layout.size
    )
