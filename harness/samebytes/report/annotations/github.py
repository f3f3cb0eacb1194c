"""Commands of GitHub's workflows: what is printed so stands at its line in a pull request (docs.github.com, "Workflow commands")."""

from __future__ import annotations

from samebytes.report.content import Report
from samebytes.report.findings import findings_of
from samebytes.report.terminal import incomplete_words

__all__ = ["FILE", "HELP", "render"]

HELP = "print findings as GitHub Actions shows them in a pull request"
FILE = ""


def render(report: Report) -> str:
    """Return a line for each finding; those of which no line of a source is known stand at the run itself."""
    lines = []
    for one in findings_of(report):
        place = f"file={_property(one.file)},line={one.line}," if one.file else ""
        lines.append(f"::error {place}title={_property(one.title)}::{_message(one.words)}\n")
    lines += [f"::error title=samebytes::{_message(words)}\n" for words in incomplete_words(report)]
    return "".join(lines)


def _message(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _message(text).replace(":", "%3A").replace(",", "%2C")
