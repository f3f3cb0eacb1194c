"""`samebytes report`, and the outputs of `samebytes matrix`, as a user runs them."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

SAMPLES = Path(__file__).resolve().parents[2] / "fixtures" / "reports"
AGREED, DIFFERS = SAMPLES / "agreed.jsonl", SAMPLES / "differs.jsonl"


@pytest.mark.parametrize(("path", "status"), [(AGREED, 0), (DIFFERS, 1)])
def test_without_an_output_the_matrix_is_printed(samebytes, path, status):
    ran = samebytes("report", path)
    assert ran.status == status
    assert "  producer → consumer  " in ran.out
    assert ran.err == ""


def test_every_output_at_once(samebytes, tmp_path):
    names = {"merge": "m.jsonl", "html": "h.html", "junit": "j.xml", "markdown": "s.md", "badge": "b.svg"}
    ran = samebytes(
        "report", DIFFERS, *(word for name, file in names.items() for word in (f"--{name}", tmp_path / file))
    )
    assert ran.status == 1
    assert ran.out.splitlines()[0].startswith("8 cells: 5 agreed, 3 differs")
    for name, file in names.items():
        assert f"{'merged' if name == 'merge' else name}: {tmp_path / file}" in ran.out
        assert (tmp_path / file).stat().st_size > 300
    ET.parse(tmp_path / "j.xml")
    ET.parse(tmp_path / "b.svg")
    assert samebytes("report", tmp_path / "m.jsonl").out == samebytes("report", DIFFERS).out


def test_two_realms_merge_into_what_one_run_gives(samebytes, lines_of, split, written, tmp_path):
    lines = lines_of("agreed")
    parts = [written(split(lines, realm), f"{realm}.jsonl") for realm in ("windows", "linux")]
    ran = samebytes("report", *parts, "--merge", tmp_path / "both.jsonl")
    assert ran.status == 0
    cells = [json.loads(line) for line in (tmp_path / "both.jsonl").read_text("utf-8").splitlines()]
    assert sorted(cell["id"] for cell in cells if cell["type"] == "cell") == sorted(
        line["id"] for line in lines if line["type"] == "cell"
    )
    assert samebytes("report", *parts).out.rpartition("(")[0] == samebytes("report", AGREED).out.rpartition("(")[0]


def test_json_prints_the_lines(samebytes):
    ran = samebytes("report", AGREED, "--json")
    assert [line["type"] for line in ran.lines] == ["header", *["cell"] * 32, "footer"]


def test_a_report_that_cannot_be_used_is_wrong_usage(samebytes, tmp_path):
    cut = tmp_path / "cut.jsonl"
    cut.write_bytes(AGREED.read_bytes()[:5000])
    ran = samebytes("report", cut)
    assert ran.status == 2
    assert re.match(
        re.escape(f"samebytes: {cut}:") + r"\d: the file ends in the middle of a line \(run it again", ran.err
    )
    assert samebytes("report", tmp_path / "none.jsonl").status == 2


def test_reports_that_contradict_are_wrong_usage(samebytes, lines_of, written):
    lines = lines_of("differs")
    changed = next(line for line in lines if line.get("verdict") == "differs")
    changed["runs"][0]["evidence"] = "something else"
    ran = samebytes("report", DIFFERS, written(lines, "other.jsonl"))
    assert ran.status == 2
    assert str(DIFFERS) in ran.err
    assert "other.jsonl" in ran.err


def test_a_folder_that_does_not_exist_is_said_before_anything_is_read(samebytes, tmp_path):
    ran = samebytes("report", tmp_path / "none.jsonl", "--html", tmp_path / "nowhere" / "x.html")
    assert ran.status == 2
    assert "--html" in ran.err
    assert "there is no folder" in ran.err


@pytest.mark.skipif(sys.platform != "linux", reason="the realm linux is where Python always runs")
def test_a_run_writes_them_too_and_its_report_renders_as_the_run_did(samebytes, tmp_path):
    words = ["matrix", "--peer", "python", "--realm", "linux", "--report", tmp_path / "r.jsonl"]
    outputs = [("html", tmp_path / "h.html"), ("junit", tmp_path / "j.xml"), ("markdown", tmp_path / "s.md")]
    ran = samebytes(*words, *(word for name, path in outputs for word in (f"--{name}", path)))
    assert ran.status == 0, ran.err
    again = samebytes("report", tmp_path / "r.jsonl")
    said = [f"report: {tmp_path / 'r.jsonl'}", *(f"{name}: {path}" for name, path in outputs)]
    assert ran.out == again.out + "\n".join(said) + "\n"
    assert again.status == 0
    assert all(path.is_file() for _, path in outputs)


@pytest.mark.skipif(sys.platform != "linux", reason="the realm linux is where Python always runs")
def test_a_run_with_a_misbehaving_peer_renders_the_same_again(samebytes, misbehaving, tmp_path):
    report = tmp_path / "r.jsonl"
    ran = samebytes(
        "matrix", "--peers-folder", misbehaving("lie@describe"), "--peer", "bad", "--peer", "python", "--realm",
        "linux", "--layout", "struct", "--report", report,
    )  # fmt: skip
    again = samebytes("report", report)
    assert (ran.status, again.status) == (1, 1)
    assert ran.out == f"{again.out}report: {report}\n"
    assert "differs at describe in linux" in again.out
