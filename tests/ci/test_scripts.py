"""ci/test.py, ci/matrix.py, ci/wine_tests.py and the search for Pythons: arguments, old Pythons, what is not there."""

from __future__ import annotations

import ast
import importlib.util
import os
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

SECONDS = 120.0


@pytest.fixture
def testing(scripts: Path) -> ModuleType:
    """ci/test.py; by path, since the standard library has a `test` too."""
    spec = importlib.util.spec_from_file_location("ci_test", scripts / "test.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def test_arguments(testing: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CI", raising=False)
    assert testing.parse([]) == testing.Options(False, False, False, False, [])
    assert testing.parse(["--toolchains", "-k", "x y"]) == testing.Options(True, False, False, False, ["-k", "x y"])
    assert testing.parse(["--all", "tests/ci"]) == testing.Options(False, True, False, False, ["tests/ci"])
    assert testing.parse(["--fast"]) == testing.Options(False, False, True, False, [])
    monkeypatch.setenv("CI", "true")
    assert testing.parse(["-x"]) == testing.Options(False, True, False, True, ["-x"])


def test_parts(testing: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = {"3.12": tmp_path / "python3.12", "3.13": None}
    monkeypatch.setattr(testing.pythons, "others", lambda: found)
    env = testing.environment.Environment(tmp_path)
    few = testing.parts(env, testing.Options(False, False, False, False, ["-x"]))
    assert few == {"pytest": [str(env.python), "-m", "pytest", "-n", "auto", "-x"]}
    many = testing.parts(env, testing.Options(False, True, False, True, []))
    assert list(many) == ["pytest", "ruff", "ruff format", "mypy", "Windows CPython under Wine", "Python 3.12"]
    assert many["Python 3.12"][-2:] == ["--discover", str(tmp_path / "python3.12")]


@pytest.mark.parametrize(
    ("code", "word"),
    [("0", "passed"), ("77", "skipped"), ("1", "failed (1)"), ("time.sleep(60)", "failed (no end after 2 s)")],
)
def test_outcomes(testing: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, code: str, word: str) -> None:
    monkeypatch.setattr(testing, "PART_SECONDS", 2)
    command = [sys.executable, "-c", f"import time; raise SystemExit({code})"]
    assert testing.run("part", command, testing.environment.Environment(tmp_path)) == word


@pytest.mark.parametrize("name", ["matrix.py", "test.py"])
def test_old_python_reads_one_line(scripts: Path, name: str) -> None:
    ast.parse((scripts / name).read_text(encoding="utf-8"), feature_version=(3, 6))
    pretend = "import runpy, sys; sys.version_info = (3, 10, 1); runpy.run_path(sys.argv[1], run_name='__main__')"
    run = subprocess.run(
        [sys.executable, "-c", pretend, str(scripts / name)],
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    assert run.returncode == 1
    assert run.stderr.startswith(f"ci/{name} needs Python 3.11 or newer; ")
    assert run.stderr.count("\n") == 1


def test_without_wine_it_says_so(scripts: Path, tmp_path: Path) -> None:
    run = subprocess.run(
        [sys.executable, str(scripts / "wine_tests.py")], env={**os.environ, "PATH": str(tmp_path)},
        capture_output=True, text=True, timeout=SECONDS, check=False,
    )  # fmt: skip
    assert run.returncode == 77
    assert run.stderr.startswith("ci: no tests under Wine: ")


@pytest.mark.skipif(sys.platform == "win32", reason="the fake Pythons are shell scripts")
def test_pythons_under_pyenv(pythons: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fake(path: Path, body: str) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"#!/bin/sh\n{body}\n")
        path.chmod(0o755)

    shim, real = tmp_path / "shims/python3.12", tmp_path / "root/versions/3.12.1/bin/python"
    fake(shim, "echo 'pyenv: python3.12: command not found' >&2; exit 127")
    fake(real, f"echo 3.12; echo {real}")
    fake(tmp_path / "root/versions/3.13.0/bin/python", "echo 3.14; echo /wrong")
    monkeypatch.setenv("PATH", str(shim.parent))
    monkeypatch.setenv("PYENV_ROOT", str(tmp_path / "root"))
    assert pythons._find("3.12") == real
    assert pythons._find("3.13") is None


def test_others_are_all_but_this(pythons: ModuleType) -> None:
    running = f"{sys.version_info.major}.{sys.version_info.minor}"
    assert set(pythons.others()) == set(pythons.SUPPORTED) - {running}
