"""`samebytes report --compare`: what changed between two runs, and what only looks so."""

from __future__ import annotations

import copy

import pytest

from samebytes.report.comparing import changes
from samebytes.report.content import report_of


@pytest.fixture
def compared(lines_of):
    """What is told of a report in which each of two versions had something done to its first cell."""

    def compare(before, now):
        versions = []
        for change in (before, now):
            lines = copy.deepcopy(lines_of("agreed"))
            cell = next(line for line in lines if line["type"] == "cell")
            change(cell)
            versions.append(report_of([line for line in lines if line.get("id") != "gone"]))
        return list(changes(*versions))

    return compare


def nothing(_cell):
    pass


def says(words):
    """A run that differs, and says so: what a cell says is what its runs do."""

    def change(cell):
        cell["runs"][0].update(verdict="differs", stage="load", message=words)
        cell.update(verdict="differs", stage="load", message=words)

    return change


@pytest.mark.parametrize(
    ("before", "now"),
    [
        (nothing, nothing),
        (nothing, lambda cell: cell.update(seconds=cell["seconds"] + 99)),
        (says("struct-123-0123abcd is still there"), says("struct-77-99aa00bb is still there")),
        (says("c (process 12) still holds it"), says("c (process 4711) still holds it")),
    ],
)
def test_times_and_random_names_are_no_change(compared, before, now):
    assert compared(before, now) == []


@pytest.mark.parametrize(
    ("before", "now", "words"),
    [
        (nothing, says("9 bytes"), "agreed before, differs now"),
        (says("9 bytes"), says("8 bytes"), "differs as before, with other evidence (message, runs)"),
        (nothing, lambda cell: cell["runs"][0].update(memory="00"), "agreed as before, with other evidence (runs)"),
        (nothing, lambda cell: cell.update(id="gone"), "agreed before, not run now"),
        (lambda cell: cell.update(id="gone"), nothing, "not run before, agreed now"),
    ],
)
def test_what_changed_is_told(compared, before, now, words):
    [line] = compared(before, now)
    assert line.endswith(f": {words}")


def test_the_command_compares(samebytes, written, lines_of):
    lines = lines_of("agreed")
    one = written(lines, "one.jsonl")
    assert samebytes("report", one, "--compare", one).out == f"0 of {len(lines) - 2} cells changed since {one}\n"
    lines[1]["runs"][0]["values"] = "others"
    done = samebytes("report", written(lines, "two.jsonl"), "--compare", one)
    assert (done.status, len(done.out.splitlines())) == (1, 2)
