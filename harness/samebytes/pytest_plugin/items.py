"""The matrix as pytest sees it: one item for every cell, whose outcome is the cell's verdict."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest

from samebytes.checks.data.subjects import DataSubject
from samebytes.checks.requests.kind import Cell
from samebytes.checks.result import Result, Skip, Verdict
from samebytes.errors import SamebytesError
from samebytes.pytest_plugin.outcomes import Left, Outcomes
from samebytes.pytest_plugin.plan import NODE
from samebytes.report.cells import headline, reasons
from samebytes.report.stream import skip_line
from samebytes.report.terminal import skip_words

__all__ = ["CellFailedError", "Matrix", "MatrixItem"]


class CellFailedError(Exception):
    """A cell that is not green; its text is what `samebytes matrix` prints about it."""


class Matrix(pytest.Collector):
    """The node above the cells."""

    def collect(self) -> Iterator[pytest.Item]:
        """Return nothing: the items are made by `items`, not found."""
        return iter(())

    @classmethod
    def items(cls, session: pytest.Session, outcomes: Outcomes, cells: Iterable[Cell]) -> list[pytest.Item]:
        """Return an item for each cell."""
        parent = cls.from_parent(session, name=NODE, nodeid=NODE)
        return [MatrixItem.from_parent(parent, name=one.identity, outcomes=outcomes, cell=one) for one in cells]


class MatrixItem(pytest.Item):
    """A cell: passes if it agreed, xfails if it is known not to, is skipped if it cannot be run here or is left out, fails otherwise."""

    def __init__(self, *, outcomes: Outcomes, cell: Cell, **more: Any) -> None:
        super().__init__(**more)
        self._outcomes, self.cell = outcomes, cell
        self._outcome: Result | Skip | Left | None = None
        self._line: dict[str, Any] = {}
        self.add_marker("samebytes_matrix")
        if isinstance(cell.subject, DataSubject):
            self.extra_keyword_matches.update(record.name for record in cell.subject.records)
            self.extra_keyword_matches.update(filter(None, [cell.subject.group]))

    def runtest(self) -> None:
        """Run the cell, if it has not been run with others, and say what came of it as pytest understands it."""
        outcome = self._outcome = self._outcomes.of(self.cell)
        if isinstance(outcome, Skip):
            pytest.skip(skip_words(outcome))
        if isinstance(outcome, Left):
            pytest.skip(str(outcome))
        self._line = self._outcomes.line(outcome)
        if outcome.verdict is Verdict.KNOWN:
            pytest.xfail(outcome.reason)
        if not outcome.passes():
            raise CellFailedError(_words(Result.from_json(self._line)))

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        """Return what happened in the peers, without a traceback of ours."""
        if isinstance(excinfo.value, CellFailedError | SamebytesError):
            return str(excinfo.value)
        return super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[os.PathLike[str] | str, int | None, str]:
        """Return the cell's place: it stands in no file."""
        return Path(NODE), None, self.name

    def finish(self, report: pytest.TestReport, with_lines: bool) -> None:
        """Give pytest's report of the call what the process that sums up needs to know, and the cell's own time."""
        if isinstance(self._outcome, Skip):
            report.__dict__["samebytes"] = {"skip": json.dumps(skip_line(self._outcome))}
        elif isinstance(self._outcome, Left):
            report.__dict__["samebytes"] = {"left": json.dumps(self._outcome)}
        if isinstance(self._outcome, Skip | Left):
            if isinstance(report.longrepr, tuple):
                report.longrepr = (NODE, None, report.longrepr[2])  # type: ignore[assignment]  # no line of ours is to blame
        elif self._line:
            report.__dict__["samebytes"] = _facts(self._line, with_lines)
            report.duration = self._line["seconds"]


def _facts(line: dict[str, Any], with_lines: bool) -> dict[str, str]:
    """Return what came of a cell as it travels between processes: its bytes only if they are needed."""
    bare = line["verdict"] == Verdict.AGREED and not with_lines
    return {"line": json.dumps(Result.from_json(line).brief().to_json() if bare else line)}


def _words(cell: Result) -> str:
    lines = (f"{cell.verdict} {headline([cell])}", *(f"    {line}".rstrip() for line in reasons([cell])))
    return "\n".join(lines)
