"""Plain values to bytes and back: what a program writes down, what it gets, what it is told when it is wrong."""

from __future__ import annotations

import math
import struct

import pytest

from samebytes.errors import LayoutError
from samebytes.layout import (
    KINDS,
    Chars,
    Enum,
    Field,
    Record,
    Text,
    abi_named,
    decode,
    encode,
    lay_out,
    records_from_tree,
)

LINUX, BIG = abi_named("x86_64-linux"), abi_named("s390x-linux")
COLOUR = Enum("Colour", values=(("RED", 1), ("GREEN", 7)), base=KINDS["u8"])
WHEEL = Record("Wheel", (Field("slip", KINDS["f32"]), Field("worn", KINDS["bool"])))
CAR = Record(
    "Car",
    (
        Field("tick", KINDS["u32"]),
        Field("gear", KINDS["i8"], bits=4),
        Field("lights", KINDS["bool"], bits=1),
        Field("colour", COLOUR, bits=3),
        Field("name", KINDS["char16"], (6,), chars=Chars()),
        Field("grid", KINDS["i16"], (2, 3)),
        Field("raw", KINDS["u8"], (3,)),
        Field("wheels", WHEEL, (2,)),
        Field("serial", KINDS["u128"]),
        Field("win", KINDS["bool32"]),
        Field("paint", COLOUR),
    ),
)
VALUES = {
    "tick": 7,
    "gear": -3,
    "lights": True,
    "colour": 7,
    "name": "né😀",
    "grid": [[1, 2, 3], [-4, -5, -6]],
    "raw": b"\x01\x02\x03",
    "wheels": [{"slip": 0.5, "worn": True}, {"slip": -1.0, "worn": False}],
    "serial": 1 << 100,
    "win": True,
    "paint": 1,
}


@pytest.mark.parametrize("abi", [LINUX, BIG], ids=lambda abi: abi.name)
def test_a_record_of_everything_comes_back(abi):
    codec = lay_out(CAR, abi).codec
    assert codec.decode(codec.encode(VALUES)) == VALUES


def test_the_bytes_are_where_the_layout_says():
    layout = lay_out(CAR, LINUX)
    data = layout.codec.encode(VALUES)
    assert data[:4] == b"\x07\0\0\0"
    assert data[4] == 0b1101 | 1 << 4 | 7 << 5
    at = layout.by_path["name[0]"].offset
    assert data[at : at + 12] == "né😀".encode("utf-16-le") + bytes(4)
    assert data[layout.by_path["wheels[1].slip"].offset :][:4] == struct.pack("<f", -1.0)


def test_big_endian_puts_high_bytes_and_high_bits_first():
    layout = lay_out(CAR, BIG)
    data = layout.codec.encode(VALUES)
    assert data[:4] == b"\0\0\0\x07"
    assert data[4] == 0b1101 << 4 | 1 << 3 | 7
    at = layout.by_path["name[0]"].offset
    assert data[at : at + 4] == b"\0n\0\xe9"


def test_leaf_patterns_and_plain_values_are_the_same_bytes():
    layout = lay_out(CAR, BIG)
    data = layout.codec.encode(VALUES)
    patterns = decode(layout, data)
    assert patterns["gear"] == 0b1101
    assert patterns["colour"] == 7
    assert encode(layout, patterns) == data


def test_many_are_decoded_at_once():
    codec = lay_out(WHEEL, LINUX).codec
    data = b"".join(codec.encode({"slip": float(i), "worn": False}) for i in range(5))
    assert [wheel["slip"] for wheel in codec.decode_many(data + b"rest")] == [0, 1, 2, 3, 4]
    assert len(codec.decode_many(data, 2)) == 2
    with pytest.raises(LayoutError, match="6 Wheel need 48 bytes, 40 are there"):
        codec.decode_many(data, 6)


WRONG = [
    ({"tick": -1}, "Car.tick: -1 does not fit u32"),
    ({"tick": "7"}, "Car.tick: '7' does not fit u32"),
    ({"gear": 8}, "Car.gear: 8 does not fit i8 \\(4 bits\\)"),
    ({"lights": 1}, "Car.lights: 1 does not fit bool"),
    ({"win": 2}, "Car.win: 2 does not fit bool32"),
    ({"paint": "BLUE"}, "Car.paint: 'BLUE' does not fit Colour .*names: RED GREEN"),
    ({"name": "toolong"}, "Car.name: 'toolong' takes 7 units of 2 bytes; the array holds at most 5"),
    ({"name": "a\0b"}, "Car.name: 'a\\\\x00b' holds a NUL"),
    ({"name": 5}, "Car.name: 5 is no text"),
    ({"grid": [[1, 2, 3], [4, 5]]}, r"Car.grid\[1\]: 3 values are needed, not 2"),
    ({"grid": [[1, 2, 3], [4, 5, 70000]]}, r"Car.grid\[1\]\[2\]: 70000 does not fit i16"),
    ({"raw": b"12"}, "Car.raw: 3 bytes are needed"),
    ({"wheels": [{"slip": 0.5, "worn": True}, {"slip": 0.5}]}, r"Car.wheels\[1\].worn: no value"),
    ({"wheels": 3}, "Car.wheels: 2 values are needed, not 3"),
    ({"extra": 3}, "Car.extra: no such field"),
    ({"serial": 1 << 128}, "Car.serial: .* does not fit u128"),
]


@pytest.mark.parametrize(
    ("change", "words"), WRONG, ids=[next(iter(change)) + str(i) for i, (change, _) in enumerate(WRONG)]
)
def test_a_value_that_does_not_fit_is_named_with_its_place(change, words):
    with pytest.raises(LayoutError, match=words):
        lay_out(CAR, LINUX).codec.encode(VALUES | change)


def test_an_enum_is_taken_by_name():
    codec = lay_out(CAR, LINUX).codec
    assert codec.decode(codec.encode(VALUES | {"paint": "GREEN"}))["paint"] == 7
    assert COLOUR.label(7) == "GREEN"


def test_too_few_bytes_are_refused():
    codec = lay_out(WHEEL, LINUX).codec
    with pytest.raises(LayoutError, match="Wheel needs 8 bytes, 7 are there"):
        codec.decode(bytes(7))
    with pytest.raises(LayoutError, match="Wheel needs 8 bytes, 4 are there"):
        codec.decode(bytes(16), 12)


@pytest.mark.parametrize(
    ("end", "data", "text"),
    [
        ("nul", b"ab\0cd", "ab"),
        ("nul", b"abcde", "abcde"),
        ("padded", b"abcde", "abcde"),
        ("padded", b"ab\0\0\0", "ab"),
        ("full", b"ab\0cd", "ab\0cd"),
    ],
)
def test_text_ends_where_its_rule_says(end, data, text):
    codec = lay_out(Record("R", (Field("t", KINDS["char8"], (5,), chars=Chars(end)),)), LINUX).codec
    assert codec.decode(data) == {"t": text}
    if len(text) < 5 or end != "nul":
        assert codec.decode(codec.encode({"t": text})) == {"t": text}


def test_bytes_that_are_no_utf_8_survive():
    codec = lay_out(Record("R", (Field("t", KINDS["char8"], (4,), chars=Chars()),)), LINUX).codec
    assert codec.encode(codec.decode(b"a\xff\xfe\0")) == b"a\xff\xfe\0"


def test_a_nul_unit_is_looked_for_at_units_only():
    codec = lay_out(Record("R", (Field("t", KINDS["char16"], (3,), chars=Chars()),)), LINUX).codec
    assert codec.decode("Āa".encode("utf-16-le") + b"\0\0") == {"t": "Āa"}  # 00 01 61 00 00 00: a zero pair in between


UNION = Record("Either", (Field("i", KINDS["u32"]), Field("f", KINDS["f32"])), union=True)


def test_a_union_shows_all_its_readings_and_takes_any():
    codec = lay_out(UNION, LINUX).codec
    assert codec.decode(struct.pack("<f", 1.5)) == {"i": 0x3FC00000, "f": 1.5}
    assert codec.encode({"i": 5}) == b"\5\0\0\0"
    assert codec.encode({"i": 5, "f": 1.5}) == struct.pack("<f", 1.5), "the last one wins"
    with pytest.raises(LayoutError, match="some of i, f"):
        codec.encode({})


def test_what_shares_nothing_is_needed_beside_an_anonymous_union():
    layout = lay_out(Record("R", (Field("kind", KINDS["u8"]), Field("", UNION))), LINUX)
    assert layout.codec.decode(layout.codec.encode({"kind": 1, "f": 1.5})) == {"kind": 1, "i": 0x3FC00000, "f": 1.5}
    assert layout.by_path["f"].offset == 4
    with pytest.raises(LayoutError, match=r"R.kind: no value"):
        layout.codec.encode({"f": 1.5})


def test_an_open_array_takes_what_there_is():
    layout = lay_out(
        Record("R", (Field("n", KINDS["u32"]), Field("c", KINDS["u8"]), Field("d", KINDS["u16"], flexible=True))), LINUX
    )
    data = layout.codec.encode({"n": 2, "c": 1, "d": [3, 4]})
    assert data == bytes.fromhex("02000000 01 00 0300 0400")
    assert layout.codec.decode(data + b"\xff") == {"n": 2, "c": 1, "d": [3, 4]}
    assert len(layout.codec.encode({"n": 0, "c": 0, "d": []})) == layout.size == 8


def test_text_behind_its_length():
    layout = lay_out(Record("R", (Field("d", KINDS["i64"]), Field("t", Text("utf-16", KINDS["i32"])))), BIG)
    data = layout.codec.encode({"d": 1, "t": "hé"})
    assert data == (1).to_bytes(8) + (4).to_bytes(4) + b"\0h\0\xe9"
    assert layout.codec.decode(data + b"rest") == {"d": 1, "t": "hé"}
    with pytest.raises(LayoutError, match="its length says 4 bytes, 3 are there"):
        layout.codec.decode(data[:-1])


@pytest.mark.parametrize(
    "abi", ["x86_64-linux", "i686-linux", "aarch64-linux", "s390x-linux", "powerpc64-linux", "x86_64-windows"]
)
@pytest.mark.parametrize("value", [0.0, -0.0, 1.0, -1.5, 1 / 3, 5e-324, 1.7976931348623157e308, math.inf, -math.inf])
def test_a_long_double_holds_every_double(abi, value):
    codec = lay_out(Record("R", (Field("x", KINDS["longdouble"]),)), abi_named(abi)).codec
    found = codec.decode(codec.encode({"x": value}))["x"]
    assert (found, math.copysign(1, found)) == (value, math.copysign(1, value))


def test_a_long_double_is_what_the_processor_writes():
    x87 = lay_out(Record("R", (Field("x", KINDS["longdouble"]),)), LINUX).codec
    assert x87.encode({"x": 1.0}) == bytes.fromhex("0000000000000080ff3f000000000000")
    quad = lay_out(Record("R", (Field("x", KINDS["longdouble"]),)), BIG).codec
    assert quad.encode({"x": -2.0}) == bytes.fromhex("c0000000000000000000000000000000")
    assert math.isnan(quad.decode(b"\x7f\xff\x80" + bytes(13))["x"])


def one_field(**said):
    return lay_out(records_from_tree({"record": {"R": {"fields": [{"name": "t", **said}]}}})["R"], LINUX)


def test_text_in_a_code_page():
    layout = one_field(type="char8", count=6, text="padded", encoding="windows-1252")
    assert layout.codec.encode({"t": "40°C"}) == b"40\xb0C\0\0"
    assert layout.codec.decode(b"40\xb0C\0\0") == {"t": "40°C"}
    japanese = one_field(type="char8", count=8, encoding="shift_jis")
    assert japanese.codec.decode(japanese.codec.encode({"t": "日本"})) == {"t": "日本"}
    with pytest.raises(LayoutError, match=r"R.t: 'windows-99' is not an encoding"):
        one_field(type="char8", count=6, encoding="windows-99")
    with pytest.raises(LayoutError, match=r"encoding 'cp1252': units of one byte have one"):
        one_field(type="char16", count=6, encoding="cp1252")


@pytest.mark.parametrize(("length", "prefix"), [(3, b"\x03"), (127, b"\x7f"), (128, b"\x80\x01"), (300, b"\xac\x02")])
def test_a_length_of_seven_bits_a_byte(length, prefix):
    layout = one_field(type="text", encoding="utf-8", prefix="varint")
    data = prefix + b"x" * length
    assert layout.codec.encode({"t": "x" * length}) == encode(layout, {"t": "x" * length}) == data
    assert layout.codec.decode(data + b"rest") == decode(layout, data) == {"t": "x" * length}
    live = layout.overlay(bytearray(length + 8))
    live.t = "x" * length
    assert live.t == "x" * length
    with pytest.raises(LayoutError, match="does not end within 5 bytes"):
        layout.codec.decode(b"\xff" * 9)


def test_a_pascal_string_is_text_behind_its_length_byte():
    layout = one_field(type="string[20]")
    assert layout.size == 21
    assert layout.codec.encode({"t": "abc"}) == b"\x03abc" + bytes(17)
    assert layout.codec.decode(b"\x02abc" + bytes(17)) == {"t": "ab"}
    assert one_field(type="string[20]", count=3).size == 63
    with pytest.raises(LayoutError, match="takes 21 bytes; the array holds at most 20"):
        layout.codec.encode({"t": "x" * 21})
    with pytest.raises(LayoutError, match="its length says 21 bytes, 20 are there"):
        layout.codec.decode(bytes([21]) + bytes(20))
