"""What a consumer of another ABI must get: exactly what its layout makes of the producer's bytes; any other word is found."""

from __future__ import annotations

import itertools

import pytest

from samebytes.checks.data.across import AcrossCase
from samebytes.checks.data.values import edges, graffiti
from samebytes.layout import abi_named, lay_out, records_from_tree

FIELDS = [
    {"name": "Count", "type": "i32"},
    {"name": "Ratio", "type": "f64"},
    {"name": "Total", "type": "long"},
    {"name": "Letter", "type": "wchar"},
    {"name": "Sure", "type": "bool"},
    {"name": "Flags", "type": "u8", "count": 2},
]
RECORD = records_from_tree({"record": {"R": {"fields": FIELDS}}})["R"]
ABIS = ("x86_64-linux", "i686-linux", "s390x-linux", "aarch64-linux")


def case(one: str, other: str, values=None) -> AcrossCase:
    ours, theirs = lay_out(RECORD, abi_named(one)), lay_out(RECORD, abi_named(other))
    return AcrossCase(ours, values or graffiti(ours), reads=theirs)


@pytest.mark.parametrize(("one", "other"), list(itertools.product(ABIS, ABIS)))
def test_every_leaf_that_is_read_otherwise_is_found(one, other):
    found = case(one, other)
    paths = tuple(found.theirs.by_path)
    wanted = found.predicted(found.image)
    right = [wanted[path] for path in paths]
    assert found.fits(paths, right, found.image)
    open_ = found.open_paths(found.image)
    assert open_ <= {"Sure", "Letter", "Ratio"}
    for number, path in enumerate(paths):
        wrong = [*right]
        wrong[number] = f"{int(wrong[number], 16) ^ 1:0{len(wrong[number])}x}"
        assert found.fits(paths, wrong, found.image) is (path in open_ and one != other), path
    assert not found.fits(paths, right[:-1], found.image)
    assert not found.fits(paths, None, found.image)


def test_where_both_agree_the_value_arrives_and_elsewhere_what_the_bytes_make():
    found = case("x86_64-linux", "s390x-linux")
    wanted = found.predicted(found.image)
    assert int(wanted["Flags[1]"], 16) == found.values.values["Flags[1]"]
    assert bytes.fromhex(wanted["Count"]) == found.image[:4]
    shorter = case("x86_64-linux", "i686-linux").predicted(found.image)
    assert bytes.fromhex(shorter["Ratio"])[::-1] == found.image[4:12]


def test_memory_is_painted_as_far_as_the_consumer_reads():
    found = case("i686-linux", "x86_64-linux")
    assert len(found.image) == found.theirs.size > found.layout.size
    assert set(found.image[found.layout.size :]) == {0xCC}
    assert found.align == 8


def test_what_no_language_keeps_as_it_is_is_open_and_may_be_refused():
    ours = lay_out(RECORD, abi_named("x86_64-linux"))
    last = next(one for one in edges(ours) if one.values["Letter"] not in (0, 0xFFFF))
    found = case("x86_64-linux", "s390x-linux", last)
    assert ("Letter" in found.open_paths(found.image)) is (int(found.predicted(found.image)["Letter"], 16) > 0x10FFFF)
    assert found.refusable is bool(found.open_paths(found.image))
    assert not case("x86_64-linux", "aarch64-linux", last).refusable
