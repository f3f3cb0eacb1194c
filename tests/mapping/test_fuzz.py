"""Random sequences of operations on maps, views, windows and streams, against plain bytes as the model.

Twice: driven by hypothesis, and by plain random numbers. SAMEBYTES_FUZZ is how many sequences the plain ones are, and
SAMEBYTES_FUZZ_SEED which; without it there are a few.
"""

from __future__ import annotations

import contextlib
import os
import struct
import sys
from pathlib import Path
from typing import Any
from unittest.mock import ANY

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule, run_state_machine_as_test

from samebytes.mapping import Access, MemoryMappedFile, ViewAccessor

sys.path.insert(0, str(Path(__file__).parent))
from fuzzing.checks import WrongError
from fuzzing.driver import apply, fuzz, replay
from fuzzing.model import RULES, Segments

SEQUENCES = int(os.environ.get("SAMEBYTES_FUZZ", "0"))
SEED = os.environ.get("SAMEBYTES_FUZZ_SEED", "0")
PIECE = 5000
FEW, FEW_DRAWN = (1000, 100) if sys.platform == "linux" else (300, 30)
FOUND_WITHIN = 500
"""Sequences in which a planted defect must come to light."""

# A sequence that finds a defect ends where it does: what it held is collected, and that is its way to close.
pytestmark = pytest.mark.filterwarnings("ignore:.*was never closed:ResourceWarning")


# --- the segments ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("first", range(0, SEQUENCES or FEW, PIECE))
def test_fact_68_no_sequence_of_operations_shows_a_wrong_byte(first):
    failure = fuzz(SEED, first, min(PIECE, (SEQUENCES or FEW) - first))
    assert failure is None, str(failure)


class Drawn(RuleBasedStateMachine):
    """The same rules, for hypothesis."""

    @initialize(data=st.data())
    def begin(self, data: st.DataObject) -> None:
        self.segments = Segments(numbers(data))

    def teardown(self) -> None:
        if not hasattr(self, "segments"):
            return
        try:
            self.segments.finish()
        finally:
            self.segments.abandon()


def numbers(data: st.DataObject) -> Any:
    return lambda lowest, highest: data.draw(st.integers(lowest, highest))


def _drawn(name: str) -> Any:
    """The rule of that name, as a rule of hypothesis."""

    def step(self: Drawn, data: st.DataObject) -> None:
        apply(self.segments, name, numbers(data))

    step.__name__ = name
    return precondition(lambda self: bool(RULES[name](self.segments)))(rule(data=st.data())(step))


for _name in RULES:
    setattr(Drawn, _name, _drawn(_name))


def drawn(sequences: int) -> None:
    how = settings(
        max_examples=sequences,
        stateful_step_count=25,
        deadline=None,
        database=None,
        derandomize=True,
        suppress_health_check=list(HealthCheck),
        phases=(Phase.generate, Phase.shrink),
        report_multiple_bugs=False,
    )
    run_state_machine_as_test(Drawn, settings=how)


def test_fact_68_no_sequence_that_hypothesis_draws_shows_a_wrong_byte():
    drawn(FEW_DRAWN)


# --- the fuzzing -----------------------------------------------------------------------------------------------------


def late_by_a_byte(monkeypatch: pytest.MonkeyPatch) -> None:
    """An int32 at an odd position is written behind its place."""

    def write(self: ViewAccessor, position: int, value: int) -> None:
        self.write_bytes(position + position % 2, struct.pack("<i", value))

    monkeypatch.setattr(ViewAccessor, "write_int32", write)


def one_byte_beyond(monkeypatch: pytest.MonkeyPatch) -> None:
    """What ends one byte outside the view is cut, not refused."""
    write = ViewAccessor.write_bytes

    def cut(self: ViewAccessor, position: int, data: Any) -> None:
        beyond = position + memoryview(data).nbytes == self.capacity + 1
        write(self, position, bytes(data)[:-1] if beyond else data)

    monkeypatch.setattr(ViewAccessor, "write_bytes", cut)


def stale(monkeypatch: pytest.MonkeyPatch) -> None:
    """A view to read shows the bytes of the moment when it was made."""
    begin = ViewAccessor.__init__

    def photograph(self: ViewAccessor, *arguments: Any) -> None:
        begin(self, *arguments)
        if self.access is Access.READ:
            self._read = memoryview(bytes(self._read or b""))

    monkeypatch.setattr(ViewAccessor, "__init__", photograph)


def closed_under_a_window(monkeypatch: pytest.MonkeyPatch) -> None:
    """Closing a view whose buffer is in use seems to succeed."""
    close = ViewAccessor.close

    def give_in(self: ViewAccessor) -> None:
        with contextlib.suppress(BufferError):
            close(self)

    monkeypatch.setattr(ViewAccessor, "close", give_in)


def immortal(monkeypatch: pytest.MonkeyPatch) -> None:
    """A joiner's close leaves the name alive."""
    close, kept = MemoryMappedFile.close, []

    def keep(self: MemoryMappedFile) -> None:
        if not self.closed and not self.created:
            kept.append(self.describe().open())
        close(self)

    monkeypatch.setattr(MemoryMappedFile, "close", keep)


DEFECTS = (late_by_a_byte, one_byte_beyond, stale, closed_under_a_window, immortal)


@pytest.mark.parametrize("plant", DEFECTS)
def test_a_defect_is_found_soon_and_told_shortly(plant, monkeypatch):
    plant(monkeypatch)
    failure = fuzz("planted", 0, FOUND_WITHIN)
    assert failure is not None
    assert len(failure.steps) <= 5, str(failure)
    assert type(replay(failure.steps)) is type(failure.error)
    monkeypatch.undo()
    assert replay(failure.steps) is None


def test_hypothesis_finds_a_defect_too(monkeypatch):
    immortal(monkeypatch)
    with pytest.raises(WrongError, match="not refused"):
        drawn(FOUND_WITHIN)


def test_a_failing_sequence_is_run_again_by_its_number(monkeypatch):
    stale(monkeypatch)
    failure = fuzz("again", 0, FOUND_WITHIN)
    assert failure is not None
    number = int(failure.seed.rpartition("/")[2])
    assert fuzz("again", 0, number) is None
    assert fuzz("again", number, 1) == failure._replace(error=ANY)
