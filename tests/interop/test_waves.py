"""Lifecycle cells are played together, and one that goes wrong takes no other with it."""

from __future__ import annotations

import sys

import pytest

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the misbehaving peers are started natively on Linux")


def lifecycle(samebytes, folder, *words):
    return samebytes(
        "matrix", "--peers-folder", folder, "--peer", "bad", "--peer", "python", "--realm", "linux", "--check", "lifecycle",
        "--deadline", "3", *words, "--json",
    )  # fmt: skip


def verdicts(ran):
    return {key: (cell["verdict"], cell["stage"]) for key, cell in ran.cells.items()}


def test_a_peer_that_dies_in_the_middle_fails_its_own_cells_and_no_others(samebytes, misbehaving):
    ran = lifecycle(samebytes, misbehaving("crash@close_map"), "--scenario", "last-close", "--scenario", "join")
    assert ran.status == 1
    assert verdicts(ran)["bad/python/last-close/linux/lifecycle"] == ("crashed", "close")
    assert verdicts(ran)["python/python/last-close/linux/lifecycle"] == ("agreed", None)
    assert verdicts(ran)["python/python/join/linux/lifecycle"] == ("agreed", None)


def test_an_answer_without_its_number_breaks_its_own_scenario(samebytes, misbehaving):
    ran = lifecycle(samebytes, misbehaving("skip@view"), "--scenario", "killed-creator")
    found = verdicts(ran)
    assert found["python/python/killed-creator/linux/lifecycle"] == ("agreed", None)
    assert found["bad/python/killed-creator/linux/lifecycle"][0] == "refused"


def test_scenarios_that_share_a_death_agree(samebytes):
    """Several end the creator the same way, and share one death; each looks at its own name afterwards."""
    ran = samebytes("matrix", "--peer", "python", "--realm", "linux", "--check", "lifecycle", "--json")
    assert ran.status == 0
    killed = [cell for key, cell in ran.cells.items() if "killed" in key]
    assert len(killed) >= 3
    assert {cell["verdict"] for cell in killed} == {"agreed"}
