"""When memory lives and dies, between processes of different languages, with real kills; and that a wrong peer is found."""

from __future__ import annotations

import re
import shutil
import sys

import pytest

from samebytes.checks.lifecycle.scenarios import read_scenarios
from samebytes.errors import UsageError
from samebytes.peers.availability import realms_here
from samebytes.peers.paths import peers_folder

linux_only = pytest.mark.skipif(sys.platform != "linux", reason="starts peers natively on Linux")


def test_names_die_alike_on_windows(samebytes):
    state = next((realm.availability() for realm in realms_here() if realm.name == "windows"), None)
    if state is None or not state.ready:
        pytest.skip(f"no realm windows: {state.detail if state else 'not on this system'}")
    ran = samebytes(
        "matrix", "--realm", "windows", "--scenario", "view-outlives-name", "--scenario", "killed-last-holder",
        "-k", "c/csharp or csharp/python or nim/c/ or python/nim", "--json",
    )  # fmt: skip
    assert len(ran.cells) == 8
    assert {key: cell["verdict"] for key, cell in ran.cells.items() if cell["verdict"] != "agreed"} == {}


@pytest.fixture
def careless(tmp_path):
    """A copy of the C peer, called `mutant`, changed in how it holds or lets go."""

    def make(file: str, pattern: str, replacement: str):
        folder = tmp_path / "peers"
        shutil.copytree(peers_folder() / "c", folder / "c")
        manifest = folder / "c" / "peer.toml"
        manifest.write_text(manifest.read_text("utf-8").replace('name = "c"', 'name = "mutant"', 1), "utf-8")
        path = folder / "c" / file
        text, count = re.subn(pattern, lambda _match: replacement, path.read_text("utf-8"))
        assert count == 1, f"{file} has no {pattern}"
        path.write_text(text, "utf-8")
        return folder

    return make


@linux_only
@pytest.mark.skipif(shutil.which("gcc") is None, reason="needs a C compiler; to add it: apt-get install gcc")
def test_a_creator_that_holds_no_lock_is_found(samebytes, careless):
    folder = careless("mapping_linux.h", r"code == 0 && flock\(fd, LOCK_SH\) != 0", "code == 0 && 0")
    ran = samebytes(
        "matrix", "--peers-folder", folder, "--peer", "mutant", "--peer", "python", "--realm", "linux",
        "--check", "lifecycle", "--json",
    )  # fmt: skip
    assert ran.status == 1
    cell = ran.cells["mutant/python/creator-closes/linux/lifecycle"]
    assert (cell["verdict"], cell["stage"]) == ("differs", "open")
    (difference,) = cell["runs"][0]["differences"]
    assert difference["path"] == "step 4 of 12: B open_existing"
    assert (difference["expected"], difference["found"]) == ("ok", "not_found")
    assert all(cell["verdict"] == "agreed" for key, cell in ran.cells.items() if key.startswith("python/python/"))


@linux_only
@pytest.mark.parametrize(
    ("behaviour", "scenario", "verdict", "stage"),
    [
        ("crash@close_map", "last-close", "crashed", "close"),
        ("hang@open_existing", "two-maps", "hung", "open"),
        ("skip@poke", "join", "differs", "load"),
        ("skip@close_map", "last-close", "differs", "close"),
    ],
)
def test_a_misbehaving_actor_gets_its_verdict(samebytes, misbehaving, behaviour, scenario, verdict, stage):
    ran = samebytes(
        "matrix", "--peers-folder", misbehaving(behaviour), "--peer", "bad", "--peer", "python", "--realm", "linux",
        "--scenario", scenario, "-k", "bad/python/", "--deadline", "2", "--json",
    )  # fmt: skip
    (cell,) = ran.cells.values()
    assert (cell["verdict"], cell["stage"]) == (verdict, stage)
    assert ran.status == 1


@pytest.mark.parametrize(
    "step",
    ["A explode", "C create_new", "O create_new", "A present", "A write", "A view read 1 2 3", "A write x", "A", ""],
)
def test_a_wrong_step_names_its_file(tmp_path, step):
    (tmp_path / "scenarios").mkdir()
    (tmp_path / "scenarios" / "mine.toml").write_text(f'title = "t"\nsteps = ["A create_new", "{step}"]\n')
    with pytest.raises(UsageError, match=r"mine\.toml"):
        read_scenarios(tmp_path)


def test_wrong_selections_are_told(samebytes):
    assert "there is none of that name" in samebytes("matrix", "--scenario", "nope").err
    assert "use --scenario" in samebytes("matrix", "--check", "lifecycle", "--layout", "struct").err
