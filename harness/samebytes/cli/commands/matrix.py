"""`samebytes matrix`: the main job."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from typing import Any

from samebytes.checks.matrix.selection import ALL
from samebytes.checks.requests import run as checks
from samebytes.checks.requests.kind import matrix_kinds
from samebytes.checks.requests.request import Request, cells_of
from samebytes.checks.requests.run import Findings
from samebytes.cli import cell_annotations, expecting
from samebytes.cli.exit_codes import exit_code
from samebytes.cli.expecting import Expecting
from samebytes.cli.report_files import check_files
from samebytes.cli.screen import Screen, add_run_options, ended, show
from samebytes.cli.selection import add_options, every_cell, matrix_request
from samebytes.errors import MissingError, SamebytesError, UsageError
from samebytes.peers.lab import Lab
from samebytes.peers.peer import ANSWER_SECONDS

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
    )
    add_options(parser)
    parser.add_argument(
        "--layout", action="append", metavar="NAME", help="only this program or layout (may be repeated)"
    )
    parser.add_argument("--scenario", action="append", metavar="NAME", help="only this scenario (may be repeated)")
    kinds = matrix_kinds()
    parser.add_argument(
        "--check", choices=(*kinds, ALL),
        help=f"{'; '.join(f'{name}: {words}' for name, words in kinds.items())} (default: all of them)",
    )  # fmt: skip
    parser.add_argument(
        "-k", dest="expression", metavar="WORDS",
        help="only cells whose identity has these words (and, or, not), each in full",
    )  # fmt: skip
    parser.add_argument(
        "--full", action="store_true",
        help="every value and every scenario between every pair of peers, and not only once for each peer and each part",
    )  # fmt: skip
    parser.add_argument(
        "--seed", type=int, metavar="NUMBER", help="draw the values that are others in every run from this number"
    )
    parser.add_argument(
        "--deadline", type=_seconds, default=ANSWER_SECONDS, metavar="SECONDS",
        help="how long a peer may take over a request that only touches memory (default: %(default)g)",
    )  # fmt: skip
    parser.add_argument(
        "--durations", type=int, nargs="?", const=10, metavar="N",
        help="say what took the time: the parts of the run, and the N slowest cells (10 if N is left out)",
    )  # fmt: skip
    parser.add_argument(
        "--list", action="store_true", help="print the identities of the cells that would be run, and end"
    )
    parser.add_argument(
        "-j", "--jobs", type=_jobs, default=0, metavar="N",
        help="how many pairs of peers work side by side (default: as many as the machine's cores allow)",
    )  # fmt: skip
    add_run_options(parser)
    expecting.add_options(parser)
    cell_annotations.add_options(parser)
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Run the matrix; exit code 0 if every cell agreed or is known not to, 1 if one did otherwise."""
    check_files(options)
    if options.all:
        options.full = True
    every = every_cell(options)
    request = matrix_request(options, every)
    if options.list:
        print(*_listed(request), sep="\n")
        return exit_code(True)
    expected = Expecting.begin(options, request, every)
    annotations = cell_annotations.annotations_of(options, request, every)
    with Screen(options, [subject.name for subject in request.subjects], request.seed) as screen:
        screen.annotate = lambda finding: annotations.of(finding.result)
        findings = Findings(expected.expectations, screen)
        with Lab(request.records, screen.say, answer_seconds=options.deadline) as lab:
            checks.run(request, lab, findings)
        report = screen.finish(findings, expected.as_json())
    show(report, options, out=sys.stderr if options.bless else sys.stdout)
    if options.bless:
        sys.stdout.write(expected.proposal())
    return ended(findings, nothing=_nothing(options), required=request.required, stale=bool(expected.stale))


def _listed(request: Request) -> Iterator[str]:
    """Yield the identity of every cell. UsageError where there is none."""
    cells = [cell.identity for cell in cells_of(request)]
    if not cells:
        raise UsageError("nothing is selected", hint="samebytes matrix --list says what there is")
    yield from cells


def _jobs(word: str) -> int:
    if not word.isdecimal() or not 1 <= int(word) <= 1000:
        raise argparse.ArgumentTypeError(f"{word} is no number from 1 to 1000")
    return int(word)


def _seconds(word: str) -> float:
    try:
        seconds = float(word)
    except ValueError:
        seconds = 0
    if not 0 < seconds <= 3600:
        raise argparse.ArgumentTypeError(f"{word} is not between 0 and 3600 seconds")
    return seconds


def _nothing(options: argparse.Namespace) -> SamebytesError:
    """Return the error that no cell ran."""
    if options.expression:
        hint = "an identity reads c/csharp/struct/linux/data"
        return UsageError(f"-k {options.expression!r} selects no cell", hint=hint)
    return MissingError("nothing could run on this machine", hint="samebytes doctor says what is missing")
