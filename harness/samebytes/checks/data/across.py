"""Data cells between two ABIs: memory must be as the producer's lays the record out, and a consumer reads it by its own layout.

What that consumer must get follows from both layouts: the values, where both put a leaf at the same place, as wide and in the same order;
otherwise exactly what its own layout makes of the producer's bytes. If all of it comes out so, the cell is `agreed` where the layouts come
to the same, and `incompatible` where they do not, with the fields and the reasons. What comes out otherwise is somebody's mistake.

Not judged is what C leaves open: a bool that is neither 0 nor 1, a signalling NaN, a character beyond the last code point.
"""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property, lru_cache
from typing import Any

from samebytes.checks.data.batch import BACKGROUND, DataCase, Outcome, cases_of, run_cases
from samebytes.checks.data.compare import compare_description, compare_leaves, compare_memory, leaf_word, same_leaves
from samebytes.checks.data.evidence import declares
from samebytes.checks.data.subjects import DataSubject
from samebytes.checks.data.testbed import Testbed, unique_name
from samebytes.checks.data.values import kept
from samebytes.checks.result import Difference, Run, Sizes, Stage, Verdict
from samebytes.diagnosis.diagnose import Exchanged, Observation, cause_of
from samebytes.errors import PeerError
from samebytes.layout import Abi, Layout, decode, lay_out
from samebytes.layout.between import Gap, gaps_between, gaps_in_words
from samebytes.peers.peer import Peer
from samebytes.peers.pool import OBSERVER, Pool, Role

__all__ = ["AcrossAbis", "AcrossCase"]

SHOWN_LEAVES = 64
"""Leaves that a report lists for a cell in which nothing was found wrong."""
SHOWN_NOTES = 24
SHOWN_WRONG = 3
"""Sets of values that came out wrong and are told, of each layout."""


@dataclass(frozen=True)
class AcrossCase(DataCase):
    """One set of values, stored by the layout of one ABI and read by that of another."""

    reads: Layout | None = None
    """The consumer's layout."""

    @cached_property
    def theirs(self) -> Layout:
        """Return the consumer's layout."""
        return self.reads or self.layout

    @cached_property
    def image(self) -> bytes:
        """Return the record as it must be in memory, with what lies behind it as far as the consumer reads."""
        own = DataCase(self.layout, self.values).image
        return own + bytes([BACKGROUND]) * (0 if self.opaque else max(0, self.theirs.size - len(own)))

    @cached_property
    def gaps(self) -> tuple[Gap, ...]:
        """Return what is not the same on both ABIs."""
        return _gaps(self.layout, self.theirs)

    @property
    def opaque(self) -> bool:
        """Return whether nothing can be said of what the consumer gets: a length that it reads in another order may be anything."""
        return bool(self.gaps) and self.layout.record.variable

    @property
    def align(self) -> int:
        """Return the larger of both alignments."""
        return max(self.layout.align, self.theirs.align)

    @property
    def refusable(self) -> bool:
        """Return whether the consumer may refuse to load it: there may be no such character, or no such length."""
        return self.opaque or bool(self.open_paths(self.image))

    def fits(self, paths: tuple[str, ...], loaded: Any, memory: bytes) -> bool:
        """Return whether the consumer got exactly what its layout makes of those bytes."""
        if self.opaque:
            return True
        if not self.gaps:
            return same_leaves(self.theirs, paths, self.words(paths), loaded)
        if not isinstance(loaded, list) or len(loaded) != len(paths):
            return False
        wanted, open_ = self.predicted(memory), self.open_paths(memory)
        judged = [(path, word) for path, word in zip(paths, loaded, strict=True) if path not in open_]
        return same_leaves(
            self.theirs,
            [path for path, _ in judged],
            [wanted[path] for path, _ in judged],
            [word for _, word in judged],
        )

    def predicted(self, memory: bytes) -> dict[str, str]:
        """Return what the consumer must get from those bytes, by path, as it travels."""
        values = decode(self.theirs, memory)
        return {leaf.path: leaf_word(leaf, values[leaf.path]) for leaf in self.theirs.leaves}

    def open_paths(self, memory: bytes) -> frozenset[str]:
        """Return the leaves of the consumer whose bytes there are nothing that every language keeps as it is."""
        if not self.gaps:
            return frozenset()
        values = decode(self.theirs, memory)
        return frozenset(leaf.path for leaf in self.theirs.leaves if not kept(leaf, values[leaf.path]))


@lru_cache(maxsize=4096)
def _gaps(one: Layout, other: Layout) -> tuple[Gap, ...]:
    return tuple(gaps_between(one, other))


@dataclass(frozen=True, eq=False)
class _Row:
    """One layout on both ABIs, and its cases."""

    program: str
    ours: Layout
    theirs: Layout
    cases: Sequence[AcrossCase]

    @property
    def name(self) -> str:
        return self.ours.record.name


@dataclass(frozen=True)
class AcrossAbis:
    """Runs the data cells of one realm between peers of different ABIs. Used as `DataChecks` is."""

    pool: Pool
    abi_of: Callable[[str], Abi]
    """The ABI of a peer."""
    faces: Callable[[str, str], list[str]]
    stopped: Callable[[], bool]
    seed: int = 0
    observer: Role = OBSERVER
    _made: dict[tuple[str, ...], _Row] = field(default_factory=dict)
    """Layouts on two ABIs, with their cases, for every pair of peers that is of those."""

    def watched_by(self, observer: Role) -> AcrossAbis:
        """Return the same checks with another observer."""
        return replace(self, observer=observer)

    def run(
        self, producer: str, consumer: str, programs: Sequence[DataSubject]
    ) -> Iterator[tuple[DataSubject, list[Run], float]]:
        """Yield everything between two peers: the runs of each program, and the seconds it took."""
        started, rows = time.perf_counter(), list(self._rows(producer, consumer, programs))
        found: dict[str, list[Run]] = {program.name: [] for program in programs}
        ours, theirs = (
            list(dict.fromkeys(face for row in rows for face in self.faces(peer, row.name)))
            for peer in (producer, consumer)
        )
        for first, second in itertools.product(ours, theirs):
            able = [
                row
                for row in rows
                if first in self.faces(producer, row.name) and second in self.faces(consumer, row.name)
            ]
            if not self.stopped():
                for row, runs in self._exchange(first, second, able):
                    found[row.program] += runs
        share = (time.perf_counter() - started) / max(1, len(programs))
        for program in programs:
            yield program, found[program.name], share

    def _rows(self, producer: str, consumer: str, programs: Sequence[DataSubject]) -> Iterator[_Row]:
        one, other = self.abi_of(producer), self.abi_of(consumer)
        for program in programs:
            for record in program.records:
                key = (program.name, record.name, one.name, other.name)
                if key not in self._made:
                    ours, theirs = lay_out(record, one), lay_out(record, other)
                    cases = [_across(case, theirs) for case in _cases(program, ours, self.seed)]
                    self._made[key] = _Row(program.name, ours, theirs, cases)
                yield self._made[key]

    def _exchange(self, first: str, second: str, rows: Sequence[_Row]) -> Iterator[tuple[_Row, list[Run]]]:
        """Exchange everything between two faces, all of it at once; alone what is to be found out. A peer's doing is a verdict."""
        try:
            peers = self.pool.three(first, second, self.observer)
            for peer in peers[:2]:
                peer.learn(row.name for row in rows if row.name in peer.hello.layouts)
            runs = {row.name: _begun(row, peers) for row in rows}
            right = [row for row in rows if not runs[row.name].differences]
        except PeerError as error:
            yield from ((row, [Run(row.name, "", first, second).break_off(Stage.DESCRIBE, error)]) for row in rows)
            return
        yield from ((row, [runs[row.name]]) for row in rows if row not in right)
        try:
            yield from _tried(right, runs, peers)
        except PeerError:
            for row in right:
                yield row, self._alone(first, second, row)

    def _alone(self, first: str, second: str, row: _Row) -> list[Run]:
        """Exchange one layout on a testbed of its own, after a conversation about many was broken."""
        try:
            peers = self.pool.three(first, second, self.observer)
            ((_, runs),) = _tried([row], {row.name: _begun(row, peers)}, peers)
            return runs
        except PeerError as error:
            return [Run(row.name, "", first, second).break_off(Stage.STORE, error)]


def _tried(
    rows: Sequence[_Row], runs: Mapping[str, Run], peers: tuple[Peer, Peer, Peer]
) -> list[tuple[_Row, list[Run]]]:
    """Exchange layouts on one testbed, and return what came of each. PeerError when a conversation broke."""
    testbed = Testbed(unique_name("testbed"), peers)
    with testbed:
        outcomes = iter(run_cases(testbed, [case for row in rows for case in row.cases]))
    return [
        (row, _judged(runs[row.name], row, list(itertools.islice(outcomes, len(row.cases))), peers, testbed.leaked))
        for row in rows
    ]


def _cases(program: DataSubject, layout: Layout, seed: int) -> Iterator[DataCase]:
    """Yield the values that the program names, then those that are tried of every layout."""
    named = () if program.plain else program.values[layout.record.name]
    yield from (DataCase(layout, values) for values in named if values.values.keys() == layout.by_path.keys())
    told = {values.name for values in named}
    yield from (case for case in cases_of(layout, seed) if case.values.name not in told)


def _across(case: DataCase, theirs: Layout) -> AcrossCase:
    changed = case.changed and AcrossCase(case.layout, case.changed.values, reads=theirs)
    return AcrossCase(case.layout, case.values, changed, reads=theirs)


def _begun(row: _Row, peers: Sequence[Peer]) -> Run:
    """Return the run, with what either side describes otherwise than its own ABI has it."""
    producer, consumer = peers[:2]
    values = row.cases[0].values.name if row.cases else ""
    run = Run(row.name, values, f"{producer.name}/accessor", f"{consumer.name}/accessor", size=row.ours.size)
    described: dict[str, Sizes | None] = {}
    for role, peer, layout in (("producer", producer, row.ours), ("consumer", consumer, row.theirs)):
        found = peer.describe(row.name) if declares(peer, layout) else None
        described[role] = None if found is None else Sizes(size=found.size, align=found.align)
        differences = list(compare_description(layout, found, peer))
        for difference in differences:
            run.differ(difference)
        if differences and found is not None and not run.cause:
            cause = cause_of(Observation(layout, found))
            run.cause = f"{peer.name}: {cause}" if cause else ""
    run.described = described
    return run


def _judged(run: Run, row: _Row, outcomes: Sequence[Outcome], peers: Sequence[Peer], leaked: str) -> list[Run]:
    wrong = [outcome for outcome in outcomes if outcome.wrong]
    runs = [_wrong(run, row, outcome, peers) for outcome in wrong[:SHOWN_WRONG]]
    _explain(runs, row, outcomes, peers)
    good = [outcome for outcome in outcomes if not outcome.wrong]
    if good:
        runs.insert(0, _right(run, row, good, peers))
    if leaked and runs:
        runs[0].fail(Verdict.LEAKED, Stage.CLOSE, leaked)
    return runs


def _right(run: Run, row: _Row, good: Sequence[Outcome], peers: Sequence[Peer]) -> Run:
    """Return one run for all sets of values that came out as both layouts predict."""
    run.cases = len(good)
    run.values += f" and {len(good) - 1} more" if len(good) > 1 else ""
    if row.ours.count <= SHOWN_LEAVES and good[0].loaded:
        _show(run, row, good[0], peers[1])
    gaps = _gaps(row.ours, row.theirs)
    if gaps:
        run.verdict, run.stage = Verdict.INCOMPATIBLE, Stage.LOAD
        run.message = f"{row.ours.abi.name} against {row.theirs.abi.name}: {gaps_in_words(gaps)}"
        run.notes = [str(gap) for gap in gaps[:SHOWN_NOTES]]
        run.notes += [f"and {len(gaps) - SHOWN_NOTES} more"] if len(gaps) > SHOWN_NOTES else []
        run.covers = _coverage(row, good)
    return run


def _coverage(row: _Row, good: Sequence[Outcome]) -> str:
    """Return how much of what the consumer got was judged."""
    if row.cases[0].opaque:
        return "stored as the producer's ABI has it; what the consumer makes of the length is not judged"
    leaves = len(row.theirs.leaves)
    judged = [case.open_paths(outcome.memory) for outcome in good if isinstance(case := outcome.case, AcrossCase)]
    known = sum(leaves - len(open_) for outcome, open_ in zip(good, judged, strict=True) if outcome.loaded)
    return f"{known} of {leaves * len(good)} values that the consumer got are as both layouts predict, the others open"


def _show(run: Run, row: _Row, outcome: Outcome, consumer: Peer) -> None:
    loaded = dict(zip(consumer.paths(row.name), outcome.loaded, strict=True))
    memory = outcome.memory[: max(row.ours.size, 1)] if not row.ours.record.variable else outcome.memory
    expected = DataCase(row.ours, outcome.case.values).beside(memory)
    run.memory = memory.hex()
    run.leaves, _ = compare_leaves(row.ours, outcome.case.values.values, expected, memory, loaded, consumer.name)


def _wrong(run: Run, row: _Row, outcome: Outcome, peers: Sequence[Peer]) -> Run:
    """Return a run with what was not as it must be of one set of values."""
    case = outcome.case
    assert isinstance(case, AcrossCase)
    told = Run(row.name, case.values.name, run.producer, run.consumer, size=run.size, described=run.described)
    told.message = outcome.wrong
    producer, consumer = peers[:2]
    for difference in compare_memory(row.ours, case.beside(outcome.memory), outcome.memory, case.image, producer.name):
        told.differ(difference)
    if outcome.stage is Stage.LOAD and outcome.loaded:
        for difference in _misread(case, outcome, consumer):
            told.differ(difference)
    if not told.differences:
        peer = (consumer if outcome.stage is Stage.LOAD else producer).name
        told.differ(Difference(outcome.stage, peer, row.name, "as its layout predicts", outcome.wrong))
    return told


def _misread(case: AcrossCase, outcome: Outcome, consumer: Peer) -> Iterator[Difference]:
    wanted, open_ = case.predicted(outcome.memory), case.open_paths(outcome.memory)
    for path, word in zip(consumer.paths(case.layout.record.name), outcome.loaded, strict=False):
        if path not in open_ and not same_leaves(case.theirs, [path], [wanted[path]], [word]):
            yield Difference(Stage.LOAD, consumer.name, path, wanted[path], str(word), case.theirs.by_path[path].offset)


def _explain(runs: Sequence[Run], row: _Row, outcomes: Sequence[Outcome], peers: Sequence[Peer]) -> None:
    """Name the mistake that explains everything: the producer's by its layout, or else the consumer's by its own."""
    if not runs:
        return
    paths = peers[1].paths(row.name)
    stored = [Exchanged(one.case.values.values, one.memory[: row.ours.size]) for one in outcomes]
    loaded = [
        Exchanged(
            decode(row.theirs, one.memory), one.memory[: row.theirs.size], dict(zip(paths, one.loaded, strict=True))
        )
        for one in outcomes
        if len(one.loaded) == len(paths)
    ]
    if row.ours.record.variable:
        return
    for peer, layout, seen in ((peers[0], row.ours, stored), (peers[1], row.theirs, loaded)):
        cause = cause_of(Observation(layout, peer.describe(row.name), others=seen))
        if cause:
            for run in runs:
                run.cause = f"{peer.name}: {cause}"
            return
