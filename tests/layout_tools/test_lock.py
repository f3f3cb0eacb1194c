"""Lock files: stable, reviewable, checked; and a diff in the words of the field."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from samebytes.errors import LayoutError
from samebytes.layout import KINDS, Enum, Field, Record, abi_named, lay_out
from samebytes.layout.diff import differences
from samebytes.layout.lock import golden_bytes, lock_text, locked, read_lock

LINUX, S390X = abi_named("x86_64-linux"), abi_named("s390x-linux")
TOML = """[record.Telemetry]
fields = [
  {{ name = "flags", type = "{flags}" }},
  {{ name = "speed", type = "f32" }},
  {{ name = "gear", type = "u8" }},
  {{ name = "wheels", type = "Wheel", count = 3 }},{more}
]
[record.Wheel]
fields = [{{ name = "slip", type = "f32" }}, {{ name = "{load}", type = "u16" }}]
"""


def record(*parts, **options):
    return Record("R", tuple(Field(name, KINDS[kind], *rest) for name, kind, *rest in parts), **options)


def toml(flags="u32", more="", load="load"):
    return TOML.format(flags=flags, more=more, load=load)


def changes(old, new, abi=LINUX):
    """As from a lock file: what is written is what is compared."""
    (was,) = read_lock(lock_text([lay_out(old, abi)], "x.toml"), "x.lock").records
    return [(one.severity, one.text) for one in differences(was, locked(lay_out(new, abi)))]


BASE = (("flags", "u8"), ("speed", "f32"), ("last", "u32"))


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (BASE, BASE, []),
        (
            BASE,
            (("flags", "u64"), ("speed", "f32"), ("last", "u32")),
            ["`flags` grew: 1 byte → 8 bytes (u8 → u64)", "`speed` moved 4 → 8 because `flags` grew",
             "`last` moved 8 → 12 because `flags` grew", "size 12 → 16: arrays of it break",
             "alignment 4 → 8: records that contain it may change"],
        ),
        (
            BASE,
            (*BASE, ("more", "u32")),
            ["`more` appended at the end, at 12: old readers still work", "size 12 → 16: arrays of it break"],
        ),
        (
            BASE,
            (("flags", "u8"), ("level", "u8"), ("speed", "f32"), ("last", "u32")),
            ["`level` takes what was padding, at 1: old readers still work, old writers leave it undefined"],
        ),
        (
            BASE,
            (("flags", "u8"), ("velocity", "f32"), ("last", "u32")),
            ["`speed` is called `velocity` now: same place, same type, same bytes"],
        ),
        (BASE, (("flags", "u8"), ("speed", "i32"), ("last", "u32")), ["`speed` is i32 now, was f32: same size, another meaning"]),
        (
            BASE,
            (("flags", "u8"), ("last", "u32")),
            ["`speed` was removed from the middle (f32 at 4)", "`last` moved 8 → 4 because `speed` was removed",
             "size 12 → 8: arrays of it break"],
        ),
        (
            BASE,
            (("flags", "u8"), ("speed", "f32")),
            ["`last` was removed from the end (u32 at 8)", "size 12 → 8: arrays of it break"],
        ),
        (
            BASE,
            (("flags", "u8"), ("new", "u32"), ("speed", "f32"), ("last", "u32")),
            ["`new` was inserted, at 4 (u32)", "`speed` moved 4 → 8 because `new` was inserted",
             "`last` moved 8 → 12 because `new` was inserted", "size 12 → 16: arrays of it break"],
        ),
        (
            BASE,
            (("flags", "u8"), ("last", "u32"), ("speed", "f32")),
            ["fields were reordered: speed last → last speed", "`speed` moved 4 → 8 because the fields were reordered",
             "`last` moved 8 → 4 because the fields were reordered"],
        ),
        (
            (("a", "u8", (4,)), ("b", "u8")),
            (("a", "u8", (6,)), ("b", "u8")),
            ["`a` grew: 4 bytes → 6 bytes (u8[4] → u8[6])", "`b` moved 4 → 6 because `a` grew", "size 5 → 7: arrays of it break"],
        ),
        (
            (("a", "u32", (), None, None, 3), ("b", "u32", (), None, None, 5)),
            (("a", "u32", (), None, None, 4), ("b", "u32", (), None, None, 5)),
            ["`a` grew: 3 bits → 4 bits (u32 : 3 → u32 : 4)", "`b` moved 0.3 → 0.4 because `a` grew"],
        ),
    ],
)  # fmt: skip
def test_the_diff_speaks_of_fields(old, new, expected):
    found = changes(record(*old), record(*new))
    assert [text for _, text in found] == expected


def test_packing_is_named_when_no_field_explains_a_move():
    found = changes(record(*BASE), record(*BASE, pack=1))
    assert ("breaking", "`speed` moved 4 → 1 because alignment or packing changed") in found


@pytest.mark.parametrize(
    ("new", "severities"),
    [
        ((*BASE, ("more", "u32")), {"compatible"}),
        ((("flags", "u8"), ("velocity", "f32"), ("last", "u32")), {"compatible"}),
        ((("flags", "u8"), ("level", "u8"), ("speed", "f32"), ("last", "u32")), {"compatible"}),
        ((("flags", "u8"), ("speed", "i32"), ("last", "u32")), {"breaking"}),
        ((("flags", "u8"), ("speed", "f32")), {"breaking"}),
        ((*BASE[:2], ("last", "u64"), ("more", "u8")), {"breaking"}),
    ],
)
def test_only_what_old_programs_survive_is_compatible(new, severities):
    assert {severity for severity, _ in changes(record(*BASE), record(*new))} == severities


def test_another_value_in_the_same_place_is_seen_in_the_golden_bytes_of_an_old_lock():
    def with_value(number):
        record = Record("R", (Field("e", Enum("E", values=(("A", number),))),))
        return replace(locked(lay_out(record, abi_named("x86_64-linux"))), enums=None)

    (change,) = differences(with_value(1), with_value(2))
    assert change.severity == "breaking"
    assert change.text.startswith("same places, other bytes")


def test_a_change_inside_an_array_of_records_stands_at_its_path():
    def outer(*parts):
        return Record("R", (Field("w", record(*parts), (3,)), Field("end", KINDS["u32"])))

    found = changes(outer(("slip", "f32"), ("load", "u16")), outer(("slip", "f64"), ("load", "u16")))
    assert ("breaking", "`w[0].slip` grew: 4 bytes → 8 bytes (f32 → f64)") in found
    assert ("breaking", "`end` moved 24 → 48 because `w[0].slip` grew") in found


# --- golden bytes -----------------------------------------------------------------------------------------------------


def test_golden_bytes_say_where_they_belong_in_the_abis_order():
    value = record(("a", "u8"), ("b", "u32"), ("c", "bool"))
    little, mask = golden_bytes(lay_out(value, LINUX))
    assert little.hex() == "100000002021222301000000"
    assert mask.hex() == "ff000000ffffffffff000000"
    assert golden_bytes(lay_out(value, S390X))[0].hex() == "100000002322212001000000"


def test_golden_bytes_of_bit_fields_follow_the_bit_order():
    value = record(("a", "u16", (), None, None, 4), ("b", "u16", (), None, None, 12))
    assert golden_bytes(lay_out(value, LINUX))[0].hex() == "2100"
    assert golden_bytes(lay_out(value, S390X))[0].hex() == "1002"


def test_padding_and_holes_are_shown():
    text = lock_text([lay_out(record(*BASE), LINUX)], "x.toml")
    assert "       1       3  -    (padding)\n" in text
    assert "  golden 0000  10 -- -- -- 20 21 22 23  30 31 32 33\n" in text


# --- the file ---------------------------------------------------------------------------------------------------------

GOOD = lock_text([lay_out(record(*BASE), LINUX), lay_out(record(("x", "f64")), S390X)], "a/b.toml")


def test_what_is_written_is_what_is_read():
    read = read_lock(GOOD, "x.lock")
    assert read.source == "a/b.toml"
    assert [(one.abi, one.size, one.line) for one in read.records] == [("x86_64-linux", 12, 4), ("s390x-linux", 8, 12)]
    assert read.records[0].lines == locked(lay_out(record(*BASE), LINUX)).lines


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "x.lock:1: the file ends too early"),
        ("hello\n", "x.lock:1: not a samebytes lock file"),
        ("samebytes lock 3\nsource x\n", "x.lock:1: lock version 3; this samebytes reads versions 1 and 2"),
        ("samebytes lock 1\n", "x.lock:3: the file ends too early|x.lock:2: the file ends too early"),
        ("samebytes lock 1\nwhere x\n", "x.lock:2: expected `source FILE`"),
        ("samebytes lock 1\nsource x\n", "x.lock:2: it locks no record"),
        (GOOD.replace("record R abi x86", "recrd R abi x86"), "x.lock:4: expected `record NAME"),
        (
            GOOD.replace("  f32  speed", "  f64  speed"),
            r"x.lock:9: lines 4 to 8 were edited|x.lock:\d+: lines 4 to \d+ were edited",
        ),
        (GOOD.replace("<<<<", "") + GOOD.partition("\n\n")[2], "stands here and in line 4"),
        (GOOD[: len(GOOD) // 2], r"x.lock:\d+: "),
        (GOOD.replace("       0       1", "       0       x"), r"x.lock:5: expected a field"),
    ],
)
def test_a_damaged_lock_file_is_an_error_with_its_line(text, words):
    with pytest.raises(LayoutError, match=words):
        read_lock(text, "x.lock")


@given(
    st.integers(0, len(GOOD) - 1),
    st.sampled_from(["", "9", " ", "\n", "x", "\x00", "é", "<<<<<<< HEAD\n"]),
    st.integers(0, 3),
)
@settings(deadline=None, max_examples=300)
def test_an_edited_lock_file_is_refused_or_unchanged(at, put, cut):
    text = GOOD[:at] + put + GOOD[at + cut :]
    try:
        lines = [one.lines for one in read_lock(text, "x.lock").records]
    except LayoutError as error:
        refusal = str(error)
    else:  # blank lines, and the name of the source, are nobody's
        assert lines == [one.lines for one in read_lock(GOOD, "x.lock").records]
        return
    assert refusal.startswith("x.lock:")


@given(st.text(max_size=300))
@settings(deadline=None, max_examples=200)
def test_any_text_is_refused_in_words(text):
    with pytest.raises(LayoutError):
        read_lock("samebytes lock 1\nsource x\n" + text, "x.lock")


# --- the command ------------------------------------------------------------------------------------------------------


@pytest.fixture
def source(tmp_path):
    path = tmp_path / "telemetry.toml"
    path.write_text(toml(), "utf-8")
    return path


def test_lock_and_check(samebytes, source):
    ran = samebytes("lock", source)
    lock = source.with_name("telemetry.toml.lock")
    assert (ran.status, ran.err) == (0, "")
    first = lock.read_bytes()
    assert samebytes("lock", source).status == 0
    assert lock.read_bytes() == first
    assert str(source.parent).encode() not in first
    checked = samebytes("lock", "--check", lock)
    assert (checked.status, checked.err) == (0, "")
    assert "is as" in checked.out


@pytest.mark.parametrize(
    ("text", "status", "words"),
    [
        (toml(flags="u64"), 1, "`speed` moved 4 → 8 because `flags` grew"),
        (toml(more='{ name = "more", type = "u32" }'), 4, "`more` appended at the end, at 36: old readers still work"),
        (toml(load="weight"), 4, "`load` is called `weight` now"),
        (toml().replace("Telemetry", "Other"), 1, "Telemetry is no longer there"),
        (toml() + '[record.New]\nfields = [{ name = "a", type = "u8" }]\n', 4, "New is new, and not locked"),
        (toml(flags="i32"), 1, "`flags` is i32 now, was u32"),
    ],
)
def test_exit_codes_tell_compatible_from_breaking(samebytes, source, text, status, words):
    lock = source.with_name("x.lock")
    samebytes("lock", source, "-o", lock)
    source.write_text(text, "utf-8")
    ran = samebytes("lock", "--check", lock)
    assert ran.status == status, ran.out
    assert words in ran.out
    told = json.loads(samebytes("lock", "--check", lock, "--json").out)
    assert told["status"] == {1: "breaking", 4: "compatible"}[status]
    assert any(words in one["change"] for one in told["changes"])


def test_check_takes_another_file(samebytes, source, tmp_path):
    lock = tmp_path / "x.lock"
    samebytes("lock", source, "--type", "Wheel", "--abi", "s390x-linux", "-o", lock)
    other = tmp_path / "other.toml"
    other.write_text(toml(load="i"), "utf-8")
    assert samebytes("lock", "--check", lock, other, "--type", "Wheel").status == 4


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("lock",), "lock what?"),
        (("lock", "--check", "/no/such.lock"), "no such file"),
        (("lock", "/no/such.toml"), "no such file"),
        (("lock", "--check", "{source}"), "not a samebytes lock file"),
        (("lock", "{source}", "--type", "Nope"), "no record Nope"),
    ],
)
def test_wrong_use_is_one_line(samebytes, source, arguments, words):
    ran = samebytes(*(word.format(source=source) for word in arguments))
    assert ran.status == 2
    assert len(ran.err.splitlines()) == 1
    assert words in ran.err


def coloured(**values):
    colour = Enum("Colour", values=tuple(values.items()), base=KINDS["u8"])
    inner = Record("Inner", (Field("c", colour),))
    return locked(lay_out(Record("R", (Field("n", KINDS["u32"]), Field("i", inner, (2,)))), abi_named("x86_64-linux")))


@pytest.mark.parametrize(
    ("values", "severity", "words"),
    [
        (
            {"RED": 0, "GREEN": 1, "BLUE": 2},
            "compatible",
            "enum Colour: `BLUE` = 2 was added: old readers do not know it by name",
        ),
        ({"RED": 0, "GREEN": 3}, "breaking", "enum Colour: `GREEN` is 3 now, was 1: old programs read another meaning"),
        ({"RED": 0}, "breaking", "enum Colour: `GREEN` (1) was removed: old programs still write it"),
        ({"RED": 0, "LIME": 1}, "breaking", "enum Colour: `GREEN` (1) was removed; 1 is called `LIME` now"),
        ({"GREEN": 1, "RED": 0}, None, ""),
    ],
)
def test_enum_constants_are_locked(values, severity, words):
    old, new = coloured(RED=0, GREEN=1), coloured(**values)
    found = [(one.severity, one.text) for one in differences(old, new)]
    assert found == ([(severity, words)] if severity else [])


def test_a_lock_of_version_1_says_nothing_about_enums():
    text = lock_text(
        [
            lay_out(
                Record("R", (Field("c", Enum("C", values=(("A", 1),), base=KINDS["u8"])),)), abi_named("x86_64-linux")
            )
        ],
        "x",
    )
    assert "  enum C  A = 1\n" in text
    (record,) = read_lock(text, "x.lock").records
    assert record.enums == (("C", "A", 1),)
    with pytest.raises(LayoutError, match=r"lock version 9; this samebytes reads versions 1 and 2"):
        read_lock(text.replace("samebytes lock 2", "samebytes lock 9"), "x.lock")
    assert read_lock(text.replace("samebytes lock 2", "samebytes lock 1"), "x.lock").records[0].enums is None
