"""Why a segment is too small, or its values make no sense: the layout in which everything that is expected would hold."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace

from samebytes.checks.producers.judging import Look, instant, violations
from samebytes.checks.producers.producer import Producer
from samebytes.checks.producers.reading import oddities, used
from samebytes.checks.producers.segment_reader import PAGE
from samebytes.diagnosis.other_layouts import Fit, fit_words
from samebytes.errors import UsageError
from samebytes.layout import Layout

__all__ = ["explain_size", "explain_values"]

LOOKS = 24
"""Of many looks so many are tried with each candidate."""


def explain_size(producer: Producer, layout: Layout, size: int, exact: bool, look: Look) -> str:
    """`as if …`, for a layout that takes just that room and in which what can be seen at once is as expected; empty if none does."""

    def holds(fit: Fit) -> bool:
        end = producer.offset + fit.end
        fills = end == size if exact else -(-end // PAGE) * PAGE == size
        return fills and (not any(look.data) or _plausible(producer, fit, look))

    return fit_words(layout, holds)


def explain_values(
    producer: Producer, layout: Layout, size: int, exact: bool, looks: Sequence[Look], violated: bool
) -> str:
    """`as if …`, for a layout in which all that is expected holds and nothing is written behind the record; empty if none is.

    Where no expectation was `violated` (bytes stand behind the record, and that is all), only one that fills the segment counts:
    a longer record alone explains any bytes.
    """
    chosen = _some(looks)
    if violated and not _doubtful(producer, layout, chosen):
        return ""

    def holds(fit: Fit) -> bool:
        end = producer.offset + fit.end
        if end > size or not (violated or (exact and end == size)):
            return False
        if not _sensible(layout, chosen, fit):
            return False
        seen = [look.moved(fit.shift) for look in chosen]
        if _violated(producer, fit, seen):
            return False
        return not producer.guard or not any(any(_behind(producer, fit, look)) for look in chosen)

    return fit_words(layout, holds)


def _doubtful(producer: Producer, layout: Layout, looks: Sequence[Look]) -> bool:
    """Whether the promised layout may be wrong at all: a number out of its range, where all else makes sense, is just that."""
    but_ranges = [replace(each, minimum=None, maximum=None) for each in producer.expectations]
    return bool(violations(layout, but_ranges, looks, "") or oddities(layout, looks[-1].data))


def _sensible(layout: Layout, looks: Sequence[Look], fit: Fit) -> bool:
    """Whether it makes at least as much sense of the bytes as what was promised: as many odd values at most, as many fields used.

    Without this a single range would let the wildest candidate pass, so that it is in a hole or turned into next to nothing.
    """
    last = looks[-1]
    there = last.moved(fit.shift).data
    if oddities(fit.layout, there) > oddities(layout, last.data):
        return False
    return used(fit.layout, there) * 4 >= used(layout, last.data) * 3


def _plausible(producer: Producer, fit: Fit, look: Look) -> bool:
    with suppress(UsageError):  # a candidate may lack a field of which something is expected
        return instant(fit.layout, producer.expectations, look.moved(fit.shift).data)
    return False


def _violated(producer: Producer, fit: Fit, looks: Sequence[Look]) -> bool:
    with suppress(UsageError):
        return bool(violations(fit.layout, producer.expectations, looks, ""))
    return True


def _behind(producer: Producer, fit: Fit, look: Look) -> bytes:
    end = -(-(producer.offset + fit.end) // PAGE) * PAGE - producer.offset
    return look.data[fit.end : end]


def _some(looks: Sequence[Look]) -> Sequence[Look]:
    """The first, the last, and some between, evenly: what changes over time must be seen to."""
    if len(looks) <= LOOKS:
        return looks
    step = (len(looks) - 1) / (LOOKS - 1)
    return [looks[round(step * index)] for index in range(LOOKS)]
