"""JUnit XML, of the shape that pytest writes and CI systems read: a suite for every realm, a testcase for every cell."""

from __future__ import annotations

import re
from collections.abc import Sequence
from xml.etree import ElementTree as ET

from samebytes.checks.result import Result, Skip, Verdict
from samebytes.printable import printable
from samebytes.report.cells import apart_lines, covered_lines, reasons
from samebytes.report.content import Report
from samebytes.report.terminal import peer_words

__all__ = ["HELP", "render"]

HELP = "JUnit XML, a testcase for every cell"

UNPRINTABLE = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What XML 1.0 cannot hold, not even as a reference (section 2.2)."""
SKIPPED = {
    Verdict.KNOWN: "an expected deviation",
    Verdict.PARTIAL: "not everything was looked at",
    Verdict.INCOMPATIBLE: "right, by ABIs that differ",
}
TELLING = {Verdict.PARTIAL: covered_lines, Verdict.INCOMPATIBLE: apart_lines}
"""Verdicts that JUnit has nothing of its own for and that fail no run, and what is said of them."""


def render(report: Report) -> str:
    """Return the XML text.

    A `known` cell is skipped, as pytest has an expected failure, and so is a `partial` or `incompatible` one; the others that are
    not green failed.
    """
    root = ET.Element("testsuites", name="samebytes")
    for realm in sorted({*report.realms, *(skip.realm for skip in report.skips)}):
        cells = [cell for cell in report.cells if cell.realm == realm]
        skips = [skip for skip in report.skips if skip.realm == realm]
        root.append(_suite(report, realm, cells, skips))
    if report.incomplete:
        root.append(_lacking(report))
    ET.indent(root, " ")
    return f'<?xml version="1.0" encoding="utf-8"?>\n{ET.tostring(root, "unicode")}\n'


def _suite(report: Report, realm: str, cells: Sequence[Result], skips: Sequence[Skip]) -> ET.Element:
    failed = sum(not cell.passes() for cell in cells)
    skipped = len(skips) + sum(cell.verdict in SKIPPED for cell in cells)
    suite = ET.Element(
        "testsuite",
        name=f"samebytes.{realm}",
        errors="0",
        failures=str(failed),
        skipped=str(skipped),
        tests=str(len(cells) + len(skips)),
        time=_time(sum(cell.seconds for cell in cells)),
        timestamp=_timestamp(report),
        hostname=_clean(report.hosts[0].system),
    )
    suite.append(_properties(report, realm))
    suite.extend(map(_testcase, cells))
    suite.extend(map(_skipped, skips))
    return suite


def _properties(report: Report, realm: str) -> ET.Element:
    """Return where and by what the suite was run: of each host its system, machine and Pythons, of each peer what it is."""
    properties = ET.Element("properties")
    for host in report.hosts:
        facts = {"samebytes": host.samebytes, "system": host.system, "machine": host.machine, "python": host.python}
        for name, value in {
            **facts,
            "started": host.started,
            "seed": "" if host.seed is None else str(host.seed),
        }.items():
            if value:
                ET.SubElement(properties, "property", name=f"host.{name}", value=_clean(value))
    for name, known in sorted(report.peers.get(realm, {}).items()):
        ET.SubElement(properties, "property", name=_clean(f"peer.{name}"), value=_clean(peer_words(known)))
    return properties


def _lacking(report: Report) -> ET.Element:
    """Return a suite with an error for each reason why this is not all that was to be run: no reader takes it for green."""
    number = str(len(report.incomplete))
    suite = ET.Element(
        "testsuite", name="samebytes.report", errors=number, failures="0", skipped="0", tests=number, time=_time(0),
        timestamp=_timestamp(report), hostname=_clean(report.hosts[0].system if report.hosts else ""),
    )  # fmt: skip
    for index, words in enumerate(report.incomplete, 1):
        case = ET.SubElement(suite, "testcase", classname="report", name=f"complete {index}", time=_time(0))
        error = ET.SubElement(case, "error", type="samebytes.incomplete", message=_clean(printable(words)))
        error.text = _clean(printable(words))
    return suite


def _timestamp(report: Report) -> str:
    return min((host.started for host in report.hosts), default="1970-01-01T00:00:00Z").removesuffix("Z") + "+00:00"


def _testcase(cell: Result) -> ET.Element:
    place = (cell.realm, cell.check, cell.group, cell.program)
    case = ET.Element(
        "testcase",
        classname=_clean(".".join(filter(None, place))),
        name=_clean(f"{cell.producer} → {cell.consumer}"),
        time=_time(cell.seconds),
    )
    for source in cell.sources[:1]:
        case.set("file", _clean(source.file))
        case.set("line", str(source.line))
    if cell.verdict in SKIPPED:
        case.append(_child("skipped", f"samebytes.{cell.verdict}", cell, SKIPPED[cell.verdict]))
    elif not cell.passes():
        stage = f" at {cell.stage}" if cell.stage else ""
        case.append(_child("failure", f"samebytes.{cell.verdict}", cell, f"{cell.verdict}{stage}"))
    return case


def _child(tag: str, kind: str, cell: Result, words: str) -> ET.Element:
    partial = cell.verdict is Verdict.PARTIAL
    lines = list(TELLING.get(cell.verdict, reasons)([cell]))
    first = cell.coverage if partial else cell.message.partition("\n")[0]
    telling = cell.reason or cell.cause or first or next(iter(lines[1:2]), "")
    message = f"{words}: {telling}" if telling else words
    child = ET.Element(tag, type=kind, message=_clean(message))
    child.text = _clean("\n".join((cell.identity, *lines)))
    return child


def _skipped(skip: Skip) -> ET.Element:
    case = ET.Element("testcase", classname=_clean(skip.realm), name=_clean(skip.peer or "the realm"), time=_time(0))
    words = printable(skip.reason + (f"; to add it: {skip.add}" if skip.add else ""))
    child = ET.SubElement(case, "skipped", type="samebytes.skip", message=_clean(words))
    child.text = _clean(words)
    return case


def _time(seconds: float) -> str:
    return f"{seconds:.3f}"


def _clean(text: str) -> str:
    return UNPRINTABLE.sub(lambda match: f"#x{ord(match[0]):02X}", text)
