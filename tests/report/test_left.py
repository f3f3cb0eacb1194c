"""Shares in reports: what a run left to other pairs is said, kept through files and merges, and is neither a change nor a conflict."""

from __future__ import annotations

import copy

import pytest

from samebytes.errors import ReportConflictError
from samebytes.report.comparing import changes
from samebytes.report.content import report_of
from samebytes.report.formats.markdown import render as render_markdown
from samebytes.report.left import left_words
from samebytes.report.merging import merge_reports
from samebytes.report.reading import read_report
from samebytes.report.stream import line_text
from samebytes.report.terminal import Style, render_matrix

LEFT = {"linux": {"data": 1000, "lifecycle": 7}}


@pytest.fixture
def whole(lines_of):
    """A report in which every pair exchanged ten sets of values."""
    lines = lines_of("agreed")
    for cell in lines[1:-1]:
        if cell["type"] == "cell":
            for run in cell["runs"]:
                run["cases"] = 10
            cell["cases"] = 10 * len(cell["runs"])
    return lines


@pytest.fixture
def shared(whole):
    """The same, in which the first cell's pair exchanged three of the ten, and as much was left as LEFT says."""
    lines = copy.deepcopy(whole)
    cell = next(line for line in lines if line["type"] == "cell")
    for run in cell["runs"]:
        run.update(cases=3, of=10, values="graffiti and 2 more", covers="3 of 10 sets of values")
    cell["cases"] = 3 * len(cell["runs"])
    lines[-1]["left"] = copy.deepcopy(LEFT)
    return lines


def test_what_was_left_is_told_on_the_terminal_in_markdown_and_after_reading_it_again(shared, tmp_path):
    path = tmp_path / "run.jsonl"
    path.write_text("".join(map(line_text, shared)), "utf-8")
    report = read_report(path)
    done = sum(cell.cases for cell in report.cells if cell.realm == "linux" and cell.check == "data")
    [words] = left_words(report)
    assert words.startswith("linux: each pair exchanged its share of the values")
    assert f"({done:,} of {done + 1000:,} data cases)" in words
    assert words.endswith("(0 of 7 cells); --full adds the rest")
    assert words in render_matrix(report, Style(False))
    assert "1,000" not in render_matrix(report_of([*shared[:-1], {**shared[-1], "left": {}}]), Style(False))
    assert "each pair exchanged its share" in render_markdown(report)
    assert [*report.lines()][-1]["left"] == LEFT


def test_of_a_run_that_was_cut_short_nobody_says_that_each_has_had_everything(shared):
    shared[-1]["incomplete"] = ["interrupted before everything had run"]
    [words] = left_words(report_of(shared))
    assert words.startswith("linux: each pair was to exchange its share of the values, each face all of them (")


def test_nothing_left_says_nothing(whole):
    assert list(left_words(report_of(whole))) == []
    assert "left" not in [*report_of(whole).lines()][-1]


def test_a_share_is_no_change_and_other_values_are(whole, shared):
    assert list(changes(report_of(whole), report_of(shared))) == []
    fewer = copy.deepcopy(whole)
    cell = next(line for line in fewer if line["type"] == "cell")
    for run in cell["runs"]:
        run["cases"] = 3
    cell["cases"] = 3 * len(cell["runs"])
    assert len(list(changes(report_of(whole), report_of(fewer)))) == 1


@pytest.mark.parametrize("order", [1, -1])
def test_of_a_share_and_all_of_a_cell_a_merge_keeps_all(whole, shared, order):
    reports = dict([("whole", report_of(whole)), ("shared", report_of(shared))][::order])
    merged = merge_reports(reports)
    assert merged.cells == report_of(whole).cells
    assert merged.left == LEFT


def test_a_share_that_differs_is_a_conflict_still(whole, shared):
    cell = next(line for line in shared if line["type"] == "cell")
    for run in cell["runs"]:
        run.update(verdict="differs", stage="load", message="9 bytes")
    cell.update(verdict="differs", stage="load", message="9 bytes")
    with pytest.raises(ReportConflictError, match="agreed in whole and differs in shared"):
        merge_reports({"whole": report_of(whole), "shared": report_of(shared)})
