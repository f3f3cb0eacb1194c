"""`samebytes check --diff` and `--fix`: the smallest change of each wrong declaration, shown, and written where somebody says so."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TextIO

from samebytes.checks.project.fixing import Fix, Fixer
from samebytes.checks.project.project import Project
from samebytes.checks.project.promised import Place, Promises
from samebytes.checks.requests.kind import Cell
from samebytes.checks.result import Result
from samebytes.checks.user_kinds.declaration import reader_of
from samebytes.cli.colour import coloured
from samebytes.errors import UsageError
from samebytes.peers.lab import Lab
from samebytes.printable import printable, printable_lines
from samebytes.report.terminal import Style
from samebytes.scarcity import cannot_write

__all__ = ["Fixing", "add_options", "check_options"]


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the options that ask for fixes."""
    parser.add_argument(
        "--diff",
        action="store_true",
        help="show the smallest change that makes each wrong declaration agree, as a diff",
    )
    parser.add_argument(
        "--fix",
        action="store_true",
        help="the same, and write it into the source, each after a question; nothing else is touched",
    )
    parser.add_argument("--yes", action="store_true", help="with --fix: write without asking")


def check_options(options: argparse.Namespace) -> None:
    """Raise UsageError for --yes that answers nothing."""
    if options.yes and not options.fix:
        raise UsageError("--yes answers what --fix asks", hint="samebytes check --fix --yes")


@dataclass
class Fixing:
    """Finds, shows and writes the fixes of a run, while its lab is open."""

    options: argparse.Namespace
    project: Project
    promises: Promises
    lab: Lab

    def offer(self, results: Sequence[Result], cells: Sequence[Cell]) -> set[str]:
        """Show the fix of every declaration that is wrong, in order, and return the names of those that were written."""
        if not (self.options.diff or self.options.fix):
            return set()
        wrong = dict.fromkeys(one.producer for one in results if one.check == "declaration" and not one.passes())
        names = [name for name in wrong if name in self.project.declarations]
        fixer = Fixer(self.lab, self.promises, reader_of(self.lab))
        return {name for name in names if self._offer(fixer, name, cells)}

    def _offer(self, fixer: Fixer, name: str, cells: Sequence[Cell]) -> bool:
        out = sys.stderr if self.options.json else sys.stdout
        places: list[Place] = [
            cell.subject.place for cell in cells if cell.check == "declaration" and cell.producer == name
        ]
        fix = fixer.fix(self.project.declarations[name], list(dict.fromkeys(places)))
        if not fix.found:
            words = fix.why or "what differs is not in its own text"
            print(f"{printable(name)}: no fix: {printable_lines(words)}\n", file=out)
            return False
        print(_painted(fix.diff(), Style(coloured(out))), file=out)
        if not self.options.fix or not (self.options.yes or _asked(fix)):
            return False
        try:
            fix.write()
        except OSError as error:
            raise cannot_write(f"{fix.declaration.source} cannot be written: {error.strerror}", error) from error
        print(f"fixed: {printable(str(fix.declaration.source))}", file=out)
        return True


def _asked(fix: Fix) -> bool:
    """Ask on standard error, and return whether the answer is yes; nobody there to answer says no."""
    print(f"write this into {printable(str(fix.declaration.source))}? [y/N] ", end="", file=sys.stderr, flush=True)
    answer = _line(sys.stdin)
    if answer is None:
        print("\nnothing was written: --yes writes without asking", file=sys.stderr)
    return (answer or "").strip().casefold() in ("y", "yes")


def _line(stream: TextIO) -> str | None:
    try:
        return stream.readline() or None
    except (OSError, ValueError):  # closed, or not open for reading
        return None


def _painted(diff: str, style: Style) -> str:
    """Return a diff with what goes in red and what comes in green."""
    lines = []
    for line in printable_lines(diff).splitlines():
        head = line.startswith(("+++", "---"))
        lines.append(
            style.strong(line) if head else style.painted(line, line[0] == "+") if line[:1] in ("+", "-") else line
        )
    return "\n".join(lines) + "\n"
