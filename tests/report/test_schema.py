"""The schema of a report's lines: made from their types, shipped, and right for what is written; what is not so is told with its place."""

from __future__ import annotations

import copy
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from msgspec import ValidationError

from samebytes.report.lines import TYPES, line_of
from samebytes.report.schema import generated, schema


def test_the_shipped_schema_is_the_one_that_the_types_give():
    """`python -m samebytes.report.schema > harness/samebytes/report/schema.json` writes it."""
    assert schema() == generated()
    Draft202012Validator.check_schema(schema())


def test_every_line_of_every_sample_is_as_the_schema_says(sample):
    lines = [json.loads(line) for line in sample.read_text("utf-8").splitlines()]
    assert {line["type"] for line in lines} <= set(TYPES)
    whole = Draft202012Validator(schema())
    for line in lines:
        whole.validate(line)


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (lambda cell: cell.pop("verdict"), "Object missing required field `verdict`"),
        (lambda cell: cell.update(verdict="fine"), "Invalid enum value 'fine' - at `$.verdict`"),
        (lambda cell: cell.update(seconds=True), "Expected `float`, got `bool` - at `$.seconds`"),
        (lambda cell: cell.update(seconds=-1), "Expected `float` >= 0.0 - at `$.seconds`"),
        (lambda cell: cell.update(stage=3), "Expected `str | null`, got `int` - at `$.stage`"),
        (lambda cell: cell.update(stage="later"), "Invalid enum value 'later' - at `$.stage`"),
        (lambda cell: cell.update(producer=""), "Expected `str` of length >= 1 - at `$.producer`"),
        (lambda cell: cell.update(cause=["x"]), "Expected `str | null`, got `array` - at `$.cause`"),
        (lambda cell: cell["runs"][1].update(memory="abc"), "- at `$.runs[1].memory`"),
        (lambda cell: cell["runs"][1].update(memory="00\n"), "- at `$.runs[1].memory`"),
        (lambda cell: cell["runs"][0].update(size=1.5), "Expected `int`, got `float` - at `$.runs[0].size`"),
        (lambda cell: cell["runs"][0].update(seed=1 << 53), "- at `$.runs[0].seed`"),
        (lambda cell: cell["runs"][0]["leaves"][0].pop(), "Expected `array` of length 6, got 5 - at `$.runs[0].leaves[0]`"),
        (lambda cell: cell["runs"][0]["leaves"].__setitem__(0, {}), "Expected `array`, got `object` - at `$.runs[0].leaves[0]`"),
        (lambda cell: cell["runs"][0]["described"].update(producer={"size": 1}), "field `align` - at `$.runs[0].described[...]`"),
        (lambda cell: cell["runs"][0]["differences"][0].update(offset="4"), "got `str` - at `$.runs[0].differences[0].offset`"),
    ],
)  # fmt: skip
def test_a_problem_is_told_with_its_place(lines_of, change, problem):
    cell = next(line for line in lines_of("differs") if line.get("verdict") == "differs")
    change(cell)
    with pytest.raises(ValidationError) as caught:
        line_of(cell)
    assert str(caught.value).endswith(problem)


def test_members_the_schema_does_not_know_are_allowed(lines_of):
    cell = next(line for line in lines_of("differs") if line["type"] == "cell")
    plain = line_of(copy.deepcopy(cell))
    cell["later"] = cell["runs"][0]["later"] = {"any": "thing"}
    assert line_of(cell) == plain


ODD = st.one_of(
    st.none(), st.booleans(), st.integers(-2, 2), st.floats(-2, 2).filter(lambda x: not x.is_integer()),
    st.sampled_from(["", "agreed", "abc", "00", "é\n"]), st.lists(st.integers(), max_size=2),
    st.dictionaries(st.sampled_from(["size", "align"]), st.integers(), max_size=2),
)  # fmt: skip


@settings(max_examples=300, deadline=None)
@given(data=st.data())
def test_what_is_read_is_what_the_schema_allows(data):
    line = copy.deepcopy(data.draw(st.sampled_from(LINES)))
    spot, key = data.draw(st.sampled_from(list(_spots(line))))
    if data.draw(st.booleans()):
        spot[key] = data.draw(ODD)
    elif isinstance(spot, list):
        spot.pop(key)
    else:
        del spot[key]
    assert _read(line) == Draft202012Validator(schema()).is_valid(line)


def _read(line):
    try:
        line_of(line)
    except (ValidationError, KeyError, TypeError):
        return False
    return True


def _lines():
    difference = {"stage": "load", "peer": "c", "path": "x", "expected": "1", "found": "2", "offset": None}
    run = {
        "layout": "L", "values": "v", "producer": "p", "consumer": "c", "verdict": "differs", "stage": "load",
        "message": "", "absent": {}, "size": 4, "described": {"producer": {"size": 4, "align": 4}, "consumer": None},
        "leaves": [["x", 0, 4, "00", "00", None]], "memory": "00", "differences": [difference], "evidence": "",
    }  # fmt: skip
    identity = {"producer": "p", "consumer": "c", "program": "g", "realm": "r", "check": "data"}
    return [
        {"type": "header", "format": 1, "samebytes": "1", "started": "2026-01-01T00:00:00Z", "programs": ["g"],
         "host": {"system": "s", "machine": "m", "python": "3"}},
        {"type": "cell", "id": "p/c/g/r/data", **identity, "verdict": "differs", "stage": "load", "message": "",
         "seconds": 0.5, "runs": [run], "cause": "x"},
        {"type": "skipped", "realm": "r", "peer": None, "reason": "no", "add": ""},
        {"type": "footer", "cells": 1, "verdicts": {"differs": 1}, "peers": {"r": {"p": {"language": "C"}}}, "seconds": 1},
    ]  # fmt: skip


LINES = _lines()


def _spots(value):
    """Every place in a line that can be changed: its container and key."""
    pairs = value.items() if isinstance(value, dict) else enumerate(value)
    for key, member in list(pairs):
        yield value, key
        if isinstance(member, dict | list):
            yield from _spots(member)
