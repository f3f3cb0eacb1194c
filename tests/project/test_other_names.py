"""The project in a pyproject.toml, keys as other tools call them, and `check` quiet, verbose and of a few cells."""

from __future__ import annotations

import pytest

from samebytes.checks.project.reading import find_project, read_project
from samebytes.errors import UsageError

LAYOUT = '[record.Speed]\nfields = [{ name = "value", type = "f64" }]\n'
COPY = "from ctypes import *\nclass Speed(Structure):\n    _fields_ = [('value', c_double)]\n"


@pytest.fixture
def speed(project):
    project.write({"speed.toml": LAYOUT, "speed.py": COPY, "wrong.py": COPY.replace("double", "float")})
    return project


def test_a_pyproject_has_it_in_a_table_of_its_own(speed):
    text = (
        '[project]\nname = "x"\n[tool.samebytes.layout.Speed]\ntoml = "speed.toml"\n[tool.samebytes.declaration.py]\n'
    )
    speed.write({"pyproject.toml": f'{text}source = "wrong.py"\n', "inner/pyproject.toml": "[project]\n"})
    assert find_project(speed.path / "inner") == speed.path / "pyproject.toml"
    assert (
        read_project(speed.path / "pyproject.toml")
        .declarations["py"]
        .place.endswith("pyproject.toml:5: [tool.samebytes.declaration.py]")
    )
    ran = speed.check("--quiet")
    assert (ran.status, ran.err) == (1, "")
    assert ran.out.splitlines()[-1].startswith("1 cell: 1 differs")
    assert "offset+size" not in ran.out
    speed.write({"pyproject.toml": f'{text}sorce = "wrong.py"\n'})
    with pytest.raises(
        UsageError, match=r"tool\.samebytes\.declaration\.py\.sorce is an unknown key \(did you mean source"
    ):
        read_project(speed.path / "pyproject.toml")


def test_a_pyproject_without_the_table_is_none_and_our_own_file_comes_first(speed):
    speed.write({"pyproject.toml": "[project]\n"})
    with pytest.raises(UsageError, match=r"nor a pyproject\.toml with \[tool\.samebytes\]"):
        find_project(speed.path)
    with pytest.raises(UsageError, match=r"has no \[tool\.samebytes\]"):
        read_project(speed.path / "pyproject.toml")
    speed.write({"samebytes.toml": "", "pyproject.toml": "[tool.samebytes]\n"})
    assert find_project(speed.path).name == "samebytes.toml"


def test_keys_are_understood_as_other_tools_call_them(speed):
    text = (
        'platforms = ["linux"]\n[layout.Speed]\ntoml = "speed.toml"\n[producer.p]\ncommand = ["./p"]\nsegment = "x"\n'
    )
    speed.write({"samebytes.toml": text + 'timeout = 2\ncwd = "."\nplatform = "linux"\nenv = { A = "b" }\n'})
    producer = read_project(speed.path / "samebytes.toml").producers["p"]
    assert (producer.deadline, dict(producer.environment), list(producer.commands)) == (2.0, {"A": "b"}, ["linux"])
    speed.write({"samebytes.toml": f"{text}timeout = -1\n"})
    with pytest.raises(UsageError, match=r"samebytes\.toml:7: producer\.p\.timeout is -1"):
        read_project(speed.path / "samebytes.toml")
    speed.write({"samebytes.toml": f"{text}timeout = 1\ndeadline = 1\n"})
    with pytest.raises(UsageError, match="timeout and deadline mean the same"):
        read_project(speed.path / "samebytes.toml")


def test_a_byte_order_mark_in_the_project_file_is_taken(speed):
    text = '[layout.Speed]\ntoml = "speed.toml"\n[declaration.py]\nsource = "speed.py"\n'
    (speed.path / "samebytes.toml").write_bytes(b"\xef\xbb\xbf" + text.encode())
    ran = speed.check("-k", "py/", "--verbose")
    assert (ran.status, ran.err.count("py/samebytes/Speed/linux/declaration: agreed")) == (0, 1)
    assert speed.check("-k", "nothing").status == 2
