"""What `pip install` gives is whole: peers and fixtures are in the wheel, and a matrix runs from it."""

from __future__ import annotations

import json
import subprocess
import sys
import venv
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SECONDS = 300


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", str(folder), str(ROOT)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS, check=False)
    assert done.returncode == 0, done.stderr
    return next(folder.glob("samebytes-*.whl"))


def tracked(*folders: str) -> set[str]:
    listed = subprocess.run(["git", "ls-files", *folders], cwd=ROOT, capture_output=True, text=True, check=True)
    return set(listed.stdout.splitlines())


def test_every_peer_and_fixture_is_in_the_wheel(wheel):
    names = set(zipfile.ZipFile(wheel).namelist())
    wanted = {f"samebytes/_data/{name}" for name in tracked("peers", "fixtures")}
    assert wanted - names == set()
    modules = {name.removeprefix("harness/") for name in tracked("harness")}
    assert modules - names == set()


@pytest.mark.skipif(sys.platform != "linux", reason="runs the Python peer natively on Linux")
def test_a_matrix_runs_from_an_installed_wheel(wheel, tmp_path):
    place = tmp_path / "env"
    venv.create(place, system_site_packages=False, with_pip=True)
    python = place / "bin" / "python"
    subprocess.run([python, "-m", "pip", "install", "--quiet", str(wheel)], timeout=SECONDS, check=True)
    command = [place / "bin" / "samebytes", "matrix", "--peer", "python", "--realm", "linux", "--json"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS, cwd=tmp_path, check=False)
    assert done.returncode == 0, done.stderr
    last = json.loads(done.stdout.splitlines()[-1])
    assert last["verdicts"] == {"agreed": last["cells"]}
    assert last["cells"] > 74
