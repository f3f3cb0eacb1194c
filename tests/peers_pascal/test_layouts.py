"""A wrong declaration in Object Pascal is described as its compiler lays it out, whatever the layout says, and what it lacks is missing."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from samebytes.peers.build import Build
from samebytes.peers.peer import Peer

Change = Callable[..., tuple[Build, Peer]]


@pytest.mark.parametrize(
    ("file", "record", "old", "new", "path", "found", "kind"),
    [
        ("unions", "DrawnShape", "Radius: Double", "Radius: Single", "Body.Round.Radius", (12, 4), "float"),
        ("scalars", "Choices", "{$PACKENUM 1}", "{$PACKENUM 2}", "Lamp", (0, 2), "unsigned enum"),
        ("packing", "Loose", "Value: LongWord", "Value: set of 0..31", "Value", (4, 4), None),
        ("labels", "Announcement", "Level: Word", "Level: QWord", "Text", (20, 0), "text"),
    ],
)
def test_a_wrong_declaration_is_described_as_it_is(
    changed_peer: Change,
    file: str,
    record: str,
    old: str,
    new: str,
    path: str,
    found: tuple[int, int],
    kind: str | None,
) -> None:
    build, peer = changed_peer("pascal", f"declarations/{file}.pas", old, new, record)
    assert build.missing == ()
    described = peer.describe(record)
    assert described.leaves[path] == found
    assert described.kinds is not None
    assert described.kinds.get(path) == kind


@pytest.mark.parametrize("wrong", ["array[0..11] of Byte", "AnsiString", "array of Byte"])
def test_what_is_no_array_of_that_length_is_missing(changed_peer: Change, wrong: str) -> None:
    declared = ("declarations/locks.pas", "Pixels: array[0..12] of Byte", f"Pixels: {wrong}", "FrameSlot")
    build, peer = changed_peer("pascal", *declared)
    (missing,) = build.missing
    assert (missing.layout, missing.field) == ("FrameSlot", "Pixels")
    assert peer.describe("FrameSlot").leaves["Used"] == (8, 2)
