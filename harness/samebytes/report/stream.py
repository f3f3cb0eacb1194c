"""The report: JSON lines. A header, a line for every cell and every skip, a footer.

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
from samebytes.errors import UsageError

__all__ = ["FORMAT", "ReportWriter", "footer", "footer_line", "header", "line_text", "skip_line"]

FORMAT = 1
"""The report's format; a reader refuses one it does not know."""


class ReportWriter:
    """Writes a report as results come. The file is opened at once, so that a wrong path is found before the run.

    It begins with `head`, or with a header of now.
    """

    def __init__(self, path: Path, head: Mapping[str, Any] | None = None) -> None:
        try:
            self._file: IO[str] = path.open("w", encoding="utf-8", newline="\n")
        except OSError as error:
            raise UsageError(f"cannot write the report to {path}: {error.strerror}") from error
        self.write(head or header())

    def __enter__(self) -> ReportWriter:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()

    def write(self, line: Mapping[str, Any]) -> None:
        """One line, at once on its way to the disk."""
        self._file.write(line_text(line))
        self._file.flush()


def line_text(line: Mapping[str, Any]) -> str:
    """A line as it stands in the file, with its newline."""
    return json.dumps(line, ensure_ascii=False, separators=(",", ":")) + "\n"


def header(programs: Sequence[str] = ()) -> dict[str, Any]:
    """Who runs, where and when, and the programs in the order in which they are to be shown."""
    return {
        "type": "header",
        "format": FORMAT,
        "samebytes": __version__,
        "started": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        "host": {"system": platform.platform(), "machine": platform.machine(), "python": platform.python_version()},
        **({"programs": list(programs)} if programs else {}),
    }


def skip_line(skip: Skip) -> dict[str, Any]:
    """What was not run, and the command that adds it."""
    return {"type": "skipped", "realm": skip.realm, "peer": skip.peer or None, "reason": skip.reason, "add": skip.add}


def footer(
    results: Iterable[Result],
    peers: Mapping[str, Mapping[str, Mapping[str, str]]],
    seconds: float,
    phases: Mapping[str, Mapping[str, float]] | None = None,
    rates: Mapping[str, Mapping[str, float]] | None = None,
) -> dict[str, Any]:
    """The sums, and by realm the peers that took part, the seconds of each part of the run, the rates of pairs of faces."""
    line = footer_line((str(result.verdict) for result in results), peers, seconds, phases)
    return {**line, **({"rates": rates} if rates else {})}


def footer_line(
    verdicts: Iterable[str],
    peers: Mapping[str, Mapping[str, Mapping[str, str]]],
    seconds: float,
    phases: Mapping[str, Mapping[str, float]] | None = None,
) -> dict[str, Any]:
    """The same, from the verdict of every cell."""
    counts = Counter(verdicts)
    return {
        "type": "footer",
        "cells": sum(counts.values()),
        "verdicts": dict(sorted(counts.items())),
        "peers": peers,
        **({"phases": phases} if phases else {}),
        "seconds": round(seconds, 3),
    }
