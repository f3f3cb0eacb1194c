"""What CI systems show at lines of sources: SARIF, commands of GitHub, GitLab's report; and JUnit's places and properties."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from jsonschema import Draft4Validator
from msgspec import structs

from samebytes.checks.result import SourceLine
from samebytes.report.annotations.github import render as render_github
from samebytes.report.annotations.gitlab import render as render_gitlab
from samebytes.report.formats.junit import render as render_junit
from samebytes.report.formats.sarif import render as render_sarif
from samebytes.report.reading import read_report

SAMPLES = Path(__file__).resolve().parents[2] / "fixtures" / "reports"
SCHEMA = json.loads((Path(__file__).parent / "sarif-2.1.0.json").read_text("utf-8"))
"""The schema of SARIF 2.1.0 (OASIS), without its descriptions."""
HERE = SourceLine("src/my car.h", 12, "`Numbers`: 100% wrong, see\nbelow")
THERE = SourceLine("copies/Car.cs", 7, "`Letter`")


@pytest.fixture
def report():
    """A sample report, by its name."""
    return lambda name: read_report(SAMPLES / f"{name}.jsonl")


@pytest.fixture
def located(report):
    """A report of which every failing cell has a line; two of them share one."""
    base = report("differs")
    red = [cell.identity for cell in base.cells if not cell.passes()]
    lines = {identity: [HERE, THERE] if number == 1 else [HERE] for number, identity in enumerate(red)}
    return replace(base, cells=[structs.replace(cell, sources=lines.get(cell.identity, [])) for cell in base.cells])


def test_sarif_is_as_its_schema_says(sample, located):
    for one in (read_report(sample), located, replace(located, incomplete=("leg a is missing",))):
        Draft4Validator(SCHEMA).validate(json.loads(render_sarif(one)))


def test_sarif_has_a_result_for_every_failing_cell_at_its_line(located):
    (run,) = json.loads(render_sarif(located))["runs"]
    assert [result["ruleId"] for result in run["results"]] == ["samebytes/differs"] * 3
    place = run["results"][0]["locations"][0]["physicalLocation"]
    assert place == {
        "artifactLocation": {"uri": "src/my%20car.h", "uriBaseId": "%SRCROOT%"},
        "region": {"startLine": 12},
    }
    assert run["results"][1]["relatedLocations"][0]["physicalLocation"]["region"] == {"startLine": 7}
    assert run["tool"]["driver"]["rules"][run["results"][0]["ruleIndex"]]["id"] == "samebytes/differs"
    assert run["invocations"][0]["executionSuccessful"] is True


def test_sarif_of_what_is_incomplete_says_so(located):
    (run,) = json.loads(render_sarif(replace(located, incomplete=("leg a is missing",))))["runs"]
    assert run["invocations"][0]["executionSuccessful"] is False
    assert "leg a is missing" in json.dumps(run["invocations"])


def test_github_shows_each_line_once(located):
    lines = render_github(located).splitlines()
    assert [line.partition(",title")[0] for line in lines] == [
        "::error file=copies/Car.cs,line=7",
        "::error file=src/my car.h,line=12",
    ]
    assert lines[1].endswith("::`Numbers`: 100%25 wrong, see\\nbelow")
    assert "title=differs%3A c/c/struct/linux/data and 2 cells more::" in lines[1]


def test_github_tells_what_has_no_line_too(report):
    lines = render_github(report("differs")).splitlines()
    assert len(lines) == 1
    assert lines[0].startswith("::error title=differs%3A ")
    assert "Numbers declared as double instead of float" in lines[0]
    assert render_github(report("agreed")) == ""


def test_gitlab_has_what_its_reader_needs(located, report):
    found = json.loads(render_gitlab(located))
    assert [(one["location"]["path"], one["location"]["lines"]["begin"]) for one in found] == [
        ("copies/Car.cs", 7),
        ("src/my car.h", 12),
    ]
    assert {one["severity"] for one in found} == {"major"}
    assert len({one["fingerprint"] for one in found}) == 2
    assert json.loads(render_gitlab(report("agreed"))) == []


def test_junit_has_lines_hosts_and_peers(located):
    root = ET.fromstring(render_junit(located))
    case = root.find("testsuite/testcase[@name='c → csharp']")
    assert (case.get("file"), case.get("line")) == ("src/my car.h", "12")
    names = {one.get("name"): one.get("value") for one in root.findall("testsuite/properties/property")}
    assert {"host.system", "host.machine", "host.samebytes", "peer.c"} <= set(names)
    assert names["host.machine"] == located.hosts[0].machine


def test_junit_of_what_is_incomplete_has_an_error(located):
    root = ET.fromstring(render_junit(replace(located, incomplete=("leg a is missing",))))
    assert [one.get("message") for one in root.findall("testsuite/testcase/error")] == ["leg a is missing"]
