"""A wrong declaration in C++ is described as its compiler lays it out, whatever the layout says, and what it lacks is missing."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from samebytes.peers.build import Build
from samebytes.peers.peer import Peer

Change = Callable[..., tuple[Build, Peer]]


@pytest.mark.parametrize(
    ("file", "record", "old", "new", "path", "found"),
    [
        (
            "nested",
            "Garage",
            "struct Garage {\n    bool Open;\n    std::array<Car, 2> Cars;",
            "struct Garage {\n    virtual ~Garage() = default;\n    bool Open;\n    Car Cars[2];",
            "Cars[1].Body.Valid",
            (232, 1),
        ),
        ("scalars", "Choices", "enum Direction {", "enum class Direction : std::uint8_t {", "Direction", (16, 1)),
    ],
)
def test_a_declaration_is_described_as_the_compiler_has_it(
    changed_peer: Change, file: str, record: str, old: str, new: str, path: str, found: tuple[int, int]
) -> None:
    build, peer = changed_peer("cpp", f"layouts/{file}.hpp", old, new, record)
    assert build.missing == ()
    assert peer.describe(record).leaves[path] == found


def test_an_array_that_is_too_short_is_found_even_where_a_hole_hides_it(changed_peer: Change) -> None:
    build, peer = changed_peer("cpp", "layouts/locks.hpp", "std::uint8_t, 13>", "std::uint8_t, 12>", "FrameSlot")
    (missing,) = build.missing
    assert (missing.layout, missing.field) == ("FrameSlot", "Pixels")
    assert "Pixels of FrameSlot has no element 12" in missing.words
    assert peer.describe("FrameSlot").leaves["Used"] == (8, 2)
