"""A wrong declaration in C# is described as .NET lays it out, whatever the layout says, and what it lacks is missing."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from samebytes.errors import PeerRefusedError
from samebytes.peers.build import Build
from samebytes.peers.peer import Peer

Change = Callable[..., tuple[Build, Peer]]


@pytest.mark.parametrize(
    ("file", "record", "old", "new", "path", "found"),
    [
        ("Packed", "LooseInPacked", "public ushort After;", "public uint After;", "After", (13, 4)),
        ("Packed", "PackedBy4", "Pack = 4", "Pack = 2", "Serial", (2, 8)),
        ("Nested", "Tensor", "Cells[2 * 3 * 4]", "Cells[4 * 3 * 4]", "Scale[0][0]", (104, 8)),
        ("Unions", "DrawnShape", "public double Radius", "public float Radius", "Body.Round.Radius", (12, 4)),
        ("Scalars", "Choices", "enum LampState : byte", "enum LampState : ushort", "Lamp", (0, 2)),
        ("Scalars", "LongNumbers", "public CLong Signed", "public int Signed", "Signed", (4, 4)),
        ("Pinned", "RegisterBlock", "FieldOffset(0x80)", "FieldOffset(0x88)", "Queue[7]", (0x96, 2)),
        ("Texts", "Announcement", "public ushort Level", "public ulong Level", "Text", (20, 0)),
    ],
)
def test_a_wrong_declaration_is_described_as_it_is(
    changed_peer: Change, file: str, record: str, old: str, new: str, path: str, found: tuple[int, int]
) -> None:
    build, peer = changed_peer("csharp", f"layouts/{file}.cs", old, new, record)
    assert build.missing == ()
    assert peer.describe(record).leaves[path] == found


def test_a_buffer_that_is_too_short_is_found_even_where_a_hole_hides_it(changed_peer: Change) -> None:
    _, peer = changed_peer("csharp", "layouts/Locks.cs", "Pixels[13]", "Pixels[12]", "FrameSlot")
    described = peer.describe("FrameSlot")
    assert described.size == 24, "no other offset and no size tells of it"
    assert "Pixels[11]" in described.leaves
    assert "Pixels[12]" not in described.leaves


def test_what_stands_behind_a_missing_element_keeps_its_place(changed_peer: Change) -> None:
    _, peer = changed_peer("csharp", "layouts/Mixed.cs", "Bytes[3]", "Bytes[2]", "OddArrays")
    paths = list(peer.describe("OddArrays").leaves)
    map_, _ = peer.open("create_new", f"csharp-odd-{peer.process.pid}", 4096)
    view = peer.view(map_, 0, "read_write")
    for index, path in enumerate(paths):
        assert peer.refuses("store_leaf", view, 0, "OddArrays", index, f"{index % 2:x}") is None, path
    assert "Bytes[2]" not in paths
    assert [int(word, 16) for word in peer.load(view, 0, "OddArrays")] == [index % 2 for index in range(len(paths))]


def test_an_array_of_structs_that_is_too_short_is_refused(changed_peer: Change) -> None:
    change = ("layouts/Nested.cs", "Elements.Check(index, 4)", "Elements.Check(index, 3)")
    _, peer = changed_peer("csharp", *change, "Car")
    with pytest.raises(PeerRefusedError, match="no element 3 of 3"):
        peer.describe("Car")
