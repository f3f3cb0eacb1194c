"""The Windows realm on Linux: a private Wine prefix, and CPython for Windows in it."""

from __future__ import annotations

import os
import platform
import re
import sys
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path

from samebytes.errors import MissingError
from samebytes.peers.processes import Processes
from samebytes.peers.realms import SITES_VARIABLE, Availability, Realm, Say
from samebytes.peers.reaper import Reaper
from samebytes.peers.sites import make_windows_site
from samebytes.peers.windows_python import make_python
from samebytes.peers.wine_loader import Wine, find_wine
from samebytes.peers.wine_prefix import PrefixUse, make_prefix

__all__ = ["WineRealm"]

_WINDOWS_PATH = re.compile(r"[A-Za-z]:[\\/]")


class WineRealm(Realm):
    """Windows as Wine gives it. What it makes is kept in the user's cache and shared by all runs.

    Give every program pipes for its standard streams: Windows Python does not start without.
    """

    name = "windows"
    abi = "x86_64-windows"
    bare = True

    def __init__(self) -> None:
        self._reaper = Reaper()
        self._processes = Processes(self._reaper)
        self._preparing = threading.Lock()
        self._prefix: Path | None = None
        self._home: Path | None = None
        self._sites: list[Path] = []
        self._use: PrefixUse | None = None

    @property
    def how(self) -> str:  # type: ignore[override]  # read from Wine, not known before
        """Return a text such as `Wine 8.0`, from what the loader says; `Wine` where there is none."""
        wine = find_wine()
        version = re.match(r"wine-(\S+)", wine.version) if wine else None
        return f"Wine {version[1]}" if version else "Wine"

    def availability(self) -> Availability:
        """Return whether a 64-bit Wine is on the search path."""
        if platform.machine().lower() not in ("x86_64", "amd64"):
            return Availability(False, "Wine runs x86-64 programs only on an x86-64 machine")
        if find_wine() is None:
            return Availability(False, "no 64-bit Wine on PATH", _add())
        return Availability(True, f"{self.how}, 64-bit")

    def prepare(self, say: Say) -> None:
        """Make the prefix and fetch CPython, both once and for all runs; then keep the prefix's server until `close`.

        Raises MissingError without Wine, or when PyPI cannot be reached the first time; StartError after `close`.
        """
        with self._preparing:
            if self._use is not None:
                return
            wine = self._wine()
            self._reaper.start()
            self._prefix = make_prefix(wine, self._processes, say)
            self._home = make_python(self._processes, say)
            # Whatever becomes of us from here on, the reaper ends the server unless another run still uses it.
            self._reaper.wine(self._prefix)
            self._use = PrefixUse(wine, self._prefix, self._processes)
            self._use.begin()

    def install(self, requirements: Path, say: Say, processes: Processes | None = None) -> None:
        """Fetch the wheels that `requirements` pins; programs started with a later `environment()` can import them."""
        with self._preparing:
            site = make_windows_site(requirements, processes or self._processes, say)
            if site not in self._sites:
                self._sites.append(site)

    def python(self) -> list[str]:
        """Return CPython for Windows as the beginning of an argument list, in UTF-8 mode. Needs `prepare`."""
        # An embeddable Python ignores PYTHONUTF8, hence the option.
        return [self.path(self._prepared(self._home) / "python.exe"), "-X", "utf8"]

    def path(self, path: Path) -> str:
        """Return a path that starts with `Z:`: the prefix's drive Z is this machine's root."""
        return "Z:" + os.path.abspath(path).replace("/", "\\")  # noqa: PTH100 (links are to stay as they are)

    def command(self, arguments: Sequence[str]) -> list[str]:
        """Return Windows programs (`*.exe`, or with a drive) as run by Wine's loader, whose process becomes theirs; others unchanged."""
        program, *rest = arguments
        windows = _WINDOWS_PATH.match(program) is not None
        if not windows and not program.lower().endswith(".exe"):
            return list(arguments)
        if "/" in program and not windows:
            program = self.path(Path(program))
        return [str(self._wine().loader), program, *rest]

    def environment(self) -> Mapping[str, str]:
        """Return the environment without this machine's Python, .NET and display settings; with the prefix and the installed packages."""
        environment = self._wine().environment(self._prepared(self._prefix))
        sites = ";".join(self.path(site) for site in self._sites)
        return {**environment, SITES_VARIABLE: sites, "PYTHONUTF8": "1", "DOTNET_SYSTEM_GLOBALIZATION_INVARIANT": "1"}

    def close(self) -> None:
        """Give up this run's share in the prefix; the last run ends its server and every process left in it.

        Cuts short a `prepare` or `install` of another thread. The realm cannot be prepared again.
        """
        self._processes.kill_all()
        with self._preparing:
            use, self._use = self._use, None
            if use is not None:
                use.end()
            self._reaper.bye()

    def _wine(self) -> Wine:
        wine = find_wine()
        if wine is None:
            ready = self.availability()
            raise MissingError(f"programs for Windows cannot run here: {ready.detail}", add=ready.add)
        return wine

    def _prepared(self, path: Path | None) -> Path:
        if path is None:
            raise RuntimeError("WineRealm.prepare() comes first")
        return path


def _add() -> str:
    """Return the command that adds Wine, for this user."""
    root = sys.platform != "win32" and os.geteuid() == 0
    return ("" if root else "sudo ") + "apt-get install --no-install-recommends wine wine64"
