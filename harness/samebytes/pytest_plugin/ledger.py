"""The ledger: what the process that sums up knows of all cells, wherever they were run; the report's file."""

from __future__ import annotations

import json
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from samebytes.checks.result import Result, Skip, Verdict
from samebytes.report.content import Report, report_of
from samebytes.report.lines import line_of
from samebytes.report.stream import ReportWriter, footer_line, header
from samebytes.report.terminal import skip_words

__all__ = ["Ledger"]


class Told(NamedTuple):
    """What each process that ran cells tells at its end."""

    selected: int
    """How many cells it was asked for; every process is asked for the same."""
    peers: Mapping[str, Mapping[str, Mapping[str, str]]]
    """By realm and name: what ran."""
    notes: Sequence[dict[str, Any]]
    """Lines of the report about peers that took part in less than all."""
    left: Mapping[str, int]
    """By realm: data cases that its pairs left to others."""
    stale: Sequence[str]
    """What the expectations say and is not so."""


@dataclass
class Ledger:
    """Facts come in as `MatrixItem.finish` makes them. The file is written as they come, and has a footer if nothing is missing."""

    required: frozenset[str]
    programs: Iterable[str]
    seed: int
    """What random values are drawn from, here and in every worker."""
    path: Path | None = None
    cells: dict[str, Result] = field(default_factory=dict)
    """By identity; those that agreed without their bytes."""
    skips: dict[tuple[str, str], Skip] = field(default_factory=dict)
    """By realm and peer."""
    peers: dict[str, dict[str, Mapping[str, str]]] = field(default_factory=dict)
    left: dict[str, dict[str, int]] = field(default_factory=dict)
    """By realm and check: what was left to other pairs."""
    skipped_cells: int = 0
    selected: int = 0
    """How many cells were asked for, after -k and the like."""
    _stale: list[str] = field(default_factory=list)
    _writer: ReportWriter | None = None
    _started: float = field(default_factory=time.perf_counter)

    def open(self) -> None:
        """Open the report's file. UsageError if it cannot be written."""
        self._head = header(tuple(self.programs), self.seed)
        if self.path is not None:
            self._writer = ReportWriter(self.path, self._head)

    def take(self, facts: Mapping[str, str]) -> None:
        """Take in a finished cell."""
        if "skip" in facts:
            self._take_skip(json.loads(facts["skip"]))
            self.skipped_cells += 1
        elif "left" in facts:
            realm, check = json.loads(facts["left"])
            self._leave(realm, check, 1)
            self.skipped_cells += 1
        else:
            self._take_cell(json.loads(facts["line"]))

    def join(self, told: Told) -> None:
        """Take in what a process knows at its end."""
        self.selected = max(self.selected, told.selected)
        for realm, names in told.peers.items():
            self.peers.setdefault(realm, {}).update(names)
        for realm, cases in told.left.items():
            self._leave(realm, "data", cases)
        for line in told.notes:
            self._take_skip(line)
        self._stale += [words for words in told.stale if words not in self._stale]

    def finish(self) -> None:
        """End the report: what was skipped, and the footer if every cell that was asked for is there."""
        if self._writer is None:
            return
        for skip in self.skips.values():
            self._writer.write(skip.to_json())
        if self.whole:
            self._writer.write(self._footer())
        self._writer.__exit__(None, None, None)
        self._writer = None

    @property
    def whole(self) -> bool:
        """Return whether there is something to be said of every cell that was asked for."""
        return len(self.cells) + self.skipped_cells >= self.selected > 0

    def report(self) -> Report:
        """Return the sums, as of a whole report."""
        return report_of([line_of(self._head), *self.cells.values(), *self.skips.values(), line_of(self._footer())])

    def complaints(self) -> Iterator[str]:
        """Yield what makes a run without a failed item fail: what was asked for by name and is missing, or that nothing ran."""
        for (realm, peer), skip in self.skips.items():
            wanted, there = (peer, self._ran(peer)) if peer else (realm, False)
            if wanted in self.required and not there:
                yield f"asked for by name and missing: {skip_words(skip)}"
        yield from (f"stale: {words}" for words in self._stale)
        if self.skips and not self.cells:
            yield "nothing could run on this machine; samebytes doctor says what is missing"

    def _leave(self, realm: str, check: str, number: int) -> None:
        left = self.left.setdefault(realm, {})
        left[check] = left.get(check, 0) + number

    def _ran(self, peer: str) -> bool:
        return any(peer in (cell.producer, cell.consumer) for cell in self.cells.values())

    def _take_skip(self, line: Mapping[str, Any]) -> None:
        skip = Skip.from_json(line)
        self.skips.setdefault((skip.realm, skip.peer), skip)

    def _take_cell(self, line: Mapping[str, Any]) -> None:
        cell = Result.from_json(line)
        if cell.identity in self.cells:  # an item that is run again gives the same
            return
        self.cells[cell.identity] = cell.brief() if cell.verdict is Verdict.AGREED else cell
        if self._writer is not None:
            self._writer.write(line)

    def _footer(self) -> dict[str, Any]:
        verdicts = (str(cell.verdict) for cell in self.cells.values())
        return footer_line(verdicts, self.peers, time.perf_counter() - self._started, left=self.left)
