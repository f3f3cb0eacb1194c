"""`samebytes explain`: the machine form, the table, the byte map, the comparison."""

from __future__ import annotations

import importlib.util
import json
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from samebytes.layout import KINDS, Field, Record, abi_named, lay_out
from samebytes.layout.bytemap import byte_map
from samebytes.layout.explain import Explanation, as_json, as_text
from samebytes.layout.outline import outline

LINUX = abi_named("x86_64-linux")
TOML = """[record.Car]
fields = [
  { name = "tag", type = "u8" },
  { name = "wheels", type = "Wheel", count = 4 },
  { name = "low", type = "u16", bits = 3 },
  { name = "name", type = "char16", count = 40 },
]
[record.Wheel]
fields = [{ name = "slip", type = "f32" }, { name = "on", type = "u8" }]
"""
HEADER = """#pragma once
#include <stdint.h>
#include <wchar.h>
struct LinkedMem {
    uint32_t uiVersion; uint32_t uiTick;
    float fAvatarPosition[3], fAvatarFront[3], fAvatarTop[3];
    wchar_t name[256];
    float fCameraPosition[3], fCameraFront[3], fCameraTop[3];
    wchar_t identity[256];
    uint32_t context_len; unsigned char context[256];
    wchar_t description[2048];
};
"""


@pytest.fixture
def source(tmp_path):
    path = tmp_path / "car.toml"
    path.write_text(TOML, "utf-8")
    return path


def record(*parts, **options):
    return Record("R", tuple(Field(name, KINDS[kind], *rest) for name, kind, *rest in parts), **options)


def test_the_machine_form_of_one_record_on_one_abi(samebytes, source):
    ran = samebytes("explain", source, "--type", "Car", "--abi", "x86_64-linux", "--json")
    found = json.loads(ran.out)
    assert list(found) == ["type", "abi", "size", "align", "leaves", "padding", "disputed", "hazards"]
    assert (found["type"], found["abi"], found["size"], found["align"]) == ("Car", "x86_64-linux", 120, 4)
    leaves = {leaf["path"]: leaf for leaf in found["leaves"]}
    assert leaves["wheels[2].slip"] == {"path": "wheels[2].slip", "offset": 20, "width": 4, "kind": "f32"}
    assert leaves["low"] == {"path": "low", "offset": 36, "width": 1, "kind": "u16", "bit": 0, "bits": 3}
    assert found["padding"][:2] == [[1, 3], [9, 3]]
    assert all(set(one) == {"trap", "path", "message"} for one in found["hazards"])


def test_several_abis_or_types_are_a_list(samebytes, source):
    two = json.loads(samebytes("explain", source, "--type", "Car", "--json").out)
    assert [one["abi"] for one in two] == ["x86_64-linux", "x86_64-windows"]
    all_of_it = json.loads(samebytes("explain", source, "--abi", "i686-linux", "--json").out)
    assert [one["type"] for one in all_of_it] == ["Car", "Wheel"]


def test_the_text(samebytes, source):
    ran = samebytes("explain", source, "--type", "Car", "--abi", "x86_64-linux", "--abi", "i686-linux")
    assert ran.status == 0
    assert "record Car on x86_64-linux, i686-linux: 120 bytes, aligned to 4" in ran.out
    assert "  b        4       4  f32                          wheels[0].slip" in ran.out
    assert "  .        1       3                               (padding)" in ran.out
    assert "as wheels[0], every 8 bytes" in ran.out
    assert "  0000  a...bbbb c...dddd\n" in ran.out
    assert "the same on all 2: x86_64-linux, i686-linux" in ran.out
    assert "trap 43, padding at `tag`" in ran.out


def text_of(value, *abis):
    layouts = [lay_out(value, abi_named(abi)) for abi in abis]
    return "\n".join(as_text(Explanation("R", layouts, (), {})))


def test_the_comparison_says_where_abis_part():
    text = text_of(record(("a", "u8"), ("b", "long"), ("c", "u32")), "x86_64-linux", "x86_64-windows")
    assert "R is not the same on x86_64-linux, x86_64-windows:" in text
    assert "(whole)  24 bytes, aligned to 8  |  12 bytes, aligned to 4" in text
    assert "b        at 8, 8 bytes  |  at 4, 4 bytes" in text
    assert "R: no hazards" in text


def test_byte_order_is_a_difference_too():
    text = text_of(record(("a", "u32")), "x86_64-linux", "s390x-linux")
    assert "(byte order)  little  |  big" in text


def drawn(value):
    layout = lay_out(value, LINUX)
    return list(byte_map(outline(layout), layout.size))


def test_the_byte_map_draws_every_byte_once():
    rows = drawn(record(("a", "u8"), ("b", "u16"), ("c", "u64"), ("d", "u8", (100,))))
    assert rows[0] == "0000  a.bb.... cccccccc"
    assert rows[1] == "0010  dddddddd dddddddd  … the same up to 006f"
    assert rows[2] == "0070  dddd...."


@given(
    st.lists(st.tuples(st.sampled_from(["u8", "u16", "u32", "f64"]), st.integers(1, 90)), min_size=1, max_size=9),
    st.booleans(),
)
@settings(deadline=None, max_examples=100)
def test_byte_maps_have_as_many_signs_as_bytes(parts, packed):
    value = record(*((f"f{place}", kind, (count,)) for place, (kind, count) in enumerate(parts)), packed=packed)
    total = 0
    for row in drawn(value):
        start, signs = int(row[:4], 16), row[6:24].replace(" ", "")
        assert start == total
        total = int(row.rpartition(" ")[2], 16) + 1 if "…" in row else total + len(signs)
    assert total == lay_out(value, LINUX).size


def test_large_records_are_drawn_in_no_time():
    start = time.monotonic()
    assert len(drawn(record(("a", "u8"), ("b", "u8", (4_000_000_000,)), ("c", "u32")))) < 10
    inner = record(("x", "u32"), ("y", "u8"))
    wide = Record("R", tuple(Field(f"f{place}", inner, (100,)) for place in range(300)))
    drawn(wide)
    drawn(record(*((f"f{place}", "u32") for place in range(10_000))))
    assert time.monotonic() - start < 20


def test_more_leaves_than_can_be_listed_stand_as_arrays_in_the_machine_form(samebytes, tmp_path):
    path = tmp_path / "big.toml"
    path.write_text('[record.Big]\nfields = [{ name = "a", type = "u8", count = 4000000000 }]\n', "utf-8")
    ran = samebytes("explain", path, "--type", "Big", "--abi", "x86_64-linux", "--json")
    assert ran.status == 0
    (leaf,) = json.loads(ran.out)["leaves"]
    assert (leaf["path"], leaf["count"]) == ("a", [4000000000])
    assert samebytes("explain", path).status == 0


def test_unions_share_bytes_and_padding_is_what_nobody_has():
    part = record(("left", "u32"), ("right", "u8"), union=True)
    found = as_json(lay_out(Record("U", (Field("t", KINDS["u8"]), Field("u", part))), LINUX), ())
    assert [(leaf["path"], leaf["offset"]) for leaf in found["leaves"]] == [("t", 0), ("u.left", 4), ("u.right", 4)]
    assert found["padding"] == [[1, 3]]


def test_an_abi_without_the_record_is_said_or_refused(samebytes, tmp_path):
    path = tmp_path / "wide.toml"
    path.write_text('[record.Wide]\nfields = [{ name = "a", type = "i128" }]\n', "utf-8")
    both = samebytes("explain", path)
    assert both.status == 0
    assert "Wide on x86_64-windows: none (Wide.a: i128: x86_64-windows has no 128-bit integers" in both.out
    assert "trap 5, __int128 at `a`" in both.out
    assert samebytes("explain", path, "--abi", "x86_64-windows").status == 2


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "found nothing at the top"),
        ("[record.A\n", "cannot read"),
        ("record = 3\n", "write tables named"),
        ('[record.A]\nfields = [{ name = "a", type = "A" }]\n', "record A contains itself"),
        ('[record.A]\nfields = [{ name = "a", type = "u8", count = -1 }]\n', "array length -1"),
        ('[record.A]\nfields = [{ name = "a", type = "u64", count = 4294967296 }]\n', "A.a"),
        (
            '[record.A]\nfields = [{ name = "a", type = "u32", offset = 0 }, { name = "b", type = "u8", offset = 2 }]\n',
            "overlaps",
        ),
        ('[record.A]\nfields = "a"\n', "has no list of fields"),
    ],
)
def test_malformed_descriptions_are_one_line_with_the_place(samebytes, tmp_path, text, words):
    path = tmp_path / "a.toml"
    path.write_text(text, "utf-8")
    for command in (("explain",), ("lock", "-o", "-"), ("emit", "--to", "c")):
        ran = samebytes(command[0], path, *command[1:])
        assert ran.status == 2
        assert len(ran.err.splitlines()) == 1
        assert words in ran.err
        assert "a.toml" in ran.err


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("explain",), "required: FILE"),
        (("explain", "/no/such.toml"), "no such file"),
        (("explain", "{source}", "--abi", "pdp11"), "--abi pdp11: there is none of that name"),
        (("explain", "{source}", "--type", "Nope"), "no record Nope"),
        (("explain", "{source}", "-D", "1x"), "not a macro's name"),
    ],
)
def test_wrong_use_is_one_line(samebytes, source, arguments, words):
    ran = samebytes(*(word.format(source=source) for word in arguments))
    assert ran.status == 2
    assert len(ran.err.splitlines()) == 1
    assert words in ran.err


@pytest.mark.skipif(importlib.util.find_spec("clang") is None, reason="no libclang: pip install 'samebytes[clang]'")
def test_linked_mem_from_its_header(samebytes, tmp_path):
    path = tmp_path / "linked_mem.h"
    path.write_text(HEADER, "utf-8")
    sizes = {}
    for abi in ("x86_64-linux", "x86_64-windows"):
        found = json.loads(samebytes("explain", path, "--type", "LinkedMem", "--abi", abi, "--json").out)
        sizes[abi] = found["size"]
        assert [(one["trap"], one["path"]) for one in found["hazards"]] == [
            ("wchar_t", "name"), ("wchar_t", "identity"), ("wchar_t", "description"),
        ]  # fmt: skip
    assert sizes == {"x86_64-linux": 10580, "x86_64-windows": 5460}
