"""The tutorial keeps its word: its files are written, its changes made, its commands run, and they print what it says; so does its CI."""

from __future__ import annotations

import json
import os
import re
import secrets
import shutil
import subprocess
import sys
import time
import tomllib
from pathlib import Path

import pytest
import yaml
from walkthrough import Walkthrough, matches

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "tutorial.md"
WORKFLOW = ROOT / "docs" / "ci" / "github-actions.yml"
BUILDS = ("gcc", "mcs", "nim")

on_linux = pytest.mark.skipif(sys.platform != "linux", reason="the tutorial's program is built and run on Linux")


def page() -> str:
    """The tutorial, with a segment's name of our own: others follow it on this machine at the same time."""
    return PAGE.read_text("utf-8").replace("/car-state", f"/car-{secrets.token_hex(6)}")


@pytest.fixture
def walk(tmp_path):
    missing = [tool for tool in BUILDS if shutil.which(tool) is None]
    if missing:
        pytest.skip(f"the tutorial builds with {', '.join(missing)}, not installed here")
    folder = tmp_path / "car"
    shutil.copytree(ROOT / "docs" / "ci", folder / "ci")
    with Walkthrough(page(), folder) as walk:
        yield walk


@on_linux
def test_following_the_tutorial_prints_what_it_says(walk):
    commands = []
    for ran in walk.follow():
        assert ran.status == ran.wanted, f"{ran.command}: exit code {ran.status}\n{ran.out}{ran.err}"
        assert matches(ran.expected, ran.out), f"{ran.command}:\n{ran.out}"
        commands.append(ran.command)
    assert len(commands) > 15


def ready_project(walk):
    """The project as it is at the tutorial's end, without what was checked on the way."""
    needed = re.compile(r"mkdir|cp|samebytes init|samebytes check dashboard --repairs|samebytes lock .*-o")
    for ran in walk.follow(lambda command: needed.match(command) is not None, until="9."):
        assert ran.status == ran.wanted, ran.err
    project = walk.folder / "samebytes.toml"
    project.write_text(
        project.read_text("utf-8").replace('realms = ["linux"]', 'realms = ["linux", "windows"]'), "utf-8"
    )


@on_linux
def test_the_shell_script_checks_and_the_workflow_merges_what_two_machines_found(walk):
    ready_project(walk)
    linux = walk.run("sh ci/check.sh reports --realm linux --complete")
    assert linux.returncode == 0, linux.stdout + linux.stderr
    windows = walk.run("sh ci/check.sh elsewhere --realm windows")
    if windows.returncode == 3:
        pytest.skip(f"nothing for Windows can be judged here: {windows.stderr.splitlines()[-1]}")
    assert windows.returncode == 0, windows.stdout + windows.stderr
    shutil.copy(walk.folder / "elsewhere" / "linux.jsonl", walk.folder / "reports" / "windows.jsonl")
    (step,) = (step for step in workflow()["jobs"]["merge"]["steps"] if step.get("name") == "Merge")
    summary = walk.folder / "summary.md"
    merged = walk.run(step["run"].replace("$GITHUB_STEP_SUMMARY", str(summary)))
    assert merged.returncode == 0, merged.stdout + merged.stderr
    assert {cell["realm"] for cell in cells(walk.folder / "reports" / "windows.jsonl")} == {"windows"}
    for words in ("dashboard", "linux", "windows"):
        assert words in summary.read_text("utf-8")
        assert words in (walk.folder / "reports" / "all.xml").read_text("utf-8")
    assert "dashboard" in (walk.folder / "reports" / "all.html").read_text("utf-8")


@on_linux
def test_the_shell_script_fails_when_a_copy_or_the_lock_does_not_agree(walk):
    ready_project(walk)
    project = walk.folder / "samebytes.toml"
    short = project.read_text("utf-8").partition("[declaration.logger]")[0]
    project.write_text(short, "utf-8")
    header = walk.folder / "include" / "car.h"
    header.write_text(header.read_text("utf-8").replace("uint16_t rpm", "uint32_t rpm"), "utf-8")
    done = walk.run("sh ci/check.sh reports --realm linux")
    assert done.returncode == 1, done.stdout + done.stderr
    assert re.search(r"^ .*rpm.*", done.stdout, re.MULTILINE)
    verdicts = {cell["producer"]: cell["verdict"] for cell in cells(walk.folder / "reports" / "linux.jsonl")}
    assert verdicts == {"compiled": "agreed", "dashboard": "differs"}


def cells(report: Path):
    lines = map(json.loads, report.read_text("utf-8").splitlines())
    return [line for line in lines if line["type"] == "cell"]


def workflow():
    return yaml.safe_load(WORKFLOW.read_text("utf-8"))


def test_the_workflow_checks_on_both_systems_and_merges_whatever_came_of_it():
    jobs = workflow()["jobs"]
    check, merge = jobs["check"], jobs["merge"]
    assert check["strategy"]["fail-fast"] is False
    machines = {machine["os"]: machine["options"] for machine in check["strategy"]["matrix"]["include"]}
    assert machines == {"ubuntu-latest": "--realm linux --complete", "windows-latest": "--realm windows"}
    commands = [step.get("run", "") for step in check["steps"]]
    assert f"sh ci/check.sh {upload(check)['path']} ${{{{ matrix.options }}}}" in commands
    assert merge["needs"] == "check"
    assert "!cancelled()" in merge["if"]
    (download,) = (step["with"] for step in merge["steps"] if "download-artifact" in step.get("uses", ""))
    assert upload(check)["name"].startswith(download["pattern"].removesuffix("*"))
    (line,) = (step["run"] for step in merge["steps"] if step.get("name") == "Merge")
    script = (ROOT / "docs" / "ci" / "check.sh").read_text("utf-8")
    legs = tomllib.loads((ROOT / "docs" / "ci" / "legs.toml").read_text("utf-8"))["leg"]
    for system in ("linux", "windows"):
        assert f"system={system}" in script
        assert legs[system]["report"] == f"../{download['path']}/{system}.jsonl"
    assert "--expect ci/legs.toml" in line


def upload(job):
    """What a job keeps, even when its check failed."""
    (step,) = (step for step in job["steps"] if "upload-artifact" in step.get("uses", ""))
    assert "!cancelled()" in step["if"]
    return step["with"]


FOLLOWER = """
from pathlib import Path
from walkthrough import Walkthrough
with Walkthrough("```console\\n$ sleep 600 &\\n```\\n", Path()) as walk:
    list(walk.follow())
    print(walk._background[0].pid, flush=True)
    input()
"""


@on_linux
def test_what_runs_in_the_background_ends_when_its_follower_is_killed(tmp_path):
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parent)}
    pipe = subprocess.PIPE
    with subprocess.Popen(
        [sys.executable, "-c", FOLLOWER], cwd=tmp_path, env=environment, stdin=pipe, stdout=pipe
    ) as follower:
        pid = int(follower.stdout.readline())
        assert Path(f"/proc/{pid}").exists()
        follower.kill()
    deadline = time.monotonic() + 60
    while Path(f"/proc/{pid}").exists():
        assert time.monotonic() < deadline, f"process {pid} still runs"
        time.sleep(0.02)


def test_every_link_to_a_file_leads_somewhere():
    targets = re.findall(r"\]\(([^)#:]+)\)", PAGE.read_text("utf-8"))
    assert targets
    for target in targets:
        assert (PAGE.parent / target).exists(), target


def test_matching_can_fail():
    assert matches(["a …", "…", "c"], "a b\nx\nc\n")
    assert not matches(["a …", "d"], "a b\nx\nc\n")
