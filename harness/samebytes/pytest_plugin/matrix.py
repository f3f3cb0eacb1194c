"""`pytest --samebytes-matrix`: the cells become items, are spread over pytest-xdist's workers by group, and summed up."""

from __future__ import annotations

import json
from collections.abc import Generator
from typing import Any

import pytest

from samebytes.pytest_plugin.items import Matrix, MatrixItem
from samebytes.pytest_plugin.ledger import Ledger, Told
from samebytes.pytest_plugin.options import report_path, usage
from samebytes.pytest_plugin.outcomes import Outcomes
from samebytes.pytest_plugin.plan import SEED, Plan, plan_of
from samebytes.pytest_plugin.state import lab_of, worker_of
from samebytes.report.blame import blame_of
from samebytes.report.left import left_words
from samebytes.report.stream import skip_line
from samebytes.report.terminal import Style, skip_words, sum_words

__all__ = ["begin"]

TOGETHER = "samebytes_together"
SENT = "samebytes"
LEDGER: pytest.StashKey[Ledger] = pytest.StashKey()
DISTS_BY_GROUP = ("no", "load", "loadgroup", "loadscope", "loadfile", "each")
"""pytest-xdist's --dist that keep a group on one worker; `load` and `loadgroup` do with our own scheduler."""


def begin(config: pytest.Config, asked: bool) -> None:
    """Read the options, and take part in the run. pytest.UsageError for options that are wrong."""
    if not asked:
        raise pytest.UsageError("--samebytes-report: there is no matrix to report (use it with --samebytes-matrix)")
    with usage():
        known = lab_of(config)
        plan = plan_of(config, known)
        together = getattr(config, "workerinput", {}).get(TOGETHER, True)
        config.pluginmanager.register(_Items(config, plan, Outcomes(plan, known.lab, together)), "samebytes-items")
        if not worker_of(config):
            request = plan.request
            programs = [subject.name for subject in request.subjects]
            ledger = Ledger(request.required, programs, request.seed, report_path(config))
            config.stash[LEDGER] = ledger
            config.pluginmanager.register(_Sums(config, ledger), "samebytes-sums")


class _Items:
    """The hooks of every process that runs items."""

    def __init__(self, config: pytest.Config, plan: Plan, outcomes: Outcomes) -> None:
        self._plan, self._outcomes = plan, outcomes
        self._with_lines = report_path(config) is not None
        self._selected = 0

    @pytest.hookimpl(tryfirst=True)
    def pytest_collection_modifyitems(self, session: pytest.Session, items: list[pytest.Item]) -> None:
        """Add ours; those who select and sort come after."""
        items += Matrix.items(session, self._outcomes, self._plan.cells)

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """Select what is left: that is what will be run."""
        cells = [item.cell for item in session.items if isinstance(item, MatrixItem)]
        self._selected = len(cells)
        self._outcomes.select(cells)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[None]
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        """Send along what the process that sums up needs."""
        report = yield
        if isinstance(item, MatrixItem) and call.when == "call":
            item.finish(report, self._with_lines)
        return report

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Tell who ran here, and end them."""
        outcomes, output = self._outcomes, getattr(session.config, "workeroutput", None)
        told = Told(self._selected, outcomes.peers, list(map(skip_line, outcomes.notes)), outcomes.left, outcomes.stale)
        if output is not None:
            output[SENT] = json.dumps(told)
        else:
            session.config.stash[LEDGER].join(told)
        outcomes.close()


class _Sums:
    """The hooks of the one process that reports to the user."""

    def __init__(self, config: pytest.Config, ledger: Ledger) -> None:
        self._config, self.ledger = config, ledger
        self._complaints: list[str] = []
        if ledger.path is not None and config.getoption("dist", "no") == "each":
            raise pytest.UsageError("--samebytes-report with --dist each: every cell would stand there several times")
        if not config.option.collectonly:
            ledger.open()

    @pytest.hookimpl(optionalhook=True)
    def pytest_configure_node(self, node: Any) -> None:
        """Tell a worker of pytest-xdist whether it gets whole groups, and what to draw random values from."""
        node.workerinput[TOGETHER] = self._config.getoption("dist") in DISTS_BY_GROUP
        node.workerinput[SEED] = self.ledger.seed

    @pytest.hookimpl(optionalhook=True)
    def pytest_xdist_make_scheduler(self, config: pytest.Config, log: Any) -> Any:
        """Replace `--dist load` (what -n gives) and `loadgroup` by the same, but with a group's cells on one worker."""
        if config.getoption("dist") not in ("load", "loadgroup"):
            return None
        from samebytes.pytest_plugin.scheduling import GroupScheduling

        return GroupScheduling(config, log)

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any) -> None:
        """Note that a worker has ended."""
        sent = getattr(node, "workeroutput", {}).get(SENT)
        if sent:
            self.ledger.join(Told(*json.loads(sent)))

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Note that a cell is done, here or in a worker."""
        facts = report.__dict__.pop("samebytes", None)
        if facts is not None:
            self.ledger.take(facts)

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Fail a run in which nothing ran, or not what was asked for."""
        if session.config.option.collectonly:
            return
        self.ledger.finish()
        self._complaints = list(self.ledger.complaints())
        if self._complaints and session.exitstatus in (pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED):
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Print the sums, what was not run, where the report is."""
        ledger = self.ledger
        if not ledger.cells and not ledger.skips:
            return
        terminalreporter.section("samebytes matrix")
        report = ledger.report()
        terminalreporter.line(sum_words(report, Style(False)))
        for words in blame_of(report):
            terminalreporter.line(words)
        for skip in ledger.skips.values():
            terminalreporter.line(f"not run: {skip_words(skip)}")
        for words in left_words(report):
            terminalreporter.line(words)
        if not ledger.whole:
            terminalreporter.line(f"the run ended early: {ledger.selected} cells were asked for")
        if ledger.path is not None:
            terminalreporter.line(f"report: {ledger.path}")
        for words in self._complaints:
            terminalreporter.line(f"ERROR {words}", red=True)
