"""What a verdict covers, in words: which fields were looked at, which were held to something, and what is known of the others."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from samebytes.checks.producers.history import History
from samebytes.checks.producers.producer import Producer
from samebytes.layout import Layout

__all__ = ["consumer_covers", "fields_of", "listed", "producer_covers"]

NAMED = 12
"""Fields that are listed by name."""


def fields_of(layout: Layout) -> list[str]:
    """Return the top-level fields that have bytes, in order; those of anonymous records too."""
    return list(dict.fromkeys(leaf.field for leaf in layout.leaves))


def listed(paths: Iterable[str]) -> str:
    """Return names with commas between them; of many the first, and how many there are more."""
    names = list(paths)
    more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
    return ", ".join(names[:NAMED]) + more


def producer_covers(producer: Producer, layout: Layout, history: History) -> str:
    """Return what was judged: `7 of 7 fields read, 2 judged: …`.

    What was expected of which fields, and what the others did; for how long it was watched.
    """
    fields = fields_of(layout)
    judged = [name for name in fields if name in set(_judged(producer, layout))]
    rest = [name for name in fields if name not in judged]
    words = f"{len(fields)} of {len(fields)} fields read, {len(judged)} judged"
    if rest:
        words += f"; not judged: {'; '.join(_others(rest, history))}"
    return f"{words}; watched for {history.seconds:.1f} s"


def consumer_covers(layout: Layout, missed: Sequence[str], memory: bytes) -> str:
    """Return `5 of 6 fields read; not read: …`, and which of those read are zero: a zero that is read as zero says little."""
    fields = fields_of(layout)
    words = f"{len(fields) - len(missed)} of {len(fields)} fields read"
    if missed:
        words += f"; not read: {listed(missed)}"
    written = {leaf.field for leaf in layout.leaves if any(memory[leaf.offset : leaf.offset + leaf.width])}
    empty = [name for name in fields if name not in written and name not in missed]
    return f"{words}; zero, which tells little: {listed(empty)}" if empty else words


def _judged(producer: Producer, layout: Layout) -> Iterator[str]:
    """Yield the fields of which something is expected."""
    for path in (*producer.ready, *(each.path for each in producer.expectations)):
        yield from (leaf.field for leaf in layout.leaves if leaf.path == path or leaf.path.startswith(f"{path}["))


def _others(rest: Sequence[str], history: History) -> Iterator[str]:
    """Yield the fields of which nothing is expected, by what was seen of them."""
    found = history.fields()
    for words in sorted(set(found.values())):
        names = [name for name in rest if found.get(name) == words]
        if names:
            yield f"{listed(names)} {words}"
