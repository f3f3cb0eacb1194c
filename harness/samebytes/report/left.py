"""What a run left out, in words: which of the work of all pairs was divided among them, and what adds the rest."""

from __future__ import annotations

from collections.abc import Iterator

from samebytes.report.content import Report

__all__ = ["left_words"]

DATA = "each pair exchanged its share of the values, each face had all of them"
DUE = "each pair was to exchange its share of the values, each face all of them"
"""Of a run that was cut short, or in which somebody died or did not agree: nobody can say that each has had everything."""
CELLS = "each peer played each in either part, not with every other"


def left_words(report: Report) -> Iterator[str]:
    """Yield a sentence for each realm in which pairs did a share of what there is to do; nothing where each did everything."""
    for realm, left in sorted(report.left.items()):
        words = "; ".join(
            _words(report, realm, check, number) for check, number in sorted(left.items(), key=_data_first)
        )
        yield f"{realm}: {words}; --full adds the rest"


def _words(report: Report, realm: str, check: str, left: int) -> str:
    cells = [cell for cell in report.cells if (cell.realm, cell.check) == (realm, check)]
    if check == "data":
        done = sum(cell.cases for cell in cells)
        held = not report.incomplete and all(cell.passes() for cell in cells)
        return f"{DATA if held else DUE} ({done:,} of {done + left:,} data cases)"
    return f"{check}: {CELLS} ({len(cells):,} of {len(cells) + left:,} cells)"


def _data_first(item: tuple[str, int]) -> tuple[bool, str]:
    return item[0] != "data", item[0]
