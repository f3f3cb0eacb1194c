"""Contradictions: what no schema can say. A cell whose own evidence is against its verdict is refused, whoever wrote it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from itertools import chain
from typing import Any

from samebytes.checks.result import LeafRow, Result, Run, Verdict

__all__ = ["contradiction"]

FOLLOWS = ("id", "verdict", "stage", "message", "cause", "deviation", "cases")
"""Members of a cell that follow from the others."""
LOOKED_AT = (Verdict.AGREED, Verdict.PARTIAL, Verdict.INCOMPATIBLE)
"""Verdicts of a run in which nothing was found wrong."""


def contradiction(line: Mapping[str, Any], cell: Result) -> tuple[str, str] | None:
    """Return where a cell contradicts itself and how, or None. `line` is the JSON object that `cell` was read from."""
    return next(chain(_unearned(cell), _own(cell), _following(line, cell)), None)


def _unearned(cell: Result) -> Iterator[tuple[str, str]]:
    if not cell.runs and (cell.reason or cell.verdict is not Verdict.REFUSED):
        yield "runs", "is empty, and so nothing can have agreed or been expected"


def _following(line: Mapping[str, Any], cell: Result) -> Iterator[tuple[str, str]]:
    ours = cell.to_json()
    if not cell.runs and line["verdict"] != ours["verdict"]:
        yield "verdict", f"is {line['verdict']!r} without a run"
    for name in FOLLOWS:
        wanted, said = ours.get(name), line.get(name)
        if name in line and (said or None) != (wanted or None):
            yield name, f"is {said!r}; its {'parts make' if name == 'id' else 'runs make'} {wanted!r}"


def _own(cell: Result) -> Iterator[tuple[str, str]]:
    for number, run in enumerate(cell.runs):
        yield from ((f"runs[{number}]{place}", words) for place, words in _in_run(run))


def _in_run(run: Run) -> Iterator[tuple[str, str]]:
    twice = [path for path, times in Counter(row.path for row in run.leaves).items() if times > 1]
    if twice:
        yield ".leaves", f"has the leaf {twice[0]!r} twice"
    if run.verdict is Verdict.KNOWN:
        yield ".verdict", "is 'known', which only a cell can be"
    yield from ((f".leaves[{number}]", words) for number, row in enumerate(run.leaves) for words in _beside(row, run))
    if run.verdict not in LOOKED_AT:
        return
    if not run.cases:
        yield ".cases", f"is 0 in a run that is {str(run.verdict)!r}"
    if run.verdict is Verdict.INCOMPATIBLE and not run.message:
        yield ".message", "is empty in a run that is 'incompatible': it says why"
    if run.differences:
        yield ".differences", f"is not empty in a run that is {str(run.verdict)!r}: {run.differences[0]}"
    yield from ((f".leaves[{number}]", words) for number, row in enumerate(run.leaves) for words in _wrong(row, run))


def _beside(row: LeafRow, run: Run) -> Iterator[str]:
    """Yield what is wrong with a leaf's evidence whatever the verdict: a wrong width, bytes that are not those in memory."""
    if row.width and len(row.expected) != 2 * row.width:
        yield f"{row.path!r} is {row.width} bytes wide, and {len(row.expected) // 2} are expected"
    start = 2 * row.offset
    if run.memory and row.memory != run.memory[start : start + len(row.memory)]:
        yield f"{row.path!r} is {row.memory} in memory, and the record's memory has other bytes there"


def _wrong(row: LeafRow, run: Run) -> Iterator[str]:
    """Yield what is wrong with a leaf of a run in which nothing was found wrong."""
    if row.memory != row.expected:
        yield f"{row.path!r} is {row.memory} in memory and {row.expected} is expected, in a run that is {str(run.verdict)!r}"
    elif row.loaded is None:
        if run.verdict is Verdict.AGREED:
            yield f"{row.path!r} was not loaded, in a run that is 'agreed'"
    elif row.width and run.verdict is not Verdict.INCOMPATIBLE and not _within(row):
        yield f"{row.path!r} was loaded as {row.loaded}, which is nowhere in {row.expected}, in a run that is {str(run.verdict)!r}"


def _within(row: LeafRow) -> bool:
    """Return whether the bits that were loaded stand in the bytes expected, in either byte order; a bit-field is a part of them."""
    loaded = row.loaded or ""
    if not loaded or set(loaded) - set("0123456789abcdefABCDEF"):
        return False
    bits = f"{int(loaded, 16):b}"
    data = bytes.fromhex(row.expected)
    return any(bits in f"{int.from_bytes(data, order):0{8 * row.width}b}" for order in ("little", "big"))
