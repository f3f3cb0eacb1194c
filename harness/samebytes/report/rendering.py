"""The formats of a report: what a module in report/formats, or in `reports/` of an extension folder, has."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Protocol, cast

from samebytes.errors import UsageError
from samebytes.peers.extensions import module_named, modules_found
from samebytes.report.content import Report
from samebytes.scarcity import cannot_write

__all__ = ["Format", "annotators", "formats", "write"]


class Format(Protocol):
    """What a module of a format has."""

    HELP: str
    """What the file is, for the option's help."""

    def render(self, report: Report) -> str:
        """Return the file's text."""


def formats() -> Mapping[str, Format]:
    """Return every format by name, which is its option's. UsageError for a user's file that is not a format."""
    found = {name: module_named(place) for name, place in modules_found("samebytes.report.formats", "reports").items()}
    for module in found.values():
        if not callable(getattr(module, "render", None)) or not isinstance(getattr(module, "HELP", None), str):
            raise UsageError(
                f"{module.__file__} has no HELP or no function render", hint="docs/extending.md says what a format has"
            )
    return {name: cast(Format, module) for name, module in found.items()}


class Annotator(Format, Protocol):
    """What a module of report/annotations has: findings as a CI system shows them at lines of sources."""

    FILE: str
    """The file that the CI system reads; empty: it reads what is printed."""


def annotators() -> Mapping[str, Annotator]:
    """Return every way of annotating by name, which is a CI system's."""
    found = modules_found("samebytes.report.annotations").items()
    return {name: cast(Annotator, module_named(place)) for name, place in found}


def write(option: str, path: Path, text: str) -> None:
    """Write a file that an option names. UsageError if it cannot be written, MissingError where the disk is full."""
    try:
        path.write_text(text, "utf-8", newline="\n")
    except OSError as error:
        raise cannot_write(f"--{option} {path}: cannot be written: {error.strerror}", error) from error
