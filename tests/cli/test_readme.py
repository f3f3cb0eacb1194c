"""The README keeps its word: every command in it is run, every program in it too, and prints what it says."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from walkthrough import matches

ROOT = Path(__file__).resolve().parents[2]
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
SECONDS = 560


def blocks(kind: str, path: Path) -> list[str]:
    return [text for name, text in BLOCK.findall(path.read_text("utf-8")) if name == kind]


def commands(path: Path) -> Iterator[tuple[str, list[str]]]:
    """Each `$ command` of a console block with the lines that follow it."""
    for block in blocks("console", path):
        for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
            command, *expected = part.splitlines()
            yield command, expected


COMMANDS = list(commands(ROOT / "README.md"))


@pytest.mark.skipif(sys.platform != "linux", reason="the README's first screen shows a Linux machine")
@pytest.mark.parametrize(("command", "expected"), COMMANDS, ids=[command for command, _ in COMMANDS])
def test_a_command_of_the_readme_prints_what_it_says(tmp_path, command, expected):
    if "--diff" in command and not any(map(shutil.which, ("dotnet", "csc", "mcs"))):
        pytest.skip("no C# compiler is installed")
    for name in ("docs", "fixtures", "peers"):  # as in a checkout; what the command writes stays out of it
        (tmp_path / name).symlink_to(ROOT / name)
    for earlier in (line for line, _ in COMMANDS[: COMMANDS.index((command, expected))] if _writes(line, command)):
        run(earlier, tmp_path)
    done = run(command, tmp_path)
    assert done.returncode == ("--diff" in command), done.stdout + done.stderr  # what is wrong there fails
    assert matches(expected, done.stdout), done.stdout


def _writes(earlier: str, command: str) -> bool:
    """Whether an earlier command of the README writes a file that this one reads."""
    written = re.findall(r"(?:--report|-o) (\S+)", earlier)
    return any(name in command.split() for name in written)


def run(command: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """Run it as a user of the environment would, in a folder of its own."""
    words = command.split()
    if words[1:] == ["ci/test.py"]:
        words += ["--collect-only", "-q"]  # this is that command's own run; a second one inside would never end
    if words[0] == "python3":
        words[:2] = [sys.executable, str(ROOT / words[1])]
    scripts = str(Path(sys.executable).parent)
    return subprocess.run(
        words,
        capture_output=True,
        encoding="utf-8",
        timeout=SECONDS,
        cwd=folder,
        env={**os.environ, "PATH": os.pathsep.join([scripts, os.environ["PATH"]]), "CI": ""},
        check=False,
    )


def test_every_python_block_runs_and_prints_what_stands_below_it(capsys):
    text = (ROOT / "README.md").read_text("utf-8")
    programs = list(re.finditer(r"^```python\n(.*?)^```$(?:\n+```text\n(.*?)^```$)?", text, re.MULTILINE | re.DOTALL))
    assert len(programs) >= 2
    for program in programs:
        exec(compile(program[1], "README.md", "exec"), {})
        if program[2]:
            assert capsys.readouterr().out == program[2]


def test_the_first_example_is_the_one_that_is_checked():
    folder = ROOT / "docs" / "first"
    (header,), (copy,) = blocks("c", ROOT / "README.md"), blocks("csharp", ROOT / "README.md")
    assert (folder / "car.h").read_text("utf-8").endswith(f"\n\n{header}")
    assert (folder / "Car.cs").read_text("utf-8") == copy


def test_every_link_to_a_file_leads_somewhere():
    for target in re.findall(r"\]\(([^)#:]+)\)", (ROOT / "README.md").read_text("utf-8")):
        assert (ROOT / target).exists(), target


def test_the_readme_names_the_version_python_needs():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    assert project["requires-python"].removeprefix(">=") in (ROOT / "README.md").read_text("utf-8")
