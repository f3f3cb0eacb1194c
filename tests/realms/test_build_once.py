"""Things made once: whole or not at all, by one of many, and never from what an interrupted run left."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from samebytes.errors import MissingError
from samebytes.peers.build_once import Lock, build_once


def quiet(_line: str) -> None:
    """Nobody listens."""


def write(directory: Path) -> None:
    """Make the smallest whole thing."""
    (directory / "whole").touch()


def test_made_once(tmp_path: Path) -> None:
    made: list[Path] = []

    def make(part: Path) -> None:
        made.append(part)
        write(part)

    for _ in range(2):
        assert (build_once(tmp_path / "thing", make, quiet) / "whole").exists()
    assert len(made) == 1


def test_failure_leaves_nothing(tmp_path: Path) -> None:
    def make(part: Path) -> None:
        write(part)
        raise MissingError("no network")

    with pytest.raises(MissingError, match="no network"):
        build_once(tmp_path / "thing", make, quiet)
    assert [path.name for path in tmp_path.iterdir()] == ["thing.lock"]


def test_parallel_runs_make_it_once(tmp_path: Path) -> None:
    made: list[Path] = []

    def make(part: Path) -> None:
        made.append(part)
        time.sleep(0.2)
        write(part)

    threads = [threading.Thread(target=build_once, args=(tmp_path / "thing", make, quiet)) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert len(made) == 1


@pytest.mark.skipif(sys.platform == "win32", reason="SIGKILL is POSIX's")
def test_killed_run_is_swept(tmp_path: Path) -> None:
    script = (
        "import sys, time; from pathlib import Path; from samebytes.peers.build_once import build_once\n"
        "def make(part):\n (part / 'half').touch(); print('begun', flush=True); time.sleep(60)\n"
        "build_once(Path(sys.argv[1]), make, print)"
    )
    with subprocess.Popen([sys.executable, "-c", script, str(tmp_path / "thing")], stdout=subprocess.PIPE) as run:
        assert run.stdout is not None
        assert run.stdout.readline() == b"begun\n"
        os.kill(run.pid, signal.SIGKILL)
    assert any("part" in path.name for path in tmp_path.iterdir())
    discarded: list[str] = []

    def discard(path: Path) -> None:
        discarded.extend(entry.name for entry in path.iterdir())

    thing = build_once(tmp_path / "thing", write, quiet, discard=discard)
    assert [path.name for path in thing.iterdir()] == ["whole"]
    assert discarded == ["half"]


def test_lock_excludes_and_has_a_deadline(tmp_path: Path) -> None:
    first, second = Lock(tmp_path / "lock"), Lock(tmp_path / "lock")
    told: list[str] = []
    with first.held():
        assert not second.try_acquire()
        with pytest.raises(MissingError, match="end that run"):
            second.acquire(seconds=1.1, say=told.append)
    assert told == ["waiting for another run that makes lock"]
    assert second.try_acquire()
    second.release()


@pytest.mark.skipif(sys.platform == "win32", reason="shared locks are used on Linux only")
def test_shared_lock_admits_others_of_its_kind(tmp_path: Path) -> None:
    first, second, third = (Lock(tmp_path / "lock") for _ in range(3))
    with first.held(shared=True), second.held(shared=True):
        assert not third.try_acquire()
    assert third.try_acquire()
    third.release()
