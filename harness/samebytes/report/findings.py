"""What a report says of lines of sources: the cells that failed there, together, for CI systems and editors."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from samebytes.checks.result import Result
from samebytes.printable import printable
from samebytes.report.cells import cells_in_words
from samebytes.report.content import Report

__all__ = ["At", "findings_of", "said_of"]


@dataclass(frozen=True)
class At:
    """One thing that is wrong at one line; `file` is empty where no line is known."""

    file: str
    line: int
    words: str
    cells: Sequence[Result]

    @property
    def title(self) -> str:
        """Return whose it is, and how many cells it fails."""
        first = self.cells[0]
        more = f" and {cells_in_words(len(self.cells) - 1)} more" if len(self.cells) > 1 else ""
        return printable(f"{first.verdict}: {first.identity}{more}")


def findings_of(report: Report) -> list[At]:
    """Return every line at which something fails, in the order of files; the cells of which no line is known last, by what is said."""
    found: dict[tuple[str, int], list[tuple[str, Result]]] = {}
    nowhere: dict[str, list[Result]] = {}
    for cell in report.cells:
        if cell.passes():
            continue
        for source in cell.sources:
            found.setdefault((source.file, source.line), []).append((source.about, cell))
        if not cell.sources:
            nowhere.setdefault(said_of(cell), []).append(cell)
    lines = [At(*place, _together(told), _each(cell for _, cell in told)) for place, told in sorted(found.items())]
    return [*lines, *(At("", 0, words, cells) for words, cells in nowhere.items())]


def said_of(cell: Result) -> str:
    """Return what is wrong with a cell, in one line."""
    difference = next((str(one) for run in cell.runs for one in run.differences), "")
    return printable(cell.cause or cell.message.partition("\n")[0] or difference or str(cell.verdict))


def _together(told: Sequence[tuple[str, Result]]) -> str:
    words = dict.fromkeys(about or said_of(cell) for about, cell in told)
    return printable("; ".join(words))


def _each(cells: Iterable[Result]) -> list[Result]:
    unique: dict[str, Result] = {}
    for cell in cells:
        unique.setdefault(cell.identity, cell)
    return list(unique.values())
