"""`samebytes report`: render reports, or merge those of several machines into one."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

from samebytes.cli.colour import coloured
from samebytes.cli.exit_codes import exit_code
from samebytes.cli.report_files import add_file_options, check_files, write_files
from samebytes.errors import UsageError
from samebytes.printable import printable
from samebytes.report.comparing import changes
from samebytes.report.content import Report
from samebytes.report.legs import merge_legs, read_legs
from samebytes.report.merging import merge_reports
from samebytes.report.reading import read_report, read_what_is_there
from samebytes.report.rendering import write
from samebytes.report.stream import line_text
from samebytes.report.terminal import Style, incomplete_words, render_matrix, sum_words

__all__ = ["add_to"]

EXAMPLE = """examples:
  samebytes report run.jsonl
  samebytes report linux.jsonl windows.jsonl --merge both.jsonl --html both.html
  samebytes report run.jsonl --compare yesterday.jsonl
  samebytes report --expect legs.toml --html all.html

exit codes: 0 every cell agreed (--compare: none changed), 1 one did not, there is none, or a leg is missing, 2 a report that cannot be used
"""


def add_to(commands: Any) -> None:
    """Add the command to the parser."""
    parser = commands.add_parser(
        "report",
        help="render a report, or merge those of several machines into one",
        description="Renders what samebytes matrix --report wrote: on the terminal, or as files. Several reports become one.",
        epilog=EXAMPLE,
    )
    parser.add_argument("files", nargs="*", type=Path, metavar="FILE", help="a report, as JSON lines")
    parser.add_argument("--merge", type=Path, metavar="FILE", help="write all of them as one report")
    parser.add_argument(
        "--compare", type=Path, metavar="FILE", help="say which cells are not as in this earlier report, times aside"
    )
    parser.add_argument(
        "--expect", type=Path, metavar="FILE",
        help="the legs that there must be, as TOML: one that is missing, cut off, empty or old is named, and nothing is green",
    )  # fmt: skip
    parser.add_argument(
        "--partial",
        action="store_true",
        help="show what there is of a report that was cut off: marked so, and never green",
    )
    add_file_options(parser)
    parser.add_argument("--json", action="store_true", help="print the report as JSON lines instead of the table")
    parser.add_argument(
        "--complete", action="store_true", help="a partial cell, in which not everything was looked at, is a failure"
    )
    parser.set_defaults(run=run)


def _report(options: argparse.Namespace) -> Report:
    read = read_what_is_there if options.partial else read_report
    reports = {str(path): read(path) for path in options.files}
    if options.expect is not None:
        return merge_legs(read_legs(options.expect), reports)
    if not reports:
        raise UsageError("no report is named", hint="name one, or the legs there must be with --expect")
    return merge_reports(reports)


def run(options: argparse.Namespace) -> int:
    """Read, merge, write; exit code 0 if every cell agreed, 1 if one did not."""
    check_files(options)
    report = _report(options)
    if options.compare:
        found = list(changes(read_report(options.compare), report))
        print(*found, f"{len(found)} of {len(report.cells)} cells changed since {options.compare}", sep="\n")
        return exit_code(not found)
    style = Style(coloured(sys.stdout))
    written = []
    if options.merge:
        write("merge", options.merge, "".join(map(line_text, report.lines())))
        written.append(("merged", options.merge))
    written += write_files(report, options)
    if options.json:
        sys.stdout.writelines(map(line_text, report.lines()))
    elif written:
        print(
            *incomplete_words(report),
            sum_words(report, style),
            *(f"{name}: {printable(str(path))}" for name, path in written),
            sep="\n",
        )
    else:
        sys.stdout.write(render_matrix(report, style))
    return exit_code(report.passes(options.complete))
