"""A private Wine prefix: making it, sharing it between runs, and leaving no process of it behind."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import IO

from samebytes.errors import MissingError
from samebytes.peers.build_once import Lock, build_once, hurry
from samebytes.peers.paths import cache_folder
from samebytes.peers.proc import pids, variables
from samebytes.peers.processes import Processes
from samebytes.peers.realms import Say
from samebytes.peers.wine_loader import Wine, find_wine

__all__ = ["NOTHING", "PrefixUse", "end_if_unused", "end_server", "make_prefix", "processes_of", "quietly", "users_of"]

# An unhandled exception ends the process at once: Wine's debugger would flood the output for a second and can hang.
REGISTRY = """REGEDIT4

[HKEY_LOCAL_MACHINE\\Software\\Microsoft\\Windows NT\\CurrentVersion\\AeDebug]
"Auto"="1"
"Debugger"=""

[HKEY_CURRENT_USER\\Software\\Wine\\WineDbg]
"ShowCrashDialog"=dword:00000000
"""

# A program that does nothing: proof that programs run.
NOTHING = (r"C:\windows\system32\cmd.exe", "/c", "exit 0")

# Making a prefix takes 5 s on an idle machine; ten times that on a busy one is still no reason to give up.
_BOOT_SECONDS = 180.0
_RUN_SECONDS = 60.0
_END_SECONDS = 10.0
_SIGKILL = 9  # by number: the signal module of Windows does not have it, and this module is imported there too
# A server that outlives its run by accident (run and reaper both killed) ends by itself after this.
_SERVER_LINGER_SECONDS = 600


def make_prefix(wine: Wine, processes: Processes, say: Say) -> Path:
    """Return the private prefix for this Wine; made on first use, then shared by all runs of this user.

    What has to run for it is started through `processes`. Raises MissingError when Wine does not do what it should.
    """
    key = hashlib.sha256(f"{wine.version}\n{wine.loader}\n{REGISTRY}".encode()).hexdigest()[:12]
    target = cache_folder() / f"wine-prefix-{key}"

    def make(part: Path) -> None:
        say("Wine: making a Windows of its own for samebytes (once, 5 to 20 s)")
        _fill(wine, part, processes)

    def discard(part: Path) -> None:
        end_server(part)
        hurry(part)

    return build_once(target, make, say, discard=discard)


def _fill(wine: Wine, prefix: Path, processes: Processes) -> None:
    _run(wine, prefix, processes, _BOOT_SECONDS, "wineboot.exe", "--init")
    settings = prefix / "samebytes.reg"
    settings.write_text(REGISTRY, encoding="ascii")
    _run(wine, prefix, processes, _RUN_SECONDS, "regedit.exe", "/S", "Z:" + str(settings).replace("/", "\\"))
    # The prefix is complete when it can run a program and its registry stands in its files.
    _run(wine, prefix, processes, _RUN_SECONDS, *NOTHING)
    end_server(prefix)
    for name in ("system.reg", "user.reg", "drive_c/windows/system32/kernel32.dll"):
        if not (prefix / name).exists():
            raise MissingError(f"Wine did not make a complete prefix: {name} is missing", hint="try again")
    _detach_home(prefix)


def _run(wine: Wine, prefix: Path, processes: Processes, seconds: float, *command: str) -> None:
    """Run a program of the prefix. MissingError when it fails or takes longer than `seconds`.

    What Wine starts along with it inherits its pipes and lives on, so nobody waits for the pipes to end.
    """
    child = processes.start([str(wine.loader), *command], wine.environment(prefix), merge=True)
    try:
        status = str(child.wait(seconds))
    except subprocess.TimeoutExpired:
        status = f"no end after {seconds:.0f} s"
    said = _said(child.stdout)
    processes.end(child)
    if status != "0":
        what = f"Wine cannot run {command[0]} ({status}): {said}"
        raise MissingError(what, add="reinstall Wine, or end what keeps it from running, and try again")


def _said(pipe: IO[bytes] | None) -> str:
    """Return the last line that is in a pipe now."""
    content = b""
    if sys.platform != "win32" and pipe is not None:
        os.set_blocking(pipe.fileno(), False)
        content = pipe.read() or b""
    return (content.decode(errors="replace").strip().splitlines() or ["it printed nothing"])[-1]


def _detach_home(prefix: Path) -> None:
    """Turn the prefix's links to the user's own folders into folders: programs under test write nothing there."""
    for link in (prefix / "drive_c/users").glob("*/*"):
        if link.is_symlink():
            link.unlink()
            link.mkdir()


class PrefixUse:
    """One run's share in a prefix. While any run has one, the prefix's server stays; the last one ends it.

    The share is a lock that dies with its process. A guard makes "am I the last?" and "I have come" exclude each other.
    """

    def __init__(self, wine: Wine, prefix: Path, processes: Processes) -> None:
        self._wine = wine
        self._processes = processes
        self._prefix = prefix
        self._share = Lock(users_of(prefix))

    def begin(self) -> None:
        """Take the share and see to it that a server runs. MissingError when no program runs; `end` is due even so."""
        with Lock(_guard(self._prefix)).held():
            self._share.acquire(shared=True)
        # A server that runs already makes this harmless. One left to itself would end as soon as no program runs, and
        # starting again costs a second.
        quietly(self._wine, self._prefix, self._wine.server, f"-p{_SERVER_LINGER_SECONDS}", seconds=_RUN_SECONDS)
        # The first program of a prefix starts Windows services, which inherit its standard streams and would hold the
        # pipes of a peer open. So that first program is this one.
        _run(self._wine, self._prefix, self._processes, _BOOT_SECONDS, *NOTHING)

    def end(self) -> None:
        """Give the share back, and end the server if nobody else has one."""
        self._share.release()
        end_if_unused(self._prefix)


def end_if_unused(prefix: Path) -> bool:
    """End everything that runs in the prefix, unless a run still has a share in it; return whether it did."""
    with Lock(_guard(prefix)).held():
        users = Lock(users_of(prefix))
        if not users.try_acquire():
            return False
        try:
            end_server(prefix)
        finally:
            users.release()
    return True


def users_of(prefix: Path) -> Path:
    """Return the file whose lock each run has a share in that uses the prefix."""
    return prefix.with_name(prefix.name + ".users")


def _guard(prefix: Path) -> Path:
    return prefix.with_name(prefix.name + ".guard")


def end_server(prefix: Path) -> None:
    """End the prefix's server and every process in it; return when they are gone. Deadline: about 25 s."""
    if (wine := find_wine()) is not None and prefix.is_dir():
        for option in ("-k", "-w"):
            quietly(wine, prefix, wine.server, option, seconds=_END_SECONDS)
    deadline = time.monotonic() + _END_SECONDS
    while (left := processes_of(prefix)) and time.monotonic() < deadline:
        for pid in left:
            with suppress(ProcessLookupError):  # it went by itself
                os.kill(pid, _SIGKILL)
        time.sleep(0.02)


def quietly(wine: Wine, prefix: Path, *command: str | Path, seconds: float) -> bool:
    """Run a command of Wine's without streams; return whether it succeeded, which says little: look at what came of it."""
    with suppress(subprocess.TimeoutExpired):
        done = subprocess.run(
            command, env=wine.environment(prefix), check=False, timeout=seconds,
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        return done.returncode == 0
    return False


def processes_of(prefix: Path) -> list[int]:
    """Return the pids of the living Wine processes, the server among them, that were started with this prefix."""
    mark = b"WINEPREFIX=" + os.fsencode(prefix)
    return [pid for pid in pids() if _is_wine(pid) and mark in variables(pid)]


def _is_wine(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/exe").readlink().name.startswith("wine")
    except OSError:
        return False  # gone meanwhile, a zombie, or another user's
