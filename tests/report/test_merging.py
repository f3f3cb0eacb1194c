"""Merging: a Linux-only and a Windows-only report give what one run of both gives; what contradicts is an error that names both."""

from __future__ import annotations

import copy
import itertools
import re
from dataclasses import replace

import pytest
from msgspec import structs

from samebytes.checks.result import Stage, Verdict
from samebytes.errors import ReportConflictError, ReportVersionError
from samebytes.report.content import report_of
from samebytes.report.embed import embedded
from samebytes.report.formats.junit import render as render_junit
from samebytes.report.formats.markdown import render as render_markdown
from samebytes.report.merging import merge_reports
from samebytes.report.reading import read_report
from samebytes.report.stream import line_text
from samebytes.report.terminal import Style, render_matrix

ELSEWHERE = "its cells were not selected, or are of a realm that is not here"
APART = "its condition does not hold here"


@pytest.fixture
def parts(lines_of, split, written):
    """A report of two realms, and the two reports of runs in one realm each."""
    lines = lines_of("agreed")
    lines[-1]["seconds"] = 4.0
    lines[-1]["rates"] = {"linux": {"c.program": 900.0, "nim": 100.0}, "windows": {"c.program": 50.0}}
    lines[-1]["phases"] = {"linux": {"start": 0.5, "data": 1.0}, "windows": {"start": 1.5, "data": 1.0}}
    for cell in lines[1:-1]:
        cell.update(group="records", cases=5 * len(cell["runs"]))
        for run in cell["runs"]:
            run["cases"] = 5
    linux, windows = split(lines, "linux"), split(lines, "windows")
    for each, unjudged in (
        (lines, {3: APART}),
        (linux, {2: ELSEWHERE, 3: ELSEWHERE}),
        (windows, {1: ELSEWHERE, 3: APART}),
    ):
        told = [{"entry": entry, "why": why} for entry, why in unjudged.items()]
        each[-1]["expectations"] = {"file": "expectations.toml", "entries": 3, "unjudged": told, "stale": []}
    linux[-1]["seconds"], windows[-1]["seconds"] = 1.5, 2.5
    windows[0]["host"]["system"] = "Windows-11"
    windows[0]["started"] = "2026-11-20T18:00:00Z"
    return [read_report(written(each, f"{name}.jsonl")) for name, each in (("a", lines), ("l", linux), ("w", windows))]


def test_the_rates_of_runs_in_one_realm_stand_together_whatever_their_order(parts):
    one, other, _ = parts
    other = replace(other, rates={"linux": {"nim": 120.0, "python": 10.0}})
    both = {"linux": {"c.program": 900.0, "nim": 120.0, "python": 10.0}, "windows": {"c.program": 50.0}}
    assert merge_reports({"one": one, "other": other}).rates == both
    assert merge_reports({"other": other, "one": one}).rates == both


def test_two_realms_merged_are_as_one_run(parts):
    one, linux, windows = parts
    both = merge_reports({"linux": linux, "windows": windows})
    assert both.cells == one.cells
    assert (both.skips, both.peers, both.programs, both.verdicts) == (one.skips, one.peers, one.programs, one.verdicts)
    assert both.seconds == one.seconds
    assert (both.phases, both.expectations, both.cases) == (one.phases, one.expectations, one.cases)
    assert both.rates == one.rates
    assert {cell.group for cell in both.cells} == {"records"}
    assert [host.system for host in both.hosts] == [linux.hosts[0].system, "Windows-11"]


@pytest.mark.parametrize("render", [lambda report: render_matrix(report, Style(True)), render_junit, render_markdown])
def test_everything_rendered_is_the_same(parts, render):
    """But for the machines: Markdown names them at its end, JUnit in attributes and properties."""
    one, linux, windows = parts
    both = merge_reports({"linux": linux, "windows": windows})
    hosts = r'(?s) timestamp="[^"]*" hostname="[^"]*"| *<property name="host[^>]*>\n|<sub>.*'
    texts = [re.sub(hosts, "", render(report)) for report in (both, one)]
    assert texts[0] == texts[1]


def test_the_page_holds_the_same(parts):
    one, linux, windows = parts
    both = embedded(merge_reports({"linux": linux, "windows": windows}))
    assert both | {"hosts": None} == embedded(one) | {"hosts": None}


def test_the_order_of_the_files_does_not_matter(parts):
    one, linux, windows = parts
    slow = copy.deepcopy(linux)
    slow.cells[0].seconds += 10
    reports = {"both": one, "slow": slow, "windows": windows}
    texts = {
        "".join(map(line_text, merge_reports(dict(order)).lines())) for order in itertools.permutations(reports.items())
    }
    assert len(texts) == 1


def test_a_merged_report_is_a_report_and_can_be_merged_again(parts, tmp_path):
    _, linux, windows = parts
    both = merge_reports({"linux": linux, "windows": windows})
    path = tmp_path / "both.jsonl"
    path.write_text("".join(map(line_text, both.lines())), "utf-8")
    assert read_report(path) == both
    assert merge_reports({"both": read_report(path), "linux": linux}) == both


def test_one_report_stays_as_it_is(sample):
    report = read_report(sample)
    assert merge_reports({"x": report}) == report


def test_the_same_cell_twice_collapses_and_keeps_the_shorter_time(parts):
    _, linux, _ = parts
    slow = copy.deepcopy(linux)
    slow.cells[0].seconds += 10
    merged = merge_reports({"slow": slow, "linux": linux})
    assert merged.cells == linux.cells


def test_a_cell_that_contradicts_names_both_files(parts):
    _, linux, _ = parts
    other = copy.deepcopy(linux)
    other.cells[3].runs[0].fail(Verdict.HUNG, Stage.LOAD, "no answer")
    with pytest.raises(ReportConflictError) as caught:
        merge_reports({"a.jsonl": linux, "b.jsonl": other})
    error = caught.value
    assert (error.file, error.other, error.identity) == ("a.jsonl", "b.jsonl", linux.cells[3].identity)
    assert f"{error.identity} is agreed in a.jsonl and hung in b.jsonl" in str(error)


def test_the_same_verdict_with_other_evidence_contradicts_too(parts):
    _, linux, _ = parts
    other = copy.deepcopy(linux)
    other.cells[0].runs[0].memory = "ff"
    with pytest.raises(ReportConflictError, match=r"agreed in both a and b, with other evidence"):
        merge_reports({"a": linux, "b": other})


def test_what_an_expectation_is_stale_about_fails_every_report_it_is_merged_into(parts):
    _, linux, windows = parts
    stale = replace(linux, expectations=structs.replace(linux.expectations, stale=["entry 1 is about nothing"]))
    merged = merge_reports({"l": stale, "w": windows})
    assert merged.expectations.stale == ["entry 1 is about nothing"]
    assert (stale.green, windows.green, merged.green) == (False, True, False)
    assert "stale: entry 1 is about nothing" in render_matrix(merged, Style(False))


def test_what_one_run_skipped_and_another_ran_was_run(parts, lines_of):
    windows = parts[2]
    skipping = report_of(lines_of("differs"))  # without Wine, and without Nim
    assert [skip.realm for skip in merge_reports({"s": skipping}).skips] == ["linux", "windows"]
    assert [skip.realm for skip in merge_reports({"s": skipping, "w": windows}).skips] == ["linux"]


def test_another_version_of_a_peer_stands_beside_the_first(parts):
    _, linux, _ = parts
    other = copy.deepcopy(linux)
    other.peers["linux"]["c"]["version"] = "gcc 13.1"
    merged = merge_reports({"a": linux, "b": other})
    assert merged.peers["linux"]["c"]["version"] == "gcc 12.2.0 | gcc 13.1"
    assert merge_reports({"m": merged, "b": other}).peers == merged.peers


def test_reports_of_two_versions_are_not_merged(parts):
    """What one version calls agreed, another may not."""
    _, linux, windows = parts
    newer = replace(windows, hosts=[structs.replace(host, samebytes="9.0") for host in windows.hosts])
    with pytest.raises(
        ReportVersionError, match=r"l is of samebytes 0\.1\.0 and w of samebytes 9\.0 \(run both with one"
    ) as caught:
        merge_reports({"l": linux, "w": newer})
    assert caught.value.versions == ("0.1.0", "9.0")
