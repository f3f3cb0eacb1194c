"""A user's project outside the checkout, checked by what `pip install` of the built wheel gives and nothing else."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import venv
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SECONDS = 400
PROJECT = """\
[layout.CarState]
header = "include/car_state.h"
[declaration.reader]
source = "reader/CarState.cs"
type = "Telemetry.CarState"
[declaration.script]
source = "copies/car_state.py"
[declaration.nimcopy]
source = "copies/car_state.nim"
"""


@pytest.mark.skipif(sys.platform != "linux", reason="compiles for Linux")
@pytest.mark.skipif(not all(map(shutil.which, ("mcs", "nim"))), reason="mcs and nim are not installed")
def test_both_defects_are_found_by_the_wheel_alone(telemetry, tmp_path_factory):
    place = tmp_path_factory.mktemp("installed")
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", str(place), str(ROOT)]
    subprocess.run(command, timeout=SECONDS, check=True)
    wheel = next(place.glob("samebytes-*.whl"))
    venv.create(place / "env", with_pip=True)
    python = place / "env" / "bin" / "python"
    install = [python, "-m", "pip", "install", "--quiet", f"{wheel}[clang,dwarf]"]
    subprocess.run(install, timeout=SECONDS, check=True)
    telemetry.write({"samebytes.toml": PROJECT})
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    done = subprocess.run(
        [place / "env" / "bin" / "samebytes", "check", "--realm", "linux", "--json"],
        cwd=telemetry.path,
        env=environment,
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    assert done.returncode == 1, done.stderr
    cells = {line["producer"]: line for line in map(json.loads, done.stdout.splitlines()) if line["type"] == "cell"}
    assert {name: cell["verdict"] for name, cell in cells.items()} == {
        "reader": "differs",
        "script": "differs",
        "nimcopy": "agreed",
    }
    assert "`is_valid` declared as" in cells["reader"]["cause"]
    assert cells["script"]["cause"] == "script: not packed: Pack=1 is missing"
