"""The report as it is written: JSON lines. A header, a line for every cell and every skip, a footer.

A report without a footer is of a run that was cut off.
"""

from __future__ import annotations

import json
import platform
import time
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import IO, Any

from samebytes import __version__
from samebytes.checks.result import Result, Skip
from samebytes.errors import SamebytesError
from samebytes.printable import printable
from samebytes.report.lines import FORMAT, Footer, Header, Machine, Peers
from samebytes.scarcity import cannot_write

__all__ = ["ReportWriter", "footer", "footer_line", "header", "line_text", "skip_line"]


class ReportWriter:
    """Writes a report as results come. The file is opened at once, so that a wrong path is found before the run.

    It begins with `head`, or with a header of now. UsageError where the file cannot be written, MissingError where the disk is full.
    """

    def __init__(self, path: Path, head: Mapping[str, Any] | None = None) -> None:
        self._path = path
        try:
            self._file: IO[str] = path.open("w", encoding="utf-8", newline="\n")
        except OSError as error:
            raise self._failure(error) from error
        self.write(head or header())

    def __enter__(self) -> ReportWriter:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            self._file.close()
        except OSError as problem:
            if kind is None:
                raise self._failure(problem) from problem

    def write(self, line: Mapping[str, Any]) -> None:
        """Write one line, at once on its way to the disk."""
        try:
            self._file.write(line_text(line))
            self._file.flush()
        except OSError as error:
            raise self._failure(error) from error

    def _failure(self, error: OSError) -> SamebytesError:
        return cannot_write(f"the report cannot be written to {printable(str(self._path))}: {error.strerror}", error)


def line_text(line: Mapping[str, Any]) -> str:
    """Return a line as it stands in the file, with its newline."""
    return printable(json.dumps(line, ensure_ascii=False, separators=(",", ":"))) + "\n"


def header(programs: Sequence[str] = (), seed: int | None = None) -> dict[str, Any]:
    """Return who runs, where and when, the programs in the order in which they are to be shown, what random values are drawn from."""
    started = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    machine = Machine(platform.platform(), platform.machine(), platform.python_version())
    return Header(FORMAT, __version__, started, machine, programs=list(programs), seed=seed).to_json()


def skip_line(skip: Skip) -> dict[str, Any]:
    """Return the line for what was not run."""
    return skip.to_json()


def footer(
    results: Iterable[Result],
    peers: Peers,
    seconds: float,
    phases: Mapping[str, Mapping[str, float]] | None = None,
    rates: Mapping[str, Mapping[str, float]] | None = None,
    left: Mapping[str, Mapping[str, int]] | None = None,
) -> dict[str, Any]:
    """Return the sums, and by realm the peers that took part, the seconds of each part of the run, the rates of faces, what was left."""
    return footer_line((str(result.verdict) for result in results), peers, seconds, phases, rates, left)


def footer_line(
    verdicts: Iterable[str],
    peers: Peers,
    seconds: float,
    phases: Mapping[str, Mapping[str, float]] | None = None,
    rates: Mapping[str, Mapping[str, float]] | None = None,
    left: Mapping[str, Mapping[str, int]] | None = None,
) -> dict[str, Any]:
    """Return the same, from the verdict of every cell."""
    counts: Counter[Any] = Counter(verdicts)
    sums = dict(sorted(counts.items()))
    return Footer(counts.total(), sums, peers, round(seconds, 3), phases or {}, rates or {}, _some(left)).to_json()


def _some(left: Mapping[str, Mapping[str, int]] | None) -> Mapping[str, Mapping[str, int]]:
    """Return what was left, of the realms where something was."""
    return {realm: checks for realm, checks in (left or {}).items() if checks}
