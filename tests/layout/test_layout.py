"""Records on ABIs: sizes, offsets, padding, bytes; and what is refused, with the place and the reason."""

from __future__ import annotations

import ctypes
import sys

import pytest

from samebytes.errors import LayoutError
from samebytes.layout import (
    KINDS,
    Field,
    Record,
    abi_named,
    decode,
    encode,
    lay_out,
    records_from_toml,
    records_from_tree,
)
from samebytes.peers.paths import fixtures_folder

LINUX, WINDOWS, I686 = abi_named("x86_64-linux"), abi_named("x86_64-windows"), abi_named("i686-linux")
SEED = records_from_toml(fixtures_folder() / "layouts" / "seed.toml")


def record(*fields, **options):
    return Record("R", tuple(Field(name, KINDS[kind], *rest) for name, kind, *rest in fields), **options)


def offsets(laid_out):
    return {leaf.path: leaf.offset for leaf in laid_out.leaves}


@pytest.mark.parametrize("abi", ["x86_64-linux", "x86_64-windows", "i686-linux", "aarch64-linux"])
@pytest.mark.parametrize("name", ["MySharedData", "MySharedDataExplicit"])
def test_my_shared_data_is_208_bytes_everywhere(name, abi):
    laid_out = lay_out(SEED[name], abi_named(abi))
    assert (laid_out.size, laid_out.align) == (208, 4)
    assert laid_out.by_path["Letter"].offset == 4
    assert laid_out.by_path["Numbers[10]"].offset == 48
    assert laid_out.padding == ((6, 2),)


def test_my_shared_data_holds_the_bytes_its_programs_hold():
    laid_out = lay_out(SEED["MySharedData"], LINUX)
    values = {leaf.path: 0 for leaf in laid_out.leaves}
    values |= {"Value": 123, "Letter": ord("X"), "Numbers[10]": KINDS["f32"].bits(1.45, LINUX)}
    data = encode(laid_out, values)
    assert data[:6] == bytes.fromhex("7b0000005800")
    assert data[48:52] == bytes.fromhex("9a99b93f")
    assert decode(laid_out, data) == values


@pytest.mark.parametrize(
    ("abi", "size", "offset"), [("x86_64-linux", 16, 8), ("x86_64-windows", 8, 4), ("i686-linux", 8, 4)]
)
def test_long_is_not_the_same_everywhere(abi, size, offset):
    laid_out = lay_out(record(("c", "char8"), ("l", "long")), abi_named(abi))
    assert (laid_out.size, laid_out.by_path["l"].offset) == (size, offset)


def test_eight_byte_scalars_align_to_four_on_32_bit_linux():
    two = record(("c", "i8"), ("d", "f64"))
    assert lay_out(two, LINUX).size == 16
    assert lay_out(two, I686).size == 12
    assert lay_out(two, abi_named("i686-windows")).size == 16


@pytest.mark.parametrize(("pack", "expected"), [(1, [0, 1, 9]), (2, [0, 2, 10]), (4, [0, 4, 12]), (8, [0, 8, 16])])
def test_pack_caps_alignment(pack, expected):
    laid_out = lay_out(record(("a", "i8"), ("b", "i64"), ("c", "i16"), pack=pack), LINUX)
    assert list(offsets(laid_out).values()) == expected


@pytest.mark.skipif(
    sys.platform == "win32" or ctypes.sizeof(ctypes.c_void_p) != 8,
    reason="ctypes has another ABI here",
)
def test_a_nested_record_is_laid_out_as_ctypes_does():
    class Inner(ctypes.Structure):
        _fields_ = (("a", ctypes.c_int16), ("b", ctypes.c_double))

    class Outer(ctypes.Structure):
        _fields_ = (("x", ctypes.c_int8), ("in", Inner * 3), ("y", ctypes.c_int32), ("m", ctypes.c_int16 * 2 * 3))

    inner = Record("Inner", (Field("a", KINDS["i16"]), Field("b", KINDS["f64"])))
    outer = Record(
        "Outer",
        (
            Field("x", KINDS["i8"]),
            Field("inn", inner, (3,)),
            Field("y", KINDS["i32"]),
            Field("m", KINDS["i16"], (3, 2)),
        ),
    )
    laid_out = lay_out(outer, LINUX)
    assert laid_out.size == ctypes.sizeof(Outer)
    assert (
        laid_out.by_path["inn[2].b"].offset == getattr(Outer, "in").offset + 2 * ctypes.sizeof(Inner) + Inner.b.offset
    )
    assert laid_out.by_path["m[2][1]"].offset == Outer.m.offset + 10


def test_big_endian_abis_turn_every_scalar_around():
    laid_out = lay_out(record(("a", "u32"), ("b", "u16")), abi_named("s390x-linux"))
    assert encode(laid_out, {"a": 0x01020304, "b": 0x0506}).hex() == "0102030405060000"


def test_the_stamp_is_a_date_a_length_and_text():
    laid_out = lay_out(SEED["SomeData"], WINDOWS)
    values = {"CurrentDate": 7, "Text": "né😀"}
    data = encode(laid_out, values)
    assert data == (7).to_bytes(8, "little") + (8).to_bytes(4, "little") + "né😀".encode("utf-16-le")
    assert decode(laid_out, data + b"rest of the page") == values


def test_the_message_is_compact_json_behind_its_length():
    laid_out = lay_out(SEED["Message"], LINUX)
    values = {"title": 'a"\\', "content": "\x01\tü"}
    data = encode(laid_out, values)
    body = '{"title":"a\\"\\\\","content":"\\u0001\\tü"}'.encode()
    assert data == len(body).to_bytes(4, "little") + body
    assert decode(laid_out, data) == values


def test_a_length_that_lies_is_refused():
    laid_out = lay_out(SEED["SomeData"], LINUX)
    with pytest.raises(LayoutError, match="its length says 400 bytes, 4 are there"):
        decode(laid_out, bytes(8) + (400).to_bytes(4, "little") + b"abcd")


def test_every_leaf_needs_a_value():
    with pytest.raises(LayoutError, match="no value for b"):
        encode(lay_out(record(("a", "i8"), ("b", "i8")), LINUX), {"a": 1})


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("i8", 128),
        ("u8", -1),
        ("u16", 65536),
        ("i32", 1.5),
        ("f32", "x"),
        ("f32", 1e39),
        ("bool", 1),
        ("char16", "😀"),
        ("char8", "ab"),
    ],
)
def test_a_value_that_does_not_fit_is_refused(kind, value):
    with pytest.raises(LayoutError, match="does not fit"):
        KINDS[kind].bits(value, LINUX)


@pytest.mark.parametrize(
    ("kind", "value"), [("i8", -128), ("u64", 2**64 - 1), ("f32", 1.5), ("bool", True), ("char16", "é"), ("long", -1)]
)
def test_a_value_comes_back_from_its_bits(kind, value):
    assert KINDS[kind].value(KINDS[kind].bits(value, WINDOWS), WINDOWS) == value


WRONG = [
    ({}, "write tables named"),
    ({"record": {"R": 5}}, "record.R is no table"),
    ({"record": {"R": {"fields": []}}}, "no fields"),
    ({"record": {"R": {"fields": [{"name": "a"}]}}}, "needs a name and a type"),
    ({"record": {"R": {"fields": [{"name": "a", "type": "word"}]}}}, "'word', which is no scalar kind"),
    ({"record": {"R": {"fields": [{"name": "a", "type": "R"}]}}}, "contains itself"),
    ({"record": {"R": {"fields": [{"name": "a", "type": "i8", "count": -1}]}}}, "array length -1"),
    ({"record": {"R": {"fields": [{"name": "a", "type": "i8", "count": 1 << 32}]}}}, "array length 4294967296"),
    ({"record": {"R": {"fields": [{"name": "a", "type": "i8", "ofset": 1}]}}}, "unknown key 'ofset'"),
    ({"record": {"R": {"fields": [{"name": "a", "type": "i8"}] * 2}}}, "two fields named a"),
    ({"record": {"R": {"pack": 3, "fields": [{"name": "a", "type": "i8"}]}}}, "pack = 3"),
    ({"record": {"R": {"fields": [{"name": "a b", "type": "i8"}]}}}, "not a field name"),
    ({"record": {"R": {"fields": [{"name": "t", "type": "text", "encoding": "utf-8"}]}}}, "needs a prefix"),
    ({"record": {"R": {"fields": [{"name": "t", "type": "text", "encoding": "latin"}]}}}, "encoding = 'latin'"),
]  # fmt: skip


@pytest.mark.parametrize(("tree", "words"), WRONG, ids=[words for _, words in WRONG])
def test_a_wrong_description_names_the_place(tree, words):
    with pytest.raises(LayoutError) as caught:
        records_from_tree(tree)
    assert words in str(caught.value)


def test_overlapping_fields_are_refused():
    with pytest.raises(LayoutError, match="b at 2 overlaps a at 0"):
        lay_out(record(("a", "i32", (), 0), ("b", "i32", (), 2)), LINUX)


def test_a_size_too_small_is_refused():
    with pytest.raises(LayoutError, match="size = 3, but its fields end at 4"):
        lay_out(record(("a", "i32"), size=3), LINUX)


def test_an_unknown_abi_is_refused_with_those_there_are():
    with pytest.raises(LayoutError, match="x86_64-linux"):
        abi_named("pdp11-unix")


def test_a_file_that_is_no_toml_is_named(tmp_path):
    path = tmp_path / "broken.toml"
    path.write_text("[record.R\n")
    with pytest.raises(LayoutError, match=r"broken\.toml"):
        records_from_toml(path)


@pytest.mark.parametrize(("abi", "align"), [("i686-windows", 16), ("x86_64-windows", 8)])
def test_microsofts_pragma_above_a_pointers_width_is_not_heeded(abi, align):
    inner = Record("I", (Field("f", KINDS["i32"], bits=8, align=16),))
    assert lay_out(Record("R", (Field("i", inner),), pack=8), abi_named(abi)).align == align
