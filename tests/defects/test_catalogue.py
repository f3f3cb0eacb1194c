"""The catalogue of defects: it is as large as it says, each mistake can be written, and a sample of them comes out as it says."""

from __future__ import annotations

import sys

import pytest
import run as catalogue_run
from defect_catalogue import behaviours, fields, written
from mutants import PEERS

from samebytes.checks.lifecycle.blaming import to_blame
from samebytes.checks.lifecycle.steps import parse_step
from samebytes.errors import MissingError

SAMPLED = ("python", "c")
SAMPLE, SEED = 12, 1


def test_hundreds_of_mistakes_over_all_kinds_and_languages():
    everything = [*fields(), *written(), *behaviours()]
    assert len(everything) >= 600
    for language in ("c", "csharp", "nim", "python"):
        assert len({one.kind for one in everything if one.language == language}) >= 20


def test_every_wrong_behaviour_can_still_be_written():
    """Its text stands in the peer's source exactly once: a peer that was changed takes its mistakes along."""
    for behaviour in behaviours():
        for file, old, _ in behaviour.edits:
            text = (PEERS / behaviour.language / file).resolve().read_text("utf-8")
            assert text.count(old) == 1, f"{behaviour.name}: {file} has {text.count(old)} of {old!r}"


@pytest.mark.skipif(sys.platform != "linux", reason="the mutants are built natively on Linux")
def test_a_sample_comes_out_as_the_catalogue_says(monkeypatch):
    monkeypatch.setenv("SAMEBYTES_SHM_DIR", "")  # set anew for each build, and as it was when this ends
    for job in catalogue_run.jobs_of(SAMPLED, SAMPLE, SEED):
        try:
            outcomes, alarms = catalogue_run.run_job(job, "linux")
        except MissingError as error:
            pytest.skip(f"{error.message}; to add it: {error.add}")
        assert [f"{one.name}: {one.cause} {one.said}" for one in outcomes if not one.good] == []
        assert alarms == []


BROKEN = [one for one in behaviours(("python",)) if one.check == "contract"]
HARMFUL = [one for one in behaviours(("python",)) if one.kind.startswith("harms") and "kept" not in one.words]


@pytest.mark.skipif(sys.platform != "linux", reason="starts peers natively on Linux")
@pytest.mark.parametrize("behaviour", [*BROKEN, *HARMFUL], ids=lambda one: f"{one.kind}: {one.words}")
def test_a_broken_promise_is_found_by_the_step_that_asks_and_blamed_on_who_broke_it(behaviour, monkeypatch):
    monkeypatch.setenv("SAMEBYTES_SHM_DIR", "")
    [outcome], _ = catalogue_run.run_job(behaviour, "linux")
    assert outcome.good, outcome.said


BLAMED = {
    "who wrote what must not be seen": (["A create_new", "A view", "A write 1", "B write 3", "A read 1"], "3 (bytes 03000000)", ("B",)),
    "nobody knows who of two": (["A create_new", "A write 1", "A write 2", "B read 2"], "1 (bytes 01000000)", ("B", "A")),
    "a name that is not found": (["A create_new of x", "B open_existing of x"], "not_found", ("B", "A")),
    "what was to be refused": (["A create_new", "B open_existing", "B write 2 -> access"], "ok", ("B",)),
    "a file's mode": (["A create_new", "O file 600"], "mode 666", ("A",)),
    "a file that stays": (["A create_new", "B open_existing", "A close_map", "B close_map", "O no_file"], "still there", ("B",)),
    "a size that is taken": (["A create_new", "B create_new 0 -> invalid_size"], "created", ("B",)),
}  # fmt: skip


@pytest.mark.parametrize(("steps", "found", "parts"), BLAMED.values(), ids=BLAMED)
def test_a_step_is_blamed_on_who_acted(steps, found, parts):
    assert to_blame([parse_step(line) for line in steps], found) == parts
