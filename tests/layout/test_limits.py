"""Descriptions that are too large, too deep or nonsense: refused, with the place, and soon."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from samebytes.errors import LayoutError
from samebytes.layout import KINDS, Chars, Enum, Field, Record, abi_named, lay_out, records_from_toml, records_from_tree

LINUX = abi_named("x86_64-linux")
U8, U32 = KINDS["u8"], KINDS["u32"]


def layout(*fields, **options):
    return lay_out(Record("R", fields, **options), LINUX)


@pytest.fixture(autouse=True)
def _soon():
    start = time.monotonic()
    yield
    assert time.monotonic() - start < 20, "a description kept the machine busy"


def test_ten_thousand_fields_are_laid_out():
    made = layout(*(Field(f"f{i}", KINDS["u16" if i % 2 else "u64"]) for i in range(10_000)))
    assert made.size == 16 * 5000
    assert len(made.leaves) == 10_000
    data = bytes(made.size)
    assert set(made.codec.decode(data).values()) == {0}


def test_a_large_array_is_laid_out_without_listing_it():
    made = layout(Field("n", U32), Field("pixels", KINDS["u16"], (1080, 3840)))
    assert made.size == 4 + 2 * 1080 * 3840
    assert made.members[1].offset == 4
    assert made.padding == ()
    with pytest.raises(LayoutError, match=r"R has 4147201 leaves"):
        _ = made.leaves


def test_four_gib_are_refused():
    with pytest.raises(LayoutError, match=r"R.a: array length 4294967296"):
        layout(Field("a", U8, (1 << 32,)))
    with pytest.raises(LayoutError, match=r"R.b ends beyond 4294967295 bytes"):
        layout(Field("a", U32, (1 << 29,)), Field("b", U32, (1 << 29,)))
    with pytest.raises(LayoutError, match=r"R.a: array length 65536"):
        layout(Field("a", U8, (1 << 16, 1 << 16)))


def test_records_that_double_are_stopped():
    record = Record("R0", (Field("a", U8), Field("b", U32)))
    for level in range(1, 40):
        record = Record(f"R{level}", (Field("a", record), Field("b", record)))
    with pytest.raises(LayoutError, match=r"R29.b ends beyond"):
        lay_out(record, LINUX)


def test_records_that_double_are_laid_out_but_not_decoded_at_once():
    record = Record("R0", (Field("a", U8),))
    for level in range(1, 31):
        record = Record(f"R{level}", (Field("a", record), Field("b", record)))
    made = lay_out(record, LINUX)
    assert (made.size, made.padding, len({made})) == (1 << 30, (), 1)
    with pytest.raises(LayoutError, match="too large to decode at once"):
        _ = made.codec


def test_a_class_that_was_not_made_a_record_is_refused():
    with pytest.raises(LayoutError, match="@record"):
        lay_out(int, LINUX)


def test_records_too_deep_are_stopped():
    record = Record("R", (Field("a", U8),))
    for _ in range(63):
        record = Record("R", (Field("a", record),))
    assert lay_out(record, LINUX).size == 1
    with pytest.raises(LayoutError, match="65 deep"):
        Record("R", (Field("a", record),))


WRONG = [
    ([Field("a", U8, bits=9)], {}, "R.a: 9 bits of u8, which has 8"),
    ([Field("a", U8, bits=0)], {}, "R.a: a bit-field of 0 bits has no name"),
    ([Field("a", KINDS["f32"], bits=3)], {}, "R.a: a bit-field needs an integer"),
    ([Field("a", U8, (2,), bits=3)], {}, "R.a: a bit-field cannot be an array"),
    ([Field("a", U8, bits=-1)], {}, "R.a: -1 bits"),
    ([Field("", U8)], {}, "'' is not a field name"),
    ([Field("a", U8, align=3)], {}, "R.a: align = 3"),
    ([Field("a", U8)], {"align": 0}, "R: align = 0"),
    ([Field("a", U8)], {"size": -1}, "R: size = -1"),
    ([Field("a", U8, offset=-4)], {}, "R.a: offset -4 is negative"),
    ([Field("a", U8, offset=1 << 33)], {}, "R.a: offset 8589934592 is too far"),
    ([Field("a", U8, flexible=True), Field("b", U8)], {}, "R.a: an array of open length must be the last field"),
    ([Field("a", U8, flexible=True)], {"union": True}, "R.a: an array of open length must be the last field"),
    ([Field("a", KINDS["f32"], (4,), chars=Chars())], {}, "R.a: only an array of characters can be read as text"),
    ([Field("a", U8, offset=4)], {"union": True}, "R.a: offset 4 in a union"),
    ([], {}, "record R has no fields"),
]


@pytest.mark.parametrize(("fields", "options", "words"), WRONG, ids=[words for _, _, words in WRONG])
def test_nonsense_is_named(fields, options, words):
    with pytest.raises(LayoutError) as caught:
        layout(*fields, **options)
    assert words in str(caught.value)


def test_two_anonymous_members_may_not_give_the_same_name():
    inner = Record("I", (Field("x", U8),))
    with pytest.raises(LayoutError, match="R has two fields named x"):
        layout(Field("x", U8), Field("", inner))


def test_an_enum_of_a_float_is_refused():
    with pytest.raises(LayoutError, match="its base f64 is no integer kind"):
        Enum("E", base=KINDS["f64"])


NAMES = st.sampled_from(["a", "b", "", "1", "R", "S", "u8", "é", "class"])
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-5, 1 << 70)
    | st.floats()
    | NAMES
    | st.sampled_from(["u8[3]", "u8[-1]", "text", "pointer"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3),
    max_leaves=6,
)
FIELD_KEYS = ["name", "type", "count", "offset", "encoding", "prefix", "text", "flexible", "to", "align", "bits", "bit"]
RECORD_KEYS = ["fields", "pack", "size", "align", "union", "packed", "overlap", "body", "prefix", "doc"]
FIELDS = st.dictionaries(st.sampled_from(FIELD_KEYS), VALUES) | st.fixed_dictionaries(
    {"name": NAMES, "type": st.sampled_from(["u8", "R", "S", "E", "char16", "f64", "long"])},
    optional={
        "count": VALUES,
        "bits": st.integers(-1, 70),
        "offset": st.integers(0, 40),
        "align": st.integers(0, 33),
        "text": VALUES,
    },
)
RECORDS = st.fixed_dictionaries(
    {"fields": st.lists(FIELDS, max_size=4) | VALUES}, optional=dict.fromkeys(RECORD_KEYS[1:], VALUES)
)


@settings(max_examples=400, deadline=None)
@given(
    st.fixed_dictionaries(
        {"record": st.dictionaries(NAMES, RECORDS | VALUES, max_size=3) | VALUES}, optional={"enum": VALUES}
    )
)
def test_any_tree_is_records_or_a_layout_error(tree):
    try:
        records = records_from_tree(tree)
        for record in records.values():
            made = lay_out(record, LINUX)
            assert made.size < 1 << 32
            if made.count < 1000:
                _ = made.leaves, made.padding
    except LayoutError as error:
        assert str(error)  # noqa: PT017 - a clear refusal is as good as a record


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=200) | st.text(max_size=200).map(str.encode))
def test_any_file_is_records_or_a_layout_error(tmp_path_factory, data):
    path = tmp_path_factory.getbasetemp() / "any.toml"
    path.write_bytes(data)
    with pytest.raises(LayoutError, match=r"any\.toml"):
        records_from_toml(path)
