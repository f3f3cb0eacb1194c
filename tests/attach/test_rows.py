"""What bytes are said to mean: every kind of field, on either byte order, whole or cut off, and who owns each byte."""

from __future__ import annotations

import json
import math
import struct
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from samebytes.checks.attach.hexdump import hexdump, stretches
from samebytes.checks.attach.paint import Paint
from samebytes.checks.attach.rows import EVERY, as_json, changed, chosen, decoded, rows_of
from samebytes.checks.data.subjects import read_records
from samebytes.layout import abi_named, encode, lay_out, records_from_tree
from samebytes.peers.paths import fixtures_folder

LITTLE, BIG = abi_named("x86_64-linux"), abi_named("s390x-linux")
RECORDS = read_records(fixtures_folder())


def laid(fields, abi=LITTLE, **more):
    tree = {"record": {"T": {"fields": fields}, **more.pop("records", {})}, **more}
    return lay_out(records_from_tree(tree)["T"], abi)


def said(layout, data, path):
    (row,) = (row for row in rows_of(layout, EVERY) if row.path == path)
    return decoded(row, data)


@pytest.mark.parametrize(
    ("field", "data", "text"),
    [
        ({"type": "i16"}, "feff", "-2"),
        ({"type": "u64"}, "ffffffffffffffff", "18446744073709551615"),
        ({"type": "f32"}, "cdcccc3d", "0.1"),
        ({"type": "f32"}, "000080ff", "-inf"),
        ({"type": "f64"}, "9a9999999999b93f", "0.1"),
        ({"type": "f64"}, "0100000000000000", "5e-324"),
        ({"type": "bool"}, "01", "true"),
        ({"type": "bool"}, "02", "true (as 0x2)"),
        ({"type": "pointer"}, "efbeadde00000000", "0xdeadbeef"),
        ({"type": "char16"}, "e900", '"é"'),
        ({"type": "char8", "count": 4}, "61620063", '"ab"'),
        ({"type": "char8", "count": 2}, "6162", '"ab" (no NUL ends it)'),
        ({"type": "char8", "count": 2, "text": "padded"}, "6162", '"ab"'),
        ({"type": "char16", "count": 3}, "0ad800000000", '"\\ud80a"'),
        ({"type": "char8", "count": 4}, "1b5b6d00", '"\\u001b[m"'),
        ({"type": "u8", "count": 6}, "010000000002", "[1, 0 ×4, 2]"),
        ({"type": "u8", "count": [2, 2]}, "01020304", "[1, 2, 3, 4]"),
        ({"type": "Colour"}, "05000000", "RED (5)"),
        ({"type": "Colour"}, "06000000", "no name (6)"),
    ],
)
def test_a_value_in_words(field, data, text):
    layout = laid([{"name": "x", **field}], enum={"Colour": {"base": "i32", "values": {"RED": 5}}})
    assert said(layout, bytes.fromhex(data), "x").text == text


def test_byte_order_is_the_abis():
    fields = [{"name": "n", "type": "u32"}, {"name": "t", "type": "char16", "count": 2}]
    assert said(laid(fields, BIG), bytes.fromhex("0000010200580000"), "n").value == 258
    assert said(laid(fields, BIG), bytes.fromhex("0000010200580000"), "t").value == "X"


def test_bit_fields_are_told_apart():
    layout = laid([{"name": "low", "type": "u8", "bits": 3}, {"name": "high", "type": "u8", "bits": 5}])
    assert (said(layout, b"\xfa", "low").value, said(layout, b"\xfa", "high").value) == (2, 31)
    rows = rows_of(layout)
    assert [row.path for row in changed(rows, b"\xfa", b"\xfb")] == ["low"]


def test_arrays_of_records_are_cut_short_for_people_and_whole_for_machines():
    layout = laid([{"name": "w", "type": "W", "count": 9}], records={"W": {"fields": [{"name": "v", "type": "u16"}]}})
    data = struct.pack("<9H", *range(9))
    assert [row.path for row in rows_of(layout)] == ["w[0].v", "w[1].v", "w[2].v", "w[3].v", "w[…]"]
    assert said(layout, data, "w[8].v").value == 8
    assert [row.path for row in chosen(rows_of(layout, EVERY), ["w[7]"])] == ["w[7].v"]


def test_what_is_cut_off_is_not_there_and_has_no_value():
    layout = laid([{"name": "a", "type": "u32"}, {"name": "b", "type": "u32"}])
    found = said(layout, b"\1\0\0\0\2\0", "b")
    assert (found.text, found.value) == ("not there", None)


@pytest.mark.parametrize(("length", "text"), [(4, '"AB"'), (100, "its length says 100 bytes, 6 are there"), (0, '""')])
def test_text_behind_its_length(length, text):
    layout = lay_out(RECORDS["SomeData"], LITTLE)
    data = bytes(8) + struct.pack("<i", length) + "ABC".encode("utf-16-le")
    assert said(layout, data, "Text").text == text


def test_a_serialised_record_is_read_part_by_part():
    layout = lay_out(RECORDS["Message"], LITTLE)
    data = encode(layout, {"title": "Hello", "content": "x"})
    assert said(layout, data, "title").value == "Hello"
    assert "not a JSON object" in said(layout, struct.pack("<i", 3) + b"abc", "title").text


def test_numbers_that_json_lacks_are_texts():
    layout = laid([{"name": "x", "type": "f32", "count": 2}])
    (row,) = rows_of(layout)
    found = as_json(row, struct.pack("<2f", math.nan, 1.0))
    assert found["value"] == ["nan", 1.0]
    json.dumps(found, allow_nan=False)


@pytest.mark.parametrize("name", sorted(RECORDS))
@pytest.mark.parametrize("abi", ["x86_64-linux", "x86_64-windows", "s390x-linux"])
def test_every_byte_has_one_owner_and_stands_in_the_hexdump(name, abi):
    layout = lay_out(RECORDS[name], abi_named(abi))
    data = bytes((7 * at + 1) % 251 for at in range(8 + layout.size + 40))
    owners = stretches(rows_of(layout), 8, data)
    assert owners[0].start == 0
    assert owners[-1].end == len(data)
    assert all(one.end == other.start for one, other in pairwise(owners))
    dumped = "".join(line[6:54].replace(" ", "") for line in hexdump(data, owners, Paint(False), 1 << 20))
    assert bytes.fromhex(dumped) == data


@given(st.binary(max_size=300))
def test_no_bytes_are_too_odd_to_be_shown(data):
    for name in ("TruckFrame", "SomeData", "Message", "VoiceLink", "DrawnShape"):
        for row in rows_of(lay_out(RECORDS[name], LITTLE)):
            decoded(row, data)


def test_a_long_hexdump_says_how_much_is_left_and_equal_rows_are_one():
    layout = laid([{"name": "x", "type": "u8", "count": 4096}])
    zeros = list(hexdump(bytes(4096), stretches(rows_of(layout), 0, bytes(4096)), Paint(False), 10))
    assert zeros[1:] == ["      … the same up to 0fff"]
    data = bytes(at // 16 % 256 for at in range(4096))
    lines = list(hexdump(data, stretches(rows_of(layout), 0, data), Paint(False), 10))
    assert lines[10:] == ["… 3936 more bytes, from 0xa0"]


def test_colours_are_only_there_when_wanted():
    layout = laid([{"name": "x", "type": "u8"}])
    owners = stretches(rows_of(layout), 0, b"\1")
    assert "\x1b[36m01\x1b[0m" in next(hexdump(b"\1", owners, Paint(True), 9))
    assert "\x1b" not in next(hexdump(b"\1", owners, Paint(False), 9))
