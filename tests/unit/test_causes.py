"""Causes: each wrong declaration is named for what it is, whether its peer stored or loaded; a right one has no cause."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest

from samebytes.checks.data.subjects import read_records
from samebytes.checks.data.values import graffiti
from samebytes.diagnosis.diagnose import MAX_WORK, Observation, cause_of
from samebytes.diagnosis.hypotheses import suspects
from samebytes.layout import KINDS, Description, Field, Record, abi_named, encode, lay_out, records_from_tree
from samebytes.peers.paths import fixtures_folder

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


def seen_of(right, wrong, abi=ABI, shift=0, unseen=()) -> Observation:
    """As `stored`, for any two records whose fields convert by themselves: `wrong` is what the peer declares."""
    layout, other = lay_out(right, ABI), lay_out(wrong, abi)
    values = graffiti(layout).values
    paths = [leaf for leaf in other.leaves if leaf.path in layout.by_path and leaf.field not in unseen]
    found = {leaf.path: (leaf.offset + shift, leaf.width) for leaf in paths}
    memory = bytearray(b"\xcc" * 4096)
    for leaf in paths:
        bits = values[leaf.path] % (1 << leaf.width * 8)
        memory[leaf.offset + shift : leaf.offset + shift + leaf.width] = bits.to_bytes(leaf.width, abi.order)
    return Observation(layout, Description(other.size + shift, other.align, found), values, bytes(memory))


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
    (stored(RECORD, replace(ABI, order="big")), "byte order reversed (big-endian?)"),
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


def test_two_changes_at_once_are_both_named():
    words = "two changes: `count` missing; and packed: as if Pack=1"
    assert cause_of(stored(replace(without("count"), pack=1))) == words


def test_a_consumer_is_judged_by_what_it_loaded():
    right = encode(LAYOUT, VALUES)
    turned = {
        leaf.path: right[leaf.offset : leaf.offset + leaf.width].hex()
        for leaf in LAYOUT.leaves  # read as big-endian
    }
    seen = Observation(LAYOUT, described(LAYOUT), VALUES, right, turned)
    assert cause_of(seen) == "byte order reversed (big-endian?)"
    assert cause_of(replace(seen, loaded={leaf.path: f"{VALUES[leaf.path]:x}" for leaf in LAYOUT.leaves})) == ""
    assert cause_of(replace(seen, loaded={})) == ""


PART = Record("Part", (Field("id", KINDS["u8"]), Field("at", KINDS["i64"]), Field("n", KINDS["u16"])))
WHOLE = Record(
    "Whole",
    (
        Field("head", KINDS["u16"]),
        Field("parts", PART, (3,)),
        Field("grid", KINDS["i32"], (2, 3)),
        Field("initial", KINDS["char16"]),
        Field("on", KINDS["bool"]),
        Field("off", KINDS["bool"]),
        Field("size", KINDS["size"]),
        Field("long", KINDS["long"]),
    ),
)
PINNED = Record(
    "Pinned", (Field("a", KINDS["u8"], offset=0), Field("b", KINDS["u32"], offset=8), Field("c", KINDS["u8"], offset=20)), size=32
)  # fmt: skip
UNION = Record("Either", (Field("w", KINDS["u32"]), Field("b", KINDS["u8"], (4,))), union=True)


def whole(**changes):
    """WHOLE with some fields changed by name: new attributes, or None for one that is gone."""
    fields = [
        replace(part, **changes.get(part.name, {})) for part in WHOLE.fields if changes.get(part.name, {}) is not None
    ]
    return replace(WHOLE, fields=tuple(fields))


def part(*fields, **more):
    return whole(parts={"type": replace(PART, fields=fields or PART.fields, **more)})


ID, AT, N = PART.fields
WRONG = [
    (WHOLE, part(ID, replace(AT, type=KINDS["i32"]), N), {}, "`at` of Part declared as a 32-bit integer"),
    (WHOLE, part(AT, ID, N), {}, "`id` of Part and `at` of Part swapped"),
    (WHOLE, part(AT, N), {"unseen": ("parts",)}, "`id`"),
    (WHOLE, part(pack=1), {}, "Part packed: as if Pack=1"),
    (WHOLE, part(ID, AT, N, Field("more", KINDS["u64"])), {}, "too many at the end of Part"),
    (WHOLE, whole(parts={"counts": (4,)}), {}, "`parts` has 4 elements instead of 3"),
    (WHOLE, whole(grid={"counts": (3, 2)}), {}, "rows and columns of `grid` exchanged"),
    (WHOLE, whole(on={"type": KINDS["bool32"]}, off={"type": KINDS["bool32"]}), {}, "every bool declared as a 32-bit"),
    (
        WHOLE,
        whole(on={"type": KINDS["bool32"]}, off={"type": KINDS["bool32"]}, initial={"type": KINDS["char8"]}),
        {},
        "marshalled instead of managed layout: bool as 4 bytes and char as 1 byte",
    ),
    (WHOLE, whole(initial={"type": KINDS["char8"]}), {}, "(as C# marshals a char"),
    (WHOLE, WHOLE, {"abi": replace(ABI, pointer=4)}, "`size` declared as a 32-bit integer"),
    (WHOLE, WHOLE, {"abi": replace(ABI, long=4)}, "`long` declared as a 32-bit integer"),
    (WHOLE, WHOLE, {"abi": abi_named("i686-linux")}, "laid out as on i686-linux"),
    (WHOLE, WHOLE, {"shift": 4}, "everything 4 bytes later: a header in front"),
    (WHOLE, replace(WHOLE, align=32), {}, "aligned to 32 instead of 8"),
    (replace(WHOLE, align=32), WHOLE, {}, "its alignment of 32 is missing"),
    (replace(WHOLE, pack=1), WHOLE, {}, "not packed: Pack=1 is missing"),
    (replace(WHOLE, size=160), WHOLE, {}, "its explicit size of 160 bytes is missing"),
    (PINNED, replace(PINNED, size=40), {}, "an explicit size of 40 bytes instead of 32"),
    (
        PINNED,
        replace(PINNED, fields=(*PINNED.fields[:2], replace(PINNED.fields[2], offset=21))),
        {},
        "`c` pinned at offset 21 instead of 20",
    ),
    (
        PINNED,
        Record("Pinned", tuple(replace(part, offset=None) for part in PINNED.fields)),
        {},
        "its explicit offsets are missing",
    ),
    (UNION, replace(UNION, union=False), {}, "Either declared as a struct instead of a union"),
    (replace(UNION, union=False), UNION, {}, "Either declared as a union instead of a struct"),
]


@pytest.mark.parametrize(("right", "wrong", "how", "words"), WRONG, ids=[row[-1] for row in WRONG])
def test_every_kind_of_mistake_is_named(right, wrong, how, words):
    assert words in cause_of(seen_of(right, wrong, **how))


def test_bytes_that_are_elsewhere_than_described_are_named():
    """A description that is right tells nothing about what a hand-written store does."""
    seen = stored(RECORD)
    later = replace(seen, memory=b"\xcc" * 4 + seen.memory)
    assert cause_of(later) == "everything 4 bytes later: a header in front (though it describes the record right)"
    marshalled = replace(seen, memory=stored(with_field("on", type=KINDS["bool32"]), values={"on": 1}).memory)
    assert cause_of(marshalled) == "", "the bytes that differ are padding"


def test_a_field_in_the_other_byte_order_is_told_from_the_whole_record():
    seen = stored(RECORD)
    leaf = LAYOUT.by_path["count"]
    turned = bytearray(seen.memory)
    turned[leaf.offset : leaf.offset + 4] = turned[leaf.offset : leaf.offset + 4][::-1]
    assert cause_of(replace(seen, memory=bytes(turned))) == "byte order of `count` reversed (big-endian?)"


def test_the_sign_of_a_narrower_integer_shows_when_it_is_loaded():
    """-128 in a byte comes back as 128 from an unsigned one, and as -128 from a signed one."""
    right = Record("R", (Field("n", KINDS["i32"]),))
    seen = seen_of(right, Record("R", (Field("n", KINDS["i8"]),)))
    memory = b"\x80" + bytes(63)
    for word, words in (("ffffff80", "an 8-bit integer"), ("00000080", "an 8-bit integer")):
        assert f"`n` declared as {words}" in cause_of(replace(seen, memory=memory, loaded={"n": word}))


def test_no_description_whatsoever_breaks_the_search():
    """A peer may describe a record as anything."""
    dice = random.Random(1)
    for record in read_records(fixtures_folder()).values():
        layout = lay_out(record, ABI)
        paths = [leaf.path for leaf in layout.leaves]
        leaves = {path: (dice.randrange(99), dice.choice((0, 1, 2, 4, 8))) for path in paths if dice.random() < 0.7}
        description = Description(dice.randrange(200), dice.choice((1, 2, 4, 8)), leaves | {"stranger": (0, 4)})
        seen = Observation(layout, description, graffiti(layout).values, bytes(dice.randbytes(4096)))
        assert "(by its description" in cause_of(seen) or cause_of(seen) == ""


def test_a_large_record_has_few_suspects():
    """What is tried grows with what was seen to be wrong, not with the square of the fields."""
    kinds = [KINDS[name] for name in ("u8", "f64", "char16", "i32")]
    large = Record("Large", tuple(Field(f"f{n}", kinds[n % 4]) for n in range(300)))
    wrong = replace(large, pack=1, fields=(*large.fields[:100], *large.fields[101:]))
    seen = seen_of(large, wrong)
    assert cause_of(seen) == "two changes: `f100` missing; and packed: as if Pack=1"
    assert sum(len(mistake.ways) for mistake in suspects(seen)) * 375 < MAX_WORK
