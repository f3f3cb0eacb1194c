"""`pytest --samebytes-check`: what a samebytes.toml describes becomes items: each declaration on each ABI, each library, each producer."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from samebytes.checks.expected.expectations import Expectations, read_expectations
from samebytes.checks.project.reading import find_project, read_project
from samebytes.checks.project.request import check_layouts, project_request
from samebytes.checks.requests import run as checks
from samebytes.checks.requests.kind import Cell
from samebytes.checks.requests.request import Request, cells_of
from samebytes.checks.requests.run import Findings
from samebytes.checks.result import Result, Skip, Verdict
from samebytes.errors import SamebytesError
from samebytes.peers.lab import Lab
from samebytes.peers.realms import REALMS
from samebytes.pytest_plugin.items import CellFailedError
from samebytes.pytest_plugin.options import cell_named, others_named, usage
from samebytes.pytest_plugin.plan import NODE
from samebytes.pytest_plugin.state import lab_of
from samebytes.report.cells import headline, reasons
from samebytes.report.terminal import skip_words

__all__ = ["begin"]

FOLLOWS = "consumer"
"""The check whose cells come of a producer's run: they are part of its item."""


def begin(config: pytest.Config) -> None:
    """Read the project, and take part in the run. pytest.UsageError for what is wrong in it."""
    with usage():
        word = config.getoption("samebytes_project")
        root = config.rootpath if word is None else config.invocation_params.dir
        file = find_project(root) if word is None else root / word
        project = read_project(file)
        realms = config.getoption("--samebytes-realm") or REALMS
        request = project_request(project, (), realms)
        check_layouts(request)
        cells = list(_asked(config, [cell for cell in cells_of(request) if cell.check != FOLLOWS]))
        expected = read_expectations(project.expectations) if project.expectations else Expectations()
    judge = _Judge(request, lab_of(config).lab, file, Findings(expected))
    config.pluginmanager.register(_Items(judge, cells), "samebytes-project")


def _asked(config: pytest.Config, cells: Sequence[Cell]) -> Iterator[Cell]:
    """Yield the cells that pytest's arguments name; all, if these name no item at all. Those arguments are taken from pytest."""
    known = {cell.identity for cell in cells}
    named = {identity for word in config.args if (identity := cell_named(word)) in known}
    config.args[:] = [word for word in config.args if cell_named(word) not in named]
    elsewhere = others_named(config) or any(cell_named(word) for word in config.args)
    return (cell for cell in cells if cell.identity in named or not (named or elsewhere))


@dataclass
class _Judge:
    """Runs cells of the project in the lab of this process."""

    request: Request
    lab: Lab
    file: Path
    findings: Findings

    def judged(self, cell: Cell) -> list[Result] | Skip:
        """Return what came of a cell and of those that follow from it; a skip where this machine lacks what it takes."""

        def is_asked(identity: str) -> bool:
            producer, *_, realm, check = identity.split("/")
            return identity == cell.identity or (
                check == FOLLOWS and cell.check == "producer" and (producer, realm) == (cell.producer, cell.realm)
            )

        before, skipped = len(self.findings.results), len(self.findings.skips)
        checks.run(replace(self.request, selected=is_asked), self.lab, self.findings)
        found = self.findings.results[before:]
        if found:
            return found
        again = [skip for skip in self.findings.skips if (skip.realm, skip.peer) == (cell.realm, cell.producer)]
        skips = self.findings.skips[skipped:] or again
        if not skips:
            raise SamebytesError(f"{cell.identity} was not judged, and nothing said why")
        return skips[0]


class _Items:
    """The hooks of every process that runs items."""

    def __init__(self, judge: _Judge, cells: Sequence[Cell]) -> None:
        self._judge, self._cells = judge, cells

    @pytest.hookimpl(tryfirst=True)
    def pytest_collection_modifyitems(self, session: pytest.Session, items: list[pytest.Item]) -> None:
        """Add ours; those who select and sort come after."""
        parent = _Project.from_parent(session, name=NODE, nodeid=NODE)
        items += [
            ProjectItem.from_parent(parent, name=cell.identity, judge=self._judge, cell=cell) for cell in self._cells
        ]


class _Project(pytest.Collector):
    """The node above the items."""

    def collect(self) -> Iterator[pytest.Item]:
        """Return nothing: the items are made by `_Items`, not found."""
        return iter(())


class ProjectItem(pytest.Item):
    """One thing that a samebytes.toml describes, in one realm on one ABI: passes if it agreed, fails with what `check` says."""

    def __init__(self, *, judge: _Judge, cell: Cell, **more: Any) -> None:
        super().__init__(**more)
        self._judge, self.cell = judge, cell
        self.add_marker("samebytes_check")

    def runtest(self) -> None:
        """Judge it, and say what came of it as pytest understands it."""
        found = self._judge.judged(self.cell)
        if isinstance(found, Skip):
            pytest.skip(skip_words(found))
        wrong = [one for one in found if not one.passes()]
        if wrong:
            raise CellFailedError("\n".join(map(_words, wrong)))
        for one in found:
            if one.verdict is Verdict.KNOWN:
                pytest.xfail(one.reason)

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        """Return what is wrong, without a traceback of ours."""
        if isinstance(excinfo.value, CellFailedError | SamebytesError):
            return str(excinfo.value)
        return super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[os.PathLike[str] | str, int | None, str]:
        """Return its place: the project file."""
        return self._judge.file, None, self.name


def _words(result: Result) -> str:
    place = "".join(f"\n    {one.file}:{one.line}: {one.about}" for one in result.sources[:3])
    lines = (f"{result.verdict} {headline([result])}{place}", *(f"    {line}".rstrip() for line in reasons([result])))
    return "\n".join(lines)
