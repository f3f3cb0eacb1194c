"""Ownership: stored alone, each leaf changes its own bits and no others, on memory full of zeros and on memory full of ones.

Two declarations may agree in size, alignment and every offset, and still own different bytes: `{u8;u64;u16;f64}` and the same with a
`u32` in the third place.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from samebytes.checks.data.compare import leaf_word
from samebytes.checks.data.testbed import FIRST, GUARD, Testbed
from samebytes.checks.data.values import flipped
from samebytes.checks.result import Difference, Stage
from samebytes.errors import PeerRefusedError
from samebytes.layout import Layout, Leaf

__all__ = ["differences_of", "has_ownership"]

BACKGROUNDS = (0x00, 0xFF)


@dataclass(frozen=True)
class _Try:
    """One leaf stored on one background, and the memory that must come of it."""

    leaf: Leaf
    background: int
    bits: int
    expected: bytes


def has_ownership(layout: Layout) -> bool:
    """Return whether a record has leaves that can be stored alone; a text cannot be without its length."""
    return not layout.record.body and any(_alone(leaf) for leaf in layout.leaves)


def differences_of(testbed: Testbed, layout: Layout) -> list[Difference]:
    """Store every leaf of the testbed's producer on both backgrounds, and return the differences: a refused store is one.

    PeerError when the conversation broke.
    """
    return [
        difference
        for batch in _batches(layout, testbed.size)
        for difference in _told(testbed.producer.peer.name, batch, _stored(testbed, layout, batch))
    ]


def _alone(leaf: Leaf) -> bool:
    """Return whether a leaf can be stored alone.

    A bit-field shares its bytes with its neighbours: what its store leaves of them, `store` of the whole record
    tells.
    """
    return not leaf.variable and leaf.bits is None


def _batches(layout: Layout, size: int) -> Iterator[list[_Try]]:
    at_once = max(1, (size - FIRST) // _room(layout))
    tries = [_try(layout, leaf, background) for background in BACKGROUNDS for leaf in layout.leaves if _alone(leaf)]
    for first in range(0, len(tries), at_once):
        yield tries[first : first + at_once]


def _room(layout: Layout) -> int:
    return -(-(layout.size + 2 * GUARD) // GUARD) * GUARD


def _try(layout: Layout, leaf: Leaf, background: int) -> _Try:
    bits = flipped(leaf, background)
    image = bytearray([background]) * _room(layout)
    start = GUARD + leaf.offset
    image[start : start + leaf.width] = bits.to_bytes(leaf.width, layout.abi.order)
    return _Try(leaf, background, bits, bytes(image))


def _stored(testbed: Testbed, layout: Layout, tries: Sequence[_Try]) -> Sequence[bytes | PeerRefusedError]:
    """Return the memory around each record after its leaf was stored, or that the peer refused to store it."""
    side, room, name = testbed.producer, _room(layout), layout.record.name
    numbers = {path: number for number, path in enumerate(side.peer.paths(name))}
    testbed.fill(b"".join(bytes([one.background]) * room for one in tries), FIRST)
    places = range(FIRST + GUARD - side.start, testbed.size, room)
    answers = side.peer.ask_all(
        [
            f"store_leaf {side.view} {place} {name} {numbers[one.leaf.path]} {leaf_word(one.leaf, one.bits)}"
            for place, one in zip(places, tries, strict=False)
        ]
    )
    memory = testbed.look(len(tries) * room, FIRST)
    return [
        answer if isinstance(answer, PeerRefusedError) else memory[start : start + room]
        for answer, start in zip(answers, range(0, len(memory), room), strict=True)
    ]


def _told(peer: str, tries: Sequence[_Try], found: Sequence[bytes | PeerRefusedError]) -> Iterator[Difference]:
    for one, memory in zip(tries, found, strict=True):
        if isinstance(memory, PeerRefusedError):
            yield Difference(Stage.STORE, peer, _path(one), "stored", f"refused: {memory}", one.leaf.offset)
        elif memory != one.expected:
            yield _difference(peer, one, memory)


def _difference(peer: str, one: _Try, memory: bytes) -> Difference:
    """Return the difference from the first byte that is not as it must be to the last."""
    wrong = [place for place, (now, must) in enumerate(zip(memory, one.expected, strict=True)) if now != must]
    first, end = wrong[0], wrong[-1] + 1
    expected, found = one.expected[first:end].hex(), memory[first:end].hex()
    return Difference(Stage.STORE, peer, _path(one), expected, found, first - GUARD)


def _path(one: _Try) -> str:
    return f"{one.leaf.path} stored alone on {one.background:02x}"
