"""What is expected, held against bytes: values, texts, counters; and which other layout they fit."""

from __future__ import annotations

import struct
from itertools import pairwise

import pytest

from samebytes.checks.producers.explaining import explain_size, explain_values
from samebytes.checks.producers.history import History
from samebytes.checks.producers.judging import Look, check_paths, ready, violations
from samebytes.checks.producers.producer import Expectation, Producer, Stop
from samebytes.errors import UsageError
from samebytes.layout import KINDS, Chars, Enum, Field, Record, abi_named, lay_out

LINUX, WINDOWS = abi_named("x86_64-linux"), abi_named("x86_64-windows")
MODE = Enum("Mode", values=(("IDLE", 0), ("RACE", 2)))
CAR = Record(
    "Car",
    (
        Field("count", KINDS["u8"]),
        Field("on", KINDS["bool"]),
        Field("speed", KINDS["f32"]),
        Field("mode", MODE),
        Field("driver", KINDS["char"], (8,), chars=Chars()),
        Field("title", KINDS["char16"], (4,), chars=Chars()),
        Field("wheels", Record("Wheel", (Field("slip", KINDS["f32"]),)), (2,)),
    ),
)
LAYOUT = lay_out(CAR, LINUX)


def car(count=1, on=1, speed=1.5, mode=2, driver=b"Ada\0?", title="Hé", slips=(0.5, 2.0)) -> bytes:
    return struct.pack("<BBxxfI8s8s2f", count, on, speed, mode, driver, title.encode("utf-16-le"), *slips)


def found(expectation: Expectation, *images: bytes) -> list[str]:
    looks = [Look(float(at), image) for at, image in enumerate(images)]
    return [f"{one.path}: {one.expected} / {one.found}" for one in violations(LAYOUT, (expectation,), looks, "sim")]


@pytest.mark.parametrize(
    "expectation",
    [
        Expectation("speed", minimum=1.5, maximum=1.5),
        Expectation("on", equals=True),
        Expectation("mode", equals="RACE"),
        Expectation("mode", equals=2),
        Expectation("driver", text="Ada"),
        Expectation("driver", equals="Ada"),
        Expectation("title", text="Hé"),
        Expectation("wheels[1].slip", equals=2),
        Expectation("count", one_of=(7, 1)),
    ],
    ids=lambda each: each.path,
)
def test_what_holds(expectation):
    assert found(expectation, car()) == []


def test_a_64_bit_float_is_compared_exactly():
    exact = Record("Exact", (Field("at", KINDS["f64"]),))
    looks = [Look(0.0, struct.pack("<d", 120.50000001))]
    [wrong] = violations(lay_out(exact, LINUX), (Expectation("at", equals=120.5),), looks, "sim")
    assert (wrong.expected, wrong.found) == ("120.5", "120.50000001")


def test_a_number_that_no_float_of_its_width_has_equals_the_nearest():
    assert found(Expectation("speed", equals=1.45), car(speed=1.45)) == []
    assert found(Expectation("speed", equals=1.45), car(speed=1.4500002)) == ["speed: 1.45 / 1.4500002"]


@pytest.mark.parametrize(
    ("expectation", "words"),
    [
        (Expectation("speed", minimum=2), "speed: at least 2 / 1.5"),
        (Expectation("speed", maximum=1), "speed: at most 1 / 1.5"),
        (Expectation("speed", minimum=2, maximum=3), "speed: 2 to 3 / 1.5"),
        (Expectation("mode", equals="IDLE"), "mode: 'IDLE' / RACE (2)"),
        (Expectation("driver", text="Eve"), "driver: the text 'Eve' / 'Ada'"),
        (Expectation("count", one_of=(2, 3)), "count: one of 2, 3 / 1"),
        (Expectation("speed", changes=True), "speed: a value that changes within 2 s / 1.5 all the time"),
    ],
    ids=lambda each: each if isinstance(each, str) else "",
)
def test_what_does_not(expectation, words):
    assert found(expectation, car(), car()) == [words]


def test_not_a_number_is_in_no_range():
    assert found(Expectation("speed", minimum=0), car(speed=float("nan"))) == ["speed: at least 0 / nan"]


def test_a_value_that_is_wrong_sometimes_is_counted():
    assert found(Expectation("speed", maximum=2), car(), car(speed=9), car(speed=8)) == [
        "speed: at most 2 / 9, in 2 of 3 looks, first after 1.0 s"
    ]


def test_a_counter_may_wrap_around_and_may_not_go_back():
    counter = Expectation("count", advances=True)
    assert found(counter, car(count=254), car(count=255), car(count=3)) == []
    assert found(counter, car(count=9), car(count=10), car(count=4)) == [
        "count: a value that never goes back / 4 after 10"
    ]
    assert found(counter, car(count=9), car(count=9)) == ["count: a value that grows within 2 s / 9 all the time"]


def test_text_that_is_none_is_told_as_such():
    assert found(Expectation("driver", text="Ada"), car(driver=b"\xff\xfe")) == [
        "driver: the text 'Ada' / nothing that can be read"
    ]


def test_bytes_that_end_too_soon_are_never_as_expected():
    assert found(Expectation("speed", minimum=0), car()[:6]) == ["speed: at least 0 / nothing that can be read"]


def test_ready_says_what_is_missing():
    assert ready(LAYOUT, {"count": 1, "mode": "RACE"}, car()) == []
    assert ready(LAYOUT, {"count": 2, "driver": "Ada"}, car()) == ["count is 1, not 2"]


def test_what_was_zero_in_every_look_was_never_written():
    history = History(LAYOUT)
    history.add(Look(0, car(count=0, slips=(0, 0))))
    history.add(Look(1, car(count=0, slips=(0, 1))))
    history.add(Look(2, car(count=0, slips=(0, 0))))
    assert [part.path for part in history.unwritten()] == ["count", "wheels[0].slip"]
    assert [part.path for part in history.changed()] == ["wheels[1].slip"]


def test_of_many_looks_some_are_kept_and_all_of_them_count():
    history = History(LAYOUT)
    for number in range(5000):
        history.add(Look(number, car(count=number == 4321)))
    assert len(history.looks) <= 401
    assert (history.count, history.looks[0].at, history.looks[-1].at) == (5000, 0, 4999)
    assert max(after.at - before.at for before, after in pairwise(history.looks)) <= 5000 / 200
    assert "count" in [part.path for part in history.changed()]


def test_a_counter_that_stands_still_for_as_long_as_it_has_is_seen_whenever_that_is():
    images = [car(count=number) for number in range(4)] + [car(count=3)] * 5
    assert found(Expectation("count", advances=True, within=3), *images) == [
        "count: a value that grows within 3 s / 3 for 5.0 s, from 3.0 s on"
    ]


@pytest.mark.parametrize(
    ("path", "hint"),
    [("sped", "did you mean 'speed'?"), ("wheels[1].slop", "wheels.slip"), ("zzz", "its fields: count, on, speed")],
)
def test_a_path_that_is_no_field_names_the_nearest(path, hint):
    producer = Producer("sim", {"": ("sim",)}, "x", CAR, expectations=(Expectation(path, equals=1),))
    with pytest.raises(UsageError, match="is no field of it") as error:
        check_paths(producer, LAYOUT)
    assert hint in error.value.hint


def test_a_range_of_an_array_is_refused_with_what_to_write():
    producer = Producer("sim", {"": ("sim",)}, "x", CAR, expectations=(Expectation("driver", minimum=1),))
    with pytest.raises(UsageError, match="is an array") as error:
        check_paths(producer, LAYOUT)
    assert "driver[0]" in error.value.hint


def test_a_realm_without_a_command_and_a_placeholder_that_does_not_exist():
    producer = Producer("sim", {"windows": ("sim.exe",)}, "/link.{uuid}", CAR)
    with pytest.raises(UsageError, match="no command for linux"):
        producer.command("linux")
    with pytest.raises(UsageError, match="placeholder"):
        producer.segment_in("linux")


def test_the_ways_to_stop():
    assert Stop.parse("kill").words("linux") == "SIGKILL"
    assert Stop.parse("terminate").words("windows") == "TerminateProcess"
    assert Stop.parse("quit now") == Stop("line", "quit now")


# --- other layouts --------------------------------------------------------------------------------------------------

WIDE = Record("Wide", (Field("id", KINDS["u8"]), Field("at", KINDS["pointer"]), Field("size", KINDS["long"])))


def judged(record: Record, abi, made: Record, made_abi, values: dict[str, object], shift: int = 0) -> str:
    """What is said of a program that wrote `values` in another layout than was promised."""
    layout, real = lay_out(record, abi), lay_out(made, made_abi)
    data = bytes(shift) + real.codec.encode(values)
    expectations = tuple(Expectation(path, equals=value) for path, value in values.items() if path in record.names)
    producer = Producer("sim", {}, "x", record, expectations=expectations)
    looks = [Look(0.0, data.ljust(1 << 14, b"\0"))]
    return explain_values(producer, layout, 1 << 14, False, looks, True)


PLAIN = Record("Plain", (Field("id", KINDS["u8"]), Field("on", KINDS["bool"]), Field("total", KINDS["u64"])))
VALUES = {"id": 7, "on": True, "total": 1 << 40}


@pytest.mark.parametrize(
    ("made", "shift", "words"),
    [
        (Record("Plain", PLAIN.fields, pack=1), 0, "packed: as if Pack=1"),
        (PLAIN, 4, "everything 4 bytes later: a header in front"),
        (
            Record("Plain", (PLAIN.fields[0], Field("on", KINDS["bool32"]), PLAIN.fields[2])),
            0,
            "`on` declared as a 32-bit integer",
        ),
        (
            Record("Plain", (*PLAIN.fields[:2], Field("new", KINDS["u64"]), PLAIN.fields[2])),
            0,
            "a field of 8 bytes too many before `total`",
        ),
    ],
)
def test_the_layout_that_a_program_really_has_is_named(made, shift, words):
    values = {**VALUES, **({"new": 256} if "new" in made.names else {})}
    assert judged(PLAIN, LINUX, made, LINUX, values, shift).startswith(words)


def test_zeros_make_no_field_missing():
    """A field that is never written is zero, and so is what stands where it would be if another one were missing."""
    record = Record("Plain", tuple(Field(name, KINDS["u32"]) for name in ("id", "fuel", "speed")))
    producer = Producer(
        "sim", {}, "x", record, expectations=(Expectation("id", equals=0), Expectation("fuel", equals=7))
    )
    looks = [Look(0.0, struct.pack("<3I", 0, 0, 0).ljust(4096, b"\0"))]
    assert explain_values(producer, lay_out(record, LINUX), 4096, False, looks, True) == ""


def test_a_layout_in_which_nothing_holds_is_not_named():
    layout = lay_out(PLAIN, LINUX)
    producer = Producer("sim", {}, "x", PLAIN, expectations=(Expectation("total", equals=123456789012345),))
    looks = [Look(0.0, bytes(range(1, 17)).ljust(4096, b"\0"))]
    assert explain_values(producer, layout, 4096, False, looks, True) == ""


def test_a_value_out_of_its_range_in_a_layout_that_makes_sense_names_no_other_layout():
    record = Record("Speeds", tuple(Field(name, KINDS["f64"]) for name in "abcd"))
    data = struct.pack("<4d", 120.5, 1.5, 2.5, 3.5).ljust(4096, b"\0")
    producer = Producer("sim", {}, "x", record, expectations=(Expectation("a", maximum=3),))
    assert explain_values(producer, lay_out(record, LINUX), 4096, False, [Look(0.0, data)], True) == ""


def test_bytes_behind_a_record_alone_name_no_other_layout():
    layout = lay_out(PLAIN, LINUX)
    producer = Producer("sim", {}, "x", PLAIN)
    looks = [Look(0.0, bytes([1] * 20).ljust(4096, b"\0"))]
    assert explain_values(producer, layout, 4096, True, looks, False) == ""


def test_the_size_of_a_32_bit_program_is_recognised():
    layout = lay_out(WIDE, LINUX)
    producer = Producer("sim", {}, "x", WIDE)
    words = explain_size(producer, layout, 12, True, Look(0.0, bytes(12)))
    assert words == "laid out as on i686-linux"
