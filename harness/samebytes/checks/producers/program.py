"""A producer's process: started in a group of its own, what it prints drained and bounded, ended with all it started."""

from __future__ import annotations

import contextlib
import os
import secrets
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO

from samebytes.checks.producers.producer import Producer, Stop
from samebytes.errors import StartError
from samebytes.peers.proc import alive, pids, variables
from samebytes.peers.program_kind import why_not_started
from samebytes.peers.realms import NativeRealm
from samebytes.peers.site import Site
from samebytes.printable import printable_lines

__all__ = ["FLOOD", "Running"]

KEPT = 4096
"""Bytes of each stream's end that are kept as evidence."""
EVIDENCE_LINES = 20
FLOOD = 10 << 20
"""Bytes: who prints more than that in the seconds we look tells somebody something that nobody reads."""
LOOK_SECONDS = 0.005
MARK = "SAMEBYTES_PRODUCER"
"""In the environment of all that a producer starts, however far it gets away."""
ROUNDS = 50


def _launched(
    site: Site, command: Sequence[str], environment: Mapping[str, str], folder: Path
) -> subprocess.Popen[bytes]:
    """Start the program. StartError says what its file is, where that is why it cannot be started, or not in this realm."""
    path = folder / command[0]
    why = why_not_started(path, site.name)
    try:
        if (
            why and site.name == "windows" and not _has_mono(site)
        ):  # Wine starts whatever it is given, and says nothing that helps
            raise StartError(f"cannot start {path}")
        return site.launch(command, environment, folder)
    except StartError as error:
        raise StartError(f"{error.message}: {why}" if why else error.message, hint=error.hint) from error


def _has_mono(site: Site) -> bool:
    """Return whether somebody has put Mono into the realm's Wine prefix, which runs .NET programs then."""
    prefix = site.realm.environment().get("WINEPREFIX", "")
    return bool(prefix) and (Path(prefix) / "drive_c" / "windows" / "mono").is_dir()


class Running:
    """A producer's process. `end` must be called; `with` does. Raises StartError when it cannot be started."""

    def __init__(self, producer: Producer, site: Site) -> None:
        self._site = site
        self._token = f"{os.getpid()}-{secrets.token_hex(8)}"
        environment = {**producer.environment, MARK: self._token}
        self.started = time.monotonic()
        self._process = _launched(site, producer.command(site.name), environment, producer.folder)
        self._tails = [_Tail(pipe) for pipe in (self._process.stdout, self._process.stderr) if pipe is not None]

    def __enter__(self) -> Running:
        return self

    def __exit__(self, *_: object) -> None:
        self.end()

    @property
    def pid(self) -> int:
        """Return its process id on this machine."""
        return self._process.pid

    @property
    def status(self) -> int | None:
        """Return its exit status, negative for a signal; None while it runs."""
        return self._process.poll()

    @property
    def over(self) -> bool:
        """Return whether it has ended, and not merely gone to the background (exit status 0, others of it still run)."""
        status = self.status
        return status is not None and (status != 0 or not self.others())

    @property
    def age(self) -> float:
        """Return the seconds since its start."""
        return time.monotonic() - self.started

    @property
    def printed(self) -> int:
        """Return how many bytes it has printed so far."""
        return sum(tail.count for tail in self._tails)

    @property
    def evidence(self) -> str:
        """Return the last lines it printed."""
        lines = [line for tail in self._tails for line in tail.lines()]
        return "\n".join(lines[-EVIDENCE_LINES:])

    def settle(self) -> None:
        """Wait a moment for the last of what it printed, once it has ended."""
        for tail in self._tails:
            tail.wait(0.5)

    def ask(self, stop: Stop) -> None:
        """Ask it to end; whether it has ended already does not matter."""
        with contextlib.suppress(OSError, ValueError):
            if stop.how == "terminate":
                self._process.terminate()
            elif stop.how == "kill":
                self._process.kill()
            else:
                self._say(f"{stop.line}\n" if stop.how == "line" else "")

    def _say(self, text: str) -> None:
        pipe = self._process.stdin
        assert pipe is not None
        if text:
            if sys.platform != "win32":
                os.set_blocking(pipe.fileno(), False)  # a program that never reads must not hold us up
            os.write(pipe.fileno(), text.encode())
        else:
            pipe.close()

    def wait(self, seconds: float) -> bool:
        """Return whether it ends within `seconds`."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(seconds)
        return self.status is not None

    def group(self) -> list[int]:
        """Return every process of it that lives, itself included: its group, and what left that. Linux tells; elsewhere only itself."""
        mark = f"{MARK}={self._token}".encode()
        found = [pid for pid in pids() if alive(pid) and (_group(pid) == self.pid or mark in variables(pid))]
        return found or ([self.pid] if self.status is None else [])

    def others(self) -> list[int]:
        """Return those besides itself. Wine starts processes of its own beside a program's: there nobody is told."""
        if not isinstance(self._site.realm, NativeRealm):
            return []
        return [pid for pid in self.group() if pid != self.pid]

    def end(self) -> None:
        """Kill whatever of it still runs, and reap it; idempotent."""
        self._site.end(self._process)
        for _ in range(ROUNDS):  # what is found may be starting another one
            left = self.others()
            for pid in left:
                _kill(pid)
            if not left:
                break
            time.sleep(LOOK_SECONDS)
        for tail in self._tails:
            tail.wait(0.5)


class _Tail:
    """Reads a pipe to its end in a thread of its own; keeps the last of it, and how much there was."""

    def __init__(self, pipe: IO[bytes]) -> None:
        self.count = 0
        self._kept = b""
        own = os.fdopen(os.dup(pipe.fileno()), "rb", buffering=0)  # the process's pipe may be closed while we read
        self._thread = threading.Thread(target=self._read, args=(own,), daemon=True)
        self._thread.start()

    def _read(self, pipe: IO[bytes]) -> None:
        with contextlib.suppress(OSError, ValueError), pipe:
            while chunk := pipe.read(1 << 16):
                self.count += len(chunk)
                self._kept = (self._kept + chunk)[-KEPT:]

    def lines(self) -> Sequence[str]:
        """Return the last lines; the first of them may be cut."""
        return printable_lines(self._kept.decode("utf-8", "replace")).splitlines()

    def wait(self, seconds: float) -> None:
        """Wait until the pipe has ended, at most so long."""
        self._thread.join(seconds)


if sys.platform == "win32":

    def _group(_pid: int) -> int:
        return 0

    def _kill(pid: int) -> None:
        with contextlib.suppress(OSError):
            os.kill(pid, signal.SIGTERM)  # what Windows' Python makes of it is TerminateProcess

else:

    def _group(pid: int) -> int:
        with contextlib.suppress(OSError):
            return os.getpgid(pid)
        return 0

    def _kill(pid: int) -> None:
        with contextlib.suppress(OSError):
            os.kill(pid, signal.SIGKILL)
