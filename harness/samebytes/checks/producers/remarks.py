"""What is worth knowing about a producer's record and no failure: what was never written, what lives, what may be read unlocked."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from math import isfinite

from samebytes.checks.producers.coverage import listed
from samebytes.checks.producers.history import History
from samebytes.checks.producers.producer import CONSUMER, Producer
from samebytes.checks.producers.reading import field_named, number, parts_of, shown, value_of
from samebytes.checks.producers.tearing import Seen, can_tear
from samebytes.checks.result import Result
from samebytes.layout import Layout

__all__ = ["moved", "notes_of", "remarks_of"]

SOME = 48
"""Looks in which odd values are searched."""


def notes_of(producer: Producer, layout: Layout, history: History, seen: Mapping[str, Seen], bursts: int) -> list[str]:
    """Return the notes on a record that was watched; `seen` is what a burst of so many looks showed of fields that can be torn."""
    return [
        *_written(layout, history),
        *_living(history),
        *_odd(producer, layout, history),
        *_locks(producer, layout, seen, bursts),
    ]


def moved(first: History, again: History) -> Iterator[str]:
    """Yield what never changed at the first start, nor at the second, and is not the same at both."""
    before, after = first.constant(), again.constant()
    for path, was in before.items():
        if after.get(path, was) != was:
            yield f"{path} was {_hex(was)} all the time at the first start, {_hex(after[path])} at the second"


def _hex(data: bytes) -> str:
    return data[:8].hex() + ("…" if len(data) > 8 else "")


def remarks_of(result: Result) -> tuple[str, ...]:
    """Return every note of a result's runs, each once, with whom it is about."""
    who = result.producer if result.consumer == CONSUMER else f"{result.producer} → {result.consumer}"
    notes = dict.fromkeys(note for run in result.runs for note in run.notes)
    return tuple(f"{who} in {result.realm}: {note}" for note in notes)


def _written(layout: Layout, history: History) -> Iterator[str]:
    empty = list(history.unwritten())
    if not empty:
        return
    last = max((part.offset + part.size for part in parts_of(layout) if part not in empty), default=0)
    if last > 0 and (layout.size - last) * 3 >= layout.size:
        yield f"nothing behind offset {last} of {layout.size} was ever written: what follows is zero, as created"
    yield f"never written (zero, as created): {listed(part.path for part in empty)}"


def _living(history: History) -> Iterator[str]:
    alive = [part.path for part in history.changed()]
    if alive:
        yield f"changed while watched: {listed(alive)}"
    elif history.count > 1:
        yield f"nothing changed in {history.seconds:.1f} s"


def _odd(producer: Producer, layout: Layout, history: History) -> Iterator[str]:
    """Yield numbers that became none, in fields of which nothing is expected."""
    expected = {leaf.path for each in producer.expectations for leaf in field_named(layout, each.path)}
    looks = history.looks[:: -(-len(history.looks) // SOME) or 1] + history.looks[-1:]
    for leaf in history.changed_leaves():
        if leaf.path in expected or getattr(leaf.kind, "family", "") != "float":
            continue
        for look in looks:
            value = number(value_of(layout, leaf.path, look.data))
            if value is not None and not isfinite(value):
                yield f"not judged: {leaf.path} became {shown(value)}, {look.at - looks[0].at:.1f} s after it was ready"
                break


def _locks(producer: Producer, layout: Layout, seen: Mapping[str, Seen], bursts: int) -> Iterator[str]:
    risky = can_tear(layout, producer.offset)
    safe = [part.path for part in parts_of(layout) if part.path not in risky]
    if safe:
        yield f"each by itself safe to read without a lock on {layout.abi.name}: {listed(safe)}"
    if risky:
        yield f"can be read half-written: {listed(f'{path} ({why})' for path, why in risky.items())}"
    for path, one in seen.items():
        if one.mixes:
            yield (
                f"{path} was seen half old, half new in {one.mixes} of {one.changes} changes ({bursts} looks): {one.example}"
            )
        else:
            yield f"{path} changed {one.changes} times in {bursts} looks; it was not seen half-written"
