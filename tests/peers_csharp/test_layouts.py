"""A wrong declaration in C# is described as .NET lays it out, whatever the layout says, and what it lacks is missing."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from samebytes.checks.programs import read_records
from samebytes.errors import MissingToolError, PeerRefusedError
from samebytes.peers.build import Builder
from samebytes.peers.children import Children
from samebytes.peers.here import meet, realms_here
from samebytes.peers.manifest import read_manifest
from samebytes.peers.peer import Peer, Starter

ROOT = Path(__file__).parents[2]
RECORDS = read_records(ROOT / "fixtures")
Change = Callable[[str, str, str, str], Peer]


def quiet(_line: str) -> None:
    """Nobody listens."""


@pytest.fixture
def changed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Change]:
    """Builds a copy of the peer with one declaration changed and one record to measure, and starts it."""
    monkeypatch.setenv("SAMEBYTES_CACHE", str(tmp_path / "cache"))
    if shutil.which("mcs") is None:
        pytest.skip("no mcs here: apt-get install mono-mcs")
    children, native, peers = Children(), realms_here()[0], []

    def change(file: str, old: str, new: str, record: str) -> Peer:
        folder = tmp_path / "csharp"
        shutil.copytree(ROOT / "peers" / "csharp", folder)
        text = (folder / file).read_text("utf-8")
        assert text.count(old) == 1, f"{file} has not one {old}"
        (folder / file).write_text(text.replace(old, new), "utf-8")
        head, _, tail = (folder / "peer.toml").read_text("utf-8").partition("[layouts]")
        tail = tail[tail.index("[[target]]") :]
        (folder / "peer.toml").write_text(f'{head}[layouts]\n{record} = "{record}"\n\n{tail}', "utf-8")
        manifest = read_manifest(folder / "peer.toml")
        target = manifest.targets[native.abi]
        build = Builder(children, (sys.executable,), RECORDS).build(manifest, target, quiet)
        assert build.missing == ()
        try:
            for requirement in target.requirements:
                meet(requirement, manifest, native, children, quiet)
        except MissingToolError as error:
            pytest.skip(f"{error}; to add it: {error.add}")
        peers.append(Starter(manifest, manifest.faces[0], native, build, children).start())
        return peers[-1]

    yield change
    for peer in peers:
        peer.process.say_goodbye()
    children.kill_all()


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
    changed: Change, file: str, record: str, old: str, new: str, path: str, found: tuple[int, int]
) -> None:
    peer = changed(f"layouts/{file}.cs", old, new, record)
    assert peer.describe(record).leaves[path] == found


def test_a_buffer_that_is_too_short_is_found_even_where_a_hole_hides_it(changed: Change) -> None:
    peer = changed("layouts/Locks.cs", "Pixels[13]", "Pixels[12]", "FrameSlot")
    described = peer.describe("FrameSlot")
    assert described.size == 24, "no other offset and no size tells of it"
    assert "Pixels[11]" in described.leaves
    assert "Pixels[12]" not in described.leaves


def test_what_stands_behind_a_missing_element_keeps_its_place(changed: Change) -> None:
    peer = changed("layouts/Mixed.cs", "Bytes[3]", "Bytes[2]", "OddArrays")
    paths = list(peer.describe("OddArrays").leaves)
    map_, _ = peer.open("create_new", f"csharp-odd-{peer.process.pid}", 4096)
    view = peer.view(map_, 0, "read_write")
    for index, path in enumerate(paths):
        assert peer.refuses("store_leaf", view, 0, "OddArrays", index, f"{index % 2:x}") is None, path
    assert "Bytes[2]" not in paths
    assert [int(word, 16) for word in peer.load(view, 0, "OddArrays")] == [index % 2 for index in range(len(paths))]


def test_an_array_of_structs_that_is_too_short_is_refused(changed: Change) -> None:
    peer = changed("layouts/Nested.cs", "Elements.Check(index, 4)", "Elements.Check(index, 3)", "Car")
    with pytest.raises(PeerRefusedError, match="no element 3 of 3"):
        peer.describe("Car")
