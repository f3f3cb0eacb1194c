"""The report as one HTML file that needs nothing else: no network, no other file."""

from __future__ import annotations

import base64
import hashlib
from functools import cache
from pathlib import Path

from samebytes.report.content import Report
from samebytes.report.embed import embedded, script_text
from samebytes.report.terminal import Style, render_matrix, sum_words

__all__ = ["HELP", "render"]

HELP = "one HTML file that needs nothing else: matrix, byte maps, hexdumps"

ASSETS = Path(__file__).parent.parent / "assets"
SCRIPTS = ("model.js", "dom.js", "filter.js", "matrix.js", "sections.js", "bytes.js", "detail.js", "page.js")
"""In the order in which they stand in the page's one script."""


def render(report: Report) -> str:
    """Return the whole page as text."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined  # half of what a command's start would take

    environment = Environment(
        loader=FileSystemLoader(ASSETS), autoescape=True, undefined=StrictUndefined, keep_trailing_newline=True
    )
    style, script = _style(), _script()
    return environment.get_template("page.html.jinja").render(
        title=f"samebytes: {sum_words(report, Style(False))}",
        text=render_matrix(report, Style(False)),
        data=script_text(embedded(report)),
        style=style,
        style_hash=_hash(style),
        script=script,
        script_hash=_hash(script),
    )


@cache
def _style() -> str:
    return (ASSETS / "page.css").read_text("utf-8")


@cache
def _script() -> str:
    """Return the scripts as one, in a function of their own: nothing of theirs is global."""
    parts = "\n".join((ASSETS / name).read_text("utf-8") for name in SCRIPTS)
    return f'(() => {{\n"use strict";\n{parts}}})();\n'


def _hash(text: str) -> str:
    """Return the hash by which a Content-Security-Policy allows a script or style to stand in the page (CSP 3, 2.3.1)."""
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
