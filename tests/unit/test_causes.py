"""Causes: each wrong declaration is named for what it is, whether its peer stored or loaded; a right one has no cause."""

from __future__ import annotations

from dataclasses import replace

import pytest

from samebytes.checks.causes import Observation, cause_of
from samebytes.checks.values import graffiti
from samebytes.layout import KINDS, Field, abi_named, encode, lay_out, records_from_tree
from samebytes.peers.peer import Description

ABI = abi_named("x86_64-linux")
RECORD = records_from_tree(
    {
        "record": {
            "R": {
                "fields": [
                    {"name": "flag", "type": "u8"},
                    {"name": "count", "type": "i32"},
                    {"name": "speed", "type": "f64"},
                    {"name": "letter", "type": "char16"},
                    {"name": "gears", "type": "f32", "count": 6},
                    {"name": "on", "type": "bool"},
                ]
            }
        }
    }
)["R"]
LAYOUT = lay_out(RECORD, ABI)
VALUES = graffiti(LAYOUT).values | {"speed": KINDS["f64"].bits(1.25, ABI), "count": KINDS["i32"].bits(-5, ABI)}


def with_field(name: str, **changes):
    return replace(
        RECORD, fields=tuple(replace(part, **changes) if part.name == name else part for part in RECORD.fields)
    )


def without(name: str):
    return replace(RECORD, fields=tuple(part for part in RECORD.fields if part.name != name))


def swapped(one: str, two: str):
    names = {one: two, two: one}
    by_name = {part.name: part for part in RECORD.fields}
    return replace(RECORD, fields=tuple(by_name[names.get(part.name, part.name)] for part in RECORD.fields))


def added(kind: str, index: int):
    fields = list(RECORD.fields)
    fields.insert(index, Field("extra", KINDS[kind]))
    return replace(RECORD, fields=tuple(fields))


def described(layout) -> Description:
    leaves = {leaf.path: (leaf.offset, leaf.width) for leaf in layout.leaves if leaf.path in LAYOUT.by_path}
    return Description(layout.size, layout.align, leaves)


def stored(record, abi=ABI, values=None) -> Observation:
    """What a peer does that declares `record` where the layout is RECORD. Values of another kind are given as that peer converts them."""
    layout = lay_out(record, abi)
    full = {leaf.path: 0xAB for leaf in layout.leaves} | {
        path: VALUES[path] for path in VALUES if path in layout.by_path
    }
    memory = encode(layout, full | (values or {})) + b"\xcc" * 64
    return Observation(LAYOUT, described(layout), VALUES, memory)


CASES = [
    (stored(replace(RECORD, pack=1)), "packed: as if Pack=1"),
    (stored(replace(RECORD, pack=4)), "packed: as if Pack=4"),
    (stored(swapped("flag", "letter")), "`flag` and `letter` swapped"),
    (stored(swapped("count", "speed")), "`count` and `speed` swapped"),
    (stored(without("count")), "`count` missing"),
    (stored(without("on")), "`on` missing"),
    (stored(with_field("letter", type=KINDS["u8"]), values={"letter": VALUES["letter"] & 0xFF}), "`letter` declared as an 8-bit"),
    (stored(with_field("count", type=KINDS["i64"]), values={"count": 2**64 - 5}), "`count` declared as a 64-bit integer"),
    (stored(with_field("on", type=KINDS["bool32"]), values={"on": 1}), "`on` declared as a 32-bit integer"),
    (stored(with_field("speed", type=KINDS["f32"]), values={"speed": KINDS["f32"].bits(1.25, ABI)}), "`speed` declared as a 32-bit float"),
    (stored(with_field("speed", type=KINDS["i64"]), values={"speed": 1}), "`speed` declared as a 64-bit integer"),
    (stored(with_field("gears", counts=(8,))), "`gears` has 8 elements instead of 6"),
    (stored(with_field("gears", counts=(5,))), "`gears` has 5 elements instead of 6"),
    (stored(added("u64", 0)), "everything 8 bytes later"),
    (stored(added("u64", 4)), "a field of 8 bytes too many before `gears`"),
    (stored(RECORD, replace(ABI, order="big")), "in the other order"),
]  # fmt: skip


@pytest.mark.parametrize(("seen", "words"), CASES, ids=[words for _, words in CASES])
def test_a_wrong_declaration_is_named(seen, words):
    assert words in cause_of(seen)


def test_a_right_declaration_has_no_cause():
    assert cause_of(stored(RECORD)) == ""


def test_one_wrong_byte_has_no_cause_rather_than_a_wrong_one():
    seen = stored(RECORD)
    spoiled = bytearray(seen.memory)
    spoiled[9] ^= 0x40
    assert cause_of(replace(seen, memory=bytes(spoiled))) == ""


def test_two_changes_at_once_have_no_single_cause():
    assert cause_of(stored(replace(without("count"), pack=1))) == ""


def test_a_consumer_is_judged_by_what_it_loaded():
    right = encode(LAYOUT, VALUES)
    turned = {
        leaf.path: right[leaf.offset : leaf.offset + leaf.width].hex()
        for leaf in LAYOUT.leaves  # read as big-endian
    }
    seen = Observation(LAYOUT, described(LAYOUT), VALUES, right, turned)
    assert "in the other order" in cause_of(seen)
    assert cause_of(replace(seen, loaded={leaf.path: f"{VALUES[leaf.path]:x}" for leaf in LAYOUT.leaves})) == ""
    assert cause_of(replace(seen, loaded={})) == ""
