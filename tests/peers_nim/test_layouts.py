"""A wrong declaration in Nim is described as its compiler lays it out, whatever the layout says, and what it lacks is missing."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from samebytes.peers.build import Build
from samebytes.peers.peer import Peer

Change = Callable[..., tuple[Build, Peer]]


@pytest.mark.parametrize(
    ("file", "record", "old", "new", "path", "found"),
    [
        ("packed", "LooseInPacked", "After*: uint16", "After*: uint32", "After", (13, 4)),
        ("packed", "PackedBy4", "reserved1: array[3, uint8]", "reserved1: uint8", "Serial", (2, 8)),
        ("nested", "Tensor", "array[2, array[3, array[4,", "array[4, array[3, array[4,", "Scale[0][0]", (104, 8)),
        ("unions", "DrawnShape", "Radius*: float64", "Radius*: float32", "Body.Round.Radius", (12, 4)),
        (
            "scalars",
            "Choices",
            "  LampState* {.size: sizeof(uint8)",
            "  LampState* {.size: sizeof(uint16)",
            "Lamp",
            (0, 2),
        ),
        ("scalars", "LongNumbers", "Signed*: clong", "Signed*: cint", "Signed", (4, 4)),
        ("pinned", "RegisterBlock", "0x80 - 0x28", "0x88 - 0x28", "Queue[7]", (0x96, 2)),
        ("labels", "Announcement", "Level*: uint16", "Level*: uint64", "Text", (20, 0)),
    ],
)
def test_a_wrong_declaration_is_described_as_it_is(
    changed_peer: Change, file: str, record: str, old: str, new: str, path: str, found: tuple[int, int]
) -> None:
    build, peer = changed_peer("nim", f"declarations/{file}.nim", old, new, record)
    assert build.missing == ()
    assert peer.describe(record).leaves[path] == found


def test_an_array_that_is_too_short_is_found_even_where_a_hole_hides_it(changed_peer: Change) -> None:
    build, peer = changed_peer("nim", "declarations/locks.nim", "array[13, uint8]", "array[12, uint8]", "FrameSlot")
    (missing,) = build.missing
    assert (missing.layout, missing.field) == ("FrameSlot", "Pixels")
    assert "Pixels of FrameSlot has no element 12" in missing.words
    assert peer.describe("FrameSlot").leaves["Used"] == (8, 2)


def test_an_array_of_objects_that_is_too_short_is_missing(changed_peer: Change) -> None:
    build, _ = changed_peer("nim", "declarations/nested.nim", "array[4, Wheel]", "array[3, Wheel]", "Car")
    (missing,) = build.missing
    assert missing.field == "Wheels"
    assert "Wheels of Car has no element 3" in missing.words


def test_a_size_that_the_compiler_does_not_keep_shows(changed_peer: Change) -> None:
    """An enumeration with a negative value takes four bytes in the C that Nim makes, though its size pragma says two."""
    enumeration = "AxisName* {.size: sizeof(int16).} = enum\n    below = -1\n    above = 2"
    declared = ("declarations/scalars.nim", "AxisName* = distinct int16", enumeration)
    _, peer = changed_peer("nim", *declared, "Choices")
    assert peer.describe("Choices").leaves["Mode"] == (8, 4)
