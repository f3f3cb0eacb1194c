"""Sequences of operations from a plain generator of random numbers, and the shortest that still fails.

A step is a rule and the numbers it drew, counted from the lowest it might have drawn: zero is always the simplest choice. So
a sequence can be followed again, and whatever is cut out of it is a sequence too.
"""

from __future__ import annotations

import contextlib
import random
import traceback
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from .checks import Draw, NothingFits
from .model import RULES, Segments

STEPS = 40
TRIES = 3000
"""How many sequences to follow in search of a shorter one."""

_OFTEN = ("look",) * 3  # most rules need a view
_RULES = tuple(RULES.items()) + tuple((rule, RULES[rule]) for rule in _OFTEN)


class Step(NamedTuple):
    """One rule (`begin` is the segment's creation) and what it drew."""

    rule: str
    drawn: list[int]

    def __str__(self) -> str:
        return f"{self.rule}({', '.join(map(str, self.drawn))})"


class Failure(NamedTuple):
    """A sequence that went wrong, and how."""

    seed: str
    steps: list[Step]
    error: Exception

    def __str__(self) -> str:
        steps = "".join(f"\n    {step}" for step in self.steps)
        notes = "; ".join(getattr(self.error, "__notes__", ()))
        return f"sequence {self.seed!r}: {type(self.error).__name__}: {self.error} ({notes})\n  after{steps}"


# --- following -------------------------------------------------------------------------------------------------------


def explore(seed: str, steps: int = STEPS) -> Failure | None:
    """One random sequence; None if all went well."""
    dice, taken = random.Random(seed), [Step("begin", [])]

    def draw(lowest: int, highest: int) -> int:
        value = dice.randint(lowest, highest)
        taken[-1].drawn.append(value - lowest)
        return value

    def choose() -> Iterator[str]:
        for _ in range(steps):
            rule = dice.choice([rule for rule, possible in _RULES if possible(segments[0])])
            taken.append(Step(rule, []))
            yield rule

    segments: list[Segments] = []
    error = _follow(segments, choose(), draw)
    return Failure(seed, taken, error) if error else None


def replay(steps: list[Step]) -> Exception | None:
    """What a sequence comes to; steps that are not possible any more are left out, numbers that are too large cut."""
    numbers: list[int] = []

    def draw(lowest: int, highest: int) -> int:
        return min(lowest + numbers.pop(), highest) if numbers else lowest

    def choose() -> Iterator[str]:
        for step in steps[1:]:
            if RULES[step.rule](segments[0]):
                numbers[:] = reversed(step.drawn)
                yield step.rule

    numbers[:] = reversed(steps[0].drawn)
    segments: list[Segments] = []
    return _follow(segments, choose(), draw)


def _follow(segments: list[Segments], rules: Iterator[str], draw: Draw) -> Exception | None:
    """Make a segment, put it into `segments`, apply the rules; the first thing that goes wrong."""
    try:
        segments.append(Segments(draw))
        for rule in rules:
            apply(segments[0], rule, draw)
        segments[0].finish()
    except Exception as error:
        for one in segments:
            one.abandon()
        return _without_frames(error)
    return None


def _without_frames(error: Exception) -> Exception:
    """The error, and where it came from, in words: its frames would keep views alive."""
    last = traceback.extract_tb(error.__traceback__)[-1]
    error.add_note(f"{Path(last.filename).name}:{last.lineno}")
    return error.with_traceback(None)


def apply(segments: Segments, rule: str, draw: Draw) -> None:
    """Follow one rule, or do nothing where it finds no view to follow it on."""
    with contextlib.suppress(NothingFits):
        getattr(segments, rule)(draw)


# --- shortening ------------------------------------------------------------------------------------------------------


def shorten(failure: Failure) -> Failure:
    """The same failure, after fewer steps and smaller numbers, as far as `TRIES` go."""
    tries = iter(range(TRIES))
    shorter = True
    while shorter:
        shorter = False
        for candidate in _shorter(failure.steps):
            if next(tries, None) is None:
                return failure
            error = replay(candidate)
            if error is not None and type(error) is type(failure.error):
                failure, shorter = Failure(failure.seed, candidate, error), True
                break
    return failure


def _shorter(steps: list[Step]) -> Iterator[list[Step]]:
    """Sequences that are one change simpler: many steps less, one step less, a smaller number."""
    length = len(steps) // 2
    while length:
        for start in range(1, len(steps), length):
            yield steps[:start] + steps[start + length :]
        length //= 2
    for index, step in enumerate(steps):
        for place, number in enumerate(step.drawn):
            for smaller in {0, number // 2, number - 1} - {number, -1}:
                drawn = [*step.drawn[:place], smaller, *step.drawn[place + 1 :]]
                yield [*steps[:index], Step(step.rule, drawn), *steps[index + 1 :]]


def fuzz(seed: str, first: int, count: int) -> Failure | None:
    """Follow the sequences `seed`/`first` and on; the first failure, shortened."""
    for number in range(first, first + count):
        failure = explore(f"{seed}/{number}")
        if failure:
            return shorten(failure)
    return None
