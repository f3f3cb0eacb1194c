"""Programs that get one thing wrong: the finding each must have, in words; nothing of them is left."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from samebytes.checks.producers.producer import Expectation, Stop
from samebytes.checks.producers.segment_reader import NativeEyes
from samebytes.checks.result import Result
from samebytes.errors import UsageError
from samebytes.report.lines import line_of

SOURCES = Path(__file__).resolve().parent.parent / "producers"


def words(result: Result) -> str:
    """All that is said of the run that decides."""
    run = result.worst
    return "\n".join((run.message, *map(str, run.differences), run.cause, *run.notes, run.evidence))


def notes(result: Result) -> str:
    """Every note."""
    return "\n".join(note for run in result.runs for note in run.notes)


def finding(result: Result) -> tuple[str, str, str]:
    """Verdict, stage and run that decide. A result that a report cannot hold is none."""
    assert line_of(result.to_json()).runs == result.runs
    return str(result.verdict), str(result.worst.stage), result.worst.values


@pytest.fixture
def sim(build: Callable[..., Path]) -> Path:
    return build("sim")


@pytest.fixture
def sim_exe(build: Callable[..., Path]) -> Path:
    return build("sim", windows=True)


# --- Linux, raw POSIX names -----------------------------------------------------------------------------------------


def test_a_good_producer_agrees_and_its_notes_say_what_may_be_read_how(native, sim):
    result = native.judge(sim, "{name}", "good")
    assert result.verdict == "agreed", words(result)
    assert result.identity == "sim/samebytes/Telemetry/linux/producer"
    assert [run.values for run in result.runs] == ["record", "end", "again", "kill"]
    told = notes(result)
    assert "changed while watched: packet, wheels" in told
    assert "safe to read without a lock on x86_64-linux: version, packet, speed, gear, checksum" in told
    assert "can be read half-written: wheels (16 bytes), driver (10 bytes)" in told
    assert "outlives its creator when that is killed" in told
    assert "never written" not in told


TIME = {"deadline": 1.5}
TABLE: dict[str, tuple[tuple[str, str, str], list[str], dict[str, Any]]] = {
    "broken": (("crashed", "start", "record"), ["exited with 7 before", "license server not found"], {}),
    "never": (("hung", "create", "record"), ["was not there within 1.5 s", "waiting for the game"], TIME),
    "other-name": (("hung", "create", "record"), ["was not there within 1.5 s", "it shares '/samebytes-test-"], TIME),
    "small": (("differs", "create", "record"), ["too small: 24 bytes, Telemetry needs 48"], {}),
    "dies": (("crashed", "watch", "record"), ["exited with 5 after it had created", "before anything was written"], {}),
    "crashes": (("crashed", "watch", "record"), ["was ended by SIGABRT"], {}),
    "silent": (("hung", "watch", "record"), ["not within 1.5 s: anything was written", "all 48 bytes are zero"], TIME),
    "half": (
        ("differs", "watch", "record"),
        ["driver at 34: expected the text 'Ada', found ''", "nothing behind offset 16 of 48 was ever written"],
        {},
    ),
    "past-the-end": (
        ("differs", "watch", "record"),
        ["writes past the end: 3 bytes behind the 48 bytes of Telemetry", "first at 52, the last at 54", "ababab"],
        {},
    ),
    "deaf": (("hung", "close", "end"), ["still runs 1.5 s after SIGTERM; it was killed"], TIME),
    "leaves-the-name": (("leaked", "close", "end"), ["is still there after it ended", "nobody called shm_unlink"], {}),
    "child": (("leaked", "close", "end"), ["held by", "(sim)", "left 1 process running"], {}),
}


@pytest.mark.parametrize("behaviour", TABLE)
def test_what_a_wrong_producer_gets(native, sim, behaviour):
    wanted, said, other = TABLE[behaviour]
    result = native.judge(sim, "{name}", behaviour, **other)
    assert finding(result) == wanted, words(result)
    for part in said:
        assert part in words(result)


def test_another_layout_at_the_second_start_is_told_with_what_it_is(native, sim, tmp_path):
    result = native.judge(sim, "{name}", "other-layout", tmp_path / "mark")
    assert finding(result) == ("differs", "watch", "again"), words(result)
    said = words(result)
    assert "at its second start: " in said
    assert "the segment: expected 48 bytes, as at the first start, found 56" in said
    assert "too many before `speed`" in said


def test_what_is_constant_and_differs_between_two_starts_is_a_note(native, sim, tmp_path):
    result = native.judge(sim, "{name}", "other-layout", tmp_path / "mark", expectations=(), guard=False)
    assert finding(result) == ("differs", "create", "again"), words(result)  # by its size alone
    assert "driver was 4164610000000000… all the time at the first start, 0000000000000400… at the second" in notes(
        result
    )


def test_a_flood_of_output_is_drained_and_told(native, sim):
    result = native.judge(sim, "{name}", "flood")
    assert result.verdict == "agreed", words(result)
    assert "which nobody reads" in notes(result)


def test_a_value_out_of_its_range_is_told_with_how_often(native, sim):
    expectations = (Expectation("speed", maximum=100), Expectation("gear", one_of=(1, 2, 3)))
    result = native.judge(sim, "{name}", "good", expectations=expectations)
    assert finding(result) == ("differs", "watch", "record")
    assert "speed at 8: expected at most 100, found 120.5" in words(result)
    assert "gear at 32: expected one of 1, 2, 3, found 4" in words(result)


def test_what_must_change_and_does_not(native, sim):
    expectations = (Expectation("speed", changes=True, within=0.2), Expectation("version", advances=True, within=0.2))
    result = native.judge(sim, "{name}", "good", expectations=expectations)
    assert finding(result) == ("differs", "watch", "record")
    assert "speed at 8: expected a value that changes within 0.2 s, found 120.5 all the time" in words(result)
    assert "version at 0: expected a value that grows within 0.2 s, found 3 all the time" in words(result)


def test_a_condition_that_is_never_met(native, sim):
    result = native.judge(sim, "{name}", "good", ready={"version": 4}, deadline=1.0)
    assert finding(result) == ("hung", "watch", "record")
    assert "not within 1 s: it was ready; version is 3, not 4" in words(result)


def test_a_name_that_is_there_already_is_left_alone(native, sim):
    path = Path("/dev/shm") / native.token
    path.write_bytes(b"theirs")
    try:
        result = native.judge(sim, "{name}", "good")
        assert finding(result) == ("refused", "start", "record")
        assert f"remove {path} if nobody does" in words(result)
        assert path.read_bytes() == b"theirs"
    finally:
        path.unlink()


def test_a_program_that_does_not_exist(native):
    result = native.judge("./nothing-here", "{name}")
    assert finding(result) == ("refused", "start", "record")
    assert f"cannot start it: there is no {native.folder / 'nothing-here'}" in words(result)


@pytest.mark.parametrize("name", ["/a/b", "/", "a\\\\b", "x" * 300])
def test_what_can_be_no_name_is_said_before_anything_is_started(name):
    """It is neither there already nor late."""
    with pytest.raises(UsageError, match="the name"):
        NativeEyes().exists(name)


def test_a_name_that_is_meant_to_stay(native, sim):
    assert native.judge(sim, "{name}", "leaves-the-name", name_stays=True).verdict == "agreed"


def test_a_name_that_is_meant_to_stay_and_does_not(native, sim):
    result = native.judge(sim, "{name}", "good", name_stays=True)
    assert finding(result) == ("differs", "close", "end")
    assert "was meant to stay" in words(result)


def test_a_name_that_must_not_outlive_a_kill(native, sim):
    result = native.judge(sim, "{name}", "good", name_stays=False)
    assert finding(result) == ("leaked", "kill", "kill")
    assert "is still there after it was killed: nobody holds it" in words(result)


# --- Linux, managed names -------------------------------------------------------------------------------------------


def test_a_managed_name_dies_with_its_program_however_that_ends(native):
    result = native.judge(sys.executable, SOURCES / "managed.py", "{name}", segment=native.token)
    assert result.verdict == "agreed", words(result)
    assert "outlives" not in notes(result)


def test_a_grandchild_in_another_session_that_holds_the_name(native):
    result = native.judge(sys.executable, SOURCES / "managed.py", "{name}", "orphan", segment=native.token)
    assert finding(result) == ("leaked", "close", "end")
    assert "held by" in words(result)
    assert "left 1 process running" in words(result)


# --- Windows --------------------------------------------------------------------------------------------------------


def test_a_good_producer_on_windows(windows, sim_exe):
    result = windows.judge(sim_exe, "{name}", "good")
    assert result.verdict == "agreed", words(result)
    assert "outlives" not in notes(result)  # the system sees to it


WINDOWS: dict[str, tuple[tuple[str, str, str], list[str], dict[str, Any]]] = {
    "broken": (("crashed", "start", "record"), ["exited with 7 before", "license server not found"], {}),
    "never": (("hung", "create", "record"), ["was not there within 2 s", "waiting for the game"], {"deadline": 2.0}),
    "past-the-end": (("differs", "watch", "record"), ["writes past the end: 3 bytes behind the 48 bytes"], {}),
    "deaf": (
        ("hung", "close", "end"),
        ["still runs 2 s after the line 'quit' on its standard input"],
        {"stop": Stop.parse("quit"), "deadline": 2.0},
    ),
}


@pytest.mark.parametrize("behaviour", WINDOWS)
def test_what_a_wrong_producer_gets_on_windows(windows, sim_exe, behaviour):
    wanted, said, other = WINDOWS[behaviour]
    result = windows.judge(sim_exe, "{name}", behaviour, **other)
    assert finding(result) == wanted, words(result)
    for part in said:
        assert part in words(result)


def test_a_name_that_died_with_its_program_on_windows(windows, sim_exe):
    result = windows.judge(sim_exe, "{name}", "dies")
    assert result.verdict == "crashed"
    assert "exited with 5" in words(result)  # seen in its few milliseconds, or not


def test_another_layout_at_the_second_start_on_windows(windows, sim_exe, tmp_path):
    mark = windows.site.realm.path(tmp_path / "mark")
    result = windows.judge(sim_exe, "{name}", "other-layout", mark)
    assert finding(result) == ("differs", "watch", "again"), words(result)
    assert "too many before `speed`" in words(result)
