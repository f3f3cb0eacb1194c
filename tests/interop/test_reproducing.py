"""A failing cell can be had again: by the command it prints, and from its bundle, with the same differences."""

from __future__ import annotations

import json
import shlex
import shutil
import sys

import pytest

from samebytes.peers.paths import peers_folder

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the shell's quoting and the realm linux")
CELL = "mutant/python/Mixed/linux/data"


@pytest.fixture(scope="module")
def peers(tmp_path_factory):
    """A folder, with a blank in its name, that has a Python peer whose Mixed is packed."""
    folder = tmp_path_factory.mktemp("with blank") / "my peers"
    shutil.copytree(peers_folder() / "python", folder / "mutant", ignore=shutil.ignore_patterns("__pycache__"))
    manifest = folder / "mutant" / "peer.toml"
    manifest.write_text(manifest.read_text("utf-8").replace('name = "python"', 'name = "mutant"', 1), "utf-8")
    declarations = folder / "mutant" / "layouts" / "mixed.py"
    text = declarations.read_text("utf-8")
    start = text.index("    _fields_", text.index("class Mixed("))
    declarations.write_text(f"{text[:start]}    _pack_ = 1\n{text[start:]}", "utf-8")
    return folder


@pytest.fixture(scope="module")
def failed(samebytes, peers, tmp_path_factory):
    """The cell that fails, as its report has it; the whole run; the folder of bundles."""
    bundles = tmp_path_factory.mktemp("out") / "bundles"
    ran = samebytes(
        "matrix", "--peers-folder", peers, "--peer", "mutant", "--peer", "python", "--realm", "linux",
        "--layout", "Mixed", "--deadline", "9", "--bundles", bundles, "--json",
    )  # fmt: skip
    assert ran.status == 1
    return ran.cells[CELL], ran, bundles


def told(cell):
    """What must come again: verdict, stage, cause, and every difference of every run."""
    runs = [(run["values"], run["verdict"], run["stage"], run["differences"]) for run in cell["runs"]]
    return cell["verdict"], cell["stage"], cell["cause"], runs


def test_the_printed_command_gives_the_same_cell(samebytes, failed, peers):
    cell, _, _ = failed
    command, *words = shlex.split(cell["repro"])
    assert command == "samebytes"
    assert words[: words.index("--peer")] == ["matrix", "--peers-folder", str(peers), "--deadline", "9"]
    again = samebytes(*words, "--json")
    assert list(again.cells) == [CELL]
    assert (again.status, told(again.cells[CELL])) == (1, told(cell))


def test_the_corrected_declaration_is_in_the_peers_language(failed):
    cell, ran, _ = failed
    assert "class Mixed(ctypes." in cell["repair"]
    exec(compile(cell["repair"], "repair", "exec"), {})  # its own checks of sizes and offsets run
    assert "repair" not in ran.cells["python/python/Mixed/linux/data"]


def the_bundle(failed):
    """The one bundle: every failing cell failed in the same way, and the first of them has it."""
    _, ran, bundles = failed
    (folder,) = bundles.iterdir()
    written = [cell["bundle"] for cell in ran.cells.values() if cell.get("bundle")]
    assert written == [str(folder)]
    return folder


def test_a_bundle_holds_the_record_the_bytes_and_both_peers(failed):
    folder = the_bundle(failed)
    names = {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}
    assert {"README.txt", "cell.json", "exchange.json", "layout.toml", "memory.bin"} <= names
    assert "peers/1/mutant/peer.toml" in names
    assert "peers/1/mutant/layouts/mixed.py" in names
    cell = json.loads((folder / "cell.json").read_text("utf-8"))
    assert (folder / "memory.bin").read_bytes().hex() == cell["runs"][0]["memory"]


def test_a_bundle_replays_without_the_folder_it_came_from(samebytes, failed, tmp_path):
    folder = shutil.copytree(the_bundle(failed), tmp_path / "elsewhere")
    ran = samebytes("replay", folder)
    assert ran.status == 0, ran.err
    assert "reproduced: differs at describe" in ran.out


def test_a_replay_says_when_it_agrees_now(samebytes, failed, tmp_path):
    folder = shutil.copytree(the_bundle(failed), tmp_path / "repaired")
    for declarations in folder.glob("peers/*/mutant/layouts/mixed.py"):
        declarations.write_text(declarations.read_text("utf-8").replace("    _pack_ = 1\n", "", 1), "utf-8")
    ran = samebytes("replay", folder)
    assert (ran.status, "it agrees now" in ran.out) == (1, True)


def test_a_replay_says_when_it_fails_otherwise(samebytes, failed, tmp_path):
    folder = shutil.copytree(the_bundle(failed), tmp_path / "worse")
    for declarations in folder.glob("peers/*/mutant/layouts/mixed.py"):
        declarations.write_text(declarations.read_text("utf-8").replace("_pack_ = 1\n", "_pack_ = 2\n", 1), "utf-8")
    ran = samebytes("replay", folder)
    assert (ran.status, "the differences are others" in ran.out) == (1, True)


@pytest.mark.parametrize("missing", ["cell.json", "exchange.json", "layout.toml", "peers"])
def test_what_is_no_bundle_is_refused(samebytes, failed, tmp_path, missing):
    folder = shutil.copytree(the_bundle(failed), tmp_path / "broken")
    path = folder / missing
    shutil.rmtree(path) if path.is_dir() else path.unlink()
    ran = samebytes("replay", folder)
    assert ran.status == 2
    assert "is no bundle" in ran.err


def test_bundles_never_overwrite_what_is_none(samebytes, peers, tmp_path):
    mine = tmp_path / "mutant-mutant-Mixed-linux" / "notes.txt"
    mine.parent.mkdir()
    mine.write_text("mine", "utf-8")
    ran = samebytes(
        "matrix", "--peers-folder", peers, "--peer", "mutant", "--realm", "linux", "--layout", "Mixed",
        "--bundles", tmp_path,
    )  # fmt: skip
    assert (ran.status, mine.read_text("utf-8")) == (2, "mine")
    assert "is no bundle" in ran.err


def test_bundles_need_a_folder_that_can_be_made(samebytes, tmp_path):
    (tmp_path / "file").write_text("", "utf-8")
    for place in (tmp_path / "file", tmp_path / "none" / "deeper"):
        ran = samebytes("matrix", "--peer", "python", "--realm", "linux", "--layout", "Mixed", "--bundles", place)
        assert (ran.status, "--bundles" in ran.err) == (2, True)
