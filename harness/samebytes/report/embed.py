"""The report as the HTML page holds it: every repeated text once, a run as a few numbers, bytes in memory order.

The names of members are short because a large report has tens of thousands of runs; `assets/model.js` gives them their long ones.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from samebytes.checks.result import Result, Run, Stage, Verdict
from samebytes.layout import ABIS
from samebytes.peers.variants import peer_of
from samebytes.report.blame import blame_of
from samebytes.report.cells import (
    apart,
    apart_lines,
    brief,
    covered,
    covered_lines,
    expected,
    expected_lines,
    failures,
    headline,
    notes,
    program_of,
    reasons,
)
from samebytes.report.content import Report
from samebytes.report.left import left_words
from samebytes.report.terminal import expectation_words, incomplete_words, skip_words, time_words

__all__ = ["embedded", "script_text"]

NOTHING = "  "
"""In a dump, a byte that no leaf owns, or of which nothing is known: two spaces instead of two hex digits."""
MISSING = "--"
"""A byte of a leaf that the consumer did not give, or gave in another width."""
HEX = re.compile(r"(?:[0-9a-f]{2})+")

Shape = list[list[Any]]
"""Per leaf: path, offset, width in bytes (0: to the end); a fourth item, true, marks the length in front of a text."""


def embedded(report: Report) -> dict[str, Any]:
    """Return what the page's script reads, ready for JSON."""
    return _Embedding(report).result()


@dataclass
class _Table:
    """Values, each once; a value is known by its number."""

    values: list[Any] = field(default_factory=list)
    _numbers: dict[str, int] = field(default_factory=dict)

    def number(self, value: Any) -> int:
        key = value if isinstance(value, str) else json.dumps(value)
        if key not in self._numbers:
            self._numbers[key] = len(self.values)
            self.values.append(value)
        return self._numbers[key]


class _Embedding:
    def __init__(self, report: Report) -> None:
        self._report = report
        self._texts, self._shapes = _Table(), _Table()
        self._known = dict(_shapes_of(report))
        self._numbers = {cell.identity: number for number, cell in enumerate(report.cells)}

    def result(self) -> dict[str, Any]:
        report = self._report
        return {
            "hosts": [host.to_json() for host in report.hosts],
            "seconds": report.seconds,
            "cases": report.cases,
            "verdicts": report.verdicts,
            "realms": report.realms,
            "programs": report.columns(report.cells),
            "peers": report.peers,
            "skips": [skip_words(skip) for skip in report.skips],
            "told": [*incomplete_words(report), *expectation_words(report), *left_words(report)],
            "times": list(time_words(report)),
            "blame": blame_of(report),
            "groups": [self._alike(group, reasons(group)) for group in failures(report.cells)],
            "covered": [self._alike(group, covered_lines(group)) for group in covered(report.cells)],
            "apart": [self._alike(group, apart_lines(group)) for group in apart(report.cells)],
            "expected": [self._alike(group, expected_lines(group)) for group in expected(report.cells)],
            "cells": [self._cell(cell) for cell in report.cells],
            "texts": self._texts.values,
            "shapes": self._shapes.values,
        }

    def _alike(self, group: Sequence[Result], lines: Iterable[str]) -> dict[str, Any]:
        """Return cells of which the same is to be said, by their numbers."""
        return {
            "cells": [self._numbers[cell.identity] for cell in group],
            "head": headline(group).partition(": ")[0],
            "about": next(brief(group)).removeprefix("cause: "),
            "lines": list(lines),
        }

    def _cell(self, cell: Result) -> dict[str, Any]:
        return {
            "id": cell.identity,
            "producer": cell.producer,
            "consumer": cell.consumer,
            "program": cell.program,
            "check": cell.check,
            "group": cell.group,
            "cases": cell.cases,
            "name": program_of(cell),
            "realm": cell.realm,
            "verdict": cell.verdict,
            "stage": cell.stage,
            "message": cell.message,
            "seconds": cell.seconds,
            "notes": list(notes(cell)),
            "worst": next((number for number, run in enumerate(cell.runs) if run is cell.worst), 0),
            "runs": [self._run(run, cell.realm) for run in cell.runs],
        }

    def _run(self, run: Run, realm: str) -> dict[str, Any]:
        names = [self._texts.number(name) for name in (run.layout, run.values, run.producer, run.consumer)]
        small: dict[str, Any] = {"n": names, "z": run.size}
        facts = {name: told for name, told in (("described", run.described), ("absent", run.absent)) if told}
        small["f"] = self._texts.number(json.dumps(facts, ensure_ascii=False))
        small |= {"k": run.cases} if run.cases != 1 else {}
        small |= {"h": self._notes(run)} if self._notes(run) else {}
        if run.verdict is not Verdict.AGREED:
            small |= {"v": run.verdict, "t": run.stage, "m": run.message, "o": run.evidence, "c": run.cause or ""}
            items = ([str(item), item.stage] for item in run.differences)
            small["d"] = self._texts.number([self._texts.number(item) for item in items])
        elif run.evidence:
            small["o"] = run.evidence
        return small | self._bytes(run, realm)

    @staticmethod
    def _notes(run: Run) -> list[str]:
        """Return what is worth knowing of a run: what it covers and what its values were drawn from come first."""
        seed = [] if run.seed is None else [f"seed {run.seed}"]
        return [*filter(None, [run.covers]), *seed, *run.notes]

    def _bytes(self, run: Run, realm: str) -> dict[str, Any]:
        """Return `s` shape, `e` bytes expected, `b` in memory, `y` as the consumer read them; `b`, `y` only where they are not `e`."""
        known = self._known.get(_key(run, realm, self._report))
        if known is None:
            return {"b": self._texts.number(run.memory)} if run.memory else {}
        shape, expected = known
        small = {"s": self._shapes.number(shape), "e": self._texts.number(_with_differences(run, expected))}
        memory, expected = run.memory, self._texts.values[small["e"]]
        if not _same(expected, memory):
            small["b"] = self._texts.number(memory)
        else:
            small["p"] = self._texts.number(memory)
        read = _read_bytes(run, expected, _order(run, realm, self._report))
        if read != expected:
            small["y"] = self._texts.number(read)
            wrong = _unread(run)
            words = {number: row.loaded for number, row in enumerate(run.leaves) if row.path in wrong}
            small["w"] = self._texts.number(words)
        return small


def _shapes_of(report: Report) -> Iterator[tuple[tuple[Any, ...], tuple[Shape, str]]]:
    """Yield shape and bytes expected of every layout and values: a run that ended early lacks them, and others tell."""
    pairs = [(cell.realm, run) for cell in report.cells for run in cell.runs if run.leaves]
    pairs.sort(key=lambda pair: pair[1].verdict is not Verdict.AGREED)  # one that agreed has the right length in memory
    seen = set()
    for realm, run in pairs:
        key = _key(run, realm, report)
        if key not in seen:
            seen.add(key)
            shape = _shape(run)
            yield key, (shape, _expected(run, shape))


def _key(run: Run, realm: str, report: Report) -> tuple[Any, ...]:
    """Return what runs have in common whose records look alike: the ABI of the producer is part of it."""
    return realm, _target(run, realm, report), run.layout, run.size, run.values


def _target(run: Run, realm: str, report: Report) -> str:
    """Return the ABI that the producer said it is for."""
    return report.peers.get(realm, {}).get(peer_of(run.producer.partition("/")[0]), {}).get("target", "")


def _order(run: Run, realm: str, report: Report) -> str:
    """Return the byte order of an incompatible run's memory; nothing where the leaves that were read right tell it."""
    target = _target(run, realm, report)
    return ABIS[target].order if run.verdict is Verdict.INCOMPATIBLE and target in ABIS else ""


def _shape(run: Run) -> Shape:
    """Return the leaves, and the lengths in front of those of variable width: the bytes just before them that are nobody's."""
    shape: Shape = [[row.path, row.offset, row.width] for row in run.leaves]
    owned = {at for _, offset, width in shape for at in range(offset, offset + width)}
    variable: dict[int, list[str]] = {}
    for path, offset, width in shape:
        if not width:
            variable.setdefault(offset, []).append(path)
    for end, paths in variable.items():
        start = next((at + 1 for at in range(end - 1, -1, -1) if at in owned), 0)
        if start < end:
            shape.append([f"length of {paths[0]}" if len(paths) == 1 else "length", start, end - start, True])
    return shape


def _expected(run: Run, shape: Shape) -> str:
    """Return the record's bytes as the layout has them.

    Known where a leaf is, and of a length what memory holds, if nothing differs.
    """
    memory = run.memory
    expected = [NOTHING] * (len(memory) // 2)
    for row in run.leaves:
        _put(expected, row.offset, row.expected)
    for _, offset, width, *_ in shape[len(run.leaves) :]:
        _put(expected, offset, memory[2 * offset : 2 * (offset + width)])
    return "".join(expected)


def _with_differences(run: Run, expected: str) -> str:
    """Add what the differences say was expected: of bytes that no leaf owns, nothing else does."""
    if not run.differences:
        return expected
    parts = [expected[index : index + 2] for index in range(0, len(expected), 2)]
    for item in run.differences:
        if item.stage is Stage.STORE and item.offset is not None and HEX.fullmatch(item.expected):
            _put(parts, item.offset, item.expected)
    return "".join(parts)


def _put(parts: list[str], offset: int, text: str) -> None:
    """Write hex digits into a dump, which grows as far as they reach."""
    count = len(text) // 2
    parts.extend([NOTHING] * (offset + count - len(parts)))
    for index in range(count):
        parts[offset + index] = text[2 * index : 2 * index + 2]


def _same(expected: str, memory: str) -> bool:
    """Return whether memory holds what was expected, wherever something was."""
    if expected == memory or len(expected) != len(memory):
        return expected == memory
    pairs = zip(expected[::2], expected[1::2], memory[::2], memory[1::2], strict=True)
    return all(one == " " or (one, other) == (first, second) for one, other, first, second in pairs)


def _unread(run: Run) -> frozenset[str]:
    """Return the leaves that the consumer did not read as expected; of another ABI it may be any."""
    if run.verdict is Verdict.INCOMPATIBLE:
        return frozenset(row.path for row in run.leaves)
    return frozenset(item.path for item in run.differences if item.stage is Stage.LOAD)


def _read_bytes(run: Run, expected: str, order: str = "") -> str:
    """Return what the consumer read, as bytes in the producer's order; blanks if it never came to that."""
    if not run.leaves:
        return NOTHING * (len(expected) // 2)
    wrong = _unread(run)
    if not wrong:
        return expected
    parts = [expected[index : index + 2] for index in range(0, len(expected), 2)]
    little = order == "little" if order else _little_endian(run, wrong)
    for path, offset, width, _, _, word in run.leaves:
        if path in wrong and width:
            whole = word if word and HEX.fullmatch(word) and len(word) == 2 * width else ""
            _put(parts, offset, (_turned(whole) if little else whole) or MISSING * width)
    return "".join(parts)


def _little_endian(run: Run, wrong: frozenset[str]) -> bool:
    """Return whether memory holds the low byte first, by the leaves that were read right: their bits against their bytes."""
    votes: Counter[bool] = Counter()
    for path, _, width, wanted, _, word in run.leaves:
        if width > 1 and path not in wrong and word != _turned(word or ""):
            votes[word == _turned(wanted)] += 1
    return votes[True] >= votes[False]


def _turned(word: str) -> str:
    return "".join(word[index : index + 2] for index in range(len(word) - 2, -1, -2))


def script_text(data: Mapping[str, Any] | Sequence[Any]) -> str:
    """Return JSON that can stand between `<script>` and `</script>`: no `<`, `>` or `&` in it."""
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")
