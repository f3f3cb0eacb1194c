"""Work between pairs, several at once, never two with the same end: a process speaks with one at a time."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from threading import Condition
from typing import Generic, TypeVar

from samebytes.peers.workers import Worker

__all__ = ["at_once", "spread"]

AT_ONCE = 4
"""More would only wait for each other: whoever asks, compares and tells is one interpreter."""

_T = TypeVar("_T")
Pair = tuple[str, str]


def at_once(peers: int) -> int:
    """Return how many pairs of so many peers to work on side by side on this machine.

    At least 1, and so few that no two of them share a producer or a consumer.
    """
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(1, min(AT_ONCE, cores, peers))


def spread(work: Sequence[tuple[Pair, _T]], do: Callable[[_T, int], None], workers: int) -> None:
    """Call `do(item, worker)` for every item, the worker's number counted from 0.

    Of two pairs with the same first, or the same second, the latter waits. What `do` raises ends the rest, and is
    raised here.
    """
    _Spread(work, do).run(workers)


class _Spread(Generic[_T]):
    def __init__(self, work: Sequence[tuple[Pair, _T]], do: Callable[[_T, int], None]) -> None:
        self._waiting, self._do = list(work), do
        self._busy: list[Pair] = []
        self._changed = Condition()
        self._failures: list[BaseException] = []

    def run(self, workers: int) -> None:
        others = [Worker(self._work, number) for number in range(1, workers)]
        self._work(0)
        for other in others:
            other.join()
        if self._failures:
            raise self._failures[0]

    def _work(self, worker: int) -> None:
        try:
            for item in self._mine():
                self._do(item, worker)
        except BaseException as error:
            with self._changed:
                self._failures.append(error)
                self._waiting.clear()
                self._changed.notify_all()

    def _mine(self) -> Iterator[_T]:
        """Yield one item after the other, each the first whose ends are both free."""
        while True:
            with self._changed:
                self._changed.wait_for(lambda: not self._waiting or self._free())
                found = self._free()
                if not found:
                    return
                pair, item = found[0]
                self._waiting.remove(found[0])
                self._busy.append(pair)
            try:
                yield item
            finally:
                with self._changed:
                    self._busy.remove(pair)
                    self._changed.notify_all()

    def _free(self) -> list[tuple[Pair, _T]]:
        firsts, seconds = {first for first, _ in self._busy}, {second for _, second in self._busy}
        return [(pair, item) for pair, item in self._waiting if pair[0] not in firsts and pair[1] not in seconds]
