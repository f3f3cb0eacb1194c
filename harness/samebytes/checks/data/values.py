"""Values that are sent: those a program names, graffiti, whose every byte says where it belongs, and the edges of each kind.

Every set is consistent: where leaves share bytes (unions), each has the value that the bytes give it.
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from samebytes.errors import LayoutError
from samebytes.layout import Bits, Kind, Layout, Leaf, Text, decode, encode, text_bytes

__all__ = ["ValueSet", "drawn", "edges", "flipped", "graffiti", "kept", "seed_of", "value_set"]

RANDOM_SETS = 2
TEXT_LENGTHS = (127, 128, 255, 256, 65535)
"""Around what a length of one byte, signed or not, and one of two can say."""
SETTLING = 8
"""Leaves that share bytes settle in two or three rounds; a record in which they do not cannot be sent."""


@dataclass(frozen=True)
class ValueSet:
    """A value for every leaf of a layout: a bit pattern, or a text."""

    name: str
    values: Mapping[str, Bits | str]


def value_set(name: str, layout: Layout, written: Mapping[str, Any]) -> ValueSet:
    """Return values as a person writes them, by leaf path; what is not written is zero. LayoutError names a path that is not a leaf."""
    unknown = [path for path in written if path not in layout.by_path]
    if unknown:
        raise LayoutError(f"{layout.record.name} has no leaf {unknown[0]!r}", path=unknown[0])
    return ValueSet(name, {leaf.path: _bits(leaf, layout, written.get(leaf.path)) for leaf in layout.leaves})


@lru_cache(maxsize=1024)
def graffiti(layout: Layout) -> ValueSet:
    """Return values whose bytes say where they belong. Bools are true.

    High nibble: the leaf's number (1–15, over and over); low nibble: the byte's number in the leaf. In a hexdump of
    little-endian memory the first byte of leaf 3 reads `30`, its second `31`.
    """
    return _consistent(
        "graffiti", layout, {leaf.path: _scrawl(number, leaf) for number, leaf in enumerate(layout.leaves)}
    )


@lru_cache(maxsize=1024)
def edges(layout: Layout) -> tuple[ValueSet, ...]:
    """Return as many sets as every leaf needs to have each edge of its kind once, and a few random ones, the same in every run.

    Zero, −1, the lowest and the highest number, a bit in every byte; −0.0, infinity, the smallest denormal, a NaN
    with a payload; true and false; NUL, the highest code point, lone surrogates; no text, text with a NUL, text
    beyond 16 bits. Neighbours get different ones. A record that is serialised as a whole has none: its text is not a
    memory layout.
    """
    if layout.record.body:
        return ()
    choices = [_edges_of(leaf) for leaf in layout.leaves]
    rounds = max((len(of_leaf) for of_leaf in choices), default=0)
    return (
        *(_edge_set(f"edges {turn + 1}", layout, choices, turn) for turn in range(rounds)),
        *(_random_set(f"random {number + 1}", layout) for number in range(RANDOM_SETS)),
    )


@lru_cache(maxsize=1024)
def drawn(layout: Layout, seed: int) -> tuple[ValueSet, ValueSet]:
    """Return two sets of random values that no peer can know: `seed` is another in every run.

    The first is stored by the producer; the second is put into memory behind its back, so that a consumer which never looks
    there is found out. They differ in every leaf that has more than one value.
    """
    first = _random_set(f"drawn {seed}", layout)
    other = {leaf.path: _another(leaf, first.values[leaf.path]) for leaf in layout.leaves}
    return first, _consistent(f"drawn {seed}, changed", layout, other)


def seed_of(name: str) -> int:
    """Return the seed that values of this name were drawn with; 0 where they were not drawn."""
    word = name.removeprefix("drawn ").partition(",")[0]
    return int(word) if name.startswith("drawn ") and word.isdigit() else 0


def _another(leaf: Leaf, value: Bits | str) -> Bits | str:
    """Return a value that is not this one: every bit turned, where the kind can have them."""
    if isinstance(value, str):
        return value[::-1] + "?"
    ones = (1 << (leaf.bits or leaf.width * 8)) - 1
    return _settled(leaf, value ^ ones)


def kept(leaf: Leaf, value: Bits | str) -> bool:
    """Return whether every language keeps a value of that leaf as it is."""
    return isinstance(value, str) or _settled(leaf, value) == value


def flipped(leaf: Leaf, background: int) -> Bits:
    """Return a value that differs from a background of zeros, or else of ones, in as many of the leaf's bits as its kind allows."""
    return _widest(leaf) if background == 0 else 0


def _edge_set(name: str, layout: Layout, choices: Sequence[Sequence[Bits | str]], turn: int) -> ValueSet:
    pairs = zip(layout.leaves, choices, strict=True)
    return _consistent(
        name, layout, {leaf.path: own[(turn + place) % len(own)] for place, (leaf, own) in enumerate(pairs)}
    )


def _random_set(name: str, layout: Layout) -> ValueSet:
    """Return values that follow from the record's name and the set's: the same on every machine."""
    dice = random.Random(f"{layout.record.name} {name.removeprefix('random ')}")
    return _consistent(name, layout, {leaf.path: _random_value(leaf, dice) for leaf in layout.leaves})


def _random_value(leaf: Leaf, dice: random.Random) -> Bits | str:
    if isinstance(leaf.kind, Text):
        return "".join(dice.choice("abc äß€ 中 😀\0\n") for _ in range(dice.randrange(40)))
    return _settled(leaf, dice.getrandbits(leaf.bits or leaf.width * 8))


def _edges_of(leaf: Leaf) -> Sequence[Bits | str]:
    if isinstance(leaf.kind, Text):
        return _edge_texts(leaf.kind)
    bits = leaf.bits or leaf.width * 8
    top, ones = 1 << (bits - 1), (1 << bits) - 1
    patterns: list[Bits] = [0, ones, top, top - 1, 1, int.from_bytes(b"\x80" * leaf.width) & ones, top | 1]
    # Each narrower number's own top bit, and all of its bits: what a sign extension would carry on upwards.
    patterns += [edge for part in (8, 16, 32) if part < bits for edge in (1 << (part - 1), (1 << part) - 1)]
    if leaf.kind.family == "float":
        patterns = [*_FLOATS.get(leaf.width, ()), *patterns]
    elif leaf.kind.family == "char" and leaf.width > 1:
        patterns = [0xD800, 0xDFFF, 0xFFFF, *([0x10FFFF] if leaf.width > 2 else []), *patterns]
    return list(dict.fromkeys(_settled(leaf, pattern) for pattern in patterns))


def _edge_texts(kind: Text) -> list[str]:
    texts = ["", "a", "NUL\0inside", "naïve 中文 😀", *("x" * count for count in TEXT_LENGTHS)]
    if kind.encoding == "utf-16":
        texts.append("lone \ud800 and \udfff")
    return [text for text in texts if _fits(text, kind)]


def _fits(text: str, kind: Text) -> bool:
    """Return whether the length in front can say how long the text is."""
    if kind.prefix is None:
        return True
    bits = kind.prefix.measure * 8 if isinstance(kind.prefix.measure, int) else 32
    most = (1 << (bits - (kind.prefix.family == "signed"))) - 1
    return len(text_bytes(text, kind, "little")) <= most


_FLOATS: Mapping[int, Sequence[Bits]] = {
    4: (0x8000_0000, 0x7F80_0000, 0xFF80_0000, 0x0000_0001, 0x7FC1_2345, 0xFFC0_0001, 0x7F7F_FFFF, 0x3FB9_999A),
    8: (
        0x8000_0000_0000_0000, 0x7FF0_0000_0000_0000, 0xFFF0_0000_0000_0000, 0x0000_0000_0000_0001,
        0x7FF8_1234_5678_9ABC, 0xFFF8_0000_0000_0001, 0x7FEF_FFFF_FFFF_FFFF, 0x3FF3_3333_3333_3333,
    ),
}  # fmt: skip
"""−0.0, ±infinity, the smallest denormal, NaNs with a payload, the largest number, an ordinary one (IEEE 754-2019, 3.4)."""


def _widest(leaf: Leaf) -> Bits:
    return _settled(leaf, (1 << (leaf.bits or leaf.width * 8)) - 1)


def _settled(leaf: Leaf, bits: Bits) -> Bits:
    """Return the nearest pattern that every language keeps as it is.

    A bool is 0 or 1 (C17 6.2.5; any other is undefined behaviour). A signalling NaN may become a quiet one whenever
    it is converted or merely moved (IEEE 754-2019, 6.2): its quiet bit is set. A character of four bytes is a code
    point.
    """
    assert isinstance(leaf.kind, Kind)
    family, width = leaf.kind.family, leaf.width
    if family == "bool":
        return bits & 1
    if family == "char" and width == 4:
        return min(bits, 0x10FFFF)
    if family == "float" and width in _NAN:
        exponent, fraction, quiet = _NAN[width]
        if bits & exponent == exponent and bits & fraction:
            return bits | quiet
    return bits


_NAN: Mapping[int, tuple[Bits, Bits, Bits]] = {
    4: (0x7F80_0000, 0x007F_FFFF, 0x0040_0000),
    8: (0x7FF0_0000_0000_0000, 0x000F_FFFF_FFFF_FFFF, 0x0008_0000_0000_0000),
}
"""A NaN's exponent, its fraction, and the fraction's bit that makes it a quiet one."""


def _consistent(name: str, layout: Layout, values: Mapping[str, Bits | str]) -> ValueSet:
    """Return the set, with each leaf that shares bytes with others given the value that the bytes have once all are stored."""
    if not layout.shared:
        return ValueSet(name, values)
    image = bytearray(encode(layout, values))
    for _ in range(SETTLING):
        found = decode(layout, bytes(image))
        wrong = {leaf: bits for leaf in layout.leaves if (bits := _keeps(leaf, found[leaf.path])) is not None}
        if not wrong:
            return ValueSet(name, found)
        for leaf, bits in wrong.items():
            image[leaf.offset : leaf.offset + leaf.width] = bits.to_bytes(leaf.width, layout.abi.order)
    raise LayoutError(f"{layout.record.name}: the leaves that share bytes agree on no values for {name!r}")


def _keeps(leaf: Leaf, value: Bits | str) -> Bits | None:
    """Return the pattern a leaf must have instead of this one; None if this one is kept as it is."""
    settled = value if isinstance(value, str) else _settled(leaf, value)
    return None if settled == value or isinstance(settled, str) else settled


def _bits(leaf: Leaf, layout: Layout, written: Any) -> Bits | str:
    if isinstance(leaf.kind, Text):
        if written is not None and not isinstance(written, str):
            raise LayoutError(f"{leaf.path} is a text, not {written!r}", path=leaf.path)
        return written or ""
    return 0 if written is None else leaf.kind.bits(written, layout.abi)


def _scrawl(number: int, leaf: Leaf) -> Bits | str:
    if isinstance(leaf.kind, Text):
        return "graffiti"
    if leaf.kind.family == "bool":
        return 1
    high = (number % 15 + 1) << 4
    return _settled(leaf, int.from_bytes(bytes(high | (place & 15) for place in range(leaf.width)), "little"))
