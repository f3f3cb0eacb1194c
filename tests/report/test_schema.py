"""The schema of a report's lines, and the check of lines against it, held against the reference implementation."""

from __future__ import annotations

import copy
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from samebytes.report.schema import KEYWORDS, line_problem, schema

TYPES = ("header", "cell", "skipped", "footer")


def keywords(rules):
    """Every keyword a schema uses."""
    for word, rule in rules.items():
        yield word
        if word in ("properties", "$defs"):
            for inner in rule.values():
                yield from keywords(inner)
        elif word in ("items", "additionalProperties"):
            yield from keywords(rule)
        elif word == "prefixItems":
            for inner in rule:
                yield from keywords(inner)


def test_every_keyword_of_the_schema_is_checked():
    assert set(keywords(schema())) - {"$schema", "$defs", "title", "description", "oneOf"} == set(KEYWORDS)


def test_every_line_of_every_sample_is_as_the_schema_says(sample):
    lines = [json.loads(line) for line in sample.read_text("utf-8").splitlines()]
    assert {line["type"] for line in lines} <= set(TYPES)
    assert [line_problem(line["type"], line) for line in lines] == [None] * len(lines)


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (lambda cell: cell.pop("verdict"), ("", "lacks 'verdict'")),
        (lambda cell: cell.update(verdict="fine"), ("verdict", "'fine' is none of agreed")),
        (lambda cell: cell.update(seconds=True), ("seconds", "is no number")),
        (lambda cell: cell.update(seconds=-1), ("seconds", "-1 is below 0")),
        (lambda cell: cell.update(stage=3), ("stage", "is no string or null")),
        (lambda cell: cell.update(producer=""), ("producer", "is empty")),
        (lambda cell: cell.update(cause=["x"]), ("cause", "is no string or null")),
        (lambda cell: cell["runs"][1].update(memory="abc"), ("runs[1].memory", "'abc' is not")),
        (lambda cell: cell["runs"][0].update(size=1.5), ("runs[0].size", "is no integer")),
        (lambda cell: cell["runs"][0]["leaves"][0].pop(), ("runs[0].leaves[0]", "has fewer than 6 items")),
        (lambda cell: cell["runs"][0]["leaves"].__setitem__(0, {}), ("runs[0].leaves[0]", "is no array")),
        (lambda cell: cell["runs"][0]["described"].update(producer={"size": 1}), ("runs[0].described.producer", "lacks")),
        (lambda cell: cell["runs"][0]["differences"][0].update(offset=-4), ("runs[0].differences[0].offset", "-4 is")),
    ],
)  # fmt: skip
def test_a_problem_is_told_with_its_place(lines_of, change, problem):
    cell = next(line for line in lines_of("differs") if line.get("verdict") == "differs")
    change(cell)
    place, words = line_problem("cell", cell)
    assert place == problem[0]
    assert words.startswith(problem[1])


def test_members_the_schema_does_not_know_are_allowed(lines_of):
    cell = next(line for line in lines_of("differs") if line["type"] == "cell")
    cell["later"] = cell["runs"][0]["later"] = {"any": "thing"}
    assert line_problem("cell", cell) is None


ODD = st.one_of(
    st.none(), st.booleans(), st.integers(-2, 2), st.floats(-2, 2), st.sampled_from(["", "agreed", "abc", "00", "é\n"]),
    st.lists(st.integers(), max_size=2), st.dictionaries(st.sampled_from(["size", "align"]), st.integers(), max_size=2),
)  # fmt: skip


@settings(max_examples=300, deadline=None)
@given(data=st.data())
def test_the_check_says_what_jsonschema_says(data):
    line = copy.deepcopy(data.draw(st.sampled_from(_lines())))
    spot, key = data.draw(st.sampled_from(list(_spots(line))))
    if data.draw(st.booleans()):
        spot[key] = data.draw(ODD)
    elif isinstance(spot, list):
        spot.pop(key)
    else:
        del spot[key]
    for kind in TYPES:
        reference = Draft202012Validator({"$ref": f"#/$defs/{kind}", "$defs": schema()["$defs"]})
        assert (line_problem(kind, line) is None) == reference.is_valid(line)


def test_the_schema_is_a_valid_schema():
    Draft202012Validator.check_schema(schema())


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


def _spots(value):
    """Every place in a line that can be changed: its container and key."""
    pairs = value.items() if isinstance(value, dict) else enumerate(value)
    for key, member in list(pairs):
        yield value, key
        if isinstance(member, dict | list):
            yield from _spots(member)
