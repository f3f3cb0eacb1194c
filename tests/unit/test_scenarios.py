"""Scenarios: a step that says nothing, or a pause that would stop others, is refused with the file's name."""

from __future__ import annotations

import pytest

from samebytes.checks.lifecycle.scenarios import read_scenarios
from samebytes.errors import UsageError


def read(tmp_path, *steps):
    folder = tmp_path / "scenarios"
    folder.mkdir()
    (folder / "mine.toml").write_text(f"title = 'mine'\nsteps = {list(steps)!r}\n", "utf-8")
    return read_scenarios(tmp_path)


def test_deaths_are_who_dies_and_how_in_order(tmp_path):
    (scenario,) = read(tmp_path, "A create_new", "B open_existing", "A abort", "B kill", "O absent")
    assert scenario.deaths == (("A", "abort"), ("B", "kill"))


@pytest.mark.parametrize(
    ("steps", "words"),
    [
        (["A dance"], "no step: 'A dance'"),
        (["O create_new"], "no step: 'O create_new'"),
        (["A write"], "no step: 'A write'"),
        (["A create_new", "A stop"], "A is stopped and never resumed"),
        (["A create_new", "A stop", "A close_map", "A resume"], "A close_map: A is stopped then"),
        (["A create_new", "A stop", "B kill", "A resume"], "B kill: A is stopped then"),
    ],
)
def test_what_cannot_be_played_is_refused(tmp_path, steps, words):
    with pytest.raises(UsageError, match=words) as caught:
        read(tmp_path, *steps)
    assert "mine.toml" in str(caught.value)
