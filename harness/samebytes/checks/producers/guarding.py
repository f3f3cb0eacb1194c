"""Records between two counters: the first is stored before the values are, the last when they are complete.

A reader loads the last counter, the values, the first counter; where both are the same, the values must be whole (the scheme of
sequence locks, with a counter on either side). One counter on both sides is odd while values are stored. Two contents under one count
prove that the counters do not say when the values are whole.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from samebytes.checks.producers.burst import Between, Moment
from samebytes.checks.producers.reading import Part, field_named, parts_of, shown, value_of
from samebytes.errors import UsageError
from samebytes.layout import Kind, Layout, Leaf

__all__ = ["Counters", "between", "counter_of", "torn", "whole"]

NEAR = 0.005
"""Seconds that two looks may lie apart where a counter has one byte: in more, it may have come around to the same value."""


@dataclass(frozen=True)
class Counters:
    """The fields that a producer stores before and after its values. The same field twice: it is odd while values are stored."""

    begin: str
    end: str


def counter_of(layout: Layout, path: str) -> Leaf:
    """Return the field of a counter. UsageError for what is not a whole number of its own."""
    leaf = field_named(layout, path)[0]
    number = isinstance(leaf.kind, Kind) and leaf.kind.family in ("signed", "unsigned", "plain")
    if path not in layout.by_path or not number or leaf.bits is not None:
        raise UsageError(
            f"{layout.record.name}: {path!r} is no counter", hint="guard = { begin = …, end = … } names whole numbers"
        )
    return leaf


def between(layout: Layout, counters: Counters) -> Between:
    """Return where the counters are in the record."""
    begin, end = counter_of(layout, counters.begin), counter_of(layout, counters.end)
    return slice(begin.offset, begin.offset + begin.width), slice(end.offset, end.offset + end.width)


def whole(layout: Layout, counters: Counters, moments: Sequence[Moment]) -> list[Moment]:
    """Return the contents that a reader may take, of those that were copied while the counters were the same."""
    own, _ = between(layout, counters)
    if counters.begin != counters.end:
        return list(moments)
    return [moment for moment in moments if not int.from_bytes(moment[1][own], layout.abi.order) & 1]


def torn(layout: Layout, counters: Counters, moments: Sequence[Moment]) -> str:
    """Return two contents under one count, in words; empty if there are none. `moments` are whole ones, in order."""
    own, last = between(layout, counters)
    near = NEAR if own.stop - own.start == 1 else float("inf")
    for (at, before), (later, after) in pairwise(moments):
        if before[own] == after[own] == before[last] == after[last] and later - at <= near:
            changed = next(_changed(layout, before, after), None)
            if changed is not None:
                count = shown(value_of(layout, counters.begin, before))
                return f"{_names(counters)} {count}, and {_both(layout, changed, before, after)}"
    return ""


def _names(counters: Counters) -> str:
    return f"{counters.begin} = {counters.end} =" if counters.begin != counters.end else f"{counters.begin} ="


def _changed(layout: Layout, before: bytes, after: bytes) -> Iterator[Part]:
    for part in parts_of(layout):
        own = slice(part.offset, part.offset + part.size)
        if before[own] != after[own]:
            yield part


def _both(layout: Layout, part: Part, before: bytes, after: bytes) -> str:
    """Return the first scalar of a part that is not the same in both, in words."""
    inside = (leaf for leaf in layout.leaves if part.offset <= leaf.offset < part.offset + part.size)
    leaf = next(
        one
        for one in inside
        if before[one.offset : one.offset + one.width] != after[one.offset : one.offset + one.width]
    )
    was, now = (shown(value_of(layout, leaf.path, data)) for data in (before, after))
    return f"{leaf.path} was {was}, then {now}"
