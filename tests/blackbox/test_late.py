"""Programs that are right at first, and wrong later: each is found, or what it does is told as not judged in the same output.

They are watched side by side, so that all of them take little longer than one.
"""

from __future__ import annotations

import secrets
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest

from samebytes.checks.producers.guarding import Counters
from samebytes.checks.producers.producer import Expectation
from samebytes.checks.producers.remarks import remarks_of
from samebytes.checks.result import Result
from samebytes.report.lines import line_of

AT_ONCE = 8
WATCHED = 2.0
"""Seconds: long enough for what comes after 0.7 s on a busy machine, too."""
PROMISED = (
    Expectation("version", equals=3),
    Expectation("speed", minimum=0, maximum=500),
    Expectation("packet", advances=True, within=1),
    Expectation("driver", text="Ada"),
    Expectation("gear", one_of=(3, 4, 5)),
)
AROUND = {
    "counters": Counters("version", "checksum"),
    "expectations": (Expectation("packet", advances=True, within=5),),
}
LAX: dict[str, Any] = {"expectations": (Expectation("version", equals=3),)}

WRONG: dict[str, tuple[str, list[str], dict[str, Any]]] = {
    "layout": (
        "differs",
        [
            "gear at 32: expected one of 3, 4, 5, found 0",
            "too many before `speed`",
            "first after ",
        ],
        {"guard": False},
    ),
    "stops": ("differs", ["packet at 4: expected a value that grows within 1 s, found", "s, from "], {}),
    "slows": ("differs", ["packet at 4: expected a value that grows within 1 s, found"], {}),
    "back": ("differs", ["packet at 4: expected a value that never goes back, found"], {}),
    "nan": ("differs", ["speed at 8: expected 0 to 500, found nan", "first after "], {}),
    "range": ("differs", ["found 500.5, in"], {}),
    "gear": ("differs", ["gear at 32: expected one of 3, 4, 5, found -4"], {}),
    "version": ("differs", ["version at 0: expected 3, found 4"], {}),
    "text": ("differs", ["driver at 34: expected the text 'Ada', found 'Eve'"], {}),
    "text-unended": ("differs", ["driver at 34: expected the text 'Ada', found 'AAAAAAAAAA'"], {}),
    "zeroed": ("differs", ["version at 0: expected 3, found 0"], {}),
    "order": (
        "differs",
        ["speed at 8: expected 1 to 500"],
        {"expectations": (Expectation("speed", minimum=1, maximum=500),)},
    ),
    "blinks": ("differs", ["speed at 8: expected 0 to 500, found -1"], {}),
    "another": ("differs", ["speed at 8: expected 0 to 500, found -77"], {}),
    "first-reader": ("differs", ["speed at 8: expected 0 to 500, found -9"], {}),
    "behind": (
        "differs",
        ["writes past the end: 1 byte behind the 48 bytes", "first at 50", "s after it was ready"],
        {},
    ),
    "far": (
        "differs",
        ["writes far behind the 48 bytes of Telemetry: the first byte not zero is at 5000"],
        {"sole": True},
    ),
    "renamed": (
        "differs",
        ["was renamed while the program runs; it is called", "-moved' now", "after it was ready"],
        {},
    ),
    "removed": ("differs", ["was removed while the program runs: who reads it next finds nothing"], {}),
    "anew": ("differs", ["was made anew while the program runs"], {}),
    "shrinks": ("differs", ["the segment shrank from 48 to 24 bytes"], {}),
    "crashes": ("crashed", ["was ended by SIGABRT while it was watched"], {}),
    "ends": ("crashed", ["exited with 0 while it was watched"], {}),
    "counters-early": ("differs", ["torn: ", "version = checksum =", " was ", ", then "], AROUND),
    "counters-never": ("differs", ["expected now and then the same in both, found never"], AROUND),
    "exclusive": (
        "crashed",
        ["started again after it was killed: exited with 3", "File exists"],
        {"restarts": ("after-kill",)},
    ),
    "trusting": ("differs", ["left, with other bytes and too small: too small: 24 bytes"], {"restarts": ("stale",)}),
    "shrinks-old": (
        "differs",
        [
            "while somebody reads what it shared: ",
            "expected 48 bytes, as it is read, found 0: who has it mapped",
        ],
        {"restarts": ("while-read",)},
    ),
}
TOLD: dict[str, tuple[list[str], dict[str, Any]]] = {
    "wheel": (["not judged: wheels[2] became nan, "], {}),
    "far": (["not judged: the segment holds other bytes from 5000 on (guard = true says"], {}),
    "early": (
        [" ms before it has a size: who opens it then finds 0 bytes", "before anything is written"],
        {},
    ),
    "range": (["1 judged; not judged: ", "speed", " changed; ", "driver, checksum never changed"], LAX),
}
RIGHT: dict[str, dict[str, Any]] = {
    "good": {"restarts": ("after-kill", "while-read", "stale")},
    "replaces": {"restarts": ("after-kill", "while-read", "stale")},
    "counters-good": AROUND,
    "grows": {},
}


@pytest.fixture(scope="module")
def late(build):
    return build("late")


@pytest.fixture
def judge(native, late):
    """Judge programs side by side, each with a segment of its own: (fault, what else is said of it)."""

    def each(case: tuple[str, dict[str, Any]]) -> Result:
        fault, other = case
        stage = replace(native, token=f"{native.token}-{secrets.token_hex(3)}")
        return stage.judge(late, "{name}", fault, **{"expectations": PROMISED, "watch": WATCHED} | other)

    def all_of(cases: list[tuple[str, dict[str, Any]]]) -> list[Result]:
        with ThreadPoolExecutor(AT_ONCE) as pool:
            return list(pool.map(each, cases))

    return all_of


def said(result: Result) -> str:
    """All that is said of a result."""
    runs = [
        "\n".join((run.message, *map(str, run.differences), run.cause, run.evidence, run.covers)) for run in result.runs
    ]
    return "\n".join((*runs, *remarks_of(result)))


def test_what_goes_wrong_later_is_found(judge):
    results = judge([(fault, other) for fault, (_, _, other) in WRONG.items()])
    missed = []
    for (fault, (verdict, words, _)), result in zip(WRONG.items(), results, strict=True):
        told = said(result)
        lacking = [part for part in words if part not in told]
        if result.verdict != verdict or lacking or line_of(result.to_json()).verdict != verdict:
            missed.append(f"{fault}: {result.verdict}, not said: {lacking}\n{told}")
    assert not missed, "\n\n".join(missed)


def test_what_is_not_judged_is_said_and_what_is_right_raises_no_alarm(judge):
    cases = [(fault, other) for fault, (_, other) in TOLD.items()] + list(RIGHT.items())
    results = judge(cases)
    wrong = {
        fault: said(result) for (fault, _), result in zip(cases, results, strict=True) if result.verdict != "agreed"
    }
    assert wrong == {}
    for (fault, (words, _)), result in zip(TOLD.items(), results, strict=False):
        told = said(result)
        assert [part for part in words if part not in told] == [], (fault, told)
    good = results[len(TOLD)]
    assert "restarted: after-kill, while-read, stale" in good.runs[0].covers
    assert [run.values for run in good.runs[4:]] == [
        "after-kill", "after-kill, end", "while-read", "while-read, end", "stale", "stale, end",
    ]  # fmt: skip
    assert "records taken whole between version and checksum" in results[len(TOLD) + 2].runs[0].covers
