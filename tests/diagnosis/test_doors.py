"""The same mistake has the same cause, word for word, through every door."""

# ruff: noqa: E501
from __future__ import annotations

from dataclasses import replace
from itertools import count

import pytest
from doors import DOORS, Wrong

from samebytes.diagnosis import words
from samebytes.layout import KINDS, Enum, Field, Record, abi_named, lay_out

LINUX = abi_named("x86_64-linux")
GEAR = Enum("Gear", base=KINDS["u8"], values=tuple((f"G{n}", n) for n in range(1, 7)))
WHEEL = Record("Wheel", (Field("id", KINDS["u8"]), Field("slip", KINDS["f64"]), Field("turns", KINDS["u16"])))


def record(*fields, **more) -> Record:
    """A record of `name kind` and `name kind count…`."""
    found = []
    for one in fields:
        name, kind, *counts = one if isinstance(one, tuple) else one.split()
        found.append(Field(name, KINDS[kind] if isinstance(kind, str) else kind, tuple(map(int, counts))))
    return Record("Car", tuple(found), **more)


CAR = record(
    "flags u8", ("gear", GEAR), "on bool", "ready bool", "speed f64", "title char16 3", "gears f32 5", "level u8", "count i32", "total f64", "tail u16"
)  # fmt: skip
PACKED_CAR = replace(CAR, pack=1)
TRUCK = record("kind u8", ("wheel", WHEEL), "load f64", "doors bool", "weight f32")
GRID = record("rows i32", "height f64 3 4", "end f32")
SYSTEM = record("a long", "b u8", "c ulong", "speed f64", "on bool")
POINTERS = record("at pointer", "next pointer", "speed f64", "size size", "on bool", "length f32")
WIDE = record("speed f64", "title wchar 5", "on bool", "name wchar 3", "load f64")
BITS = Record("Car", (
    Field("low", KINDS["u8"], bits=3), Field("high", KINDS["u32"], bits=5), Field("on", KINDS["bool"]), Field("n", KINDS["f32"]), Field("speed", KINDS["f64"]),
))  # fmt: skip
UNION = record(
    "kind u32",
    ("either", Record("Either", (Field("x", KINDS["f64"]), Field("n", KINDS["f64"])), union=True)),
    "on bool",
    "load f64",
)


def with_field(whole: Record, name: str, **changes) -> Record:
    return replace(
        whole, fields=tuple(replace(part, **changes) if part.name == name else part for part in whole.fields)
    )


def without(whole: Record, name: str) -> Record:
    return replace(whole, fields=tuple(part for part in whole.fields if part.name != name))


def swapped(whole: Record, one: str, other: str) -> Record:
    names = {one: other, other: one}
    return replace(whole, fields=tuple(whole.named(names.get(part.name, part.name)) for part in whole.fields))


def inserted(whole: Record, index: int, part: Field) -> Record:
    return replace(whole, fields=(*whole.fields[:index], part, *whole.fields[index:]))


def unpacked(whole: Record) -> Record:
    return replace(whole, pack=None)


PACKED_WHEEL = replace(WHEEL, pack=1)
PACKED_TRUCK = replace(with_field(TRUCK, "wheel", type=PACKED_WHEEL), pack=1)
ALL = frozenset(DOORS)
ASKED = frozenset(("matrix", "image check", "check"))
"""Doors where somebody tells how it declares the record."""
VALUED = ALL - {"attach"}
"""Attach expects no values: it sees a mistake by the segment's size, or by values that make no sense."""

TABLE = {
    "a header in front": (CAR, CAR, LINUX, 4, words.shifted(4), ALL - {"check"}),
    "a header declared in front": (CAR, inserted(CAR, 0, Field("magic", KINDS["u64"])), LINUX, 0, words.shifted(8), VALUED),
    "2-byte wchar_t": (WIDE, WIDE, replace(LINUX, wchar=2), 0, words.abi_rule("wchar", 2), ALL),
    "Pack=1 missing": (PACKED_CAR, CAR, LINUX, 0, words.not_packed("Pack=1"), ALL),
    "Pack=1 missing at all depths": (PACKED_TRUCK, TRUCK, LINUX, 0, words.not_packed("Pack=1", deep=True), ALL),
    "Pack=1 missing in a record": (PACKED_TRUCK, with_field(PACKED_TRUCK, "wheel", type=WHEEL), LINUX, 0, words.not_packed("Pack=1", "Wheel"), VALUED),
    "packed": (CAR, PACKED_CAR, LINUX, 0, words.packed(["1"]), ALL),
    "packed at all depths": (TRUCK, PACKED_TRUCK, LINUX, 0, words.packed(["1"], deep=True), ALL),
    "bool as 4 bytes": (CAR, with_field(with_field(CAR, "on", type=KINDS["bool32"]), "ready", type=KINDS["bool32"]), LINUX, 0, words.retyped("every bool", KINDS["bool"], "integer", 4), ALL),
    "bool and char marshalled": (CAR, with_field(with_field(with_field(CAR, "on", type=KINDS["bool32"]), "ready", type=KINDS["bool32"]), "title", type=KINDS["char8"]), LINUX, 0, words.marshalled(["bool", "char16"]), ALL),
    "byte order": (CAR, CAR, replace(LINUX, order="big"), 0, words.byte_order((), LINUX), ALL),
    "a missing field": (CAR, without(CAR, "gears"), LINUX, 0, words.missing(["`gears`"], ""), ALL),
    "an added field": (CAR, inserted(CAR, 8, Field("extra", KINDS["u64"])), LINUX, 0, words.added("before `count`", [8]), VALUED),
    "swapped fields": (CAR, swapped(CAR, "speed", "gears"), LINUX, 0, words.swapped("`speed`", "`gears`"), ALL),
    "char width": (CAR, with_field(CAR, "title", type=KINDS["char32"]), LINUX, 0, words.retyped("`title`", KINDS["char16"], "integer", 4), VALUED),
    "8-byte alignment 4": (CAR, CAR, replace(LINUX, eight=4), 0, words.packed(["4"], eight=True), ALL),
    "long 4": (SYSTEM, SYSTEM, replace(LINUX, long=4), 0, words.abi_rule("long", 4), ALL),
    "pointer width": (POINTERS, POINTERS, replace(LINUX, pointer=4), 0, words.abi_rule("pointer", 4), ALL),
    "enum width": (CAR, with_field(CAR, "gear", type=replace(GEAR, base=KINDS["i32"])), LINUX, 0, words.retyped("`gear`", GEAR, "integer", 4), VALUED),
    "array length": (CAR, with_field(CAR, "gears", counts=(9,)), LINUX, 0, words.resized("`gears`", (5,), [(9,)]), VALUED),
    "sign": (CAR, with_field(CAR, "count", type=KINDS["u32"]), LINUX, 0, words.retyped("`count`", KINDS["i32"], "unsigned", 4), ASKED),
    "char for byte": (CAR, with_field(CAR, "flags", type=KINDS["char"]), LINUX, 0, words.retyped("`flags`", KINDS["u8"], "char", 1), ASKED - {"check"}),
    "a float as a number": (CAR, with_field(CAR, "total", type=KINDS["i64"]), LINUX, 0, words.retyped("`total`", KINDS["f64"], "integer", 8), VALUED),
    "a wider float": (CAR, with_field(CAR, "gears", type=KINDS["f64"]), LINUX, 0, words.retyped("`gears`", KINDS["f32"], "float", 8), VALUED),
    "rows and columns exchanged": (GRID, with_field(GRID, "height", counts=(4, 3)), LINUX, "height", words.rows_and_columns("`height`"), VALUED),
    "bit-fields": (BITS, BITS, replace(LINUX, bitfields="ms"), 0, words.bit_fields(replace(LINUX, bitfields="ms")), ALL),
    "a union as a struct": (UNION, with_field(UNION, "either", type=replace(UNION.fields[1].type, union=False)), LINUX, 0, words.regrouped("Either", "union", "struct"), VALUED),
    "a 32-bit program": (replace(POINTERS, fields=(*POINTERS.fields, *SYSTEM.fields[:3])), replace(POINTERS, fields=(*POINTERS.fields, *SYSTEM.fields[:3])), abi_named("i686-linux"), 0, words.laid_out_as_on(abi_named("i686-linux")), ALL),
}  # fmt: skip


def values_of(layout) -> dict:
    """Values that people store: small numbers, all of them others and none of them zero."""
    found, numbers = {}, count(3)
    for leaf in layout.leaves:
        number = next(numbers) % 100 + 1
        kind = leaf.kind
        if kind.family == "float":
            found[leaf.path] = float(number)
        elif kind.family == "bool":
            found[leaf.path] = True
        elif kind.family == "enum":
            found[leaf.path] = 4
        elif kind.family == "char":
            found[leaf.path] = chr(64 + number)
        elif kind.family == "signed":
            found[leaf.path] = -number if leaf.width == 4 else number
        else:
            found[leaf.path] = number % (1 << (leaf.bits or 8))
    for path in layout.shared:
        found[path] = 7.5
    return found


def mistaken(name: str) -> Wrong:
    right, wrong, abi, how, _, _ = TABLE[name]
    promised = lay_out(right, LINUX)
    shift, crossed = (how, "") if isinstance(how, int) else (0, how)
    return Wrong(promised, lay_out(wrong, abi), values_of(promised), shift, crossed)


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize("name", TABLE)
def test_the_same_mistake_has_the_same_cause_through_every_door(name, door):
    *_, cause, seen_by = TABLE[name]
    assert DOORS[door](mistaken(name)) == ([cause] if door in seen_by else [])
