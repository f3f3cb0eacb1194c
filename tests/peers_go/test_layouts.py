"""What a wrong declaration in Go is told to be: fields that would lead out of the memory are missing, in the compiler's words."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from samebytes.checks.data.subjects import read_records
from samebytes.errors import LayoutError
from samebytes.layout.emit import emit
from samebytes.peers.build import Build
from samebytes.peers.manifest import read_manifest
from samebytes.peers.paths import fixtures_folder, peers_folder
from samebytes.peers.peer import Peer

Change = Callable[..., tuple[Build, Peer]]
RECORDS = read_records(fixtures_folder())


def test_what_is_no_memory_of_the_record_is_missing_in_the_compilers_words(changed_peer: Change) -> None:
    old = "Bytes  [3]uint8\n\tWords  [3]uint16\n\tReady  bool\n\tPoints [2]float64\n\tRest   [5]int8"
    new = "Bytes  []uint8\n\tWords  [2]uint16\n\tReady  bool\n\tPoints *[2]float64\n\tRest   string"
    build, peer = changed_peer("go", "declarations/mixed.go", old, new, "OddArrays")
    words = {missing.field: missing.words for missing in build.missing}
    assert "type *[]uint8)" in words["Bytes"]
    assert "out of bounds [0:2]" in words["Words"]
    assert "type **[2]float64)" in words["Points"]
    assert "record.Rest[0]" in words["Rest"]
    assert set(peer.describe("OddArrays").leaves) == {"Ready"}


def test_its_own_tools_have_nothing_to_say(tmp_path: Path) -> None:
    folder = shutil.copytree(peers_folder() / "go", tmp_path / "go")
    assert asked(["gofmt", "-l", "."], folder) == (0, "")
    assert asked(["go", "vet", "./segment", "./declarations"], folder) == (0, "")


def test_what_needs_packing_or_a_union_is_unsupported_and_everything_else_declared() -> None:
    manifest, wanted = read_manifest(peers_folder() / "go" / "peer.toml"), {}
    for record in (one for one in RECORDS.values() if not one.variable):
        try:
            emit(record, "go", "x86_64-linux")
        except LayoutError as error:
            wanted[record.name] = error.message.rpartition("no ")[2].partition(" ")[0]
    # The first has its offsets without packing but not its alignment, the other its length at an odd address.
    wanted |= dict.fromkeys(("MonitorReading", "PackedNote"), "packing")
    assert manifest.unsupported == wanted
    assert set(manifest.layouts) == set(RECORDS) - set(wanted)


@pytest.mark.parametrize(
    ("record", "old", "new"),
    [("Mixed", "Mixed{}.Level)-24", "Mixed{}.Level)-16"), ("Holes", "Sizeof(Holes{})-32", "Sizeof(Holes{})-40")],
)
def test_an_emitted_declaration_with_a_wrong_number_does_not_compile(
    tmp_path: Path, record: str, old: str, new: str
) -> None:
    text = emit(RECORDS[record], "go", "x86_64-linux")
    assert old in text
    for name, content in (("right.go", text), ("wrong.go", text.replace(old, new))):
        (tmp_path / name).write_text(content, "utf-8")
        status, words = asked(["go", "tool", "compile", "-o", "x.o", name], tmp_path)
        assert (status == 0) == (name == "right.go"), words
    assert asked(["gofmt", "-l", "right.go"], tmp_path) == (0, "")


def asked(command: list[str], folder: Path) -> tuple[int, str]:
    """A command's status and everything it prints; nothing is written but below the folder's parent."""
    if shutil.which(command[0]) is None:
        pytest.skip(f"no {command[0]}; to add it: apt-get install golang-go")
    own = {"GOCACHE": str(folder.parent / "go-cache"), "GOENV": "off", "GOFLAGS": "-mod=mod", "CGO_ENABLED": "0"}
    done = subprocess.run(
        command, cwd=folder, env=os.environ | own, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        timeout=300, check=False,
    )  # fmt: skip
    return done.returncode, done.stdout
