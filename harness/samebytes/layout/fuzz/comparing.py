"""One oracle, many structs: what differs, what is arbitration."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from samebytes.errors import LayoutError
from samebytes.layout import Layout, abi_named
from samebytes.layout.fuzz.structs import numbers
from samebytes.layout.record import Record
from samebytes.layout.rules import lay_out_as

__all__ = ["Result", "compare", "laid_out"]

BATCH = 2000
"""Structs per compilation: one object of constants for all of them."""


@dataclass
class Result:
    """What came of comparing."""

    name: str
    compared: int = 0
    disputed: dict[int, str] = field(default_factory=dict)
    """What is disputed between compilers of the ABI, by the number of the struct."""
    differences: dict[int, str] = field(default_factory=dict)
    """The first difference by the number of the struct."""
    seconds: float = 0.0


def compare(oracle: Any, seed: int, count: int, seconds: float = math.inf) -> Result:
    """Lay out `count` structs that the oracle's language has, as many as `seconds` allow, and ask the oracle about each."""
    result = Result(f"{oracle.version()} for {oracle.abi}")
    start = time.monotonic()
    for batch in _batches(seed, count, oracle, start + seconds):
        layouts = dict(batch)
        by_name = {layout.record.name: number for number, layout in layouts.items()}
        result.compared += len(layouts)
        result.disputed |= {number: layout.disputed[-1] for number, layout in layouts.items() if layout.disputed}
        for layout, words in oracle.differences(list(layouts.values())):
            result.differences.setdefault(by_name[layout.record.name], words)
    result.seconds = time.monotonic() - start
    return result


def _batches(seed: int, count: int, oracle: Any, until: float) -> Iterator[list[tuple[int, Layout]]]:
    batch: list[tuple[int, Layout]] = []
    made = 0
    for number in numbers(seed, count * 10):
        layout = laid_out(oracle.grammar.struct_of(number, f"S{number}"), oracle)
        if layout is None:
            continue
        batch.append((number, layout))
        made += 1
        late = made % 100 == 0 and time.monotonic() > until
        if len(batch) == BATCH or made == count or late:
            yield batch
            batch = []
        if made == count or late:
            return
    if batch:
        yield batch


def laid_out(record: Record, oracle: Any) -> Layout | None:
    """Return its layout by the rules of the oracle's compiler; None for a struct that it cannot have (128-bit integers, …)."""
    if not oracle.takes(record):
        return None
    try:
        return lay_out_as(record, abi_named(oracle.abi), oracle.compiler)
    except LayoutError as error:
        if "128" not in error.message:
            raise
        return None
