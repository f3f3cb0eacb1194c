"""Finding the other Pythons that samebytes supports: on the search path, under pyenv, by the launcher of Windows."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

__all__ = ["SUPPORTED", "others"]

SUPPORTED = ("3.11", "3.12", "3.13")

_ANSWER_SECONDS = 30


def others() -> dict[str, Path | None]:
    """Every supported version but the running one, with a Python of it; None for one that is not here."""
    running = f"{sys.version_info.major}.{sys.version_info.minor}"
    return {version: _find(version) for version in SUPPORTED if version != running}


def _find(version: str) -> Path | None:
    return next((found for command in _candidates(version) if (found := _ask(command, version))), None)


def _candidates(version: str) -> Iterator[list[str]]:
    """Commands that may start this version. A shim of pyenv's may refuse, so each one is asked."""
    if on_path := shutil.which(f"python{version}"):
        yield [on_path]
    root = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv")
    for python in sorted(root.glob(f"versions/{version}.*/bin/python"), reverse=True):
        yield [str(python)]
    if launcher := shutil.which("py"):
        yield [launcher, f"-{version}"]


def _ask(command: list[str], version: str) -> Path | None:
    """Return the executable behind a command, if it runs and is what it should be."""
    question = "import sys; print('%d.%d' % sys.version_info[:2]); print(sys.executable)"
    try:
        answer = subprocess.run(
            [*command, "-c", question], timeout=_ANSWER_SECONDS, check=True, text=True,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
        )  # fmt: skip
    except (OSError, subprocess.SubprocessError):
        return None
    told, executable = answer.stdout.splitlines()
    return Path(executable) if told == version else None
