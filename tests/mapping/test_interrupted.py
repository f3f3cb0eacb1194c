"""Signals and forks at any moment: nothing is locked, left behind, lengthened, swallowed or joined dead, and nothing hangs."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.usefixtures("files")
HERE = Path(__file__).parent
SECONDS = 600
"""Many times what the longest takes; only a hang takes longer."""
FORKS = os.environ.get("SAMEBYTES_FORKS", "40")


@pytest.fixture
def place(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:  # noqa: ARG001
    """An environment with a place of its own."""
    own = Path(os.environ["SAMEBYTES_SHM_DIR"], f"interrupted {os.urandom(4).hex()}")
    own.mkdir()
    return {**os.environ, "SAMEBYTES_SHM_DIR": str(own)}


@pytest.mark.parametrize(
    ("way", "scene", "acts"),
    [
        ("lines", "life", "raises"),
        ("calls", "life", "raises_like_the_system,forks"),
        ("lines", "create large", "raises_like_the_system"),
        ("lines", "join", "closes,uses"),
        ("lines", "close", "raises"),
        ("lines", "view", "raises,closes"),
        ("lines", "list", "raises"),
        ("lines", "create or open", "forks"),
        ("calls", "create", "returns_in_the_child"),
        ("lines", "global create", "raises"),
        ("lines", "global join", "closes"),
    ],
)
def test_a_handler_at_any_moment_harms_nothing(place, way, scene, acts):
    command = [sys.executable, "-W", "ignore", str(HERE / "interrupting.py"), way, scene, acts]
    done = subprocess.run(command, capture_output=True, text=True, env=place, timeout=SECONDS)
    assert (done.stdout, done.stderr, done.returncode) == ("", "", 0)


def test_children_forked_beside_threads_hang_never_and_keep_nothing(place):
    """SAMEBYTES_FORKS is how many there are."""
    command = [sys.executable, "-W", "error::ResourceWarning", str(HERE / "forking.py"), FORKS]
    done = subprocess.run(command, capture_output=True, text=True, env=place, timeout=SECONDS)
    assert done.stderr == ""
    found = json.loads(done.stdout)
    assert (found["wrong"], found["failures"], found["left"]) == ([], [], [])
