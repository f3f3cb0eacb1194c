"""A language, a kind of check, a scenario, a report format and a command, each added by one file or folder outside the package."""

from __future__ import annotations

import csv
import io
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
LINUX = pytest.mark.skipif(sys.platform != "linux", reason="starts peers natively on Linux")

CHECK, FORMAT = re.findall(
    r"^```python\n(.*?)^```$", (ROOT / "docs" / "extending.md").read_text("utf-8"), re.MULTILINE | re.DOTALL
)
"""As the page has them."""

SCENARIO = """title = "One map, closed by both"
steps = ["A create_new", "B open_existing", "A close_map", "O present", "B close_map", "O absent"]
"""

COMMAND = '''"""`samebytes greet`: a command of somebody else's."""


def add_to(commands):
    parser = commands.add_parser("greet", help="say hello")
    parser.add_argument("name")
    parser.set_defaults(run=run)


def run(options):
    print(f"hello, {options.name}")
    return 0
'''


@pytest.fixture
def extensions(peer_folder, tmp_path):
    """A folder with one of each, and the environment that names it."""
    script = ROOT / "fixtures" / "misbehaving" / "peer.py"
    peer_folder("toy", ["{python}", "{launch}", str(script), "zeros@never", str(ROOT / "peers" / "python")])
    for place, text in (
        ("checks/pointer.py", CHECK),
        ("scenarios/shortest.toml", SCENARIO),
        ("reports/csv.py", FORMAT),
        ("commands/greet.py", COMMAND),
    ):
        (tmp_path / place).parent.mkdir()
        (tmp_path / place).write_text(text, "utf-8")
    return {"SAMEBYTES_EXTENSIONS": str(tmp_path)}


@LINUX
def test_each_is_added_by_a_file_and_runs(samebytes, extensions, tmp_path):
    done = samebytes(
        "matrix", "--peer", "toy", "--peer", "python", "--realm", "linux", "--layout", "integer", "--scenario", "shortest",
        "--csv", tmp_path / "cells.csv", "--report", tmp_path / "run.jsonl", environment=extensions,
    )  # fmt: skip
    assert done.status == 0, done.out + done.err
    rows = dict(csv.reader(io.StringIO((tmp_path / "cells.csv").read_text("utf-8"))))
    assert set(rows.values()) == {"agreed"}
    assert {
        "toy/python/integer/linux/data",
        "python/toy/shortest/linux/lifecycle",
        "toy/toy/width/linux/pointer",
    } < set(rows)
    assert len(rows) == 4 + 4 + 2
    again = samebytes("report", tmp_path / "run.jsonl", "--csv", tmp_path / "again.csv", environment=extensions)
    assert again.status == 0
    assert (tmp_path / "again.csv").read_text("utf-8") == (tmp_path / "cells.csv").read_text("utf-8")


@LINUX
def test_a_toy_check_can_fail_and_says_how_to_run_its_cell_again(samebytes, extensions, tmp_path):
    path = tmp_path / "checks" / "pointer.py"
    path.write_text(CHECK.replace("found != 8", "found != 4").replace('"8"', '"4"'), "utf-8")
    done = samebytes(
        "matrix", "--peer", "python", "--realm", "linux", "--check", "pointer", environment=extensions
    )  # fmt: skip
    assert done.status == 1
    assert "pointer: the layout has 4, python has 8" in done.out
    assert (
        "samebytes matrix --peer python --realm linux --check pointer -k python/python/width/linux/pointer" in done.out
    )


@LINUX
def test_pytest_has_the_toy_check_and_scenario_too(extensions):
    command = ["-m", "pytest", "-p", "no:cacheprovider", "-q", "--samebytes-matrix", "--samebytes-peer=toy", "--samebytes-realm=linux",
               "--samebytes-layout=integer", "--samebytes-scenario=shortest"]  # fmt: skip
    environment = {**os.environ, **extensions}
    folder = Path(extensions["SAMEBYTES_EXTENSIONS"])
    done = subprocess.run(
        [sys.executable, *command], env=environment, cwd=folder, capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "3 passed" in done.stdout


def test_a_command_is_listed_and_runs(samebytes, extensions):
    assert samebytes("greet", "you", environment=extensions).out == "hello, you\n"
    assert "greet" in samebytes("--help", environment=extensions).out
    assert "greet" not in samebytes("--help").out


@pytest.mark.parametrize(
    ("place", "text", "arguments", "words"),
    [
        ("checks/pointer.py", "cells = None\n", ("matrix", "--help"), "has no function cells"),
        ("checks/data.py", CHECK, ("matrix", "--help"), "there is another data already"),
        ("reports/csv.py", "def render(report): ...\n", ("report", "--help"), "has no HELP or no function render"),
        ("commands/greet.py", "", ("greet",), "has no function add_to"),
        ("commands/greet.py", "import nothing_there\n", ("greet",), "cannot be imported: ModuleNotFoundError"),
        ("scenarios/join.toml", SCENARIO, ("matrix", "--peer", "python"), "there is another scenario join already"),
    ],
)
def test_what_is_wrong_with_a_file_is_one_line(samebytes, extensions, tmp_path, place, text, arguments, words):
    (tmp_path / place).write_text(text, "utf-8")
    done = samebytes(*arguments, environment=extensions)
    assert done.status == 2
    assert words in done.err
    assert len(done.err.splitlines()) == 1


def test_a_folder_that_does_not_exist_is_said(samebytes, tmp_path):
    done = samebytes("matrix", "--help", environment={"SAMEBYTES_EXTENSIONS": str(tmp_path / "none")})
    assert done.status == 2
    assert f"SAMEBYTES_EXTENSIONS: {tmp_path / 'none'} is not a folder" in done.err
