"""`samebytes matrix`: the main job."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from samebytes.checks.programs import read_programs, read_records
from samebytes.checks.scenarios import read_scenarios
from samebytes.checks.session import Progress, Session
from samebytes.checks.verdict import Result
from samebytes.cli import expecting, noting
from samebytes.cli.report import add_output_options, check_outputs, write_outputs
from samebytes.cli.selection import (
    add_options,
    cell_filter,
    chosen_peers,
    chosen_realms,
    chosen_subjects,
    known_manifests,
    required_names,
)
from samebytes.errors import MissingError, UsageError
from samebytes.peers.peer import ANSWER_SECONDS
from samebytes.peers.places import fixtures_folder
from samebytes.report.content import report_of
from samebytes.report.stream import ReportWriter, footer, header, line_text, skip_line
from samebytes.report.terminal import Style, render_durations, render_matrix

__all__ = ["add_to"]

EXAMPLE = """example:
  samebytes matrix --peer c --peer csharp --realm linux --report run.jsonl
"""


def add_to(commands: Any) -> None:
    """Add the command to the parser."""
    parser = commands.add_parser(
        "matrix",
        help="run every producer × consumer × program × realm there is, and compare the bytes",
        description="Runs every producer × consumer × program in every realm this machine has, and compares the bytes.",
        epilog=EXAMPLE,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add_options(parser)
    parser.add_argument(
        "--layout", action="append", metavar="NAME", help="only this program or layout (may be repeated)"
    )
    parser.add_argument(
        "--scenario", action="append", metavar="NAME", help="only this lifecycle scenario (may be repeated)"
    )
    parser.add_argument(
        "--check", choices=("data", "lifecycle", "all"),
        help="data: bytes agree; lifecycle: names and memory live and die alike, with real kills (default: both)",
    )  # fmt: skip
    parser.add_argument(
        "-k", dest="expression", metavar="WORDS", help="only cells whose identity has these words (and, or, not)"
    )
    parser.add_argument(
        "--deadline", type=_seconds, default=ANSWER_SECONDS, metavar="SECONDS",
        help="how long a peer may take over a request that only touches memory (default: %(default)g)",
    )  # fmt: skip
    parser.add_argument(
        "--durations", type=int, nargs="?", const=10, metavar="N",
        help="say what took the time: the parts of the run, and the N slowest cells (10 if N is left out)",
    )  # fmt: skip
    parser.add_argument("--report", type=Path, metavar="FILE", help="write a report as JSON lines")
    add_output_options(parser)
    expecting.add_options(parser)
    noting.add_options(parser)
    parser.add_argument("--json", action="store_true", help="print the report instead of the table")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Run the matrix; exit code 0 if every cell agreed or is known not to, 1 if one did otherwise."""
    started = time.perf_counter()
    check_outputs(options)
    records = read_records(fixtures_folder())
    screen = _Screen(sys.stderr.isatty())
    known = known_manifests(options)
    chosen = chosen_peers(options, known)
    programs, scenarios = read_programs(fixtures_folder(), records), read_scenarios(fixtures_folder())
    session = Session(
        realms=chosen_realms(options),
        manifests=known | chosen,
        peers_wanted=list(chosen),
        subjects=chosen_subjects(options, programs, scenarios),
        records=records,
        selected=cell_filter(options.expression),
        progress=screen,
        required=required_names(options, chosen),
        answer_seconds=options.deadline,
    )
    expected = expecting.Expecting.begin(options, session, (*programs, *scenarios))
    session.expectations = expected.expectations
    screen.notes = noting.notes_of(options, session, programs).of
    head = header([subject.name for subject in session.subjects])
    with ExitStack() as stack:
        screen.writer = stack.enter_context(ReportWriter(options.report, head)) if options.report else None
        screen.begin(head, options.json)
        try:
            session.run()
        finally:
            screen.clear()
        _finish(session, screen, expected, time.perf_counter() - started, options)
    return _exit_code(session, options) or bool(expected.stale)


def _seconds(word: str) -> float:
    seconds = float(word)
    if not 0 < seconds <= 3600:
        raise argparse.ArgumentTypeError(f"{word} is not between 0 and 3600 seconds")
    return seconds


def _finish(
    session: Session, screen: _Screen, expected: expecting.Expecting, seconds: float, options: argparse.Namespace
) -> None:
    last = {**footer(session.results, session.peers, seconds, session.phases, session.rates), **expected.as_json()}
    for line in (*map(skip_line, session.skips), last):
        screen.line(line)
    report = report_of(screen.lines)
    written = write_outputs(report, options)
    if not options.json:
        out = sys.stderr if options.bless else sys.stdout
        out.write(render_matrix(report, Style(out.isatty())))
        if options.durations is not None:
            out.write(render_durations(report, options.durations))
        named = [("report", options.report)] if options.report else []
        print(*(f"{name}: {path}\n" for name, path in (*named, *written)), sep="", end="", file=out)
    if options.bless:
        sys.stdout.write(expected.proposal())


def _exit_code(session: Session, options: argparse.Namespace) -> int:
    """Nothing ran is never success, and neither is a peer that was asked for and could not run."""
    session.check_required()
    if session.results:
        return 0 if all(result.green for result in session.results) else 1
    if options.expression:
        raise UsageError(
            f"-k {options.expression!r} selects no cell", hint="an identity reads c/csharp/struct/linux/data"
        )
    raise MissingError("nothing could run on this machine", hint="samebytes doctor says what is missing")


class _Screen(Progress):
    """Progress on standard error: a counter that is rewritten on a terminal, plain lines for what takes long elsewhere."""

    def __init__(self, terminal: bool) -> None:
        self._terminal = terminal
        self._planned: dict[str, int] = {}
        self._done: dict[str, int] = {}
        self.writer: ReportWriter | None = None
        self.notes: Callable[[Result], dict[str, str]] = lambda _result: {}
        self.lines: list[dict[str, Any]] = []
        self._echo = False

    def begin(self, head: dict[str, Any], echo: bool) -> None:
        """The report's first line, which is in its file already; with `echo`, every line is printed."""
        self._echo = echo
        self._keep(head)

    def say(self, realm: str, line: str) -> None:
        self.clear()
        print(f"{realm}: {line}", file=sys.stderr, flush=True)

    def planned(self, realm: str, cells: int) -> None:
        self._planned[realm] = cells
        self._done[realm] = 0

    def result(self, result: Result) -> None:
        self._done[result.realm] += 1
        self.line(result.as_json() | self.notes(result))
        if self._terminal:
            counts = "  ".join(f"{realm} {self._done[realm]}/{cells}" for realm, cells in self._planned.items())
            sys.stderr.write(f"\r\x1b[K{counts}")
            sys.stderr.flush()

    def line(self, line: dict[str, Any]) -> None:
        """A line of the report, to where it was asked for."""
        if self.writer is not None:
            self.writer.write(line)
        self._keep(line)

    def _keep(self, line: dict[str, Any]) -> None:
        self.lines.append(line)
        if self._echo:
            sys.stdout.write(line_text(line))
            sys.stdout.flush()

    def clear(self) -> None:
        if self._terminal:
            sys.stderr.write("\r\x1b[K")
            sys.stderr.flush()
