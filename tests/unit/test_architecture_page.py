"""The page on the architecture: its table names files that exist, and the order of the parts is the one that imports keep."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "architecture.md").read_text("utf-8")
TABLE = PAGE.partition("## To change X, edit Y")[2]
ROWS = [tuple(cell.strip() for cell in line.split("|")[1:3]) for line in TABLE.splitlines() if line.startswith("| ")]
HOLDS = {
    # to change, what its file has: the row is wrong when that has moved
    "the exit code of any command": "def exit_code(",
    "how a process is started, watched or ended": "class Lab",
    "the words of a cause": "def constants(",
    "which values are tried": "def edges(",
    "what a peer's manifest may say": "class Manifest",
    "progress, table and files of a run": "class Screen",
    "who is wrong by majority": "def blame_of(",
    "the sizes of an ABI": "ABIS",
    "what outlives a killed harness": "def main(",
    "what is judged of a user's producer": "def violations(",
    "a member of results and reports": "class Result",
    "words for wrong behaviour of a right declaration": "def behaviour_of(",
}


@pytest.mark.parametrize(("what", "files"), ROWS[1:], ids=[row[0] for row in ROWS[1:]])
def test_a_row_names_files_that_hold_what_it_says(what, files):
    named = re.findall(r"`([^`]+)`", files)
    assert named
    texts = [(ROOT / name).read_text("utf-8") for name in named]
    if what in HOLDS:
        assert any(HOLDS[what] in text for text in texts)


def test_every_marked_row_is_there():
    assert set(HOLDS) <= {what for what, _ in ROWS}


def test_the_arrow_line_is_the_one_that_imports_keep():
    rule = (ROOT / "tests" / "unit" / "test_imports.py").read_text("utf-8")
    line = next(line for line in PAGE.splitlines() if line.startswith("errors ← "))
    assert line in rule
