"""JUnit XML, of the shape that pytest writes and CI systems read: a suite for every realm, a testcase for every cell."""

from __future__ import annotations

import re
from collections.abc import Sequence
from xml.etree import ElementTree as ET

from samebytes.report.cells import reasons
from samebytes.report.content import GREEN, Cell, Line, Report

__all__ = ["HELP", "render"]

HELP = "JUnit XML, a testcase for every cell"

UNPRINTABLE = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What XML 1.0 cannot hold, not even as a reference (section 2.2)."""


def render(report: Report) -> str:
    """The XML text. A `known` cell is skipped, as pytest has an expected failure; everything else that is not green failed."""
    root = ET.Element("testsuites", name="samebytes")
    for realm in sorted({*report.realms, *(skip["realm"] for skip in report.skips)}):
        cells = [cell for cell in report.cells if cell["realm"] == realm]
        skips = [skip for skip in report.skips if skip["realm"] == realm]
        root.append(_suite(report, realm, cells, skips))
    ET.indent(root, " ")
    return f'<?xml version="1.0" encoding="utf-8"?>\n{ET.tostring(root, "unicode")}\n'


def _suite(report: Report, realm: str, cells: Sequence[Cell], skips: Sequence[Line]) -> ET.Element:
    failed = sum(cell["verdict"] not in GREEN for cell in cells)
    skipped = len(skips) + sum(cell["verdict"] == "known" for cell in cells)
    suite = ET.Element(
        "testsuite",
        name=f"samebytes.{realm}",
        errors="0",
        failures=str(failed),
        skipped=str(skipped),
        tests=str(len(cells) + len(skips)),
        time=_time(sum(cell["seconds"] for cell in cells)),
        timestamp=min(str(host["started"]) for host in report.hosts).removesuffix("Z") + "+00:00",
        hostname=_clean(str(report.hosts[0]["system"])),
    )
    suite.extend(map(_testcase, cells))
    suite.extend(map(_skipped, skips))
    return suite


def _testcase(cell: Cell) -> ET.Element:
    place = (cell["realm"], cell["check"], cell.get("group"), cell["program"])
    case = ET.Element(
        "testcase",
        classname=_clean(".".join(filter(None, place))),
        name=_clean(f"{cell['producer']} → {cell['consumer']}"),
        time=_time(cell["seconds"]),
    )
    if cell["verdict"] == "known":
        case.append(_child("skipped", "samebytes.known", cell, "an expected deviation"))
    elif cell["verdict"] not in GREEN:
        stage = f" at {cell['stage']}" if cell["stage"] else ""
        case.append(_child("failure", f"samebytes.{cell['verdict']}", cell, f"{cell['verdict']}{stage}"))
    return case


def _child(tag: str, kind: str, cell: Cell, words: str) -> ET.Element:
    lines = list(reasons([cell]))
    telling = (
        cell.get("reason") or cell.get("cause") or cell["message"].partition("\n")[0] or next(iter(lines[1:2]), "")
    )
    message = f"{words}: {telling}" if telling else words
    child = ET.Element(tag, type=kind, message=_clean(message))
    child.text = _clean("\n".join((cell["id"], *lines)))
    return child


def _skipped(skip: Line) -> ET.Element:
    case = ET.Element(
        "testcase", classname=_clean(skip["realm"]), name=_clean(skip["peer"] or "the realm"), time=_time(0)
    )
    add = f"; to add it: {skip['add']}" if skip.get("add") else ""
    child = ET.SubElement(case, "skipped", type="samebytes.skip", message=_clean(skip["reason"] + add))
    child.text = _clean(skip["reason"] + add)
    return case


def _time(seconds: float) -> str:
    return f"{seconds:.3f}"


def _clean(text: str) -> str:
    return UNPRINTABLE.sub(lambda match: f"#x{ord(match[0]):02X}", text)
