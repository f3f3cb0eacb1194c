"""Every process this package starts, in one place, so that every one of them is ended."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from samebytes.errors import MissingError, StartError
from samebytes.peers.orphans import end_runaways, marked, new_mark
from samebytes.printable import printable_lines
from samebytes.scarcity import shortage

__all__ = ["Completed", "Processes", "Watcher"]

REAP_SECONDS = 5.0
"""How long a killed process may take to become reapable; only a kernel in trouble takes longer."""


class Watcher(Protocol):
    """Who ends our processes should we be killed ourselves."""

    def watch(self, pid: int) -> None: ...
    def ended(self, pid: int) -> None: ...


@dataclass(frozen=True)
class Completed:
    """A finished command: exit status (None when it was killed at its deadline) and all it printed."""

    status: int | None
    output: str

    @property
    def first_line(self) -> str:
        """Return its first line that is not blank."""
        return next((line.strip() for line in self.output.splitlines() if line.strip()), "")


class Processes:
    """The live processes of one run. Thread-safe. `kill_all` ends them and refuses to start more."""

    def __init__(self, watcher: Watcher | None = None) -> None:
        self._watcher = watcher
        self._live: dict[int, subprocess.Popen[bytes]] = {}
        self._lock = threading.Lock()
        self._closed = False
        self._mark = new_mark()

    def start(
        self,
        arguments: Sequence[str],
        environment: Mapping[str, str] | None = None,
        folder: Path | None = None,
        *,
        merge: bool = False,
    ) -> subprocess.Popen[bytes]:
        """Start a process with pipes for input, output and errors (`merge`: errors into output) in a group of its own.

        A group of its own keeps a Ctrl-C at the terminal from reaching it before we decide what to do. StartError if it cannot
        start, MissingError if the machine has no descriptors, memory or processes left.
        """
        with self._lock:
            if self._closed:
                raise StartError(f"not started, this run is ending: {arguments[0]}")
            try:
                child = _spawn(arguments, marked(environment, self._mark), folder, merge)
            except OSError as error:
                lacking = shortage(error)
                if isinstance(lacking, MissingError):  # not the program's doing
                    words = f"cannot start {arguments[0]}: {error.strerror}"
                    raise MissingError(words, hint=lacking.hint, add=lacking.hint) from error
                raise StartError(f"cannot start {arguments[0]}: {error.strerror or error}") from error
            self._live[child.pid] = child
        if self._watcher is not None:
            self._watcher.watch(child.pid)
        return child

    def run(
        self,
        arguments: Sequence[str],
        *,
        environment: Mapping[str, str] | None = None,
        folder: Path | None = None,
        seconds: float,
    ) -> Completed:
        """Run a command to its end, at most `seconds`, with nothing on its input. StartError if it cannot start."""
        child = self.start(arguments, environment, folder, merge=True)
        try:
            output, _ = child.communicate(b"", timeout=seconds)
            status: int | None = child.returncode
        except subprocess.TimeoutExpired:
            status, output = None, b""
        finally:
            self.end(child)
        return Completed(status, printable_lines(output.decode("utf-8", "replace")))

    def end(self, child: subprocess.Popen[bytes]) -> int | None:
        """Kill `child` and its group if it still runs, reap it, close its pipes.

        Return its exit status; None if it cannot be reaped.
        """
        _kill(child)
        with contextlib.suppress(subprocess.TimeoutExpired):
            child.wait(REAP_SECONDS)
        for pipe in (child.stdin, child.stdout, child.stderr):
            if pipe is not None:
                with contextlib.suppress(OSError, ValueError):
                    pipe.close()
        with self._lock:
            known = self._live.pop(child.pid, None)
        if known is not None and self._watcher is not None:
            self._watcher.ended(child.pid)
        return child.returncode

    def kill_all(self) -> None:
        """Kill every live process at once, and what got away from them, and wait until they are gone; start no more.

        Each owner still closes its own pipes.
        """
        with self._lock:
            self._closed = True
            live = list(self._live.values())
        for child in live:
            _kill(child)
        for child in live:
            with contextlib.suppress(subprocess.TimeoutExpired):
                child.wait(REAP_SECONDS)
        end_runaways(self._mark)


def _spawn(
    arguments: Sequence[str], environment: Mapping[str, str], folder: Path | None, merge: bool
) -> subprocess.Popen[bytes]:
    windows = os.name == "nt"
    return subprocess.Popen(
        list(arguments),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT if merge else subprocess.PIPE,
        env=dict(environment),
        cwd=folder,
        process_group=None if windows else 0,
        creationflags=getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0) if windows else 0,
    )


def _kill(child: subprocess.Popen[bytes]) -> None:
    """Kill a process and its group, and the group of one that has ended and left others behind; nobody left is not an error."""
    with contextlib.suppress(OSError):
        if sys.platform == "win32":
            child.kill()
        elif child.returncode is None or not _exists(child.pid):
            os.killpg(child.pid, signal.SIGKILL)


def _exists(pid: int) -> bool:
    """Return whether there is a process of that number.

    It is not given to another while the group it led has members.
    """
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:  # another user's by now
        return True
    return True
