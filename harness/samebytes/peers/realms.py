"""Realms: the kernels in which names live, and how a program is started in each."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from samebytes.errors import MissingToolError
from samebytes.peers.paths import shm_folder
from samebytes.peers.processes import Processes
from samebytes.peers.processors import runner

__all__ = ["REALMS", "SITES_VARIABLE", "Availability", "NativeRealm", "Realm", "Say"]

SITES_VARIABLE = "SAMEBYTES_SITES"
"""Names the folders of packages that were installed for a realm's programs, separated as in its PATH."""

REALMS = ("linux", "windows")
"""Every realm there is, here or elsewhere."""

LEAST_MEMORY = 1 << 20
"""Bytes of shared memory that a run needs: a few testbeds of 256 KiB."""
ADD_MEMORY = "mount -t tmpfs tmpfs /dev/shm, or set SAMEBYTES_SHM_DIR to a folder"
FREE_MEMORY = "samebytes segments --reap, or docker run --shm-size=64m"
Say = Callable[[str], None]
"""Where progress goes: one short line for anything that takes more than a second."""


@dataclass(frozen=True)
class Availability:
    """Whether something can be used here; if not, why (`detail`) and the command that adds it (`add`)."""

    ready: bool
    detail: str
    add: str = ""


class Realm:
    """One kernel's world of names. Peers can share memory only inside one realm."""

    name: str
    """`linux` or `windows`."""
    abi: str
    """The ABI of programs started here, such as `x86_64-windows`."""
    how: str
    """How programs are started, for people: `native`, `Wine 8.0`."""
    bare: bool = False
    """Whether the realm's Python is our own, and has nothing but what `install` brings."""

    def availability(self) -> Availability:
        """Probe, without changing anything, whether this realm can be used."""
        raise NotImplementedError

    def prepare(self, say: Say) -> None:
        """Make the realm ready to start programs; idempotent, safe in parallel. MissingError if it cannot be done."""

    def install(self, requirements: Path, say: Say, processes: Processes | None = None) -> None:
        """Fetch a file of pinned requirements, once, for programs started with a later `environment()`; idempotent, safe in parallel.

        pip runs among `processes`, so that it ends with them. MissingError if it cannot be reached.
        """

    def python(self) -> list[str]:
        """Return the realm's Python as the beginning of an argument list, in the realm's own form; `command` makes it runnable."""
        raise NotImplementedError

    def path(self, path: Path) -> str:
        """Return a path of this machine as programs in the realm write it."""
        raise NotImplementedError

    def command(self, arguments: Sequence[str]) -> list[str]:
        """Return the argument list that really starts `arguments` (program first) from the harness."""
        raise NotImplementedError

    def environment(self) -> Mapping[str, str]:
        """Return the environment for a program started here (complete, not a difference)."""
        raise NotImplementedError

    def runner(self, abi: str) -> list[str]:
        """Return what starts a program of that ABI here, to be put before its command. MissingToolError where nothing does."""
        if abi != self.abi:
            raise MissingToolError(f"programs for {abi} do not run in {self.name}")
        return []

    def close(self) -> None:
        """End what the realm itself keeps running, unless another run still uses it; idempotent."""


class NativeRealm(Realm):
    """The kernel of this machine: `linux` on Linux, `windows` on Windows."""

    how = "native"

    def __init__(self) -> None:
        self.name = "windows" if os.name == "nt" else "linux"
        self.abi = f"{_machine()}-{self.name}"
        self._sites: dict[Path, None] = {}

    def availability(self) -> Availability:
        return _shared_memory() if os.name == "posix" else Availability(True, "this machine")

    def install(self, requirements: Path, say: Say, processes: Processes | None = None) -> None:
        """Fetch into the user's cache: the Python that runs this keeps what it has.

        `environment()` names the folder.
        """
        assert processes is not None  # of the run that wants them: a realm of this machine starts nothing itself
        from samebytes.peers.sites import make_site

        self._sites[make_site(requirements, processes, say)] = None

    def python(self) -> list[str]:
        return [sys.executable]

    def path(self, path: Path) -> str:
        return str(path)

    def command(self, arguments: Sequence[str]) -> list[str]:
        return list(arguments)

    def runner(self, abi: str) -> list[str]:
        linux = self.name == "linux" and "-linux" in abi
        return runner(abi, self.abi) if linux else super().runner(abi)

    def environment(self) -> Mapping[str, str]:
        sites = os.pathsep.join([*map(str, self._sites), *filter(None, [os.environ.get(SITES_VARIABLE)])])
        own = {SITES_VARIABLE: sites} if sites else {}
        return {**os.environ, **own, "PYTHONUTF8": "1", "DOTNET_SYSTEM_GLOBALIZATION_INVARIANT": "1"}


def _shared_memory() -> Availability:
    """Return whether shared memory can be made on this POSIX system: its folder is there, may be written, and has room."""
    place = shm_folder()
    try:
        room = os.statvfs(place)
    except OSError as error:
        return Availability(False, f"no shared memory in {place}: {error.strerror}", ADD_MEMORY)
    free = room.f_bavail * room.f_frsize
    if not place.is_dir() or not os.access(place, os.W_OK | os.X_OK):
        return Availability(False, f"no shared memory in {place}: not a folder that this user may write to", ADD_MEMORY)
    if free < LEAST_MEMORY:
        return Availability(False, f"too little shared memory: {free} bytes are free in {place}", FREE_MEMORY)
    return Availability(True, "this machine")


def _machine() -> str:
    """Return this process's CPU in the spelling of the ABI tables."""
    import platform

    machine = platform.machine().lower()
    return {"amd64": "x86_64", "x86_64": "x86_64", "arm64": "aarch64", "aarch64": "aarch64"}.get(machine, machine)
