"""What the page holds: bytes in memory order, every text once, nothing that ends a script."""

from __future__ import annotations

import json

import pytest
from msgspec import convert

from samebytes.checks.result import Result, Run
from samebytes.report.content import Report, report_of
from samebytes.report.embed import embedded, script_text
from samebytes.report.lines import Host

HOST = Host("1", "2026-01-01T00:00:00Z", "s", "m", "3", 1.0)


def held(*runs):
    """The embedding of one cell with these runs, and its runs."""
    names = {"layout": "R", "values": "v", "producer": "c", "consumer": "nim", "stage": "load", "size": 8}
    some = [convert({**names, **run}, Run) for run in runs]
    data = embedded(Report([HOST], [Result("c", "nim", "r", "linux", runs=some, seconds=0.1)]))
    return data, data["cells"][0]["runs"]


def load(path, expected, found):
    return {"stage": "load", "peer": "nim", "path": path, "expected": expected, "found": found, "offset": 0}


@pytest.mark.parametrize(
    ("first", "wrong", "read"), [("01020304", "0a0b0c0d", "0d0c0b0a"), ("04030201", "0a0b0c0d", "0a0b0c0d")]
)
def test_what_the_consumer_read_is_in_the_order_of_memory(first, wrong, read):
    """The leaf that was read right, `04030201` in memory, says which byte is the low one."""
    leaves = [["a", 0, 4, "04030201", "04030201", first], ["b", 4, 4, "00000000", "00000000", wrong]]
    run = {
        "verdict": "differs",
        "memory": "0403020100000000",
        "leaves": leaves,
        "differences": [load("b", "0" * 8, wrong)],
    }
    data, [small] = held(run)
    assert data["texts"][small["e"]] == "0403020100000000"
    assert data["texts"][small["y"]] == f"04030201{read}"
    assert data["texts"][small["w"]] == {1: wrong}
    assert "b" not in small  # memory is what was expected


@pytest.mark.parametrize("word", [None, "0a0b", "zz", "0a0b0c0d0e"])
def test_a_word_that_is_no_value_of_the_leaf_gives_no_bytes(word):
    leaves = [["a", 0, 4, "04030201", "04030201", word]]
    run = {
        "verdict": "differs",
        "memory": "04030201",
        "leaves": leaves,
        "differences": [load("a", "01020304", str(word))],
    }
    data, [small] = held(run)
    assert data["texts"][small["y"]] == "--" * 4


def test_padding_is_known_to_nobody_and_never_differs():
    run = {
        "memory": "01cccccc02000000",
        "leaves": [["a", 0, 1, "01", "01", "01"], ["b", 4, 4, "02000000", "02000000", "00000002"]],
    }
    data, [small] = held(run)
    assert data["texts"][small["e"]] == "01      02000000"
    assert "b" not in small
    assert data["texts"][small["p"]] == "01cccccc02000000"


def test_a_run_that_ended_early_gets_its_shape_from_another():
    whole = {"memory": "01000000", "leaves": [["a", 0, 4, "01000000", "01000000", "00000001"]]}
    data, [one, other] = held(whole, {"verdict": "crashed", "message": "gone"})
    assert other["s"] == one["s"]
    assert data["texts"][other["e"]] == "01000000"
    assert data["texts"][other["b"]] == ""
    assert data["texts"][other["y"]].strip() == ""


def test_a_length_in_front_of_a_text_is_expected_as_the_difference_says():
    agreed = {"memory": "0200000041004200", "leaves": [["t", 4, 0, "41004200", "41004200", "00410042"]], "size": 4}
    length = {
        "stage": "store",
        "peer": "c",
        "path": "length of t",
        "expected": "02000000",
        "found": "09000000",
        "offset": 0,
    }
    wrong = agreed | {"verdict": "differs", "memory": "0900000041004200", "differences": [length]}
    data, [one, other] = held(agreed, wrong)
    assert data["shapes"][one["s"]] == [["t", 4, 0], ["length of t", 0, 4, True]]
    assert data["texts"][other["e"]] == "0200000041004200"
    assert data["texts"][other["b"]] == "0900000041004200"


def test_every_text_is_held_once_and_all_of_it_is_json(lines_of):
    data = embedded(report_of(lines_of("misbehaving")))
    assert json.loads(json.dumps(data)) is not None
    texts = [json.dumps(text) for text in data["texts"]]
    assert len(texts) == len(set(texts))


def test_nothing_in_a_script_ends_it():
    text = script_text({"x": "</script><!-- & ]]> \u2028"})
    assert not set("<>&") & set(text)
    assert json.loads(text) == {"x": "</script><!-- & ]]> \u2028"}
