"""The page on failures has an entry for every verdict, every stage, and every cause that a wrong declaration is known to get."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

from samebytes.checks.result import Stage, Verdict

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "failures.md").read_text("utf-8")


def first_column(heading: str) -> list[str]:
    part = PAGE.split(f"\n## {heading}\n")[1].split("\n## ")[0]
    return [line.split(" | ")[0].removeprefix("| ") for line in part.splitlines() if line.startswith("| ")][1:]


def causes() -> set[str]:
    """The fixed words of every cause on the page: what stands between its gaps."""
    entries = [entry for line in first_column("Causes") for entry in line.split("; ")]
    parts = {part.strip(" ,:") for entry in entries for part in re.split(r"`?\[?…\]?`?", entry)}
    return {part for part in parts if len(part) > 4 and part != "has ["}


DEFECTS = [tomllib.loads(path.read_text("utf-8")) for path in sorted((ROOT / "fixtures" / "defects").glob("*.toml"))]
TOLD = [
    *(row[6] for tree in DEFECTS for build in tree.get("together", ()) for row in build["rows"]),
    *(row[5] for tree in DEFECTS for row in tree.get("rows", ())),
    *(part.get("cause", "") for tree in DEFECTS for part in tree.get("behaviour", ())),
]
WORDS = sorted({words.removeprefix("~") for told in TOLD for words in told.split("|") if words})


def test_every_verdict_has_an_entry():
    assert first_column("Verdicts") == [f"`{verdict}`" for verdict in Verdict]


def test_every_stage_has_an_entry():
    assert first_column("Stages") == [f"`{stage}`" for stage in Stage]


@pytest.mark.parametrize("words", WORDS)
def test_the_cause_of_a_wrong_declaration_has_an_entry(words):
    fixed = re.sub(r"`[^`]*`", "", words).strip()
    assert len(fixed) < 5 or any(known in words or fixed in known for known in causes())
