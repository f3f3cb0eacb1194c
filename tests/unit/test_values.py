"""Values: every leaf gets every edge of its kind, what shares bytes is consistent, and no set asks for what no language keeps."""

from __future__ import annotations

import pytest

from samebytes.checks.data.subjects import read_records
from samebytes.checks.data.values import edges, flipped, graffiti
from samebytes.layout import abi_named, decode, encode, lay_out, records_from_tree
from samebytes.peers.paths import fixtures_folder

RECORDS = read_records(fixtures_folder())
ABIS = ("x86_64-linux", "x86_64-windows")


def seen(layout, path):
    return {values.values[path] for values in edges(layout)}


@pytest.fixture(scope="module")
def kinds():
    fields = [
        {"name": name, "type": name} for name in ("i8", "u16", "i32", "u64", "f32", "f64", "bool", "char16", "char8")
    ]
    return lay_out(records_from_tree({"record": {"K": {"fields": fields}}})["K"], abi_named("x86_64-linux"))


def test_integers_meet_zero_minus_one_the_lowest_and_the_highest(kinds):
    assert {0, 0xFF, 0x80, 0x7F, 1} <= seen(kinds, "i8")
    assert {0, 0xFFFF, 0x8000, 0x7FFF, 0x8080} <= seen(kinds, "u16")
    assert {0, 0xFFFFFFFF, 0x80000000, 0x7FFFFFFF} <= seen(kinds, "i32")
    assert {0, (1 << 64) - 1, 1 << 63, (1 << 63) - 1} <= seen(kinds, "u64")


def test_floats_meet_minus_zero_infinity_a_denormal_and_a_nan_with_a_payload(kinds):
    assert {0x80000000, 0x7F800000, 0xFF800000, 1, 0x7FC12345, 0x7F7FFFFF} <= seen(kinds, "f32")
    assert {1 << 63, 0x7FF0 << 48, 0xFFF0 << 48, 1, 0x7FF8123456789ABC} <= seen(kinds, "f64")


def test_bools_and_characters_meet_theirs(kinds):
    assert seen(kinds, "bool") == {0, 1}
    assert {0, 0xD800, 0xDFFF, 0xFFFF} <= seen(kinds, "char16")
    assert {0, 0x7F, 0x80, 0xFF} <= seen(kinds, "char8")


def test_no_signalling_nan_is_asked_for(kinds):
    for values in edges(kinds):
        for path, exponent, quiet in (("f32", 0x7F800000, 1 << 22), ("f64", 0x7FF0 << 48, 1 << 51)):
            bits = values.values[path]
            fraction = bits & ((exponent & -exponent) - 1)
            assert bits & exponent != exponent or not fraction or bits & quiet


@pytest.mark.parametrize("abi", ABIS)
@pytest.mark.parametrize("name", RECORDS)
def test_every_set_of_a_fixture_record_is_whole_consistent_and_the_same_each_time(name, abi):
    layout = lay_out(RECORDS[name], abi_named(abi))
    sets = (graffiti(layout), *edges(layout))
    for values in sets:
        assert set(values.values) == set(layout.by_path)
        assert decode(layout, encode(layout, values.values)) == dict(values.values)
    assert len({values.name for values in sets}) == len(sets)
    assert len(sets) >= 5 or layout.record.body


def test_texts_meet_nothing_nul_and_lone_surrogates():
    layout = lay_out(RECORDS["SomeData"], abi_named("x86_64-linux"))
    texts = seen(layout, "Text")
    assert "" in texts
    assert any("\0" in text for text in texts)
    assert any("\ud800" in text for text in texts)
    assert any("😀" in text for text in texts)


def test_what_is_stored_alone_differs_from_its_background_in_every_bit(kinds):
    for leaf in kinds.leaves:
        ones = 1 if leaf.kind.family == "bool" else (1 << leaf.width * 8) - 1
        assert (flipped(leaf, 0x00), flipped(leaf, 0xFF)) == (ones, 0)


def test_a_bool_in_a_union_is_true_or_false_whatever_its_neighbour_holds():
    tree = {
        "record": {
            "U": {
                "union": True,
                "fields": [
                    {"name": "on", "type": "bool"},
                    {"name": "raw", "type": "u32"},
                    {"name": "real", "type": "f32"},
                ],
            }
        }
    }
    layout = lay_out(records_from_tree(tree)["U"], abi_named("x86_64-linux"))
    for values in (graffiti(layout), *edges(layout)):
        assert values.values["on"] in (0, 1)
        assert values.values["raw"] == values.values["real"]
        assert values.values["raw"] & 0xFF == values.values["on"]
    assert {values.values["on"] for values in edges(layout)} == {0, 1}
