"""The report as one HTML file that needs nothing else."""

from __future__ import annotations

from samebytes.report.content import Report

__all__ = ["render_page"]


def render_page(report: Report) -> str:
    """The whole page as text."""
    raise NotImplementedError(report)
