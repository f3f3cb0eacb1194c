"""Running this Python's pip, for what is fetched from PyPI once."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path

from samebytes.errors import MissingError
from samebytes.peers.processes import Processes

__all__ = ["run_pip"]

_PIP_SECONDS = 900.0


def run_pip(processes: Processes, arguments: Sequence[str], what: str, path: Path | None = None) -> None:
    """Run this Python's pip with the user's configuration. MissingError with pip's last word when it fails."""
    command = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--no-input", "--retries=2", *arguments]
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
    if path is not None:
        environment["PYTHONPATH"] = str(path)
    done = processes.run(command, environment=environment, seconds=_PIP_SECONDS)
    if done.status is None:
        raise _missing(what, f"no end after {_PIP_SECONDS:.0f} s")
    if done.status != 0:
        raise _missing(what, _last_word(done.output))


def _missing(what: str, why: str) -> MissingError:
    if "No module named pip" in why:
        return MissingError(f"cannot fetch {what}: {why}", add=f"{sys.executable} -m ensurepip")
    add = "make PyPI reachable for pip (PIP_INDEX_URL, PIP_PROXY, PIP_CERT), then run the command again"
    return MissingError(f"cannot fetch {what}: {why}", add=add)


def _last_word(output: str) -> str:
    """Return pip's last line that says something: advice about newer versions and hints follow the error."""
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    errors = [line for line in lines if line.startswith("ERROR:")]
    return (errors or lines or ["pip printed nothing"])[-1]
