"""Every fixture record in every peer, in every realm: described, stored and loaded as the layout has it."""

from __future__ import annotations

import os
import random
import shutil
import struct
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from samebytes.checks.data.compare import leaf_word
from samebytes.checks.data.subjects import read_records
from samebytes.errors import MissingError, MissingToolError
from samebytes.layout import Layout, Leaf, Record, Text, abi_named, encode, lay_out
from samebytes.mapping import reap
from samebytes.peers.availability import meet, realms_here
from samebytes.peers.build import Build, Builder
from samebytes.peers.manifest import read_manifest
from samebytes.peers.peer import Peer, Starter
from samebytes.peers.probe import probe_layouts
from samebytes.peers.processes import Processes
from samebytes.peers.realms import Realm

ROOT = Path(__file__).parents[2]
RECORDS = read_records(ROOT / "fixtures")
FACES = ("c/library", "c/program", "csharp/pythonnet", "csharp/sharedmem", "nim/library", "python/program")
BACKGROUND = b"\xcc"
PAGE = 4096
TEXTS = {"empty": "", "wide": "naïve — 中文 — 😀", "with NUL": "a NUL\0inside"}
FIXED = [name for name, record in RECORDS.items() if not record.body]
"""The records whose bytes a layout describes; a serialised body is another story."""
Change = Callable[[str, str, str, Record], tuple[Build, Peer]]


def quiet(_line: str) -> None:
    """Nobody listens."""


class Place:
    """A started face, and a page of shared memory that it has mapped."""

    def __init__(self, peer: Peer, abi: str, name: str) -> None:
        self.peer, self.abi = peer, abi_named(abi)
        map_, _ = peer.open("create_new", name, PAGE)
        self.view = peer.view(map_, 0, "read_write")

    def layout(self, name: str) -> Layout:
        return lay_out(RECORDS[name], self.abi)

    def paths(self, name: str) -> list[str]:
        """In the order in which the peer takes and gives them."""
        return list(self.peer.describe(name).leaves)

    def paint(self, count: int) -> bytes:
        self.peer.poke(self.view, 0, BACKGROUND * count)
        return BACKGROUND * count


@pytest.fixture(scope="module", params=["linux", "windows"])
def realm(request: pytest.FixtureRequest) -> Iterator[Realm]:
    found = next((realm for realm in realms_here() if realm.name == request.param), None)
    if found is None:
        pytest.skip(f"the realm {request.param} does not exist on this system")
    state = found.availability()
    if not state.ready:
        pytest.skip(f"{state.detail}; to add it: {state.add}")
    try:
        found.prepare(quiet)
    except MissingError as error:
        pytest.skip(str(error))
    yield found
    found.close()


@pytest.fixture(scope="module", params=FACES)
def place(request: pytest.FixtureRequest, realm: Realm) -> Iterator[Place]:
    name, face = request.param.split("/")
    manifest = read_manifest(ROOT / "peers" / name / "peer.toml")
    processes = Processes()
    target = manifest.targets[realm.abi]
    try:
        build = Builder(processes, (sys.executable,), RECORDS).build(manifest, target, quiet)
        for requirement in target.requirements:
            meet(requirement, manifest, realm, processes, quiet)
    except MissingToolError as error:
        pytest.skip(f"{error}; to add it: {error.add}")
    (chosen,) = (one for one in manifest.faces if one.name == face)
    with ExitStack() as stack:
        if os.name != "nt":
            stack.callback(reap)
        stack.callback(processes.kill_all)
        peer = Starter(manifest, chosen, realm, build, processes).start()
        stack.callback(peer.process.say_goodbye)
        yield Place(peer, realm.abi, f"layouts-{os.getpid()}-{name}-{face}-{realm.name}")


def values_of(layout: Layout, dice: random.Random, text: str) -> dict[str, int | str]:
    """A value for every leaf, read from random bytes: those that share bytes agree."""
    image = bytearray(dice.randbytes(layout.size))
    for leaf in layout.leaves:
        if not isinstance(leaf.kind, Text):
            sense(leaf, image, layout)
    return {leaf.path: text if isinstance(leaf.kind, Text) else bits_of(leaf, image, layout) for leaf in layout.leaves}


def bits_of(leaf: Leaf, image: bytes | bytearray, layout: Layout) -> int:
    return int.from_bytes(image[leaf.offset : leaf.offset + leaf.width], layout.abi.order)


def sense(leaf: Leaf, image: bytearray, layout: Layout) -> None:
    """Make of the leaf's bytes what every language keeps: a bool is 0 or 1, a character a code point, a NaN a quiet one."""
    assert not isinstance(leaf.kind, Text)
    bits = bits_of(leaf, image, layout)
    if leaf.kind.family == "bool":
        bits &= 1
    elif leaf.kind.family == "char" and leaf.width == 4:
        bits %= 0x110000
    elif leaf.kind.family == "float":
        exponent, quiet = {4: (0xFF << 23, 1 << 22), 8: (0x7FF << 52, 1 << 51)}[leaf.width]
        bits |= quiet if bits & exponent == exponent else 0
    image[leaf.offset : leaf.offset + leaf.width] = bits.to_bytes(leaf.width, layout.abi.order)


def same(leaf: Leaf, found: str, wanted: str) -> bool:
    """Zeros in front of a number carry no meaning."""
    return found == wanted if isinstance(leaf.kind, Text) else int(found, 16) == int(wanted, 16)


def owned(layout: Layout, size: int) -> list[bool]:
    """Which of the first `size` bytes belong to a field. A text is everything from its length on."""
    found = [False] * size
    for leaf in layout.leaves:
        if isinstance(leaf.kind, Text):
            assert leaf.kind.prefix is not None
            start, end = leaf.offset - leaf.kind.prefix.width(layout.abi), size
        else:
            start, end = leaf.offset, leaf.offset + leaf.width
        found[start:end] = [True] * (end - start)
    return found


@pytest.mark.parametrize("peer", ["c", "cpp", "csharp", "nim", "pascal", "python", "rust"])
def test_every_record_is_declared(peer: str) -> None:
    assert set(read_manifest(ROOT / "peers" / peer / "peer.toml").layouts) == set(RECORDS)


def test_a_peer_sees_its_declarations_as_the_layout_has_them(place: Place) -> None:
    assert set(place.peer.hello.layouts) == set(RECORDS)
    for name in RECORDS:
        layout = place.layout(name)
        found = place.peer.describe(name)
        assert found.leaves == {leaf.path: (leaf.offset, leaf.width) for leaf in layout.leaves}, name
        assert found.size == layout.size, name
        if not layout.record.variable:
            assert found.align == layout.align, name


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
def test_stored_values_are_the_layouts_bytes_and_are_loaded_again(place: Place, text: str) -> None:
    for name in FIXED:
        layout = place.layout(name)
        values = values_of(layout, random.Random(f"{name} {text}"), text)
        expected = encode(layout, values)
        words = {leaf.path: leaf_word(leaf, values[leaf.path]) for leaf in layout.leaves}
        paths = place.paths(name)
        before = place.paint(len(expected) + 64)
        place.peer.store(place.view, 0, name, [words[path] for path in paths])
        memory = place.peer.peek(place.view, 0, len(before))
        mine = owned(layout, len(expected))
        for at, byte in enumerate(expected):
            assert not mine[at] or memory[at] == byte, f"{name}, byte {at}: {layout.leaf_at(at)}"
        assert memory[len(expected) :] == before[len(expected) :], f"{name}: bytes beyond the record"
        loaded = place.peer.load(place.view, 0, name)
        for path, word in zip(paths, loaded, strict=True):
            assert same(layout.by_path[path], word, words[path]), f"{name}.{path}: {word} instead of {words[path]}"


def test_a_stored_leaf_is_its_own_bytes_and_no_others(place: Place) -> None:
    for name in FIXED:
        layout = place.layout(name)
        values = values_of(layout, random.Random(name), "")
        for index, path in enumerate(place.paths(name)):
            leaf = layout.by_path[path]
            if isinstance(leaf.kind, Text):
                continue
            expected = bytearray(place.paint(layout.size + 16))
            word = leaf_word(leaf, values[path])
            assert place.peer.refuses("store_leaf", place.view, 0, name, index, word) is None, f"{name}.{path}"
            expected[leaf.offset : leaf.offset + leaf.width] = int(word, 16).to_bytes(leaf.width, layout.abi.order)
            assert place.peer.peek(place.view, 0, len(expected)) == expected, f"{name}.{path}"


@pytest.mark.parametrize("name", [name for name in FIXED if RECORDS[name].variable])
def test_a_length_beyond_the_view_is_not_followed(place: Place, name: str) -> None:
    at = place.layout(name).size
    for length in (PAGE - at + 2, 2**31 - 1, -1):
        place.peer.poke(place.view, at - 4, length.to_bytes(4, "little", signed=True))
        refusal = place.peer.refuses("load", place.view, 0, name)
        assert refusal is not None
        assert refusal.kind == "range", length


@pytest.fixture
def changed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Change]:
    """Builds a copy of a peer with one declaration changed, and starts it as a program."""
    monkeypatch.setenv("SAMEBYTES_CACHE", str(tmp_path / "cache"))
    processes, native, peers = Processes(), realms_here()[0], []

    def change(file: str, old: str, new: str, record: Record) -> tuple[Build, Peer]:
        language, peer = ("python", tmp_path / "python") if file.endswith(".py") else ("c", tmp_path / "c")
        shutil.copytree(ROOT / "peers" / language, peer)
        path, manifest_path = peer / "layouts" / file, peer / "peer.toml"
        text = path.read_text("utf-8")
        assert old in text
        path.write_text(text.replace(old, new, 1), "utf-8")
        declared = manifest_path.read_text("utf-8").replace('layouts = ["*"]', f'layouts = ["{record.name}"]')
        manifest_path.write_text(declared, "utf-8")
        manifest = read_manifest(manifest_path)
        try:
            build = Builder(processes, (sys.executable,), RECORDS).build(manifest, manifest.targets[native.abi], quiet)
        except MissingToolError as error:
            pytest.skip(f"{error}; to add it: {error.add}")
        (face,) = (one for one in manifest.faces if one.kind == "program")
        peers.append(Starter(manifest, face, native, build, processes).start())
        return build, peers[-1]

    yield change
    for peer in peers:
        peer.process.say_goodbye()


@pytest.mark.parametrize(
    ("file", "record", "old", "new", "path", "found"),
    [
        ("packed.h", "LooseInPacked", "    uint16_t After;", "    uint32_t After;", "After", (13, 4)),
        ("packed.h", "PackedBy4", "#pragma pack(push, 4)", "#pragma pack(push, 2)", "Serial", (2, 8)),
        ("nested.h", "Tensor", "Cells[2][3][4]", "Cells[4][3][4]", "Scale[0][0]", (104, 8)),
        ("unions.h", "DrawnShape", "double Radius", "float Radius", "Body.Round.Radius", (12, 4)),
        ("scalars.h", "Choices", "typedef uint8_t LampState", "typedef uint16_t LampState", "Lamp", (0, 2)),
    ],
)
def test_a_wrong_declaration_is_described_as_it_is(
    changed: Change,
    file: str, record: str, old: str, new: str, path: str, found: tuple[int, int],
) -> None:  # fmt: skip
    build, peer = changed(file, old, new, RECORDS[record])
    assert build.missing == ()
    assert peer.describe(record).leaves[path] == found


MIXED_WHOLE_IN_PYTHON = '("Port", c_uint16), ("Level", c_uint64)'


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        ("mixed.h", "    uint64_t Level;", "    double Level;"),
        ("mixed.py", MIXED_WHOLE_IN_PYTHON, MIXED_WHOLE_IN_PYTHON.replace("uint64", "double")),
    ],
    ids=["c", "python"],
)
def test_only_values_show_a_field_of_another_type_and_the_same_width(
    changed: Change, file: str, old: str, new: str
) -> None:
    _, peer = changed(file, old, new, RECORDS["MixedWhole"])
    layout = lay_out(RECORDS["MixedWhole"], abi_named(realms_here()[0].abi))
    assert peer.describe("MixedWhole").leaves == {leaf.path: (leaf.offset, leaf.width) for leaf in layout.leaves}
    map_, _ = peer.open("create_new", f"layouts-{os.getpid()}-{file}", PAGE)
    view = peer.view(map_, 0, "read_write")
    peer.store(view, 0, "MixedWhole", [leaf_word(leaf, 4) for leaf in layout.leaves])
    assert peer.peek(view, 24, 8) == struct.pack("<d", 4)
    peer.poke(view, 24, (4).to_bytes(8, "little"))
    assert int(peer.load(view, 0, "MixedWhole")[3], 16) == 0  # 4 denormal bits, cut to a whole number


def test_an_array_that_is_too_short_is_found_even_where_a_hole_hides_it(
    changed: Change,
) -> None:
    build, peer = changed("locks.h", "Pixels[13]", "Pixels[12]", RECORDS["FrameSlot"])
    (missing,) = build.missing
    assert (missing.layout, missing.field) == ("FrameSlot", "Pixels")
    assert "Pixels of FrameSlot has no element 12" in missing.words
    assert peer.describe("FrameSlot").leaves["Used"] == (8, 2)


def test_a_template_is_told_arrays_and_enumerations() -> None:
    garage, choices = probe_layouts(
        [(RECORDS["Garage"], "Garage"), (RECORDS["Choices"], "Choices")], abi_named("x86_64-linux")
    )
    by_path = {leaf.path: leaf for leaf in (*garage.leaves, *choices.leaves)}
    assert by_path["Cars[1].Wheels[3].Slip[0]"].elements == (
        ("Cars", 1), ("Cars[1].Wheels", 3), ("Cars[1].Wheels[3].Slip", 0),
    )  # fmt: skip
    assert by_path["Area"].elements == ()
    axis, direction = by_path["Axis"], by_path["Direction"]
    assert (axis.kind, axis.family, axis.enum, axis.width) == ("i16", "signed", "AxisName", 2)
    assert (direction.kind, direction.family, direction.enum, direction.width) == ("u32", "unsigned", "Direction", 4)
    assert by_path["Area"].enum == ""
