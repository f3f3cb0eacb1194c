"""Shares: which sets of values two faces exchange. All of them, until each has had all of them right in its part; then a few.

What a producer stores is compared with the layout by the observer, and what a consumer loads with what stood in memory: whom it meets
there does not matter. So it is enough that every face has stored, and has loaded, each value once. A pair of faces that both have
exchanges graffiti, and a share of the other sets that is another for each pair: over all pairs of a producer, or of a consumer, nothing
is left out.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from samebytes.peers.pool import CONSUMER, PRODUCER, Role

__all__ = ["Settled", "share"]

T = TypeVar("T")
Part = tuple[Role, str, Hashable]
"""A face in its part, with one record."""


@dataclass
class Settled:
    """Who has had every value of a record, and all of them right. Threads may settle at once; `commit` is for one of them alone.

    What is settled counts from the next `commit` on, so that what a pair exchanges does not depend on who was faster.
    """

    _parts: set[Part] = field(default_factory=set)
    _coming: list[tuple[Part, Part]] = field(default_factory=list)

    def settle(self, producer: str, consumer: str, record: Hashable) -> None:
        """Note that these faces have exchanged every value of a record, and everything was right."""
        self._coming.append(_parts(producer, consumer, record))

    def commit(self) -> None:
        """Let what was noted count."""
        coming, self._coming = self._coming, []
        self._parts.update(part for parts in coming for part in parts)

    def lacking(self, producer: str, consumer: str, record: Hashable) -> set[Part]:
        """Return which of the two have not had all values of a record; empty if a share will do."""
        return {part for part in _parts(producer, consumer, record) if part not in self._parts}


def share(others: Sequence[T], number: int, of: int) -> list[T]:
    """Return the share with that number, of so many: all shares have the same size, and each of `others` is in one at least."""
    size = -(-len(others) // of)
    return [others[(number * size + place) % len(others)] for place in range(size)]


def _parts(producer: str, consumer: str, record: Hashable) -> tuple[Part, Part]:
    return (PRODUCER, producer, record), (CONSUMER, consumer, record)
