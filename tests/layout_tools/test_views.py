"""Views of a layout: patterns for ImHex, descriptions for Kaitai, pictures."""

from __future__ import annotations

import xml.dom.minidom

import pytest

from samebytes.errors import LayoutError
from samebytes.layout import KINDS, Enum, Field, Record, abi_named, lay_out
from samebytes.layout.emit import emit
from samebytes.layout.picture import as_html, as_svg

COLOUR = Enum("Colour", values=(("RED", 0), ("GREEN", 1)), base=KINDS["u8"])
INNER = Record("Wheel", (Field("slip", KINDS["f32"]), Field("worn", KINDS["bool"])))
CAR = Record(
    "Car",
    (
        Field("Id", KINDS["u8"]),
        Field("speed", KINDS["f64"]),
        Field("gear", KINDS["u16"], bits=3),
        Field("lights", KINDS["u16"], bits=5),
        Field("colour", COLOUR),
        Field("wheels", INNER, (2,)),
    ),
)
VALUE = Record("Value", (Field("i", KINDS["i32"]), Field("f", KINDS["f64"])), union=True)


def test_a_kaitai_description_has_every_byte_in_order():
    text = emit(CAR, "kaitai", "x86_64-linux")
    seq = text.partition("types:")[0].partition("seq:")[2]
    assert [line.split()[-1] for line in seq.splitlines() if "id:" in line] == [
        "id", "padding1", "speed", "gear", "lights", "colour", "padding18", "wheels", "padding36",
    ]  # fmt: skip
    assert "  - id: padding1\n    size: 7\n" in text
    assert "  - id: gear\n    type: b3\n" in text
    assert "    type: wheel\n    size: 8\n    repeat: expr\n    repeat-expr: 2\n" in text
    assert "    enum: colour\n" in text
    assert "enums:\n  colour:\n    0: red\n    1: green\n" in text
    assert "  endian: be\n  bit-endian: be\n" in emit(CAR, "kaitai", "s390x-linux")


def test_fields_that_share_bytes_say_where_they_are():
    assert "instances:\n  i:\n    pos: 0\n    type: s4\n  f:\n    pos: 0\n    type: f8\n" in emit(
        VALUE, "kaitai", "x86_64-linux"
    )
    assert "s32 i @ addressof(this) + 0; // 0" in emit(VALUE, "imhex", "x86_64-linux")


def test_an_imhex_pattern_has_every_byte_in_order():
    text = emit(CAR, "imhex", "x86_64-linux")
    body = text.partition("struct Car {")[2].partition("}")[0]
    assert [line.split("//")[0].strip() for line in body.splitlines()[1:]] == [
        "u8 Id;", "padding[7];", "double speed;", "Car_bits3 bits0;", "Colour colour;", "padding[2];", "Wheel wheels[2];", "padding[4];",
    ]  # fmt: skip
    assert "bitfield Car_bits3 { gear : 3; lights : 5; };" in text
    assert text.rstrip().endswith("Car car @ 0x00;")


def test_pictures_are_well_formed_and_have_every_field_and_hole():
    layouts = [lay_out(CAR, abi_named(abi)) for abi in ("x86_64-linux", "i686-linux")]
    text = as_svg(layouts)
    titles = [node.firstChild.data for node in xml.dom.minidom.parseString(text).getElementsByTagName("title")]
    assert "speed: f64 at 8, 8 bytes" in titles
    assert "speed: f64 at 4, 8 bytes" in titles
    assert "padding at 1, 7 bytes" in titles
    assert "padding at 1, 3 bytes" in titles
    assert "<h2>Car</h2>" in as_html([("Car", text)], "Cars & others")


def test_a_large_array_is_a_few_rows():
    frame = lay_out(
        Record("Frame", (Field("n", KINDS["u64"]), Field("pixels", KINDS["u8"], (6_220_800,)))),
        abi_named("x86_64-linux"),
    )
    assert len(as_svg([frame])) < 3000
    many = Record("Many", tuple(Field(f"f{i}", KINDS["u64"]) for i in range(3000)))
    with pytest.raises(LayoutError, match="more than 2000 rows to draw"):
        as_svg([lay_out(many, abi_named("x86_64-linux"))])
