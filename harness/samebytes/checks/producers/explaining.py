"""Why a segment is too small, or its values make no sense: the mistake in a declaration with which everything that is expected holds."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from samebytes.checks.producers.judging import Look, instant, violations
from samebytes.checks.producers.producer import Producer
from samebytes.checks.producers.reading import field_named, oddities, used
from samebytes.checks.producers.segment_reader import PAGE
from samebytes.diagnosis.diagnose import Candidate, Observation, cause_of
from samebytes.layout import Layout, Leaf

__all__ = ["explain_size", "explain_values", "plausible"]

LOOKS = 24
"""Of many looks so many are tried with each candidate."""


def explain_size(producer: Producer, layout: Layout, size: int, exact: bool, look: Look) -> str:
    """Return the mistake that makes the record take just that room, and with which what can be seen at once is as expected; or empty."""
    leaves = _expected(producer, layout)

    def holds(way: Candidate) -> bool:
        if not _fills(producer.offset + way.end, size, exact):
            return False
        if not any(look.data):
            return True
        seen = _as_promised(way, layout, leaves, [look])
        return bool(seen) and instant(layout, producer.expectations, seen[0].data)

    return _cause(layout, holds, producer.offset, size, exact)


def explain_values(
    producer: Producer, layout: Layout, size: int, exact: bool, looks: Sequence[Look], violated: bool
) -> str:
    """Return the mistake with which all that is expected holds and nothing is written behind the record; empty if there is none.

    Where no expectation was `violated` (bytes stand behind the record, and that is all), only one that fills the segment counts:
    a longer record alone explains any bytes.
    """
    chosen = _some(looks)
    if violated and not _doubtful(producer, layout, chosen):
        return ""
    leaves = _expected(producer, layout)
    wrong = {each.path for each in violations(layout, producer.expectations, chosen, "")}
    told = [leaf for path in wrong for leaf in field_named(layout, path)]

    def holds(way: Candidate) -> bool:
        end = producer.offset + way.end
        if end > size or not (violated or (exact and end == size)):
            return False
        seen = _as_promised(way, layout, leaves, chosen)
        if not seen or violations(layout, producer.expectations, seen, ""):
            return False
        if told and not any(any(seen[-1].data[leaf.offset : leaf.offset + leaf.width]) for leaf in told):
            return False  # zeros are everywhere
        if not plausible(layout, way, chosen[-1].data):
            return False
        return not producer.guard or not any(any(_behind(producer, way, look)) for look in chosen)

    return _cause(layout, holds, producer.offset, size, exact)


def plausible(layout: Layout, way: Candidate, data: bytes) -> bool:
    """Return whether a record makes at least as much sense of the bytes as what was promised: as many odd values at most, as many
    fields used.

    Without this a single range would let the wildest candidate pass, so that it is in a hole or turned into next to nothing.
    """
    there = way.straight(data)
    if oddities(way.layout, there) > oddities(layout, data):
        return False
    return used(way.layout, there) * 4 >= used(layout, data) * 3


def _cause(layout: Layout, holds: Callable[[Candidate], bool], offset: int, size: int, exact: bool) -> str:
    return cause_of(Observation(layout, holds=holds, size=size - offset if exact else None))


def _fills(end: int, size: int, exact: bool) -> bool:
    return end == size if exact else -(-end // PAGE) * PAGE == size


def _expected(producer: Producer, layout: Layout) -> list[Leaf]:
    """The scalars of which something is expected."""
    return [leaf for each in producer.expectations for leaf in field_named(layout, each.path)]


def _as_promised(way: Candidate, layout: Layout, leaves: Sequence[Leaf], looks: Sequence[Look]) -> list[Look]:
    """What a record so declared holds, as if it were the promised one; none where it lacks a field of which something is expected."""
    images = [way.as_promised(layout, leaves, look.data) for look in looks]
    return [look._replace(data=image) for look, image in zip(looks, images, strict=True) if image is not None] if None not in images else []


def _doubtful(producer: Producer, layout: Layout, looks: Sequence[Look]) -> bool:
    """Whether the promised layout may be wrong at all: a number out of its range, where all else makes sense, is just that."""
    but_ranges = [replace(each, minimum=None, maximum=None) for each in producer.expectations]
    return bool(violations(layout, but_ranges, looks, "") or oddities(layout, looks[-1].data))


def _behind(producer: Producer, way: Candidate, look: Look) -> bytes:
    end = -(-(producer.offset + way.end) // PAGE) * PAGE - producer.offset
    return look.data[way.end : end]


def _some(looks: Sequence[Look]) -> Sequence[Look]:
    """The first, the last, and some between, evenly: what changes over time must be seen to."""
    if len(looks) <= LOOKS:
        return looks
    step = (len(looks) - 1) / (LOOKS - 1)
    return [looks[round(step * index)] for index in range(LOOKS)]
