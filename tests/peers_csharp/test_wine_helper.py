"""The helper that .NET 5 and later need under Wine: what is shipped is what the source says."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
from pathlib import Path

import pytest

FOLDER = Path(__file__).resolve().parents[2] / "peers" / "csharp" / "wine"
COMPILER, COMMAND, *DIGESTS = (FOLDER / "BUILD").read_text("utf-8").splitlines()


def test_the_digests_are_those_of_the_files() -> None:
    assert [line.split()[1] for line in DIGESTS] == ["mscoree.c", "mscoree.dll"]
    for digest, name in map(str.split, DIGESTS):
        assert hashlib.sha256((FOLDER / name).read_bytes()).hexdigest() == digest, name


def test_the_shipped_helper_is_what_the_source_says(tmp_path: Path) -> None:
    words = COMMAND.split()
    if shutil.which(words[0]) is None:
        pytest.skip(f"no {words[0]} here: apt-get install gcc-mingw-w64-x86-64")
    version = subprocess.run([words[0], "--version"], capture_output=True, text=True, timeout=60, check=True).stdout
    if version.splitlines()[0] != COMPILER:
        pytest.skip(f"the helper was compiled by {COMPILER}; here is {version.splitlines()[0]}")
    shutil.copy(FOLDER / "mscoree.c", tmp_path)
    subprocess.run(words, cwd=tmp_path, timeout=60, check=True)
    assert (tmp_path / "mscoree.dll").read_bytes() == (FOLDER / "mscoree.dll").read_bytes()
