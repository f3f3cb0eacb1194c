"""Why a segment is too small, or its values make no sense: the mistake in a declaration with which everything that is expected holds."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from samebytes.checks.producers.judging import Look, instant, violations
from samebytes.checks.producers.producer import Expectation, Producer
from samebytes.checks.producers.reading import LOOKED, field_named, odd_value, oddities, used
from samebytes.checks.producers.segment_reader import PAGE
from samebytes.diagnosis.diagnose import Candidate, Observation, cause_of, likely_cause
from samebytes.layout import Layout, Leaf

__all__ = ["explain_sense", "explain_size", "explain_values", "plausible"]

LOOKS = 24
"""Of many looks so many are tried with each candidate."""
MOST_READ = 2048
"""Values read of one look with each candidate, of which there are hundreds.

Where more is expected (a text of 16 KiB, an image), no cause is sought.
"""


def explain_size(producer: Producer, layout: Layout, size: int, exact: bool, look: Look) -> str:
    """Return the mistake that makes the record take just that room, and with which what can be seen at once is as expected; or empty."""

    def holds(way: Candidate) -> bool:
        if not _fills(producer.offset + way.end, size, exact):
            return False
        if not any(look.data):
            return True
        expected, seen = _as_promised(way, layout, producer, [look])
        return bool(seen) and instant(layout, expected, seen[0].data)

    return _cause(layout, holds, look.data, producer.offset, size, exact)


def explain_values(
    producer: Producer, layout: Layout, size: int, exact: bool, looks: Sequence[Look], violated: bool
) -> str:
    """Return the mistake with which all that is expected holds and nothing is written behind the record; empty if there is none.

    Of a field that the record lacks then nothing can hold. Where no expectation was `violated` (bytes stand behind the record, and that
    is all), only a mistake that fills the segment counts: a longer record alone explains any bytes.
    """
    asked = sum(len(field_named(layout, each.path)) for each in producer.expectations)
    if asked > MOST_READ:
        return ""
    chosen = _some(looks, max(2, min(LOOKS, MOST_READ // max(1, asked))))
    if violated and not _doubtful(producer, layout, chosen):
        return ""
    wrong = {each.path for each in violations(layout, producer.expectations, chosen, "")}
    told = [leaf for path in wrong for leaf in field_named(layout, path)]

    def holds(way: Candidate) -> bool:
        end = producer.offset + way.end
        if end > size or not (violated or (exact and end == size)):
            return False
        expected, seen = _as_promised(way, layout, producer, chosen)
        if not seen or violations(layout, expected, seen, ""):
            return False
        if told and not any(any(seen[-1].data[leaf.offset : leaf.offset + leaf.width]) for leaf in told):
            return False  # zeros are everywhere
        if not plausible(layout, way, chosen[-1].data):
            return False
        return not producer.guard or not any(any(_behind(producer, way, look)) for look in chosen)

    def sensible(way: Candidate) -> bool:
        return holds(way) and not oddities(way.layout, way.straight(chosen[-1].data))

    # A mistake with which every value makes sense goes before one that leaves some as odd as they were.
    odd = oddities(layout, chosen[-1].data)
    return (odd and _cause(layout, sensible, chosen[-1].data, producer.offset, size, exact)) or _cause(
        layout, holds, chosen[-1].data, producer.offset, size, exact
    )


def explain_sense(layout: Layout, data: bytes, size: int, exact: bool) -> str:
    """Return the mistake with which bytes of which nothing is expected make sense, where they make none as promised; or empty.

    `size`: bytes of the segment from the record's first on; an `exact` one that is neither the promised record's nor a page's is
    the real record's. Every value that made no sense must be elsewhere and make sense there,
    and a second one must be elsewhere too: a single odd value may just be odd.
    """
    told = exact and size != layout.size and size % PAGE > 0
    odd = [leaf for leaf in layout.leaves[:LOOKED] if odd_value(layout, leaf, data)]
    if not odd:
        return ""

    def holds(way: Candidate) -> bool:
        if (
            way.end > size
            or (told and way.end != size)
            or not plausible(layout, way, data)
            or oddities(way.layout, way.straight(data))
        ):
            return False
        image = way.as_promised(layout, odd, data)
        if image is None or not all(_elsewhere(way, layout, leaf, data) for leaf in odd):
            return False
        moved = sum(_elsewhere(way, layout, leaf, data) for leaf in layout.leaves[:LOOKED])
        return moved > 1 and not any(odd_value(layout, leaf, image) for leaf in odd)

    return likely_cause(Observation(layout, holds=holds, live=data, size=size))


def _elsewhere(way: Candidate, layout: Layout, leaf: Leaf, data: bytes) -> bool:
    """Return whether a value that is not zero stands elsewhere, or in the other order."""
    place = way.places.of(leaf.path)
    if place is None or not any(data[place.start : place.start + place.width]):
        return False
    return place.start != leaf.offset or (way.order(leaf) != layout.abi.order and place.width > 1)


def plausible(layout: Layout, way: Candidate, data: bytes) -> bool:
    """Return whether a record makes at least as much sense of the bytes as what was promised.

    That is: as many odd values at most, as many fields used. Without this a single range would let the wildest
    candidate pass, so that it is in a hole or turned into next to nothing.
    """
    there = way.straight(data)
    if oddities(way.layout, there) > oddities(layout, data):
        return False
    return used(way.layout, there) * 4 >= used(layout, data) * 3


def _cause(layout: Layout, holds: Callable[[Candidate], bool], data: bytes, offset: int, size: int, exact: bool) -> str:
    told = exact and size % PAGE > 0  # whole pages are what people round up to
    known = size - offset if told else None
    return cause_of(Observation(layout, holds=holds, sane=lambda way: _sane(way, data), live=data, size=known))


def _sane(way: Candidate, data: bytes) -> bool:
    return not oddities(way.layout, way.straight(data))


def _fills(end: int, size: int, exact: bool) -> bool:
    return end == size if exact else -(-end // PAGE) * PAGE == size


def _as_promised(
    way: Candidate, layout: Layout, producer: Producer, looks: Sequence[Look]
) -> tuple[list[Expectation], list[Look]]:
    """Return what is expected of the fields that a record so declared has, and what it holds, as if it were the promised one."""
    fields = [(each, field_named(layout, each.path)) for each in producer.expectations]
    there = [(each, found) for each, found in fields if all(map(way.has, found))]
    leaves = [leaf for _, found in there for leaf in found]
    images = [way.as_promised(layout, leaves, look.data) for look in looks]
    if any(image is None for image in images):
        return [], []
    return [each for each, _ in there], [
        Look(look.at, image) for look, image in zip(looks, images, strict=True) if image is not None
    ]


def _doubtful(producer: Producer, layout: Layout, looks: Sequence[Look]) -> bool:
    """Return whether the promised layout may be wrong at all: a number out of its range, where all else fits, is just that."""
    but_ranges = [replace(each, minimum=None, maximum=None) for each in producer.expectations]
    return bool(violations(layout, but_ranges, looks, "") or oddities(layout, looks[-1].data))


def _behind(producer: Producer, way: Candidate, look: Look) -> bytes:
    end = -(-(producer.offset + way.end) // PAGE) * PAGE - producer.offset
    return look.data[way.end : end]


def _some(looks: Sequence[Look], count: int) -> Sequence[Look]:
    """Return the first, the last, and some between, evenly: what changes over time must be seen to."""
    if len(looks) <= count:
        return looks
    step = (len(looks) - 1) / (count - 1)
    return [looks[round(step * index)] for index in range(count)]
