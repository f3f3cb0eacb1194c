"""`pytest --samebytes-check`: what a samebytes.toml describes is test items, each run alone by its name, and nothing beside it."""

from __future__ import annotations

import sys

import pytest

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="judged for Linux")
LAYOUT = '[record.Speed]\nfields = [{ name = "value", type = "f64" }]\n'
OWN = {"test_own.py::test_one": "PASSED", "test_own.py::test_two": "PASSED"}
COPY = "from ctypes import *\nclass Speed(Structure):\n    _fields_ = [('value', c_double)]\n"
TOML = '[layout.Speed]\ntoml = "speed.toml"\n[declaration.good]\nsource = "good.py"\n[declaration.bad]\nsource = "bad.py"\n'
GOOD, BAD = (f"samebytes::{name}/samebytes/Speed/linux/declaration" for name in ("good", "bad"))
REALM = "--samebytes-realm=linux"


@pytest.fixture
def project(pytester):
    """A project with a right and a wrong copy, and two tests of its own."""
    files = {"speed.toml": LAYOUT, "good.py": COPY, "bad.py": COPY.replace("double", "float"), "samebytes.toml": TOML}
    for name, text in {
        **files,
        "test_own.py": "def test_one(): pass\ndef test_two(): pass\n",
        "pytest.ini": "[pytest]\n",
    }.items():
        (pytester.path / name).write_text(text, "utf-8")
    return pytester


def outcomes(ran) -> dict[str, str]:
    """What the short summary says of each item."""
    words = ("PASSED", "FAILED", "SKIPPED", "ERROR")
    return {line.split()[1]: line.split()[0] for line in ran.outlines if line.startswith(words)}


@pytest.mark.parametrize(
    ("arguments", "wanted"),
    [
        (["--samebytes-check"], OWN | {GOOD: "PASSED", BAD: "FAILED"}),
        (["--samebytes-check", "test_own.py"], OWN | {GOOD: "PASSED", BAD: "FAILED"}),
        (["--samebytes-check", "test_own.py::test_two"], {"test_own.py::test_two": "PASSED"}),
        (["test_own.py::test_two", "--samebytes-matrix"], {"test_own.py::test_two": "PASSED"}),
        (["--samebytes-check", GOOD], {GOOD: "PASSED"}),
        ([BAD, "--samebytes-check"], {BAD: "FAILED"}),
        (["--samebytes-check", "-m", "samebytes_check", "-k", "good"], {GOOD: "PASSED"}),
    ],
)  # fmt: skip
def test_what_is_asked_for_is_run_and_nothing_beside_it(project, arguments, wanted):
    ran = project.runpytest_subprocess("-q", "-rA", REALM, *arguments)
    assert outcomes(ran) == wanted
    assert ran.ret == ("FAILED" in wanted.values())


def test_a_wrong_declaration_fails_with_its_line_and_cause_and_without_a_traceback(project):
    ran = project.runpytest_subprocess("-q", REALM, "--samebytes-check", BAD)
    ran.stdout.fnmatch_lines(
        [
            "differs at describe*",
            "*bad.py:3: `value` is declared otherwise*",
            "    cause: bad: `value` declared as a 32-bit float*",
        ]
    )
    assert "Traceback" not in ran.stdout.str()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--samebytes-check", "lifecycle"], "--samebytes-check lifecycle: there is no such file or folder"),
        (["--samebytes-check", "--samebytes-project", "no.toml"], "no.toml: no such file"),
    ],
)
def test_wrong_words_are_told_before_anything_runs(project, arguments, words):
    ran = project.runpytest_subprocess("-q", *arguments)
    assert ran.ret == pytest.ExitCode.USAGE_ERROR
    assert words in ran.stderr.str()
