"""The comparisons: each kind of difference is seen, and named with its field and bytes."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from samebytes.checks.data.compare import compare_description, compare_leaves, compare_memory, leaf_word
from samebytes.checks.data.values import graffiti, value_set
from samebytes.checks.result import Difference, Result, Run, Stage, Verdict, verdict_of
from samebytes.errors import LayoutError, PeerCrashedError, PeerRefusedError, PeerTimeoutError, ProtocolError
from samebytes.layout import Description, abi_named, encode, lay_out, records_from_tree

RECORDS = records_from_tree(
    {
        "record": {
            "Plain": {
                "fields": [{"name": "a", "type": "u8"}, {"name": "b", "type": "u32"}, {"name": "c", "type": "u16"}]
            },
            "Tail": {
                "fields": [
                    {"name": "n", "type": "i32"},
                    {"name": "t", "type": "text", "encoding": "utf-16", "prefix": "i32"},
                ]
            },
        }
    }
)
ABI = abi_named("x86_64-linux")
PLAIN, TAIL = (lay_out(RECORDS[name], ABI) for name in ("Plain", "Tail"))
VALUES = {"a": 1, "b": 0x11223344, "c": 0x5566}
GUARD = b"\xcc" * 16
PEER = SimpleNamespace(name="nim", missing=())


def memory_differences(memory: bytes, layout=PLAIN, values=VALUES):
    expected = encode(layout, values)
    background = b"\xcc" * len(memory)
    return list(compare_memory(layout, expected, memory, background, "c"))


def test_equal_bytes_agree_whatever_the_padding_holds():
    data = bytearray(encode(PLAIN, VALUES))
    data[1:4] = b"\xaa\xbb\xcc"
    assert memory_differences(bytes(data) + GUARD) == []


def test_a_wrong_byte_names_its_field_and_bytes():
    data = bytearray(encode(PLAIN, VALUES))
    data[6] ^= 0xFF
    (found,) = memory_differences(bytes(data) + GUARD)
    assert str(found) == "b at 4: expected bytes 44332211, in memory 4433dd11 (written by c)"


def test_a_byte_beyond_the_record_is_seen():
    data = encode(PLAIN, VALUES) + b"\xcc" * 5 + b"\x00" + b"\xcc" * 10
    (found,) = memory_differences(data)
    assert (found.path, found.offset) == ("beyond the record", 17)


def test_a_store_that_did_nothing_differs_in_every_field():
    differences = memory_differences(b"\xcc" * 28)
    assert {item.path for item in differences} == {"a", "b", "c"}


def test_a_wrong_length_is_named_apart_from_its_text():
    values = {"n": 1, "t": "hey"}
    data = bytearray(encode(TAIL, values))
    data[4] = 3  # units instead of bytes
    (found,) = memory_differences(bytes(data) + GUARD, TAIL, values)
    assert found.path == "length of t"


def description(**changes):
    leaves = {"a": (0, 1), "b": (4, 4), "c": (8, 2)}
    return Description(**{"size": 12, "align": 4, "leaves": leaves} | changes)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"size": 11}, "size of Plain: the layout has 12, nim has 11"),
        ({"align": 1}, "alignment of Plain: the layout has 4, nim has 1"),
        ({"leaves": {"a": (0, 1), "b": (1, 4), "c": (8, 2)}}, "b at 4: the layout has offset 4, 4 bytes, nim has offset 1, 4 bytes"),
        ({"leaves": {"a": (0, 1), "b": (4, 4)}}, "c at 8: the layout has a field, nim has none: not declared"),
        ({"leaves": {"a": (0, 1), "b": (4, 4), "c": (8, 2), "d": (10, 2)}}, "d: the layout has no such field, nim has offset 10, 2 bytes"),
    ],
)  # fmt: skip
def test_a_description_that_is_not_the_layouts_is_named(changes, words):
    assert [str(item) for item in compare_description(PLAIN, description(**changes), PEER)] == [words]


def test_the_right_description_has_no_differences():
    assert list(compare_description(PLAIN, description(), PEER)) == []


def test_no_description_is_never_equal():
    assert len(list(compare_description(PLAIN, None, PEER))) == 1


def test_a_missing_leaf_is_never_equal():
    expected = encode(PLAIN, VALUES)
    _, differences = compare_leaves(PLAIN, VALUES, expected, expected, {"a": "01", "b": "11223344"}, "nim")
    assert [str(item) for item in differences] == ["c at 8: expected 5566, nim read nothing"]


@pytest.mark.parametrize("word", ["5567", "", "zz", "5566 ", "0x5566", "55_66", "+5566", "-1"])
def test_a_wrong_leaf_differs(word):
    expected = encode(PLAIN, VALUES)
    loaded = {"a": "01", "b": "11223344", "c": word}
    _, differences = compare_leaves(PLAIN, VALUES, expected, expected, loaded, "nim")
    assert [item.path for item in differences] == ["c"]


def test_rows_hold_what_was_expected_what_is_in_memory_and_what_was_read():
    expected = encode(PLAIN, VALUES)
    rows, _ = compare_leaves(PLAIN, VALUES, expected, expected, {"a": "01", "b": "11223344", "c": "5566"}, "nim")
    assert rows[1] == ("b", 4, 4, "44332211", "44332211", "11223344")


@pytest.mark.parametrize(("word", "wrong"), [("11223344", []), ("0011223344", ["b"]), ("ffffffff11223344", ["b"])])
def test_more_digits_than_the_leaf_is_wide_are_wrong_even_zeros(word, wrong):
    expected = encode(PLAIN, VALUES)
    _, differences = compare_leaves(PLAIN, VALUES, expected, expected, {"a": "1", "b": word, "c": "5566"}, "nim")
    assert [difference.path for difference in differences] == wrong


def test_graffiti_says_where_each_byte_belongs():
    assert encode(PLAIN, graffiti(PLAIN).values).hex() == "10000000" + "20212223" + "3031" + "0000"


def test_values_for_no_leaf_are_refused():
    with pytest.raises(LayoutError, match="no leaf 'z'"):
        value_set("seed", PLAIN, {"z": 1})


def test_text_travels_as_big_endian_units():
    assert leaf_word(TAIL.by_path["t"], "é") == "00e9"
    assert leaf_word(TAIL.by_path["t"], "") == "-"
    assert leaf_word(PLAIN.by_path["c"], 0x5566) == "5566"


def test_a_cell_without_a_run_is_not_green():
    assert Result("c", "nim", "struct", "linux").verdict is not Verdict.AGREED


def test_a_failure_outweighs_a_difference_and_a_difference_outweighs_agreement():
    agreed, differs, crashed = (Run("L", "v", "c", "nim") for _ in range(3))
    differs.differ(Difference(Stage.STORE, "c", "b", "00", "01"))
    crashed.fail(Verdict.CRASHED, Stage.LOAD, "gone")
    assert Result("c", "nim", "p", "r", runs=[agreed, differs]).verdict is Verdict.DIFFERS
    assert Result("c", "nim", "p", "r", runs=[agreed, differs, crashed]).verdict is Verdict.CRASHED


@pytest.mark.parametrize(
    ("error", "verdict"),
    [
        (PeerCrashedError("x"), Verdict.CRASHED),
        (PeerTimeoutError("x"), Verdict.HUNG),
        (PeerRefusedError("x", kind="unsupported"), Verdict.UNSUPPORTED),
        (PeerRefusedError("x", kind="access"), Verdict.REFUSED),
        (ProtocolError("x"), Verdict.REFUSED),
    ],
)
def test_each_failure_has_its_verdict(error, verdict):
    assert verdict_of(error) is verdict
