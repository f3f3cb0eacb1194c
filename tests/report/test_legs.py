"""Reports that there must be, and reports that are not whole: named, marked, and never green."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest

SAMPLES = Path(__file__).resolve().parents[2] / "fixtures" / "reports"


@pytest.fixture
def legs(tmp_path, lines_of, split, written):
    """Two legs of a run that has just been, and the file that expects them."""
    lines = lines_of("agreed")
    lines[0]["started"] = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    files = {realm: written(split(lines, realm), f"{realm}.jsonl") for realm in ("linux", "windows")}
    for realm, file in files.items():
        (tmp_path / f"{realm}.jsonl").write_bytes(file.read_bytes())
    expected = "".join(f'[leg.{realm}]\nreport = "{realm}.jsonl"\nrealms = ["{realm}"]\n' for realm in files)
    (tmp_path / "legs.toml").write_text(expected, "utf-8")
    return tmp_path


def test_all_legs_make_one_report(samebytes, legs):
    ran = samebytes("report", "--expect", legs / "legs.toml", "--merge", legs / "all.jsonl")
    assert (ran.status, ran.err) == (0, "")
    assert samebytes("report", legs / "all.jsonl").status == 0


def _cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-200])


def _old(path: Path) -> None:
    first, *rest = path.read_text("utf-8").splitlines(keepends=True)
    path.write_text(
        json.dumps({**json.loads(first), "started": "2020-01-01T00:00:00Z"}) + "\n" + "".join(rest), "utf-8"
    )


def _no_cells(path: Path) -> None:
    first, *_, last = path.read_text("utf-8").splitlines()
    foot = {**json.loads(last), "cells": 0, "verdicts": {}}
    path.write_text(f"{first}\n{json.dumps(foot)}\n", "utf-8")


SPOILED = {
    "missing": (Path.unlink, "leg windows is missing: there is no "),
    "cut off": (_cut, "leg windows is cut off after line "),
    "without a byte": (lambda path: path.write_bytes(b""), "leg windows cannot be used: "),
    "without a cell": (_no_cells, "leg windows is empty: "),
    "old": (_old, "leg windows is old: it was begun 2020-01-01T00:00:00Z, "),
    "no report": (lambda path: path.write_text("<html>", "utf-8"), "leg windows cannot be used: "),
}


@pytest.mark.parametrize(("spoil", "words"), SPOILED.values(), ids=SPOILED)
def test_a_leg_that_is_not_there_as_it_must_be_is_named_and_not_green(samebytes, legs, spoil, words):
    spoil(legs / "windows.jsonl")
    files = {name: legs / f"all.{name}" for name in ("merge", "html", "junit", "markdown", "text", "badge", "sarif")}
    ran = samebytes(
        "report",
        "--expect",
        legs / "legs.toml",
        *(word for pair in files.items() for word in (f"--{pair[0]}", pair[1])),
    )
    assert (ran.status, ran.err) == (1, "")
    assert f"incomplete: {words}" in ran.out
    for name, file in files.items():
        assert ("incomplete" if name == "badge" else "leg windows ") in file.read_text("utf-8"), name
    again = samebytes("report", files["merge"])
    assert (again.status, f"incomplete: {words}" in again.out) == (1, True)


def test_a_leg_of_another_machine_is_told(samebytes, legs):
    with (legs / "legs.toml").open("a", encoding="utf-8") as file:
        file.write('machine = "riscv64"\n')
    ran = samebytes("report", "--expect", legs / "legs.toml")
    assert ran.status == 1
    assert "leg windows is of another machine: " in ran.out


@pytest.mark.parametrize(
    ("text", "words"),
    {
        "": "names no leg",
        "[leg.a]\nreprot = 'x'\n": "leg.a.reprot is an unknown key (did you mean report?",
        "[leg.a]\nreport = 3\n": "leg.a.report is 3 (it must be a text",
        "[leg.a]\nreport = 'x'\nmax_age = 'soon'\n": "leg.a.max_age is 'soon' (it must be a time such as",
        "[leg\n": "it must be TOML",
    }.items(),
)
def test_a_wrong_file_of_legs_is_told_with_its_key(samebytes, tmp_path, text, words):
    (tmp_path / "legs.toml").write_text(text, "utf-8")
    ran = samebytes("report", "--expect", tmp_path / "legs.toml")
    assert ran.status == 2
    assert words in ran.err


def test_nothing_named_is_wrong_usage(samebytes):
    ran = samebytes("report")
    assert (ran.status, "no report is named" in ran.err) == (2, True)


def test_what_there_is_of_a_report_is_shown_on_request_and_never_green(samebytes, tmp_path):
    cut = tmp_path / "cut.jsonl"
    cut.write_bytes(b"".join((SAMPLES / "agreed.jsonl").read_bytes().splitlines(keepends=True)[:6]))
    refused = samebytes("report", cut)
    assert (refused.status, "--partial shows what is there" in refused.err) == (2, True)
    ran = samebytes("report", cut, "--partial", "--html", tmp_path / "cut.html")
    assert ran.status == 1
    assert "incomplete: 5 cells: 5 agreed" in ran.out
    assert "cut off after line 6" in (tmp_path / "cut.html").read_text("utf-8")
