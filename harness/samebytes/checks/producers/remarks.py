"""What is worth knowing about a producer's record and no failure: what was never written, what lives, what may be read unlocked."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from samebytes.checks.producers.judging import Look, unwritten
from samebytes.checks.producers.producer import CONSUMER, Producer
from samebytes.checks.producers.reading import Part, parts_of
from samebytes.checks.producers.tearing import Seen, can_tear
from samebytes.checks.result import Result
from samebytes.layout import Layout

__all__ = ["moved", "notes_of", "remarks_of"]

NAMED = 12
"""Fields that a note lists by name."""


def notes_of(
    producer: Producer, layout: Layout, looks: Sequence[Look], seen: Mapping[str, Seen], bursts: int
) -> list[str]:
    """The notes on a record that was watched; `seen` is what a burst of so many looks showed of fields that can be torn."""
    return [*_written(layout, looks), *_living(layout, looks), *_locks(producer, layout, seen, bursts)]


def moved(layout: Layout, first: Sequence[Look], again: Sequence[Look]) -> Iterator[str]:
    """What never changed at the first start, nor at the second, and is not the same at both."""
    for part in parts_of(layout):
        before, after = ({_own(part, look) for look in looks} for looks in (first, again))
        if len(before) == len(after) == 1 and before != after:
            (was,), (now,) = before, after
            yield f"{part.path} was {_hex(was)} all the time at the first start, {_hex(now)} at the second"


def _hex(data: bytes) -> str:
    return data[:8].hex() + ("…" if len(data) > 8 else "")


def remarks_of(result: Result) -> tuple[str, ...]:
    """Every note of a result's runs, each once, with whom it is about."""
    who = result.producer if result.consumer == CONSUMER else f"{result.producer} → {result.consumer}"
    notes = dict.fromkeys(note for run in result.runs for note in run.notes)
    return tuple(f"{who} in {result.realm}: {note}" for note in notes)


def _written(layout: Layout, looks: Sequence[Look]) -> Iterator[str]:
    empty = unwritten(layout, looks)
    parts = parts_of(layout)
    if not empty:
        return
    last = max((part.offset + part.size for part in parts if part not in empty), default=0)
    if last > 0 and (layout.size - last) * 3 >= layout.size:
        yield f"nothing behind offset {last} of {layout.size} was ever written: what follows is zero, as created"
    yield f"never written (zero, as created): {_listed(part.path for part in empty)}"


def _living(layout: Layout, looks: Sequence[Look]) -> Iterator[str]:
    alive = [part for part in parts_of(layout) if len({_own(part, look) for look in looks}) > 1]
    if alive:
        yield f"changed while watched: {_listed(part.path for part in alive)}"
    elif len(looks) > 1:
        yield f"nothing changed in {looks[-1].at - looks[0].at:.1f} s"


def _own(part: Part, look: Look) -> bytes:
    return look.data[part.offset : part.offset + part.size]


def _locks(producer: Producer, layout: Layout, seen: Mapping[str, Seen], bursts: int) -> Iterator[str]:
    risky = can_tear(layout, producer.offset)
    safe = [part.path for part in parts_of(layout) if part.path not in risky]
    if safe:
        yield f"each by itself safe to read without a lock on {layout.abi.name}: {_listed(safe)}"
    if risky:
        yield f"can be read half-written: {_listed(f'{path} ({why})' for path, why in risky.items())}"
    for path, one in seen.items():
        if one.mixes:
            yield (
                f"{path} was seen half old, half new in {one.mixes} of {one.changes} changes ({bursts} looks): {one.example}"
            )
        else:
            yield f"{path} changed {one.changes} times in {bursts} looks; it was not seen half-written"


def _listed(paths: Iterable[str]) -> str:
    names = list(paths)
    more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
    return ", ".join(names[:NAMED]) + more
