"""A .NET runtime of this machine as a witness: how it lays out the types of an assembly, and which it refuses."""

from __future__ import annotations

import json
import os
import platform
import subprocess
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import samebytes
from samebytes.errors import LayoutError, MissingError

__all__ = ["MODELLED", "Testimony", "abi_here", "testify"]

MODELLED = "none"
"""As the name of a runtime: none is to be asked, and layouts come from the rules alone."""
DEADLINE = 60.0
"""Seconds. A runtime starts in a fraction of one."""


@dataclass(frozen=True)
class Testimony:
    """What a runtime said of some types: `facts` by full name, as peers/csharp/witness.py answers. `abi` is the one it runs on."""

    version: str
    abi: str
    facts: Mapping[str, Any]

    @property
    def called(self) -> str:
        """Return the runtime's name and version: `.NET 8.0.4`."""
        return f".NET {'Core ' if self.version.startswith('3.') else ''}{self.version}"


def testify(path: Path, names: Iterable[str], runtime: str) -> Testimony | None:
    """Ask about types of an assembly, by full name, in a process of its own. None where there is no runtime to ask.

    `runtime`: the version that must answer; empty: the one that this machine prefers. MissingError if that one is not here.
    LayoutError if the process does not come to an answer.
    """
    if runtime == MODELLED:
        return None
    state = path.stat()
    return _asked(str(path.resolve()), (state.st_mtime_ns, state.st_size), tuple(names), runtime)


@lru_cache(maxsize=64)
def _asked(path: str, _state: tuple[int, int], names: tuple[str, ...], runtime: str) -> Testimony | None:
    folder = _loader()
    if folder is None or (not runtime and not _at_hand(os.environ.get("DOTNET_ROOT", ""), os.environ.get("PATH", ""))):
        return None
    done = _run(folder, path, runtime, json.dumps(names))
    if done.returncode == 1 and not done.stdout:
        if runtime:
            raise MissingError((done.stderr.strip().splitlines() or [f"there is no .NET {runtime}"])[-1])
        return None
    try:
        answer = json.loads(done.stdout)
        return Testimony(str(answer["version"]), abi_here(), answer["types"])
    except (ValueError, KeyError, TypeError) as error:
        said = (done.stderr.strip().splitlines() or [f"exit code {done.returncode}"])[-1]
        raise LayoutError(f"{path}: .NET cannot say how it lays it out: {said[:300]}") from error


@lru_cache(maxsize=8)
def _at_hand(_root: str, _path: str) -> bool:
    """Return whether this machine has a runtime at all; looked for once."""
    folder = _loader()
    if folder is None:
        return False
    probes = ([sys.executable, str(folder / "host.py"), *words] for words in (["--probe=pythonnet"], ["--probe"]))
    return all(_finished(command, "").returncode == 0 for command in probes)


def _run(folder: Path, path: str, runtime: str, names: str) -> subprocess.CompletedProcess[str]:
    return _finished([sys.executable, str(folder / "witness.py"), path, runtime], names)


def _finished(command: list[str], text: str) -> subprocess.CompletedProcess[str]:
    try:
        return subprocess.run(
            command, input=text, capture_output=True, encoding="utf-8", errors="replace", timeout=DEADLINE, check=False
        )
    except subprocess.TimeoutExpired:
        return subprocess.CompletedProcess(command, 2, "", f"no answer within {DEADLINE:g} s")


def _loader() -> Path | None:
    """Return the folder with the modules that load .NET: they came with the package, or stand in the checkout."""
    package = Path(samebytes.__file__).parent
    places = (package / "_data" / "peers" / "csharp", package.parent.parent / "peers" / "csharp")
    return next((place for place in places if (place / "witness.py").is_file()), None)


def abi_here() -> str:
    """Return this process's own ABI, which is that of the runtime in a process beside it."""
    machine = {"amd64": "x86_64", "arm64": "aarch64"}.get(platform.machine().lower(), platform.machine().lower())
    return f"{machine}-{'windows' if sys.platform == 'win32' else sys.platform}"
