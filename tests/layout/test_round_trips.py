"""Random structs on every ABI: what was encoded is decoded, and an overlay shows the same."""

from __future__ import annotations

import math
import random

import pytest

from samebytes.errors import LayoutError
from samebytes.layout import ABIS, Kind, decode, encode, lay_out
from samebytes.layout.fuzz.structs import numbers, struct_of

COUNT = 250
LAYOUTS = {}


def layouts(abi):
    for number in numbers(len(abi), COUNT):
        try:
            yield number, lay_out(struct_of(number), ABIS[abi])
        except LayoutError as error:
            assert "128-bit" in str(error)  # noqa: PT017 - any other refusal is a failure


def patterns(layout, chance):
    """Bits for every leaf: any for integers, finite for floats, 0 or 1 for bools, valid text units."""
    return {leaf.path: pattern(leaf, layout.abi, chance) for leaf in layout.leaves}


def pattern(leaf, abi, chance):
    assert isinstance(leaf.kind, Kind)
    if leaf.kind.family == "float":
        return leaf.kind.bits(chance.choice([0.0, -1.5, 2.0**-20, 3e10]), abi)
    if leaf.kind.family == "bool":
        return chance.getrandbits(1)
    if leaf.kind.family == "char":
        return chance.randrange(1, 0x80) & (1 << (leaf.bits or 8)) - 1
    return chance.getrandbits(leaf.bits or leaf.width * 8)


def shown(live, value):
    """What an overlay shows, in the form of the decoded value."""
    if isinstance(value, dict):
        return {name: shown(getattr(live, name), part) for name, part in value.items()}
    if isinstance(value, bytes):
        return bytes(live)
    if isinstance(value, list):
        return [shown(one, part) for one, part in zip(live, value, strict=True)]
    return live


def same(one, other):
    """Equal, and no float is compared by chance: NaN equals NaN."""
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(same(one[name], other[name]) for name in one)
    if isinstance(one, list):
        return len(one) == len(other) and all(map(same, one, other))
    return one == other or (isinstance(one, float) and math.isnan(one) and math.isnan(other))


@pytest.mark.parametrize("abi", ABIS)
def test_leaf_patterns_come_back(abi):
    for number, layout in layouts(abi):
        values = patterns(layout, random.Random(number))
        data = encode(layout, values)
        found = decode(layout, data)
        for path, value in values.items():
            assert path in layout.shared or found[path] == value, (number, path)
        assert encode(layout, found) == data, number
        for offset, length in layout.padding:
            assert data[offset : offset + length] == bytes(length), number
        for offset, mask in layout.bit_padding:
            assert data[offset] & mask == 0, number


@pytest.mark.parametrize("abi", ABIS)
def test_plain_values_come_back(abi):
    for number, layout in layouts(abi):
        chance = random.Random(number)
        data = encode(layout, patterns(layout, chance)) + chance.randbytes(24 if layout.record.variable else 0)
        if layout.shared and any(leaf.kind.name == "longdouble" for leaf in layout.leaves):
            continue  # its neighbours' bytes make patterns that are no numbers, and come back as numbers
        values = layout.codec.decode(data)
        again = layout.codec.encode(values)
        assert same(layout.codec.decode(again), values), number
        if not layout.shared and not layout.record.variable:
            assert again == data, number


@pytest.mark.parametrize("abi", ABIS)
def test_an_overlay_shows_what_is_decoded(abi):
    for number, layout in layouts(abi):
        data = bytearray(encode(layout, patterns(layout, random.Random(number))))
        values = layout.codec.decode(data)
        live = layout.overlay(data)
        for name, value in values.items():
            if not unshowable(layout, name):
                assert same(shown(getattr(live, name), value), value), (number, name)


def unshowable(layout, name):
    """Rows of what ctypes has no type for are rows of bytes in an overlay."""
    kinds = [leaf.kind for leaf in layout.leaves if leaf.path.startswith(name)]
    kinds += [member.field.type for member in layout.members if member.field.flexible and member.field.name == name]
    return any(has_no_ctype(kind, layout.abi) for kind in kinds)


def has_no_ctype(kind, abi):
    return kind.family == "char" or kind.width(abi) > 8 or kind.name == "longdouble" or kind.name == "bool32"
