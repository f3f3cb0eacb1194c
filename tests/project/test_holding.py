"""A declared record against the promised one: right copies in the manners of other languages, and wrong ones with their cause."""

from __future__ import annotations

import pytest

from samebytes.checks.project.compare_declared import hold
from samebytes.layout import abi_named, lay_out, records_from_tree

LINUX = abi_named("x86_64-linux")


def record(fields, name="Car", **options):
    """A record of `(name, type)` or `(name, type, count)`; `Point` is a record of two floats."""
    tree = {"record": {name: {"fields": [part(*one) for one in fields], **options}}}
    if any("Point" in one[1] for one in fields):
        tree["record"]["Point"] = {"fields": [part("x", "f32"), part("y", "f32")]}
    return lay_out(records_from_tree(tree)[name], LINUX)


def part(name, kind, count=None, **more):
    kind, _, bits = kind.partition(":")
    sized = {"count": count} if count else {}
    return {"name": name, "type": kind, **sized, **({"bits": int(bits)} if bits else {}), **more}


FIELDS = [
    ("flags", "u8"), ("speed", "f64"), ("is_valid", "bool"), ("mode", "u32"), ("name", "char", 8), ("position", "Point"),
]  # fmt: skip


def changed(**by_name):
    """The fields, some of them others; None: left out."""
    found = [by_name.get(one[0], one) for one in FIELDS]
    return [one for one in found if one is not None]


RIGHT = {
    "the same": FIELDS,
    "spelled otherwise": [(name.upper().replace("_", ""), *rest) for name, *rest in FIELDS],
    "renamed": changed(mode=("state", "u32")),
    "of other types of the same width": changed(
        flags=("flags", "char"), is_valid=("is_valid", "u8"), mode=("mode", "char32"), name=("name", "u8", 8)
    ),
    "padding spelled out": [FIELDS[0], ("reserved", "u8", 7), *FIELDS[1:]],
    "a record inside as bytes": changed(position=("position", "u8", 8)),
    "an array of arrays as one": changed(name=("name", "char", [2, 4])),
}


@pytest.mark.parametrize("fields", RIGHT.values(), ids=RIGHT)
def test_a_right_copy_is_no_difference(fields):
    held = hold(record(fields), record(FIELDS), "copy")
    assert (held.differences, held.cause) == ([], "")


WRONG = {
    "packed": (record(FIELDS, pack=1), "speed", "packed: as if Pack=1"),
    "a bool of 4 bytes": (record(changed(is_valid=("is_valid", "bool32"))), "is_valid", "`is_valid` declared as"),
    "a field left out": (record(changed(mode=None)), "mode", "`mode` missing"),
    "a field left out in front": (record(changed(flags=None)), "flags", "`flags` missing"),
    "a field too many": (record([*FIELDS, ("extra", "u64")]), "extra", "too many"),
    "a longer array": (record(changed(name=("name", "char", 16))), "name[8]", "`name` has 16 elements instead of 8"),
    "a float as a number": (
        record(changed(position=("position", "u32", 2))),
        "position.x",
        "",
    ),
    "a double as a whole number": (record(changed(speed=("speed", "i64"))), "speed", "`speed` declared as a 64-bit integer"),
    "a number of another sign": (
        record(changed(mode=("mode", "i32"))), "mode", "`mode` declared as a signed 32-bit integer instead of u32"
    ),
    "a byte of another sign": (
        record(changed(flags=("flags", "i8"))), "flags", "`flags` declared as a signed 8-bit integer instead of u8"
    ),
    "two fields swapped": (record([FIELDS[0], FIELDS[3], FIELDS[2], FIELDS[1], *FIELDS[4:]]), "speed", ""),
}  # fmt: skip


@pytest.mark.parametrize(("declared", "path", "cause"), WRONG.values(), ids=WRONG)
def test_a_wrong_copy_is_found_with_field_and_cause(declared, path, cause):
    held = hold(declared, record(FIELDS), "copy")
    assert path in [item.path for item in held.differences]
    assert cause in held.cause


def test_what_was_found_by_its_place_is_said():
    held = hold(record(changed(mode=("state", "u32"))), record(FIELDS), "copy")
    assert held.remarks == ["`mode` is called `state`"]
    assert held.spelled == {"mode": "state"}


def test_a_renamed_field_that_also_moved_is_found_between_its_neighbours():
    held = hold(record(changed(mode=("state", "u32")), pack=1), record(FIELDS), "copy")
    assert held.cause.startswith("packed")
    assert "state" not in [item.path for item in held.differences]


def test_another_alignment_alone_is_a_remark():
    fields = [("a", "u32"), ("b", "u32")]
    held = hold(record(fields, pack=1), record(fields), "copy")
    assert held.differences == []
    assert "aligned to 1 instead of 4" in held.remarks[0]


def test_a_missing_end_is_a_difference():
    fields = [("a", "u32"), ("b", "u8")]
    held = hold(record(fields, pack=1), record(fields), "copy")
    assert [item.path for item in held.differences] == ["size of Car"]


def test_bit_fields_may_be_stored_in_a_number_and_are_compared_bit_by_bit():
    bits = [("ready", "u32:1"), ("gear", "u32:3"), ("last", "u32")]
    assert hold(record([("storage", "u32"), ("last", "u32")]), record(bits), "copy").differences == []
    wider = hold(record([("ready", "u32:2"), ("gear", "u32:3"), ("last", "u32")]), record(bits), "copy")
    assert [item.path for item in wider.differences] == ["ready", "gear"]


def test_a_filler_that_the_layout_names_may_be_a_hole():
    promised = record([("a", "u8"), ("padding", "u8", 3), ("b", "u32")])
    assert hold(record([("a", "u8"), ("b", "u32")]), promised, "copy").differences == []
    named = record([("a", "u8"), ("codes", "u8", 3), ("b", "u32")])
    assert [item.path for item in hold(record([("a", "u8"), ("b", "u32")]), named, "copy").differences] != []
