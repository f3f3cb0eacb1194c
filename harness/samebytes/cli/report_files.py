"""The files of a report that options name, one for each format there is."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from samebytes.errors import UsageError
from samebytes.report.content import Report
from samebytes.report.rendering import annotators, formats, write

__all__ = ["add_file_options", "check_files", "write_files"]


def add_file_options(parser: argparse.ArgumentParser) -> None:
    """Add the options that name files to write, one for each format there is."""
    for name, format_ in formats().items():
        parser.add_argument(f"--{name}", type=Path, metavar="FILE", help=f"write {format_.HELP}")
    known = annotators()
    parser.add_argument(
        "--annotations", choices=tuple(known), help="; ".join(f"{name}: {one.HELP}" for name, one in known.items())
    )


def check_files(options: argparse.Namespace) -> None:
    """Raise UsageError for a file in a folder that does not exist: found before a run, not after it."""
    for name in ("merge", *formats()):
        path = getattr(options, name, None)
        if path is not None and (path.is_dir() or not path.parent.is_dir()):
            what = "is a folder" if path.is_dir() else f"there is no folder {path.parent}"
            raise UsageError(f"--{name} {path}: {what}", hint="name a file in a folder that exists")


def write_files(report: Report, options: argparse.Namespace) -> list[tuple[str, Path]]:
    """Write every file that was asked for, and return the names of the options and the files, in order."""
    wanted = [(name, getattr(options, name), format_) for name, format_ in formats().items()]
    written = [(name, path, format_.render(report)) for name, path, format_ in wanted if path is not None]
    annotator = annotators().get(options.annotations or "")
    if annotator is not None and annotator.FILE:
        written.append(("annotations", Path(annotator.FILE), annotator.render(report)))
    elif annotator is not None:  # what is printed beside JSON would be no JSON
        (sys.stderr if options.json else sys.stdout).write(annotator.render(report))
    for name, path, text in written:
        write(name, path, text)
    return [(name, path) for name, path, _ in written]
