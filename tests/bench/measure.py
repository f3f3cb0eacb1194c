"""Timing acts beside their rivals: measured in turn within each round, so that a busy machine hits both; medians, ratios, limits."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable

ROUNDS = 101

Act = Callable[[], object]
Times = dict[str, list[float]]


def seconds(act: Act, times: int) -> float:
    """Of one call, the loop's own cost included."""
    repeat = range(times)
    began = time.perf_counter()
    for _ in repeat:
        act()
    return (time.perf_counter() - began) / times


def measured(acts: dict[str, Act], times: int) -> Times:
    """The seconds of one call of each act, in every round."""
    found: Times = {what: [] for what in acts}
    for _ in range(ROUNDS):
        for what, act in acts.items():
            found[what].append(seconds(act, times))
    return found


def medians(acts: dict[str, Act], times: int) -> dict[str, float]:
    """Each act's median."""
    return {what: statistics.median(all_) for what, all_ in measured(acts, times).items()}


def short(value: float) -> str:
    for unit, scale in (("ms", 1e-3), ("µs", 1e-6)):
        if value >= scale:
            return f"{value / scale:.2f} {unit}"
    return f"{value * 1e9:.0f} ns"


class Table:
    """The rows as they are printed, and which of them were above the limit that the project sets itself."""

    def __init__(self) -> None:
        self.above: dict[str, Times] = {}

    def compare(self, what: str, rival: str, ours: Act, theirs: Act, times: int, limit: float | None = None) -> None:
        """Measure, and print the row."""
        self.row(what, rival, measured({"ours": ours, "theirs": theirs}, times), limit)

    def row(self, what: str, rival: str, found: Times, limit: float | None) -> None:
        """Print ours, theirs, ours / theirs, and the limit."""
        ours, theirs = statistics.median(found["ours"]), statistics.median(found["theirs"])
        bar = "" if limit is None else f"  ≤ {limit:.2f} {'yes' if ours / theirs <= limit else 'NO'}"
        print(f"{what:27} {short(ours):>9}  {rival:30} {short(theirs):>9}  {ours / theirs:5.2f}{bar}", flush=True)
        if limit is not None and ours / theirs > limit:
            self.above[what] = found


def spread(found: list[float]) -> str:
    """The middle half of the rounds."""
    low, _, high = statistics.quantiles(found, n=4)
    return f"{short(low)} to {short(high)}"
