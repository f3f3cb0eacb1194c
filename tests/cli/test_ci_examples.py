"""What is offered to CI systems: the action's own script does what it says, and its options exist."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
ACTION = yaml.safe_load((ROOT / "ci" / "github" / "check" / "action.yml").read_text("utf-8"))
REUSABLE = yaml.safe_load((ROOT / "ci" / "github" / "reusable.yml").read_text("utf-8"))
GITLAB = yaml.safe_load((ROOT / "docs" / "ci" / "gitlab.yml").read_text("utf-8"))
SOURCE = "#include <stdint.h>\nstruct CarState { double speed; uint16_t rpm; };\n"
TRUTH = '[record.CarState]\nfields = [{ name = "speed", type = "f64" }, { name = "rpm", type = "u16" }]\n'
PROJECT = '[layout.CarState]\ntoml = "car.toml"\n\n[declaration.sim]\nsource = "car.h"\n'


@pytest.mark.skipif(
    sys.platform != "linux" or shutil.which("bash") is None, reason="the action's script is bash, for --realm linux"
)
@pytest.mark.parametrize(("declared", "status"), [("uint16_t", 0), ("int16_t", 1)])
def test_the_actions_script_checks_and_leaves_every_report(declared, status, tmp_path):
    (step,) = [one for one in ACTION["runs"]["steps"] if one.get("name") == "Check"]
    (tmp_path / "car.h").write_text(SOURCE.replace("uint16_t", declared))
    (tmp_path / "car.toml").write_text(TRUTH)
    (tmp_path / "my project.toml").write_text(PROJECT)
    inputs = {"PROJECT": "my project.toml", "REPORTS": "my reports", "OPTIONS": "--realm linux --complete"}
    assert set(step["env"]) == {*inputs, "SAMEBYTES_CACHE"}
    environment = {**os.environ, **inputs, "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}
    done = subprocess.run(
        ["bash", "-eo", "pipefail", "-c", step["run"]],
        cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=300, check=False,
    )  # fmt: skip
    assert done.returncode == status, done.stdout + done.stderr
    assert ("::error file=car.h,line=2" in done.stdout) == bool(status)
    assert {one.name for one in (tmp_path / "my reports").iterdir()} == {
        f"check.{kind}" for kind in ("jsonl", "html", "xml", "sarif")
    }


def test_no_input_is_spliced_into_a_script_and_every_one_is_used():
    steps = ACTION["runs"]["steps"]
    assert all("${{" not in step.get("run", "") for step in steps)
    assert all(step.get("shell") == "bash" for step in steps if "run" in step)
    text = str(steps) + str(ACTION["outputs"])
    assert [name for name in ACTION["inputs"] if f"inputs.{name} " not in text] == []


def test_the_reusable_workflow_hands_the_action_inputs_that_it_has():
    inputs = REUSABLE[True]["workflow_call"]["inputs"]  # YAML 1.1 reads the key `on` as true
    steps = REUSABLE["jobs"]["check"]["steps"]
    (used,) = [step for step in steps if step.get("uses", "").endswith("/ci/github/check")]
    assert set(used["with"]) <= set(ACTION["inputs"])
    assert [name for name in inputs if f"inputs.{name}" not in str(REUSABLE["jobs"])] == []


def test_gitlab_keeps_what_the_script_writes():
    script = (ROOT / "docs" / "ci" / "check.sh").read_text("utf-8")
    assert GITLAB["samebytes"]["script"] == ["sh ci/check.sh reports --realm linux"]
    assert "--annotations gitlab" in script
    kept = GITLAB["samebytes"]["artifacts"]["reports"]
    assert kept == {"junit": "reports/linux.xml", "codequality": "gl-code-quality-report.json"}
