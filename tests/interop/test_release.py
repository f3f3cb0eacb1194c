"""What a peer keeps after everything was closed is found, and its owner is named."""

from __future__ import annotations

import os
import sys

import pytest

from samebytes.mapping import MemoryMappedFile
from samebytes.peers.leaks import ReleaseOracle

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells what other processes map")


def cells(samebytes, folder, *words):
    ran = samebytes(
        "matrix", "--peers-folder", folder, "--peer", "bad", "--peer", "python", "--realm", "linux", "--deadline", "3", *words,
        "--json",
    )  # fmt: skip
    assert ran.status == 1
    return ran.cells


@pytest.mark.parametrize(("behaviour", "what"), [("skip@close_view", "mapping"), ("skip@close_map", "descriptor")])
def test_a_view_or_a_map_that_is_not_let_go_is_laid_to_its_owner(samebytes, misbehaving, behaviour, what):
    found = cells(samebytes, misbehaving(behaviour), "--layout", "integer", "-k", "bad/python/ or python/bad/")
    for cell in found.values():
        assert (cell["verdict"], cell["stage"]) == ("leaked", "close")
        assert cell["message"].startswith("bad (process ")
        assert f"still holds a {what} of " in cell["message"]


def test_a_view_that_outlives_a_scenario_is_laid_to_its_owner(samebytes, misbehaving):
    found = cells(samebytes, misbehaving("skip@close_view"), "--scenario", "creator-closes", "--scenario", "last-close")
    worst = found["bad/python/creator-closes/linux/lifecycle"]
    assert (worst["verdict"], worst["stage"]) == ("leaked", "close")
    assert "bad (process " in worst["message"]
    assert found["python/python/creator-closes/linux/lifecycle"]["verdict"] == "agreed"
    assert found["bad/python/last-close/linux/lifecycle"]["verdict"] == "agreed"  # it opens no view


def test_the_oracle_counts_what_came_and_not_what_was_there():
    class Self:
        name = "test"

        class process:  # noqa: N801 - stands for an attribute
            pid = os.getpid()

    with MemoryMappedFile.create_new(f"oracle-{os.getpid()}", 4096) as earlier, earlier.create_view_accessor():
        oracle = ReleaseOracle([Self()])
        assert oracle.leaks() == ""
        with MemoryMappedFile.create_new(f"oracle-{os.getpid()}-2", 4096) as later:
            view = later.create_view_accessor()
            assert "test (process " in oracle.leaks()
            assert "mapping" in oracle.leaks()
        view.close()
        assert oracle.leaks() == ""
