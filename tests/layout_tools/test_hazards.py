"""The 43 traps: a fixture each that explain names, and records without any that get none."""

from __future__ import annotations

import json
import re
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from samebytes.errors import LayoutError
from samebytes.layout import ABIS, KINDS, Enum, Field, Record, Text, abi_named, records_from_toml
from samebytes.layout.hazards import TRAPS, dropped_fields, hazards
from samebytes.peers.paths import fixtures_folder

FIXTURES = sorted((fixtures_folder() / "traps").glob("*.toml"))
TRAP_FILES = [path for path in FIXTURES if not path.name.startswith("00-")]
RECORDS = records_from_toml(Path(__file__).with_name("records.toml"))


def record(*parts, **options):
    return Record("R", tuple(Field(name, KINDS[kind], *rest) for name, kind, *rest in parts), **options)


def numbers(found):
    return {one.trap.number for one in found}


def explained(samebytes, path, *arguments):
    ran = samebytes("explain", path, "--json", *arguments)
    assert ran.status == 0, ran.err
    return json.loads(ran.out)


def test_there_is_a_fixture_for_every_trap():
    assert [int(path.name[:2]) for path in TRAP_FILES] == list(range(1, 44)) == sorted(TRAPS)


@pytest.mark.parametrize("path", TRAP_FILES, ids=lambda path: path.stem)
def test_explain_names_the_trap_of_the_fixture(samebytes, path):
    number = int(path.name[:2])
    asked = re.search(r"^# abi: (.*)$", path.read_text("utf-8"), re.MULTILINE)
    abis = [word for abi in asked[1].split() for word in ("--abi", abi)] if asked else []
    found = explained(samebytes, path, "--type", "Trap", *abis)[0]["hazards"]
    named = [one for one in found if one["message"].startswith(f"trap {number}: ")]
    assert named, found
    assert {one["trap"] for one in named} == {TRAPS[number].name}
    assert all("Fix: " in one["message"] for one in named)


@pytest.mark.parametrize("path", TRAP_FILES, ids=lambda path: path.stem)
def test_every_hazard_stands_at_a_field_of_the_record(path):
    for one in records_from_toml(path).values():
        for found in hazards(one, ["x86_64-linux", "s390x-linux"]) + hazards(one):
            top = found.path.partition(".")[0].partition("[")[0]
            assert not top or top in one.names


@pytest.mark.parametrize(
    "abis",
    [(), ("x86_64-linux",), ("x86_64-linux", "x86_64-windows"), tuple(a for a in ABIS if ABIS[a].order == "little")],
)
def test_a_clean_record_has_no_hazard(abis):
    (path,) = (path for path in FIXTURES if path.name.startswith("00-"))
    for one in records_from_toml(path).values():
        assert hazards(one, abis) == ()


CLEAN = {
    8: ("i64", "u64", "f64"),
    4: ("i32", "u32", "f32", "int", "uint"),
    2: ("i16", "u16", "char16", "short"),
    1: ("i8", "u8", "char8", "uchar"),
}


@given(
    st.lists(
        st.tuples(st.sampled_from([8, 4, 2, 1]), st.integers(0, 9), st.sampled_from([(), (2,), (4,), (2, 2), (8,)])),
        min_size=1,
        max_size=12,
    )
)
@settings(deadline=None, max_examples=150)
def test_fixed_width_records_without_padding_have_no_hazard(parts):
    """Widest first, filled up to 8: every byte is somebody's, on every ABI."""
    ordered = sorted(parts, key=lambda part: -part[0])
    fields = [
        Field(f"f{place}", KINDS[CLEAN[width][pick % len(CLEAN[width])]], counts)
        for place, (width, pick, counts) in enumerate(ordered)
    ]
    size = sum(width * part.elements for (width, _, _), part in zip(ordered, fields, strict=True))
    if size % 8:
        fields.append(Field("reserved", KINDS["u8"], (8 - size % 8,)))
    if fields[-1].counts == (1,):
        fields[-1] = Field("reserved", KINDS["u8"])
    assert hazards(Record("R", tuple(fields))) == ()


def test_linked_mem_is_told_about_wchar_where_it_is():
    found = hazards(RECORDS["LinkedMem"])
    assert [(one.trap.name, one.path) for one in found] == [
        ("wchar_t", "name"),
        ("wchar_t", "identity"),
        ("wchar_t", "description"),
    ]
    assert "4 on x86_64-linux and 7 more, 2 on x86_64-windows" in found[0].message


def test_abis_that_agree_make_no_hazard_of_a_width():
    parts = record(("a", "long"), ("b", "wchar"), ("c", "size"), ("d", "time"))
    assert numbers(hazards(parts)) >= {1, 2, 6, 7}
    assert not numbers(hazards(parts, ["x86_64-linux", "aarch64-linux"])) & {1, 2, 6, 7}


def test_messages_say_the_numbers():
    (found,) = hazards(record(("tag", "u32"), ("count", "long")), ["x86_64-linux", "i686-windows"])[:1]
    assert found.message.startswith("the width of long in bytes is 8 on x86_64-linux, 4 on i686-windows")
    assert found.as_json() == {"trap": "long", "path": "count", "message": f"trap 1: {found.sentence}"}


def test_big_endian_counts_only_when_asked_for():
    value = record(("a", "u32"))
    assert hazards(value) == ()
    assert numbers(hazards(value, ["s390x-linux"])) == {21}
    assert hazards(record(("a", "u8")), ["x86_64-linux", "s390x-linux"]) == ()


@pytest.mark.parametrize(
    ("parts", "options", "abis", "expected"),
    [
        ((("a", "u32", (), None, None, 20), ("b", "u32", (), None, None, 12)), {}, (), set()),
        (
            (("a", "u8", (), None, None, 3), ("b", "u32", (), None, None, 5)),
            {},
            ("x86_64-linux", "aarch64-linux"),
            {43},
        ),
        ((("a", "u8"), ("b", "f64")), {}, ("x86_64-linux", "x86_64-windows"), {43}),
        ((("a", "f64"), ("b", "u8")), {}, (), {3, 43}),
        ((("a", "u32"), ("b", "u32")), {"pack": 1}, (), set()),
        ((("a", "u8", (3,)),), {}, (), {42}),
        ((("a", "u16", (3,)),), {}, (), {42}),
        ((("a", "u8", (2,)),), {}, (), set()),
        ((("a", "char8", (16,)), ("b", "char", (16,)), ("c", "char16", (4,))), {}, (), set()),
        ((("a", "char16", (3,)), ("b", "u16")), {}, (), set()),
        ((("a", "wchar", (3,)), ("b", "u32")), {}, (), {2, 31}),
        ((("a", "u32"), ("b", "u32", (1,))), {}, (), {30}),
    ],
)
def test_edges_of_the_rules(parts, options, abis, expected):
    assert numbers(hazards(record(*parts, **options), abis)) == expected


def test_an_enum_with_a_base_is_clean():
    values = (("A", 0), ("B", 1))
    assert hazards(Record("R", (Field("e", Enum("E", values=values, base=KINDS["u32"])),))) == ()
    assert numbers(hazards(Record("R", (Field("e", Enum("E", values=values)),)))) == {10}


def test_a_hazard_inside_stands_at_its_path():
    inner = record(("slip", "f32"), ("big", "long"))
    outer = Record("Car", (Field("wheels", inner, (4,)), Field("spare", inner)))
    assert "wheels[].big" in {one.path for one in hazards(outer) if one.trap.number == 1}


def test_what_no_abi_can_lay_out_is_an_error():
    with pytest.raises(LayoutError, match="128-bit"):
        hazards(record(("a", "i128")), ["x86_64-windows", "i686-linux"])
    assert 5 in numbers(hazards(record(("a", "i128")), ["x86_64-windows", "x86_64-linux"]))


def test_text_says_what_its_length_counts():
    found = hazards(Record("R", (Field("t", Text("utf-16", KINDS["i32"])),)))
    assert [(one.trap.number, one.path) for one in found] == [(32, "t")]


# --- commented out ----------------------------------------------------------------------------------------------------

HEADER = """
#include <stdint.h>
/* A record; see the manual; uint32_t is used. */
typedef struct tag_Shared {
    uint32_t first;   // the first; of many
    // uint32_t second;
    /* float third[3]; */
    int fourth;       /* see below; */
    // return value;
    // "quoted"; nothing
} Shared;
struct Other { int a; // int b;
};
"""


def test_fields_that_a_header_has_commented_out_are_found():
    assert [one.path for one in dropped_fields(HEADER, "Shared", "c")] == ["second", "third"]
    assert [one.path for one in dropped_fields(HEADER, "Other", "c")] == ["b"]
    assert list(dropped_fields(HEADER, "Nothing", "c")) == []


@given(st.text(alphabet='{}/*"; \n\\intfloaSharedstruct_[]1#', max_size=400))
@settings(deadline=None, max_examples=200)
def test_any_text_can_be_looked_through(text):
    list(dropped_fields(text, "Shared", "c"))
    list(dropped_fields(text, "Shared", "toml"))


def test_a_long_text_takes_no_time():
    start = time.monotonic()
    for text in ("struct Shared {" * 20000, "/*" * 100000, "struct " + "a " * 100000, "{" * 100000 + "}" * 100000):
        list(dropped_fields(text, "Shared", "c"))
    assert time.monotonic() - start < 20


# --- bounded ----------------------------------------------------------------------------------------------------------


def test_ten_thousand_fields_and_records_inside_records_take_little_time():
    start = time.monotonic()
    wide = record(*((f"f{place}", "long") for place in range(10000)))
    assert len(hazards(wide)) == 10000
    doubled = record(("a", "u32"))
    for depth in range(30):
        doubled = Record(f"D{depth}", (Field("l", doubled), Field("r", doubled)))
        if depth > 20:
            break
    hazards(doubled)
    assert time.monotonic() - start < 30


def test_an_unknown_abi_is_an_error():
    with pytest.raises(LayoutError, match="no ABI 'pdp11'"):
        hazards(record(("a", "u8")), ["pdp11"])
    assert abi_named("x86_64-linux")
