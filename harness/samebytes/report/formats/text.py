"""The report as `samebytes matrix` prints it on a terminal, without colours."""

from __future__ import annotations

from samebytes.report.content import Report
from samebytes.report.terminal import Style, render_matrix

__all__ = ["HELP", "render"]

HELP = "the table as plain text"


def render(report: Report) -> str:
    """Return the text."""
    return render_matrix(report, Style(False))
