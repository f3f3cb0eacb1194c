"""`samebytes matrix` with expected deviations: a peer that is expected to die is `known`, a mended one is red, `--bless` proposes."""

from __future__ import annotations

import json
import subprocess
import sys
from xml.etree import ElementTree as ET

import pytest

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the misbehaving peers are started natively on Linux")

ENTRY = """
[[expect]]
cells = ["bad/python/integer/linux/data"]
verdict = "{verdict}"
stage = "store"
message = "bad was ended by SIGKILL"
reason = "it dies by design"
link = "https://example.org/7"
"""


@pytest.fixture
def matrix(samebytes, misbehaving, tmp_path):
    """Run the cell `bad → python` of the integer, with a file of that text and a peer that behaves so."""

    def run(text, behaviour, *options, only="bad/python/integer"):
        path = tmp_path / "mine.toml"
        path.write_text(text, "utf-8")
        if not (tmp_path / "peers").is_dir():
            misbehaving(behaviour)
        return samebytes(
            "matrix", "--peers-folder", tmp_path / "peers", "--peer", "bad", "--peer", "python", "--realm", "linux",
            "--layout", "integer", "-k", only, "--expectations", path, *options, folder=tmp_path,
        )  # fmt: skip

    return run


@pytest.fixture
def expected():
    """The entry as it is right."""
    return ENTRY.format(verdict="crashed")


def test_a_deviation_that_is_expected_is_known_and_no_failure(matrix, expected):
    ran = matrix(expected, "crash@store")
    assert ran.status == 0
    assert "known at store in linux, 1 cell: bad → python integer" in ran.out
    assert "crashed: bad was ended by SIGKILL" in ran.out
    assert "reason: it dies by design" in ran.out
    assert "link: https://example.org/7" in ran.out
    assert "1 cell: 1 known" in ran.out


def test_without_the_entry_it_fails(matrix):
    ran = matrix("", "crash@store", "--json")
    assert ran.status == 1
    assert [cell["verdict"] for cell in ran.cells.values()] == ["crashed"]


def test_a_peer_that_was_mended_is_an_unexpected_pass(matrix, expected):
    ran = matrix(expected, "nothing@store")
    assert ran.status == 1
    assert "differs at store in linux, 1 cell: bad → python integer" in ran.out
    assert "an unexpected pass: every run agreed" in ran.out
    assert "mine.toml, entry 1 expects crashed at store: bad was ended by SIGKILL" in ran.out


def test_another_verdict_than_the_expected_one_fails(matrix):
    ran = matrix(ENTRY.format(verdict="hung"), "crash@store")
    assert ran.status == 1
    assert "crashed at store" in ran.out
    assert "mine.toml, entry 1 expects hung at store" in ran.out


def test_every_report_shows_a_known_cell_with_its_reason(matrix, samebytes, expected, tmp_path):
    names = {"--html": "x.html", "--junit": "x.xml", "--markdown": "x.md", "--badge": "x.svg", "--report": "x.jsonl"}
    words = [word for option, name in names.items() for word in (option, name)]
    assert matrix(expected, "crash@store", *words, only="/python/integer").status == 0
    (skipped,) = ET.parse(tmp_path / "x.xml").getroot().iter("skipped")
    assert (skipped.get("type"), skipped.get("message")) == (
        "samebytes.known",
        "an expected deviation: it dies by design",
    )
    summary = (tmp_path / "x.md").read_text("utf-8")
    assert "**known** at store in linux, 1 cell: bad → python integer" in summary
    assert "reason: it dies by design" in summary
    assert "1/2 agree, 1 known" in (tmp_path / "x.svg").read_text("utf-8")
    assert "it dies by design" in (tmp_path / "x.html").read_text("utf-8")
    samebytes("report", tmp_path / "x.jsonl", tmp_path / "x.jsonl", "--merge", tmp_path / "both.jsonl")
    merged = samebytes("report", tmp_path / "both.jsonl")
    assert merged.status == 0
    assert "reason: it dies by design" in merged.out
    assert "2 cells: 1 agreed, 1 known" in merged.out


def test_what_the_file_says_of_other_cells_is_told_and_harmless(matrix, expected):
    ran = matrix(expected, "nothing@store", only="python/python")
    assert ran.status == 0
    assert "entry 1: its cells were not selected" in ran.out
    footer = matrix(expected, "nothing@store", "--json", only="python/python").lines[-1]
    assert [each["entry"] for each in footer["expectations"]["unjudged"]] == [1]
    assert footer["expectations"]["stale"] == []


def test_a_cell_that_there_is_not_is_refused_before_anything_runs(matrix, expected):
    ran = matrix(expected.replace("bad/python", "bda/python"), "crash@store")
    assert ran.status == 2
    assert "mine.toml, entry 1 is about bda/python/integer/linux/data, and there is no such cell" in ran.err
    assert ran.out == ""


def test_a_wrong_file_is_told(matrix, samebytes):
    ran = matrix('[[expect]]\nreason = ""\n', "crash@store")
    assert (ran.status, ran.out) == (2, "")
    assert "mine.toml, entry 1: lacks 'cells'" in ran.err
    missing = samebytes("matrix", "--expectations", "nowhere.toml")
    assert missing.status == 2
    assert "nowhere.toml" in missing.err


def test_bless_proposes_and_the_proposal_with_a_reason_is_what_the_next_run_expects(matrix, tmp_path):
    first = matrix("# mine\n", "crash@store", "--bless")
    assert first.status == 1
    assert (tmp_path / "mine.toml").read_text("utf-8") == "# mine\n"
    assert "crashed at store in linux, 1 cell" in first.err
    subprocess.run(["git", "apply", "-"], input=first.out, text=True, cwd=tmp_path, check=True)
    blessed = (tmp_path / "mine.toml").read_text("utf-8")
    assert "'reason' must be filled in" in matrix(blessed, "crash@store").err
    filled = blessed.replace('reason = ""', 'reason = "it dies by design"')
    again = matrix(filled, "crash@store", "--bless")
    assert (again.status, again.out) == (0, "")


def test_bless_removes_what_is_no_longer_true_and_the_run_stays_red(matrix, expected):
    ran = matrix(expected, "nothing@store", "--bless")
    assert ran.status == 1
    assert '-reason = "it dies by design"' in ran.out.splitlines()


def test_bless_removes_cells_that_there_are_not_and_the_run_stays_red(matrix, expected):
    ran = matrix(expected.replace("bad/python", "bda/python"), "nothing@store", "--bless")
    assert ran.status == 1
    assert '-cells = ["bda/python/integer/linux/data"]' in ran.out.splitlines()
    assert "stale: " in ran.err


def test_bless_and_json_are_not_both_printed(matrix):
    ran = matrix("", "crash@store", "--bless", "--json")
    assert ran.status == 2
    assert "--bless prints a diff" in ran.err


def test_the_shipped_file_is_right(samebytes):
    ran = samebytes("matrix", "--peer", "python", "--realm", "linux", "--layout", "integer", "--json")
    assert ran.status == 0
    assert json.loads(ran.out.splitlines()[-1])["verdicts"] == {"agreed": 1}
