"""Meetings: which two faces exchange which records, for all pairs of peers, and the first of them, in which every face has everything."""

from __future__ import annotations

import itertools
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from samebytes.checks.data.batch import DataCase
from samebytes.checks.data.shares import Part, Settled, share
from samebytes.checks.data.subjects import DataSubject
from samebytes.checks.result import Run, Verdict
from samebytes.layout import Record

__all__ = ["ENDED", "Column", "Item", "Meeting", "Meetings", "Pair"]

Pair = tuple[str, str]
"""Producer and consumer: two peers."""
Faces = Callable[[str, str], list[str]]
"""The faces of a peer that declare a layout."""
ENDED = (Verdict.AGREED, Verdict.DIFFERS)


@dataclass(eq=False)
class Column:
    """A program between one pair of peers, and what has come of it so far."""

    program: DataSubject
    runs: list[Run] = field(default_factory=list)
    seconds: float = 0.0
    left: int = 0
    """Cases that were left to other pairs."""
    exchanged: set[str] = field(default_factory=set)
    """Records that were exchanged in the program's own way, between whichever faces."""

    @property
    def failed(self) -> bool:
        """Return whether a conversation broke: then nothing more is tried in this cell."""
        return any(run.verdict not in ENDED for run in self.runs)


@dataclass(frozen=True, eq=False)
class Item:
    """One record of a column that two faces exchange: in the program's own way, or else as one of many on a testbed."""

    column: Column
    record: Record
    own_way: bool

    @property
    def key(self) -> tuple[str, str]:
        """Return what it is the same exchange as, between whichever faces."""
        return (self.column.program.name if self.own_way else "", self.record.name)


@dataclass(frozen=True)
class Meeting:
    """Two faces, and what they exchange."""

    pair: Pair
    first: str
    second: str
    items: Sequence[Item]

    def lacking(self, item: Item, settled: Settled) -> set[Part]:
        """Return which of the two have not had everything of an item."""
        return settled.lacking(self.first, self.second, item.key)

    def without(self, items: Iterable[Item]) -> Meeting:
        """Return the same with less to exchange."""
        gone = set(items)
        return replace(self, items=[item for item in self.items if item not in gone])


class Meetings:
    """All meetings of some pairs of peers."""

    def __init__(self, pairs: Mapping[Pair, Sequence[Column]], faces: Faces) -> None:
        self.all = [meeting for pair, columns in pairs.items() for meeting in _between(pair, columns, faces)]
        every: dict[str, dict[str, None]] = {}
        for meeting in self.all:
            for peer, face in zip(meeting.pair, (meeting.first, meeting.second), strict=True):
                every.setdefault(peer, {})[face] = None
        # The first face of each, then the second: neighbours are of different peers, if there are several. By name, so that
        # the same peers meet in the same order, however they were asked for.
        rows = [every[peer] for peer in sorted(every)]
        ranked = (face for rank in itertools.zip_longest(*rows) for face in rank if face is not None)
        self._places = {face: place for place, face in enumerate(ranked)}

    def covering(self, settled: Settled) -> Iterator[Meeting]:
        """Yield as few as it takes for each face to have each record once as producer and once as consumer, where it has not yet.

        Each face meets the next one, the last the first; where these two do not meet, the one after that.
        """
        done: set[Part] = set()
        for meeting in sorted(self.all, key=self._distance):
            chosen = [item for item in meeting.items if meeting.lacking(item, settled) - done]
            done.update(part for item in chosen for part in meeting.lacking(item, settled))
            if chosen:
                yield replace(meeting, items=chosen)

    def rest(self, first: Iterable[Meeting]) -> dict[Pair, list[Meeting]]:
        """Return by pair what is left once these have met, beginning with other faces for each pair."""
        gone: dict[Pair, set[Item]] = {}
        for meeting in first:
            gone.setdefault((meeting.first, meeting.second), set()).update(meeting.items)
        left: dict[Pair, list[Meeting]] = {}
        for meeting in self.all:
            left.setdefault(meeting.pair, []).append(meeting.without(gone.get((meeting.first, meeting.second), ())))
        for pair, meetings in left.items():
            turn = zlib.crc32("/".join(pair).encode()) % len(meetings)  # whoever else takes part
            left[pair] = meetings[turn:] + meetings[:turn]
        return left

    def share(self, meeting: Meeting, cases: Sequence[DataCase], seed: int) -> list[DataCase]:
        """Return graffiti, and of the other cases the share of these two faces; another one with another seed."""
        number = self._number(meeting) + seed
        return [*cases[:1], *share(cases[1:], number % len(self._places), len(self._places))]

    def _number(self, meeting: Meeting) -> int:
        return self._places[meeting.first] + self._places[meeting.second]

    def _distance(self, meeting: Meeting) -> int:
        return (self._places[meeting.second] - self._places[meeting.first] - 1) % len(self._places)


def _between(pair: Pair, columns: Sequence[Column], faces: Faces) -> Iterator[Meeting]:
    """Yield the meetings of two peers' faces, each with all that both of them declare."""
    found: dict[Pair, list[Item]] = {}
    for column in columns:
        program = column.program
        own_way = not program.plain or any(record.body for record in program.records)
        for record in program.records:
            items = [Item(column, record, True)] * own_way + [Item(column, record, False)] * (not record.body)
            for two in itertools.product(faces(pair[0], record.name), faces(pair[1], record.name)):
                found.setdefault(two, []).extend(items)
    for (first, second), items in found.items():
        yield Meeting(pair, first, second, items)
