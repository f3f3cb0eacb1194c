"""`samebytes report`: render reports, or merge those of several machines into one."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from samebytes.errors import UsageError
from samebytes.printable import printable
from samebytes.report.badge import render_badge
from samebytes.report.content import Report
from samebytes.report.junit import render_junit
from samebytes.report.markdown import render_markdown
from samebytes.report.merging import merge_reports
from samebytes.report.page import render_page
from samebytes.report.reading import read_report
from samebytes.report.stream import line_text
from samebytes.report.terminal import Style, render_matrix, sum_words
from samebytes.scarcity import cannot_write

__all__ = ["add_output_options", "add_to", "check_outputs", "write_outputs"]

OUTPUTS: Mapping[str, tuple[str, Callable[[Report], str]]] = {
    "html": ("one HTML file that needs nothing else: matrix, byte maps, hexdumps", render_page),
    "junit": ("JUnit XML, a testcase for every cell", render_junit),
    "markdown": ("a summary in Markdown, such as for $GITHUB_STEP_SUMMARY", render_markdown),
    "badge": ("an SVG badge", render_badge),
}
EXAMPLE = """examples:
  samebytes report run.jsonl
  samebytes report linux.jsonl windows.jsonl --merge both.jsonl --html both.html

exit codes: 0 every cell agreed, 1 one did not or there is none, 2 a report that cannot be used
"""


def add_to(commands: Any) -> None:
    """Add the command to the parser."""
    parser = commands.add_parser(
        "report",
        help="render a report, or merge those of several machines into one",
        description="Renders what samebytes matrix --report wrote: on the terminal, or as files. Several reports become one.",
        epilog=EXAMPLE,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("files", nargs="+", type=Path, metavar="FILE", help="a report, as JSON lines")
    parser.add_argument("--merge", type=Path, metavar="FILE", help="write all of them as one report")
    add_output_options(parser)
    parser.add_argument(
        "--complete", action="store_true", help="a partial cell, in which not everything was looked at, is a failure"
    )
    parser.add_argument("--json", action="store_true", help="print the report as JSON lines instead of the table")
    parser.set_defaults(run=run)


def add_output_options(parser: argparse.ArgumentParser) -> None:
    """The options that name files to write."""
    for name, (words, _) in OUTPUTS.items():
        parser.add_argument(f"--{name}", type=Path, metavar="FILE", help=f"write {words}")


def check_outputs(options: argparse.Namespace) -> None:
    """UsageError for a file in a folder that does not exist: found before a run, not after it."""
    for name in ("merge", *OUTPUTS):
        path = getattr(options, name, None)
        if path is not None and (path.is_dir() or not path.parent.is_dir()):
            what = "is a folder" if path.is_dir() else f"there is no folder {path.parent}"
            raise UsageError(f"--{name} {path}: {what}", hint="name a file in a folder that exists")


def write_outputs(report: Report, options: argparse.Namespace) -> list[tuple[str, Path]]:
    """Write every file that was asked for; the names of the options and the files, in order."""
    written = []
    for name, (_, render) in OUTPUTS.items():
        path = getattr(options, name)
        if path is not None:
            _write(name, path, render(report))
            written.append((name, path))
    return written


def run(options: argparse.Namespace) -> int:
    """Read, merge, write; exit code 0 if every cell agreed, 1 if one did not."""
    check_outputs(options)
    reports = {str(path): read_report(path) for path in options.files}
    report = merge_reports(reports)
    style = Style(sys.stdout.isatty())
    written = []
    if options.merge:
        _write("merge", options.merge, "".join(map(line_text, report.lines())))
        written.append(("merged", options.merge))
    written += write_outputs(report, options)
    if options.json:
        sys.stdout.writelines(map(line_text, report.lines()))
    elif written:
        print(sum_words(report, style), *(f"{name}: {printable(str(path))}" for name, path in written), sep="\n")
    else:
        sys.stdout.write(render_matrix(report, style))
    return 0 if report.passes(options.complete) else 1


def _write(option: str, path: Path, text: str) -> None:
    try:
        path.write_text(text, "utf-8", newline="\n")
    except OSError as error:
        raise cannot_write(f"--{option} {path}: cannot be written: {error.strerror}", error) from error
