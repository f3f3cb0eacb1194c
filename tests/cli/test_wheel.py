"""What `pip install` gives is whole: peers and fixtures are in the wheel, and a matrix runs from it."""

from __future__ import annotations

import json
import secrets
import shutil
import subprocess
import sys
import venv
import zipfile
from pathlib import Path

import pytest
from walkthrough import Walkthrough, matches

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


def installed(what: str, place: Path) -> Path:
    """The folder with the commands of a new environment that has nothing but that and what it needs."""
    venv.create(place, system_site_packages=False, with_pip=True)
    scripts = place / "bin"
    command = [scripts / "python", "-m", "pip", "install", "--quiet", what]
    subprocess.run(command, timeout=SECONDS, check=True)
    return scripts


@pytest.mark.skipif(sys.platform != "linux", reason="runs the Python peer natively on Linux")
def test_a_matrix_runs_from_an_installed_wheel(wheel, tmp_path):
    scripts = installed(str(wheel), tmp_path / "env")
    command = [scripts / "samebytes", "matrix", "--peer", "python", "--realm", "linux", "--json"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS, cwd=tmp_path, check=False)
    assert done.returncode == 0, done.stderr
    last = json.loads(done.stdout.splitlines()[-1])
    assert last["verdicts"] == {"agreed": last["cells"]}
    assert last["cells"] > 74


@pytest.mark.skipif(sys.platform != "linux", reason="builds the tutorial's program for Linux")
def test_the_tutorials_defects_are_found_and_mended_from_an_installed_wheel(wheel, tmp_path):
    """Nothing of the checkout is there: C, C#, Python and Nim are compiled, and the program is watched, outside of it."""
    missing = [tool for tool in ("gcc", "mcs", "nim") if shutil.which(tool) is None]
    if missing:
        pytest.skip(f"the tutorial builds with {', '.join(missing)}, not installed here")
    scripts = installed(f"{wheel}[check]", tmp_path / "env")
    page = (ROOT / "docs" / "tutorial.md").read_text("utf-8").replace("/car-state", f"/car-{secrets.token_hex(6)}")
    project = tmp_path / "car"
    project.mkdir()
    with Walkthrough(page, project, scripts) as walk:
        for ran in walk.follow(until="7."):
            assert ran.status == ran.wanted, f"{ran.command}: exit code {ran.status}\n{ran.out}{ran.err}"
            assert matches(ran.expected, ran.out), f"{ran.command}:\n{ran.out}"
