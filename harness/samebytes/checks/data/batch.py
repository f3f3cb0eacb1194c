"""Many data cases at once: every record in a slot of its own on one testbed, at odd places, guarded on both sides.

The producer stores them all, the whole segment is compared with what it must be, the consumer loads them all. Then the observer
puts other values under the last set of each layout, and the consumer loads again: one that never looks at memory, or remembers what it
read there, is found out. What is not as it must be is told case by case; a PeerError says that the conversation broke, and then
nothing is known of any of them.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from typing import Any

from samebytes.checks.data.compare import leaf_word, same_leaves
from samebytes.checks.data.testbed import FIRST, GUARD, Testbed
from samebytes.checks.data.values import ValueSet, drawn, edges, graffiti
from samebytes.checks.result import Stage
from samebytes.errors import PeerRefusedError, ProtocolError
from samebytes.layout import Layout, encode
from samebytes.pages import PAGE
from samebytes.peers.answers import texts
from samebytes.peers.peer import Peer

STALE = "loaded the same as before, though memory had changed: it does not read memory each time"

__all__ = ["BACKGROUND", "STALE", "DataCase", "Outcome", "cases_of", "room_for", "run_cases"]

BACKGROUND = 0xCC
"""What memory holds before the store: neither zero, nor a likely value, nor valid text."""


@dataclass(frozen=True)
class DataCase:
    """One layout with one set of values: what is sent, and what must be in memory and come back. Made once, sent by many."""

    layout: Layout
    values: ValueSet
    changed: DataCase | None = None
    """What the observer puts in its place once it was loaded, to be loaded again."""
    _lines: dict[tuple[str, ...], str] = field(default_factory=dict, compare=False)
    _lists: dict[tuple[str, ...], list[str]] = field(default_factory=dict, compare=False)

    @cached_property
    def image(self) -> bytes:
        """Return the record as it must be in memory, padding as the background."""
        data = encode(self.layout, self.values.values)
        mask = self.layout.mask + b"\xff" * (len(data) - self.layout.size)
        return bytes(
            byte if own == 0xFF else byte & own | BACKGROUND & ~own for byte, own in zip(data, mask, strict=True)
        )

    def beside(self, memory: bytes) -> bytes:
        """Return the record as it must be, with the padding that `memory` has: it is nobody's, between bit-fields too."""
        mask = self.layout.mask + b"\xff" * (len(self.image) - self.layout.size)
        pairs = zip(self.image, memory, mask, strict=True)
        return bytes(byte & own | seen & ~own for byte, seen, own in pairs)

    def words(self, paths: tuple[str, ...]) -> list[str]:
        """Return the values in a peer's order, as they travel."""
        if paths not in self._lists:
            by_path = self.layout.by_path
            self._lists[paths] = [leaf_word(by_path[path], self.values.values[path]) for path in paths]
        return self._lists[paths]

    def fits(self, paths: tuple[str, ...], loaded: Any, memory: bytes) -> bool:  # noqa: ARG002 - others are read from it
        """Return whether a consumer with leaves in that order loaded what it must from the record's bytes in memory."""
        return same_leaves(self.layout, paths, self.words(paths), loaded)

    @property
    def refusable(self) -> bool:
        """Return whether a consumer may refuse to load it."""
        return False

    @property
    def align(self) -> int:
        """Return the alignment of the place that it needs."""
        return self.layout.align

    def line(self, paths: tuple[str, ...]) -> str:
        """Return the values in a peer's order as one text."""
        if paths not in self._lines:
            self._lines[paths] = " ".join(self.words(paths))
        return self._lines[paths]


@dataclass
class Outcome:
    """What came of one case. `memory`: the record's bytes after the store; `loaded`: the leaves as they came, in the consumer's order."""

    case: DataCase
    memory: bytes = b""
    loaded: Sequence[Any] = ()
    wrong: str = ""
    """What is not as it must be, in few words; empty if everything is."""
    stage: Stage = Stage.STORE
    """Where that was seen: while the producer stored, or while the consumer loaded."""

    def tell(self, stage: Stage, words: str) -> None:
        """Record that something is wrong; what was seen first stands."""
        if not self.wrong:
            self.stage, self.wrong = stage, words


def cases_of(layout: Layout, seed: int) -> tuple[DataCase, ...]:
    """Return graffiti first, then the edges, then what was drawn for this run; nothing for a record that is serialised as a whole."""
    if layout.record.body:
        return ()
    return (*_same_in_every_run(layout), _drawn_case(layout, seed))


@lru_cache(maxsize=1024)
def _same_in_every_run(layout: Layout) -> tuple[DataCase, ...]:
    return tuple(DataCase(layout, values) for values in (graffiti(layout), *edges(layout)))


@lru_cache(maxsize=1024)
def _drawn_case(layout: Layout, seed: int) -> DataCase:
    first, second = drawn(layout, seed)
    return DataCase(layout, first, None if layout.record.variable else DataCase(layout, second))


def run_cases(testbed: Testbed, cases: Sequence[DataCase]) -> list[Outcome]:
    """Run the cases in order, as many at once as there is room for. PeerError when a conversation broke."""
    return [outcome for batch in _batches(cases, testbed.size) for outcome in _run(testbed, batch)]


@dataclass(frozen=True)
class _Slot:
    """Where a case's record stands, from its guard in front to its guard behind."""

    case: DataCase
    start: int

    @property
    def end(self) -> int:
        return self.start + len(self.case.image)


def room_for(cases: Sequence[DataCase]) -> int:
    """Return the bytes, whole pages, of a segment in which all of these stand at once."""
    slots = [slot for batch in _batches(cases, sys.maxsize) for slot in batch]
    return -(-max(slot.end + GUARD for slot in slots) // PAGE) * PAGE


def _batches(cases: Sequence[DataCase], size: int) -> Iterator[list[_Slot]]:
    batch: list[_Slot] = []
    place = FIRST
    for number, case in enumerate(cases):
        start = place + _shift(case, number)
        if batch and start + len(case.image) + GUARD > size:
            yield batch
            batch, place = [], FIRST
            start = place + _shift(case, number)
        batch.append(_Slot(case, start))
        # On a line of its own, so that any alignment is met: a record may want 64 at most.
        place = -(-(start + len(case.image) + 2 * GUARD) // GUARD) * GUARD
    if batch:
        yield batch


def _shift(case: DataCase, number: int) -> int:
    """Return how far behind a multiple of 64 the record stands: another multiple of its alignment each time."""
    align = min(case.align, GUARD)
    return number % (GUARD // align) * align


def _run(testbed: Testbed, slots: Sequence[_Slot]) -> list[Outcome]:
    outcomes = [Outcome(slot.case) for slot in slots]
    background = bytes([BACKGROUND]) * testbed.size
    expected = bytearray(background)
    for slot in slots:
        expected[slot.start : slot.end] = slot.case.image
    testbed.fill(background)
    _store(testbed, slots, outcomes)
    memory = testbed.look()
    if memory != expected:
        _tell_memory(slots, outcomes, memory, bytes(expected), (Stage.STORE, "stored something else"))
    for slot, outcome in zip(slots, outcomes, strict=True):
        outcome.memory = memory[slot.start : slot.end]
    _load(testbed, slots, outcomes)
    _load_again(testbed, slots, outcomes)
    after, memory_now = testbed.look(), _changed(slots, memory)
    if after != memory_now:
        _tell_memory(slots, outcomes, after, memory_now, (Stage.LOAD, "the consumer changed memory"))
    return outcomes


def _store(testbed: Testbed, slots: Sequence[_Slot], outcomes: Sequence[Outcome]) -> None:
    side = testbed.producer
    lines = [
        f"store {side.view} {slot.start - side.start} {_name(slot)} {slot.case.line(_paths(side.peer, slot))}"
        for slot in slots
    ]
    for outcome, answer in zip(outcomes, side.peer.ask_all(lines), strict=True):
        if isinstance(answer, PeerRefusedError):
            outcome.tell(Stage.STORE, str(answer))


def _load(testbed: Testbed, slots: Sequence[_Slot], outcomes: Sequence[Outcome]) -> None:
    side = testbed.consumer
    lines = [f"load {side.view} {slot.start - side.start} {_name(slot)}" for slot in slots]
    for slot, outcome, answer in zip(slots, outcomes, side.peer.ask_all(lines), strict=True):
        if isinstance(answer, PeerRefusedError):
            if not slot.case.refusable:
                outcome.tell(Stage.LOAD, str(answer))
            continue
        try:
            outcome.loaded = texts(side.peer.name, answer, "leaves")
        except ProtocolError as error:
            outcome.tell(Stage.LOAD, error.message)
            continue
        if not slot.case.fits(_paths(side.peer, slot), outcome.loaded, outcome.memory):
            outcome.tell(Stage.LOAD, "loaded something else")


def _load_again(testbed: Testbed, slots: Sequence[_Slot], outcomes: Sequence[Outcome]) -> None:
    """Put other values under the records that have some, and have them loaded once more."""
    side = testbed.consumer
    again = [
        (slot, slot.case.changed, outcome) for slot, outcome in zip(slots, outcomes, strict=True) if slot.case.changed
    ]
    for slot, changed, _ in again:
        testbed.fill(changed.image, slot.start)
    lines = [f"load {side.view} {slot.start - side.start} {_name(slot)}" for slot, _, _ in again]
    for (slot, changed, outcome), answer in zip(again, side.peer.ask_all(lines), strict=True):
        if isinstance(answer, PeerRefusedError):
            if not changed.refusable:
                outcome.tell(Stage.LOAD, str(answer))
            continue
        paths, found = _paths(side.peer, slot), answer.get("leaves", ())
        if changed.fits(paths, found, changed.image) or outcome.wrong:
            continue
        as_before = found == outcome.loaded
        outcome.tell(Stage.LOAD, STALE if as_before else "loaded something else after memory changed")


def _changed(slots: Sequence[_Slot], memory: bytes) -> bytes:
    """Return what memory must be once the observer has put other values there."""
    now = bytearray(memory)
    for slot in slots:
        if slot.case.changed:
            now[slot.start : slot.end] = slot.case.changed.image
    return bytes(now)


def _tell_memory(
    slots: Sequence[_Slot],
    outcomes: Sequence[Outcome],
    found: bytes,
    expected: bytes,
    told: tuple[Stage, str],
) -> None:
    """Tell whose bytes are not as expected; padding is never compared.

    A slot has half of what lies between it and its neighbours.
    """
    for number, (slot, outcome) in enumerate(zip(slots, outcomes, strict=True)):
        first = (slots[number - 1].end + slot.start) // 2 if number else 0
        last = (slot.end + slots[number + 1].start) // 2 if number + 1 < len(slots) else len(found)
        if found[first:last] == expected[first:last]:
            continue
        outside = found[first : slot.start] + found[slot.end : last]
        untouched = expected[first : slot.start] + expected[slot.end : last]
        if outside != untouched:
            outcome.tell(told[0], "wrote outside of the record")
        elif _meaning(slot.case, found[slot.start : slot.end]) != _meaning(slot.case, expected[slot.start : slot.end]):
            outcome.tell(*told)


def _meaning(case: DataCase, data: bytes) -> int:
    """Return the bytes without the padding in them, as one number."""
    mask = case.layout.mask + b"\xff" * (len(data) - case.layout.size)
    return int.from_bytes(data) & int.from_bytes(mask)


def _name(slot: _Slot) -> str:
    return slot.case.layout.record.name


def _paths(peer: Peer, slot: _Slot) -> tuple[str, ...]:
    return peer.paths(_name(slot))
