"""The screen of every run: progress on standard error, the report's lines to where they were asked for, the table at the end."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any, TextIO

from samebytes.checks.requests.kind import Finding
from samebytes.checks.requests.run import Findings, Progress, check_required
from samebytes.cli.colour import coloured
from samebytes.cli.exit_codes import exit_code
from samebytes.cli.report_files import add_file_options, write_files
from samebytes.errors import SamebytesError
from samebytes.printable import printable
from samebytes.report.content import Report, report_of
from samebytes.report.stream import ReportWriter, footer, footer_line, header, line_text, skip_line
from samebytes.report.terminal import Style, render_brief, render_durations, render_matrix

__all__ = ["Screen", "add_run_options", "ended", "say", "show"]


INTERRUPTED = "interrupted before everything had run"


def add_run_options(parser: argparse.ArgumentParser) -> None:
    """Add the options that say what becomes of a run's report."""
    parser.add_argument("--report", type=Path, metavar="FILE", help="write a report as JSON lines")
    add_file_options(parser)
    parser.add_argument("--json", action="store_true", help="print the report instead of the table")
    loud = parser.add_mutually_exclusive_group()
    loud.add_argument("-q", "--quiet", action="store_true", help="no progress; of the table, what failed and the sums")
    loud.add_argument("-v", "--verbose", action="store_true", help="say what came of each cell, as it comes")


def say(realm: str, line: str) -> None:
    """Report on standard error what takes a while."""
    print(f"{realm}: {line}", file=sys.stderr, flush=True)


class Screen(Progress):
    """The screen of one run. On a terminal a counter is rewritten; elsewhere there are plain lines for what takes long.

    `with` opens the report's file, so that a wrong path is found before the run. `options`: those of `add_run_options`.
    """

    def __init__(self, options: argparse.Namespace, programs: Sequence[str], seed: int | None = None) -> None:
        """Set up; `programs`: in the order in which they are to be shown; `seed`: what random values are drawn from."""
        self._options, self._programs, self._seed = options, programs, seed
        self._terminal = sys.stderr.isatty() and not options.quiet
        self._planned: dict[str, int] = {}
        self._done: dict[str, int] = {}
        self._lines: list[Mapping[str, Any]] = []
        self._writer: ReportWriter | None = None
        self._stack = ExitStack()
        self._started = time.perf_counter()
        self.annotate: Callable[[Finding], Mapping[str, Any]] = lambda _finding: {}
        """What a cell of the report says besides."""

    def __enter__(self) -> Screen:
        head = header(self._programs, self._seed)
        if self._options.report:
            self._writer = self._stack.enter_context(ReportWriter(self._options.report, head))
        self._keep(head)
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        self._clear()
        try:
            if kind is not None and issubclass(kind, KeyboardInterrupt) and self._lines:
                self._break_off()
        finally:
            self._stack.close()

    def _break_off(self) -> None:
        """End the report of a run that was interrupted, marked so, and write the files that were asked for."""
        verdicts = (line["verdict"] for line in self._lines if line["type"] == "cell")
        last = footer_line(verdicts, {}, time.perf_counter() - self._started)
        self._line({**last, "incomplete": [INTERRUPTED]})
        written = write_files(report_of(self._lines), self._options)
        named = [("report", self._options.report)] if self._options.report else []
        for name, path in (*named, *written):
            print(f"{name}, as far as it came: {printable(str(path))}", file=sys.stderr)

    def say(self, realm: str, line: str) -> None:
        """Report that something that takes a while has begun."""
        self._clear()
        if not self._options.quiet:
            say(realm, line)

    def planned(self, realm: str, cells: int) -> None:
        self._planned[realm] = cells
        self._done[realm] = 0

    def found(self, finding: Finding) -> None:
        self._line({**finding.result.to_json(), **finding.annotations, **self.annotate(finding)})
        realm = finding.result.realm
        if self._options.verbose:
            self._clear()
            result = finding.result
            print(
                f"{printable(result.identity)}: {result.verdict} ({result.seconds:.3f} s)", file=sys.stderr, flush=True
            )
        if realm in self._planned:
            self._done[realm] += 1
            self._count()

    def finish(self, findings: Findings, told: Mapping[str, Any]) -> Report:
        """End the report with what was skipped and the sums, and return all of it; `told`: what the last line says besides."""
        self._clear()
        seconds = time.perf_counter() - self._started
        last = footer(findings.results, findings.peers, seconds, findings.phases, findings.rates, findings.left)
        for line in (*map(skip_line, findings.skips), {**last, **told}):
            self._line(line)
        return report_of(self._lines)

    def _line(self, line: Mapping[str, Any]) -> None:
        if self._writer is not None:
            self._writer.write(line)
        self._keep(line)

    def _keep(self, line: Mapping[str, Any]) -> None:
        self._lines.append(line)
        if self._options.json:
            sys.stdout.write(line_text(line))
            sys.stdout.flush()

    def _count(self) -> None:
        if self._terminal:
            counts = "  ".join(f"{realm} {self._done[realm]}/{cells}" for realm, cells in self._planned.items())
            sys.stderr.write(f"\r\x1b[K{counts}")
            sys.stderr.flush()

    def _clear(self) -> None:
        if self._terminal:
            sys.stderr.write("\r\x1b[K")
            sys.stderr.flush()


def show(
    report: Report,
    options: argparse.Namespace,
    more: Iterable[str] = (),
    *,
    whole: Report | None = None,
    out: TextIO | None = None,
) -> None:
    """Print the table, with `more` in front of its last line, the sums; then write the files that were asked for, and name them.

    `whole`: what is written, where the table shows less of it. `out`: standard output, if None.
    """
    written = write_files(whole or report, options)
    if options.json:
        return
    out = sys.stdout if out is None else out
    table = (render_brief if options.quiet else render_matrix)(report, Style(coloured(out)))
    more = () if options.quiet else more
    body, _, total = table.rstrip("\n").rpartition("\n")
    named = [("report", options.report)] if options.report else []
    durations = getattr(options, "durations", None)
    last = "" if durations is None else render_durations(report, durations)
    files = (f"{name}: {printable(str(path))}\n" for name, path in (*named, *written))
    print(f"{body}\n" if body else "", *more, f"{total}\n", last, *files, sep="", end="", file=out)


def ended(
    findings: Findings,
    *,
    nothing: SamebytesError,
    required: Collection[str] = (),
    complete: Collection[str] = (),
    stale: bool = False,
    partial: bool = True,
) -> int:
    """Return the exit code of a run. Nothing ran is never success, and neither is what was asked for and could not run.

    `nothing`: the error if no cell ran. `required`: names of which each must have run in some realm. `complete`: names that must have
    run in each realm. `stale`: something was expected that there is not. `partial`: whether a cell may be that. MissingError for the
    first of `required` and `complete`.
    """
    check_required(findings, required, complete)
    if not findings.results:
        raise nothing
    return exit_code(all(result.passes(complete=not partial) for result in findings.results) and not stale)
