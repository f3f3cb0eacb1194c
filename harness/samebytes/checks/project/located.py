"""Where in a declaration's source it is wrong: a line for each fault, for CI systems and editors."""

from __future__ import annotations

import re
from pathlib import Path

from samebytes.checks.project.compare_declared import Comparison
from samebytes.checks.project.faults import Fault, faults_of
from samebytes.checks.project.project import Declaration
from samebytes.checks.result import Run, SourceLine
from samebytes.checks.source_lines import read_source, record_line, repository_path
from samebytes.layout import Layout
from samebytes.layout.source import SourceMember, language_for, line_of, record_in

__all__ = ["located", "project_line", "refused_line"]

MOST = 10
"""Faults of one declaration that have a line of their own."""


def located(declaration: Declaration, type_: str, held: Comparison, layout: Layout, run: Run) -> list[SourceLine]:
    """Return a line for each fault of a declaration that was read and differs; the record's own, where none is seen in its source."""
    path = declaration.source
    text = read_source(path)
    language = language_for(path.suffix)
    records = language.records(text) if language is not None else []
    record = record_in(records, type_ or declaration.type)
    if record is None:
        return project_line(declaration.place, run.cause or "")
    faults = faults_of(text, records, record, held, layout)[:MOST]
    lines = [SourceLine(repository_path(path), line_of(text, _at(text, fault)), _words(fault, run)) for fault in faults]
    return lines or [SourceLine(repository_path(path), line_of(text, record.keyword), _said(run))]


def refused_line(declaration: Declaration, message: str) -> list[SourceLine]:
    """Return the record's line of a declaration that could not be read; the project file's, where its source has none."""
    found = record_line(declaration.source, declaration.type, message)
    return [found] if found is not None else project_line(declaration.place, message)


def project_line(place: str, about: str) -> list[SourceLine]:
    """Return the line of the project file that a table's place names: `samebytes.toml:12: [declaration.reader]`."""
    file, _, rest = place.rpartition(": ")[0].rpartition(":")
    return [SourceLine(repository_path(Path(file)), int(rest), about)] if file and rest.isdecimal() else []


def _at(text: str, fault: Fault) -> int:
    """Return where a fault is best shown: packing at the words that say it, a field that is missing where it would stand."""
    if fault.what in ("pack", "size"):
        start, end = fault.record.whole[0], fault.record.body[0]
        for word in ("StructLayout", "repr", "packed", "_pack_", "pack =", "_fields_"):
            at = text.find(word, start, end)
            if at >= 0:
                return at
        pragma = re.findall(
            r"(?mi)^[ \t]*(?:#[ \t]*pragma[ \t]+pack|\{\$(?:packrecords|align)\b)[^\n]*\n", text[:start]
        )
        if pragma and "pop" not in pragma[-1]:
            return text.rindex(pragma[-1], 0, start)
    if fault.what == "hole" and (before := _before(fault)) is not None:
        return before.at[0]
    if fault.what == "missing" and fault.member is None and fault.record.items:  # the line behind the last field
        return min(text.find("\n", fault.record.items[-1].end) + 1, fault.record.body[1]) or fault.at
    return fault.at


def _before(fault: Fault) -> SourceMember | None:
    """Return the filler in front of the field that does not begin where it must; None where none stands there."""
    members = list(fault.record.members)
    at = next((number for number, one in enumerate(members) if one is fault.member), 0)
    before = members[at - 1] if at else None
    return before if before is not None and all(before is not one for one in fault.there.values()) else None


def _words(fault: Fault, run: Run) -> str:
    """Return what is wrong at one place, in a sentence."""
    first = next((one for one in run.differences if one.path.partition(".")[0].partition("[")[0] == fault.name), None)
    what = {
        "missing": f"`{fault.name}` is missing here",
        "extra": f"`{fault.name}` is a field that the layout has not",
        "order": f"`{fault.name}` stands in another place than in the layout",
        "kind": f"{fault.layout.record.name} is a {'struct' if fault.layout.record.union else 'union'} here, and none in the layout",
        "pack": f"{fault.layout.record.name} is packed otherwise than the layout",
        "size": f"{fault.layout.record.name} has another size than the layout",
        "hole": f"`{fault.name}` does not begin where it does in the layout",
    }.get(fault.what, f"`{fault.name}` is declared otherwise than in the layout")
    return f"{what}: {_said(run)}" if run.cause else f"{what}: {first}" if first else what


def _said(run: Run) -> str:
    return (run.cause or "") or next((str(one) for one in run.differences), run.message)
