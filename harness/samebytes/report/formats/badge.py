"""An SVG badge: `samebytes | 128/128 agree`."""

from __future__ import annotations

from html import escape

from samebytes.report.content import Report

__all__ = ["HELP", "render"]

HELP = "an SVG badge"

LABEL = "samebytes"
GOOD, SOME, BAD, NEITHER = "#2d7d46", "#8a6100", "#b42318", "#6b7280"
"""White text on each has a contrast of 4.5 to 1 or more (WCAG 2.2, 1.4.3)."""
BESIDES = ("known", "partial", "incompatible")
PAD = 7
DIGIT, LETTER = 6.9, 6.4
"""Mean widths in pixels of 11-pixel Verdana, whose digits are all alike; `textLength` makes every font as wide as that."""


def render(report: Report) -> str:
    """Return the badge as SVG text: how many cells agree, of how many, how many are known not to, how many only in part or cannot."""
    counts = report.verdicts
    besides = "".join(f", {counts[name]} {name}" for name in BESIDES if name in counts)
    besides += ", incomplete" if report.incomplete else ""
    words = f"{counts.get('agreed', 0)}/{len(report.cells)} agree{besides}" if report.cells else "nothing ran"
    colour = NEITHER if not report.cells else GOOD if report.green else SOME if report.passes() else BAD
    left, right = (round(_width(text) + 2 * PAD) for text in (LABEL, words))
    title = escape(f"{LABEL}: {words}")
    return f"""<svg xmlns="http://www.w3.org/2000/svg" width="{left + right}" height="20" role="img" aria-label="{title}">
<title>{title}</title>
<clipPath id="round"><rect width="{left + right}" height="20" rx="3"/></clipPath>
<g clip-path="url(#round)"><path fill="#3d434b" d="M0 0h{left}v20H0z"/><path fill="{colour}" d="M{left} 0h{right}v20H{left}z"/></g>
<g fill="#fff" font-family="Verdana,DejaVu Sans,sans-serif" font-size="11" text-anchor="middle">
{_text(LABEL, left / 2)}
{_text(words, left + right / 2)}
</g>
</svg>
"""


def _text(words: str, middle: float) -> str:
    return f'<text x="{middle:g}" y="14" textLength="{_width(words):.0f}">{escape(words)}</text>'


def _width(words: str) -> float:
    return sum(DIGIT if letter.isdigit() else LETTER for letter in words)
