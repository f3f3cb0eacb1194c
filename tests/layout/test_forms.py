"""The three ways to write a record down say the same."""

from __future__ import annotations

from typing import Annotated, Any

import pytest

from samebytes.errors import LayoutError
from samebytes.layout import (
    KINDS,
    Chars,
    Enum,
    Field,
    Pointer,
    Record,
    abi_named,
    field,
    lay_out,
    record,
    records_from_tree,
    union,
)
from samebytes.layout.types import c_char, c_long, char16, char32, f32, f64, u8, u16, u32, u64, wchar

TREE = {
    "enum": {"Colour": {"base": "u8", "values": {"RED": 0, "GREEN": 1}}},
    "record": {
        "Wheel": {"fields": [{"name": "slip", "type": "float"}, {"name": "worn", "type": "bool"}]},
        "Payload": {"union": True, "fields": [{"name": "i", "type": "uint32_t"}, {"name": "d", "type": "double"}]},
        "Telemetry": {
            "pack": 4,
            "align": 8,
            "doc": "What a car says.",
            "fields": [
                {"name": "tick", "type": "u32"},
                {"name": "gear", "type": "u8", "bits": 3},
                {"type": "u32", "bits": 0},
                {"name": "name", "type": "char16[32]"},
                {"name": "driver", "type": "char16", "count": 8, "text": "padded"},
                {"name": "code", "type": "char32", "count": 4, "text": False},
                {"name": "plate", "type": "char", "count": [2, 8], "encoding": "latin-1"},
                {"type": "Payload"},
                {"name": "wheels", "type": "Wheel[2][2]"},
                {"name": "at", "type": "f64", "align": 16},
                {"name": "far", "type": "u16", "offset": 400},
                {"name": "rest", "type": "u8", "flexible": True},
            ],
        },
        "Other": {
            "packed": True,
            "fields": [{"name": "c", "type": "Colour"}, {"name": "p", "type": "pointer", "to": "Wheel"}],
        },
    },
}


@record
class Wheel:
    slip: f32
    worn: bool


@union
class Payload:
    i: u32
    d: f64


@record(pack=4, align=8)
class Telemetry:
    """What a car says."""

    tick: u32
    gear: u8 = field(bits=3)
    _: u32 = field(bits=0)
    name: char16[32]
    driver: char16[8] = field(text="padded")
    code: char32[4] = field(text="")
    plate: c_char[2][8] = field(encoding="latin-1")
    _1: Payload
    wheels: Annotated[list[Any], Wheel[2, 2]]
    at: f64 = field(align=16)
    far: u16 = field(offset=400)
    rest: u8 = field(flexible=True)


def test_a_class_and_toml_are_the_same_record():
    records = records_from_tree(TREE)
    assert records["Wheel"] == Wheel
    assert records["Telemetry"] == Telemetry
    assert records["Telemetry"].doc == Telemetry.doc == "What a car says."


def test_both_are_the_record_written_out():
    chars = Chars()
    fields = {part.name: part for part in Telemetry.fields}
    assert fields["name"] == Field("name", KINDS["char16"], (32,), chars=chars)
    assert fields["driver"].chars == Chars("padded")
    assert fields["code"].chars is None
    assert fields["wheels"].counts == (2, 2)
    assert fields["gear"].bits == 3
    assert Telemetry.fields[2] == Field("", KINDS["u32"], bits=0)
    assert fields["plate"] == Field("plate", KINDS["char"], (2, 8), chars=Chars(encoding="latin-1"))
    assert Telemetry.names[6:9] == ("i", "d", "wheels")


def test_enums_and_pointers_from_toml():
    other = records_from_tree(TREE)["Other"]
    assert other.packed
    colour = Enum("Colour", values=(("RED", 0), ("GREEN", 1)), base=KINDS["u8"])
    assert other.fields == (Field("c", colour), Field("p", Pointer(to="Wheel")))


def test_each_says_where_it_is_from():
    assert Telemetry.origin.language == "python"
    assert Telemetry.origin.source.endswith("Telemetry")
    assert records_from_tree(TREE, "x.toml")["Wheel"].origin.source == "x.toml"


def test_a_class_in_a_function_sees_its_names():
    @record
    class Inner:
        x: c_long

    @record
    class Outer:
        inner: Inner[3]
        text: wchar[4]

    assert Outer.fields[0] == Field("inner", Inner, (3,))


def annotated(annotation, value=None):
    body = {"__annotations__": {"x": annotation}, "__module__": __name__}
    return type("R", (), body if value is None else body | {"x": value})


@pytest.mark.parametrize(
    ("annotation", "value", "words"),
    [
        ("int", None, "R.x: <class 'int'> is no type of a record"),
        ("Nowhere", None, "R: name 'Nowhere' is not defined"),
        ("u32[", None, "R: an annotation is no type"),
        ("u32", 5, "R.x has a value"),
        ("u32[-1]", None, "R.x: array length -1"),
    ],
)
def test_a_class_that_is_no_record_is_refused(annotation, value, words):
    with pytest.raises(LayoutError) as caught:
        record(annotated(annotation, value))
    assert words in str(caught.value)


@pytest.mark.parametrize(
    ("part", "words"),
    [
        ({"name": "a", "type": "u8", "text": "none"}, "R.fields[0]: text = 'none'"),
        ({"name": "a", "type": "u8", "bits": "3"}, "R.fields[0]: bits = '3' is no whole number"),
        ({"name": "a", "type": "u8", "flexible": 1}, "R.fields[0]: flexible = 1 is neither true nor false"),
        ({"name": "a", "type": "u8[4294967296]"}, "R.a: array length 4294967296"),
        ({"name": "a", "type": "u8[]"}, "'u8[]', which is no scalar kind"),
    ],
)
def test_a_wrong_field_names_its_place(part, words):
    with pytest.raises(LayoutError) as caught:
        records_from_tree({"record": {"R": {"fields": [part]}}})
    assert words in str(caught.value)


@pytest.mark.parametrize(
    ("enum", "words"),
    [
        ({"base": 3}, "enum.E: base = 3"),
        ({"values": {"A": "x"}}, "enum.E: values ="),
        ({"base": "f64"}, "no integer kind"),
        (5, "no table"),
    ],
)
def test_a_wrong_enum_names_its_place(enum, words):
    with pytest.raises(LayoutError) as caught:
        records_from_tree({"enum": {"E": enum}, "record": {"R": {"fields": [{"name": "a", "type": "E"}]}}})
    assert words in str(caught.value)


def test_a_record_can_be_written_as_one_expression():
    assert Record("P", (Field("x", KINDS["f32"]), Field("y", KINDS["f32"]))).named("y").type == KINDS["f32"]


def test_attributes_of_single_fields_are_said_in_all_forms():
    toml = {"fields": [{"name": "a", "type": "u8"}, {"name": "b", "type": "u32", "packed": True, "align": 2}]}
    toml["fields"].append({"name": "c", "type": "u64", "type_align": 4})
    found = records_from_tree({"record": {"R": toml}})["R"]

    @record
    class R:
        a: u8
        b: u32 = field(packed=True, align=2)
        c: u64 = field(type_align=4)

    assert found == R
    assert [member.offset for member in lay_out(R, abi_named("x86_64-linux")).members] == [0, 2, 8]
    assert [member.offset for member in lay_out(R, abi_named("x86_64-windows")).members] == [0, 2, 8]
