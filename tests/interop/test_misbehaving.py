"""Peers that misbehave: each gets its verdict, at its stage, with words that say what happened, and nothing is left behind."""

from __future__ import annotations

import sys

import pytest

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the misbehaving peers are started natively on Linux")

CASES = [
    # behaviour, verdict, stage, what the message or a difference says
    ("garbage@hello", "refused", "start", "printed what is no answer: 'Segmentation fault (core dumped)'"),
    ("garbage@store", "refused", "store", "printed what is no answer"),
    ("wrong_sequence@store", "refused", "store", "answered request"),
    ("neither@store", "refused", "store", "answered neither ok nor error"),
    ("half_a_line@store", "refused", "store", "printed what is no answer"),
    ("crash@hello", "crashed", "start", "was ended by SIGKILL"),
    ("crash@store", "crashed", "store", "was ended by SIGKILL"),
    ("leave@store", "crashed", "store", "exited with 3"),
    ("hang@store", "hung", "store", "did not answer within 2 s"),
    ("hang@view", "hung", "create", "did not answer within 2 s"),
    ("yes@any", "refused", "start", "which does not exist"),
    ("skip@store", "differs", "store", "Letter"),
    ("lie@describe", "differs", "describe", "Letter"),
    ("beyond@store", "differs", "store", "beyond the record"),
]


def _words(cell) -> str:
    run = cell["runs"][-1]
    return " ".join([run["message"], *(difference["path"] for difference in run["differences"])])


@pytest.mark.parametrize(("behaviour", "verdict", "stage", "words"), CASES, ids=[case[0] for case in CASES])
def test_a_misbehaving_producer_gets_its_verdict(samebytes, misbehaving, behaviour, verdict, stage, words):
    ran = samebytes(
        "matrix", "--peers-folder", misbehaving(behaviour), "--peer", "bad", "--peer", "python", "--realm", "linux",
        "--layout", "struct", "-k", "bad/python/", "--deadline", "2", "--json",
    )  # fmt: skip
    cell = ran.cells["bad/python/struct/linux/data"]
    assert (cell["verdict"], cell["stage"]) == (verdict, stage)
    assert words in _words(cell)
    assert ran.status == 1


@pytest.mark.parametrize("behaviour", ["split_line@store", "flood_stderr@store"])
def test_a_peer_that_is_only_slow_or_noisy_agrees(samebytes, misbehaving, behaviour):
    ran = samebytes(
        "matrix", "--peers-folder", misbehaving(behaviour), "--peer", "bad", "--realm", "linux", "--layout", "struct",
        "--json",
    )  # fmt: skip
    assert [cell["verdict"] for cell in ran.cells.values()] == ["agreed"]


def test_a_consumer_that_gives_half_of_the_leaves_is_never_green(samebytes, misbehaving):
    ran = samebytes(
        "matrix", "--peers-folder", misbehaving("short@load"), "--peer", "bad", "--peer", "python", "--realm", "linux",
        "--layout", "struct", "-k", "python/bad/", "--json",
    )  # fmt: skip
    cell = ran.cells["python/bad/struct/linux/data"]
    assert (cell["verdict"], cell["stage"]) == ("differs", "load")
    missing = {item["path"] for item in cell["runs"][-1]["differences"] if item["found"] == "nothing"}
    assert "Numbers[49]" in missing


def test_a_producer_that_dies_while_the_consumer_waits_hangs_nobody(samebytes, misbehaving):
    ran = samebytes(
        "matrix", "--peers-folder", misbehaving("crash@store"), "--peer", "bad", "--peer", "python", "--realm", "linux",
        "--layout", "message", "-k", "bad/python/", "--json",
    )  # fmt: skip
    cell = ran.cells["bad/python/message/linux/data"]
    assert (cell["verdict"], cell["stage"]) == ("crashed", "store")
    assert "about to die" in cell["runs"][-1]["evidence"]
    assert cell["seconds"] < 4  # the waiting consumer is woken; it would poll for 5 s


def test_a_peer_that_keeps_dying_is_started_only_a_few_times(samebytes, misbehaving):
    ran = samebytes(
        "matrix", "--peers-folder", misbehaving("crash@store"), "--peer", "bad", "--peer", "python", "--realm", "linux",
        "--json",
    )  # fmt: skip
    verdicts = [cell["verdict"] for cell in ran.cells.values() if cell["producer"] == "bad"]
    assert len(verdicts) == 8
    assert "agreed" not in verdicts
    assert any("not started again" in cell["message"] for cell in ran.cells.values())
    assert all(cell["verdict"] == "agreed" for key, cell in ran.cells.items() if key.startswith("python/python/"))
