"""Sizes and offsets that people know, or look up: each stands in a platform's document or was printed by its compiler."""

from __future__ import annotations

import pytest

from samebytes.errors import LayoutError
from samebytes.layout import ABIS, KINDS, Enum, Field, Pointer, Record, abi_named, lay_out

ALL = list(ABIS)


def record(*fields, **options):
    """A record of (name, kind, options) fields."""
    return Record("R", tuple(Field(name, KINDS[kind], **dict(*rest)) for name, kind, *rest in fields), **options)


def size(what, abi):
    return lay_out(what, abi_named(abi)).size


def at(what, path, abi="x86_64-linux"):
    return lay_out(what, abi_named(abi)).by_path[path].offset


LINKED_MEM = record(
    ("uiVersion", "u32"),
    ("uiTick", "u32"),
    *((name, "f32", {"counts": (3,)}) for name in ("position", "front", "top")),
    ("name", "wchar", {"counts": (256,)}),
    *((name, "f32", {"counts": (3,)}) for name in ("cameraPosition", "cameraFront", "cameraTop")),
    ("identity", "wchar", {"counts": (256,)}),
    ("context_len", "u32"),
    ("context", "uchar", {"counts": (256,)}),
    ("description", "wchar", {"counts": (2048,)}),
)


@pytest.mark.parametrize("abi", ALL)
def test_mumbles_linked_mem_is_as_large_as_its_wchar_t(abi):
    assert size(LINKED_MEM, abi) == (5460 if "windows" in abi else 10580)


@pytest.mark.parametrize(
    ("kind", "sizes"),
    [
        ("long", {"x86_64-linux": 16, "x86_64-windows": 8, "i686-linux": 8, "aarch64-macos": 16}),
        ("f64", {"x86_64-linux": 16, "i686-linux": 12, "i686-windows": 16, "armv7-linux-gnueabihf": 16}),
        ("longdouble", {"x86_64-linux": 32, "i686-linux": 16, "x86_64-windows": 16, "i686-windows-gnu": 16}),
        ("longdouble", {"x86_64-windows-gnu": 32, "s390x-linux": 24, "armv7-linux-gnueabihf": 16, "aarch64-macos": 16}),
        ("i128", {"x86_64-linux": 32, "s390x-linux": 24, "aarch64-linux": 32}),
        ("pointer", {"x86_64-linux": 16, "i686-linux": 8, "i686-windows": 8}),
        ("time", {"x86_64-linux": 16, "i686-linux": 8, "i686-windows": 16, "i686-windows-gnu": 8}),
        ("wchar", {"x86_64-linux": 8, "x86_64-windows": 4}),
    ],
)
def test_a_char_and_then_one_of_c_s_own_types(kind, sizes):
    assert {abi: size(record(("c", "char"), ("x", kind)), abi) for abi in sizes} == sizes


def test_128_bit_integers_are_refused_where_c_has_none():
    with pytest.raises(LayoutError, match=r"R.x: i128: x86_64-windows has no 128-bit integers"):
        size(record(("x", "i128")), "x86_64-windows")


@pytest.mark.parametrize("abi", ALL)
def test_char_has_a_sign_on_x86_windows_and_macos_only(abi):
    signed = abi.startswith(("x86_64", "i686")) or "windows" in abi or "macos" in abi
    codec = lay_out(record(("c", "char")), abi_named(abi)).codec
    assert codec.decode(b"\xff") == {"c": -1 if signed else 255}


ENUMS = [
    ({"A": 0, "B": 1}, {}, {"x86_64-linux": 4, "x86_64-windows": 4}),
    ({"A": 0, "B": 1 << 32}, {}, {"x86_64-linux": 8, "x86_64-windows": 4, "x86_64-windows-gnu": 8}),
    ({"A": -1, "B": 1 << 31}, {}, {"x86_64-linux": 8, "x86_64-windows": 4}),
    ({"A": 0, "B": 200}, {"packed": True}, {"x86_64-linux": 1, "x86_64-windows": 4}),
    ({"A": 0, "B": 300}, {"packed": True}, {"x86_64-linux": 2}),
    ({"A": 0}, {"base": KINDS["u16"]}, {"x86_64-linux": 2, "x86_64-windows": 2}),
]


@pytest.mark.parametrize(("values", "options", "sizes"), ENUMS)
def test_an_enum_is_as_wide_as_the_compiler_makes_it(values, options, sizes):
    one = Record("R", (Field("e", Enum("E", values=tuple(values.items()), **options)),))
    assert {abi: size(one, abi) for abi in sizes} == sizes


def bits(*fields, **options):
    """A record of (kind, bits) or whole fields, named a, b, c and so on."""
    made = []
    for name, (kind, *width) in zip("abcdefgh", fields, strict=False):
        made.append(Field(name if width != [0] else "", KINDS[kind], bits=width[0] if width else None))
    return Record("R", tuple(made), **options)


BIT_FIELDS = [
    (bits(("u8", 3), ("u32", 5), ("u8",)), {"x86_64-linux": 4, "x86_64-windows": 12}),
    (bits(("u32", 3), ("u32", 30)), {"x86_64-linux": 8, "x86_64-windows": 8}),
    (bits(("u32", 3), ("u32", 30), pack=1), {"x86_64-linux": 5, "x86_64-windows": 8}),
    (bits(("u32", 3), ("char",)), {"x86_64-linux": 4, "x86_64-windows": 8}),
    (bits(("u8", 1), ("u16", 0), ("u8",)), {"x86_64-linux": 3, "aarch64-linux": 4, "x86_64-windows": 4}),
    (bits(("u64", 4), ("u64", 40)), {"x86_64-linux": 8, "i686-linux": 8, "i686-windows": 8}),
]


@pytest.mark.parametrize(("what", "sizes"), BIT_FIELDS)
def test_bit_fields_follow_their_compiler(what, sizes):
    assert {abi: size(what, abi) for abi in sizes} == sizes


def test_a_bit_field_says_which_bits_of_which_bytes():
    layout = lay_out(bits(("u32", 3), ("u32", 7), ("u32", 12)), abi_named("x86_64-linux"))
    places = [(leaf.offset, leaf.width, leaf.bit, leaf.bits) for leaf in layout.leaves]
    assert places == [(0, 1, 0, 3), (0, 2, 3, 7), (1, 2, 2, 12)]
    assert layout.padding == ((3, 1),)
    assert layout.bit_padding == ((2, 0b11000000),)
    assert layout.mask == b"\xff\xff\x3f\x00"


def test_big_endian_counts_bits_from_the_top():
    layout = lay_out(bits(("u32", 3), ("u32", 7)), abi_named("s390x-linux"))
    assert [(leaf.offset, leaf.bit) for leaf in layout.leaves] == [(0, 0), (0, 3)]
    assert layout.bit_padding == ((1, 0b00111111),)


def test_unions_share_and_their_padding_is_what_nobody_covers():
    inner = record(("a", "u8"), ("b", "u32"))
    union = Record("U", (Field("s", inner), Field("w", KINDS["u16"]), Field("t", KINDS["u8"], (10,))), union=True)
    layout = lay_out(union, abi_named("x86_64-linux"))
    assert (layout.size, layout.align) == (12, 4)
    assert layout.padding == ((10, 2),)
    assert layout.shared == {"s.a", "s.b", "w", *(f"t[{i}]" for i in (0, 1, 4, 5, 6, 7))}


def test_members_of_anonymous_records_are_reached_directly():
    inner = Record("", (Field("lo", KINDS["u16"]), Field("hi", KINDS["u16"])))
    union = Record("", (Field("whole", KINDS["u32"]), Field("", inner)), union=True)
    outer = Record("R", (Field("k", KINDS["u8"]), Field("", union)))
    assert [leaf.path for leaf in lay_out(outer, abi_named("x86_64-linux")).leaves] == ["k", "whole", "lo", "hi"]
    assert at(outer, "hi") == 6
    assert outer.names == ("k", "whole", "lo", "hi")
    assert outer.named("hi").type == KINDS["u16"]


def test_alignas_raises_and_a_pack_caps_it_but_for_microsoft():
    aligned = record(("c", "u8"), ("x", "u32", {"align": 16}))
    assert (at(aligned, "x"), size(aligned, "x86_64-linux")) == (16, 32)
    packed = record(("c", "u8"), ("x", "u32", {"align": 16}), pack=2)
    assert (at(packed, "x"), at(packed, "x", "x86_64-windows"), at(packed, "x", "x86_64-windows-gnu")) == (2, 16, 2)
    assert at(record(("c", "u8"), ("x", "u32", {"align": 4}), packed=True), "x") == 4
    assert size(record(("c", "u8"), align=32), "x86_64-linux") == 32


@pytest.mark.parametrize(("kind", "expected"), [("u8", (8, 5)), ("u16", (8, 6)), ("f64", (8, 8))])
def test_an_open_array_takes_no_room_but_aligns(kind, expected):
    layout = lay_out(record(("n", "u32"), ("c", "u8"), ("d", kind, {"flexible": True})), abi_named("x86_64-linux"))
    assert (layout.size, layout.members[-1].offset) == expected


def test_a_zero_array_and_an_array_of_one_are_not_the_same():
    assert size(record(("n", "u32"), ("d", "u64", {"counts": (0,)})), "x86_64-linux") == 8
    assert size(record(("n", "u32"), ("d", "u64", {"counts": (1,)})), "x86_64-linux") == 16


def test_arrays_of_arrays_are_laid_out_row_by_row():
    layout = lay_out(record(("m", "u16", {"counts": (2, 3)})), abi_named("x86_64-linux"))
    assert [leaf.path for leaf in layout.leaves][:4] == ["m[0][0]", "m[0][1]", "m[0][2]", "m[1][0]"]
    assert layout.by_path["m[1][2]"].offset == 10


def test_pinned_bits_and_overlap():
    pinned = record(("a", "u32", {"offset": 4, "bits": 3, "bit": 5}), ("b", "u16", {"offset": 0}), size=12)
    assert (at(pinned, "a"), size(pinned, "x86_64-linux")) == (4, 12)
    both = [("a", "u32", {"offset": 0}), ("b", "f32", {"offset": 0})]
    with pytest.raises(LayoutError, match="b at 0 overlaps a at 0"):
        size(record(*both), "x86_64-linux")
    assert size(record(*both, overlap=True), "x86_64-linux") == 4


def test_records_compare_and_hash_by_value_and_pickle():
    import pickle

    one, other = LINKED_MEM, pickle.loads(pickle.dumps(LINKED_MEM))
    assert one == other
    assert hash(one) == hash(other)
    assert one is not other
    assert Field("p", Pointer(to="Car")) != Field("p", Pointer(to="Wheel"))


@pytest.mark.parametrize("abi", ALL)
def test_every_row_of_the_table_is_laid_out(abi):
    for name, kind in KINDS.items():
        if name not in ("i128", "u128") or abi_named(abi).int128:
            layout = lay_out(record(("c", "u8"), ("x", name)), abi_named(abi))
            assert layout.by_path["x"].width == kind.width(abi_named(abi)) > 0
