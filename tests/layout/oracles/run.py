"""One oracle, many structs: what differs, what is arbitration."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from oracles.csource import declaration
from oracles.structs import numbers, struct_of
from samebytes.errors import LayoutError
from samebytes.layout import Layout, abi_named, lay_out
from samebytes.layout.record import Record

__all__ = ["Result", "compare", "report"]

BATCH = 2000
"""Structs per compilation: one object of constants for all of them."""


@dataclass
class Result:
    """What came of comparing."""

    name: str
    compared: int = 0
    disputed: int = 0
    differences: dict[int, str] = field(default_factory=dict)
    """The first difference by the number of the struct."""
    arbitration: dict[int, str] = field(default_factory=dict)
    seconds: float = 0.0


def compare(oracle: Any, seed: int, count: int) -> Result:
    """Lay out `count` structs that the ABI's C has, and ask the oracle about each."""
    result = Result(f"{oracle.version()} for {oracle.abi}")
    start = time.monotonic()
    for batch in _batches(seed, count, oracle.abi):
        layouts = dict(batch)
        by_name = {layout.record.name: number for number, layout in layouts.items()}
        result.compared += len(layouts)
        result.disputed += sum(bool(layout.disputed) for layout in layouts.values())
        for layout, words in oracle.differences(list(layouts.values())):
            kept = result.arbitration if layout.disputed else result.differences
            kept.setdefault(by_name[layout.record.name], words)
    result.seconds = time.monotonic() - start
    return result


def report(result: Result) -> str:
    """A line, and the smallest struct that differs."""
    words = (
        f"{result.name}: {result.compared} structs, {len(result.differences)} differences, "
        f"{len(result.arbitration)} of {result.disputed} arbitration cases differ ({result.seconds:.1f} s)"
    )
    for number in sorted(result.differences, key=lambda n: len(declaration(struct_of(n))))[:4]:
        words += f"\n  struct {number}: {result.differences[number]}\n{declaration(struct_of(number))}"
    return words


def _batches(seed: int, count: int, abi: str) -> Iterator[list[tuple[int, Layout]]]:
    batch: list[tuple[int, Layout]] = []
    made = 0
    for number in numbers(seed, count * 3):
        layout = _laid_out(number, abi)
        if layout is None:
            continue
        batch.append((number, layout))
        made += 1
        if len(batch) == BATCH or made == count:
            yield batch
            batch = []
        if made == count:
            return


def _laid_out(number: int, abi: str) -> Layout | None:
    """None for a struct that C of this ABI cannot have: 128-bit integers, or nothing named before a flexible array."""
    record = struct_of(number)
    if record.variable and not any(part.name for part in record.fields[:-1]):
        return None
    try:
        return lay_out(_renamed(record, f"S{number}"), abi_named(abi))
    except LayoutError as error:
        if "128" not in error.message:
            raise
        return None


def _renamed(record: Record, name: str) -> Record:
    """The same with tags that are unique in a file."""
    fields = []
    for index, part in enumerate(record.fields):
        inner = part.type
        fields.append(replace(part, type=_renamed(inner, f"{name}_{index}")) if isinstance(inner, Record) else part)
    return replace(record, name=name, fields=tuple(fields))
