"""One record between two ABIs: each field that is not the same has its reason, and no other field has one."""

from __future__ import annotations

import itertools

import pytest

from samebytes.layout import ABIS, abi_named, decode, encode, lay_out, records_from_tree
from samebytes.layout.between import Gap, gaps_between, gaps_in_words
from samebytes.layout.telling import whole_path

RECORDS = records_from_tree(
    {
        "record": {
            "Hazards": {
                "fields": [
                    {"name": "Tag", "type": "i8"},
                    {"name": "Count", "type": "i32"},
                    {"name": "Ratio", "type": "f64"},
                    {"name": "Low", "type": "u32", "bits": 3},
                    {"name": "High", "type": "u32", "bits": 29},
                    {"name": "Total", "type": "long"},
                    {"name": "Owner", "type": "pointer", "to": "void"},
                    {"name": "Letters", "type": "wchar", "count": 3},
                    {"name": "When", "type": "time"},
                    {"name": "Flags", "type": "u8", "count": 3},
                ]
            },
            "Twin": {
                "fields": [
                    {"name": "Tag", "type": "i8"},
                    {"name": "Hole", "type": "u8", "count": 7},
                    {"name": "Ratio", "type": "f64"},
                    {"name": "Total", "type": "i64"},
                ]
            },
            "Bytes": {"fields": [{"name": "Tag", "type": "u8"}, {"name": "Name", "type": "char", "count": 5}]},
            "Long": {"fields": [{"name": "Value", "type": "longdouble"}]},
        }
    }
)


def between(record: str, one: str, other: str) -> list[Gap]:
    return gaps_between(*(lay_out(RECORDS[record], abi_named(abi)) for abi in (one, other)))


def test_widths_alignment_places_and_size_are_told_in_the_order_of_the_record():
    found = [str(gap) for gap in between("Hazards", "x86_64-windows-gnu", "i686-windows-gnu")]
    assert found == [
        "Owner (pointer: 8 against 4 bytes)",
        "Letters (offset 32 against 28)",
        "When (time_t: 8 against 4 bytes)",
        "When (offset 40 against 36)",
        "Flags (offset 48 against 40)",
        "size of Hazards (56 against 48 bytes)",
    ]


@pytest.mark.parametrize(
    ("one", "other", "reasons"),
    [
        ("x86_64-linux", "x86_64-windows", ["Total (long: 8 against 4 bytes)", "Letters (wchar_t: 4 against 2 bytes)"]),
        ("i686-linux", "x86_64-linux", ["Total (long: 4 against 8 bytes)", "When (time_t: 4 against 8 bytes)"]),
        ("x86_64-linux", "s390x-linux", ["Count (byte order)", "Low (bit order)", "High (bit order)", "Letters (byte order)"]),
        ("aarch64-linux", "riscv64-linux", []),
    ],
)  # fmt: skip
def test_the_reasons(one, other, reasons):
    found = [str(gap) for gap in between("Hazards", one, other)]
    assert [reason for reason in reasons if reason not in found] == []
    assert bool(found) == bool(reasons)
    assert not any(gap.startswith("Tag") for gap in found)


def test_a_portable_record_differs_in_byte_order_alone():
    for one, other in itertools.product(ABIS, ABIS):
        orders = {abi_named(one).order, abi_named(other).order}
        wanted = [] if len(orders) == 1 else [Gap("Ratio", "byte order"), Gap("Total", "byte order")]
        assert between("Twin", one, other) == wanted
        assert between("Bytes", one, other) == []


def test_long_doubles_of_one_size_have_formats():
    assert between("Long", "x86_64-linux", "aarch64-linux") == [Gap("Value", "long double: x87 against quad format")]


def test_what_is_not_named_is_read_alike_and_what_is_named_is_not():
    for one, other in itertools.product(ABIS, ABIS):
        ours, theirs = (lay_out(RECORDS["Hazards"], abi_named(abi)) for abi in (one, other))
        values = {leaf.path: 0x0102030405060708 >> 1 & (1 << (leaf.bits or leaf.width * 8)) - 1 for leaf in ours.leaves}
        image = encode(ours, values)
        read = decode(theirs, image + bytes(max(0, theirs.size - len(image))))
        wrong = {whole_path(path) for path, value in values.items() if read[path] != value}
        named = {gap.path for gap in gaps_between(ours, theirs)}
        assert wrong <= named, (one, other)
        assert bool(wrong) == bool(named - {"size of Hazards"}), (one, other)


def test_one_line_counts_what_it_does_not_show():
    words = gaps_in_words(between("Hazards", "i686-linux", "x86_64-linux"))
    assert words == (
        "Total (long: 4 against 8 bytes); Owner (pointer: 4 against 8 bytes); When (time_t: 4 against 8 bytes); "
        "size of Hazards (48 against 72 bytes); 2 more at another offset"
    )
    assert gaps_in_words([]) == ""
