"""SARIF 2.1.0 (OASIS): results with their lines, as code scanning and editors read them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from pathlib import PurePosixPath, PureWindowsPath
from typing import Any
from urllib.parse import quote

from samebytes import __version__
from samebytes.checks.result import Result, SourceLine, Verdict
from samebytes.printable import printable
from samebytes.report.cells import covered_lines, reasons
from samebytes.report.content import Report
from samebytes.report.findings import said_of
from samebytes.report.lines import Host
from samebytes.report.terminal import skip_words

__all__ = ["HELP", "render"]

HELP = "SARIF 2.1.0, for code scanning and editors"

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
LONGEST = 4000
"""Characters of a message: GitHub shows no more of one."""
RULES = {
    Verdict.DIFFERS: "What one program writes is not what the layout says, or not what another one reads.",
    Verdict.CRASHED: "A program died while it shared memory.",
    Verdict.HUNG: "A program did not answer before its deadline.",
    Verdict.LEAKED: "Something was left behind when every program had ended.",
    Verdict.REFUSED: "A declaration or a program could not be used.",
    Verdict.UNSUPPORTED: "A program cannot do what the cell asks for.",
    Verdict.PARTIAL: "Everything that was looked at agreed, and not everything was looked at.",
    Verdict.KNOWN: "It does not agree, and that is expected.",
}
NUMBERS = {verdict: number for number, verdict in enumerate(RULES)}


def render(report: Report) -> str:
    """Return the log as JSON text: a result for every cell that is not green, and for every known deviation, suppressed."""
    run = {
        "tool": {"driver": {"name": "samebytes", "version": __version__, "rules": list(_rules())}},
        "columnKind": "unicodeCodePoints",
        "invocations": [_invocation(host, report) for host in report.hosts] or [{"executionSuccessful": False}],
        "results": [_result(cell) for cell in report.cells if cell.verdict is not Verdict.AGREED],
    }
    log = {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}
    return json.dumps(log, ensure_ascii=False, indent=1) + "\n"


def _rules() -> Iterator[dict[str, Any]]:
    for verdict, words in RULES.items():
        yield {
            "id": f"samebytes/{verdict}",
            "name": str(verdict).title(),
            "shortDescription": {"text": words},
            "defaultConfiguration": {"level": _level(verdict)},
        }


def _level(verdict: Verdict) -> str:
    return "note" if verdict in (Verdict.PARTIAL, Verdict.KNOWN) else "error"


def _invocation(host: Host, report: Report) -> dict[str, Any]:
    """Return one run: what of it could not run stands there as notes, and why it is not whole as errors."""
    notes = [_notification("note", skip_words(skip)) for skip in report.skips]
    notes += [_notification("error", words) for words in report.incomplete]
    return {
        "executionSuccessful": not report.incomplete,
        "startTimeUtc": host.started,
        "toolExecutionNotifications": notes,
        "properties": {
            "system": host.system,
            "machine": host.machine,
            "python": host.python,
            "samebytes": host.samebytes,
        },
    }


def _notification(level: str, words: str) -> dict[str, Any]:
    return {"level": level, "message": {"text": printable(words)}}


def _result(cell: Result) -> dict[str, Any]:
    lines = covered_lines([cell]) if cell.verdict is Verdict.PARTIAL else reasons([cell])
    text = "\n".join([_first(cell), "", *lines])[:LONGEST]
    result: dict[str, Any] = {
        "ruleId": f"samebytes/{cell.verdict}",
        "ruleIndex": NUMBERS[cell.verdict],
        "level": _level(cell.verdict),
        "message": {"text": text},
        "locations": [_location(cell, source) for source in cell.sources[:1]]
        or [{"logicalLocations": [_logical(cell)]}],
        "partialFingerprints": {
            "samebytesCell/v1": hashlib.sha256(f"{cell.identity}\0{said_of(cell)}".encode()).hexdigest()
        },
        "properties": {
            "producer": cell.producer,
            "consumer": cell.consumer,
            "program": cell.program,
            "realm": cell.realm,
        },
    }
    if cell.sources[1:]:
        result["relatedLocations"] = [
            {**_location(cell, source), "message": {"text": printable(source.about)}} for source in cell.sources[1:]
        ]
    if cell.verdict is Verdict.KNOWN:
        result["suppressions"] = [{"kind": "external", "justification": printable(cell.reason)}]
    return result


def _first(cell: Result) -> str:
    about = printable(cell.sources[0].about) if cell.sources else ""
    return about or said_of(cell)


def _location(cell: Result, source: SourceLine) -> dict[str, Any]:
    place = {"artifactLocation": _artifact(source.file), "region": {"startLine": source.line}}
    return {"physicalLocation": place, "logicalLocations": [_logical(cell)]}


def _artifact(file: str) -> dict[str, str]:
    """Return a path as a URI: relative to the top of the sources, or whole where it is absolute."""
    if PurePosixPath(file).is_absolute():
        return {"uri": f"file://{quote(file)}"}
    if PureWindowsPath(file).is_absolute():
        return {"uri": f"file:///{quote(file.replace(chr(92), '/'), safe='/:')}"}
    return {"uri": quote(file), "uriBaseId": "%SRCROOT%"}


def _logical(cell: Result) -> dict[str, str]:
    return {"fullyQualifiedName": printable(cell.identity), "kind": "member"}
