"""Locked blocks: every peer's library locks as its program does, a kept lock is told, and a peer without the verb is listed as not run."""

from __future__ import annotations

import shutil
import subprocess
import sys
import uuid
from pathlib import Path

import pytest

from samebytes.checks.data.subjects import read_records
from samebytes.errors import MissingToolError
from samebytes.peers.lab import Lab
from samebytes.peers.manifest import read_manifest
from samebytes.peers.paths import fixtures_folder, peers_folder

ROOT = Path(__file__).parents[2]
pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="starts peers natively on Linux")


@pytest.mark.parametrize("peer", ["c", "cpp", "rust"])
def test_a_library_locks_as_its_program_does_and_tells_a_lock_that_is_kept(peer):
    name = f"locks-{uuid.uuid4().hex}"
    with Lab(read_records(fixtures_folder())) as lab:
        try:
            faces = lab.prepared("linux").starters(read_manifest(peers_folder() / peer / "peer.toml"), lab.records)
        except MissingToolError as error:
            pytest.skip(f"{error}; to add it: {error.add}")
        program, library = (faces[f"{peer}.{kind}"].start() for kind in ("program", "library"))
        first = program.view(program.open("create_new", name, 4096)[0], 0, "read_write")
        second = library.view(library.open("open_existing", name)[0], 0, "read_write")
        assert library.lock(second, 0, "new") == ("ok", 0)
        assert [one.lock(view, 0, "read") for one, view in ((program, first), (library, second))] == [
            ("ok", 1),
            ("ok", 2),
        ]
        assert library.lock(second, 0, "write") == ("read_locked", 2)
        assert [library.lock(second, 0, "unlock_read")[1], program.lock(first, 0, "unlock_read")[1]] == [1, 0]
        assert program.lock(first, 0, "write") == ("ok", 1 << 31)
        assert library.begin_hammer(second, 0, 2, 30)() == ("stuck", 1 << 31)
        assert library.refuses("lock", second, 2, "read").kind == "invalid"
        assert library.refuses("lock", second, 4094, "read").kind == "range"
        assert library.refuses("lock", second, 0, "borrow").kind == "invalid"
        for face in (program, library):
            face.process.say_goodbye()


def test_a_peer_without_the_verb_is_listed_as_not_run(samebytes, tmp_path):
    shutil.copytree(peers_folder() / "python", tmp_path / "plain", ignore=shutil.ignore_patterns("__pycache__"))
    for file, old, new in (
        ("peer.toml", 'name = "python"', 'name = "plain"'),
        ("peer.py", '"lock", "close_view"', '"close_view"'),
    ):
        text = (tmp_path / "plain" / file).read_text("utf-8")
        assert old in text
        (tmp_path / "plain" / file).write_text(text.replace(old, new, 1), "utf-8")
    asked = ("--realm", "linux", "--json", "--peer", "plain", "--peer", "python", "--scenario", "lock-writer")
    ran = samebytes("matrix", *asked, "--peers-folder", tmp_path)
    told = [line["reason"] for line in ran.lines if line["type"] == "skipped" and line["peer"] == "plain"]
    assert told == ["it has no lock: lock-writer not played"]
    assert set(ran.cells) == {"python/python/lock-writer/linux/contract"}


def test_two_processes_hammer_one_block():
    """A sample of what the script does for a minute in every pair."""
    command = [sys.executable, "tests/bench/stress_locks.py", "--seconds", "0.5", "--peer", "c", "--peer", "python"]
    ran = subprocess.run([*command, "--rounds", "4000"], cwd=ROOT, capture_output=True, text=True, timeout=300)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert ran.stdout.count("no torn record, no lost count") in (1, 4), ran.stdout
