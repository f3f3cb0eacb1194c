"""A type checker sees in a user's file what the library gives, exactly."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

FILE = Path(__file__).with_name("users_file.py")


def checked(file: Path, folder: Path) -> subprocess.CompletedProcess[str]:
    """What mypy says of the file, strictly, as of a user's who has samebytes installed."""
    pytest.importorskip("mypy", reason="pip install 'samebytes[lint]'")
    command = [
        sys.executable,
        "-m",
        "mypy",
        "--strict",
        "--cache-dir",
        str(folder / "cache"),
        "--config-file=",
        str(file),
    ]
    return subprocess.run(command, capture_output=True, text=True, timeout=300, check=False, cwd=folder)


def test_a_users_file_has_exact_types(tmp_path):
    done = checked(FILE, tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr


def test_a_wrong_type_is_seen(tmp_path):
    file = tmp_path / "users_file.py"
    file.write_text(FILE.read_text("utf-8").replace("view.overlay(Car), Car)", "view.overlay(Car), int)"), "utf-8")
    done = checked(file, tmp_path)
    assert done.returncode == 1
    assert 'Expression is of type "Car", not "int"' in done.stdout
