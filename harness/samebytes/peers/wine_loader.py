"""Finding Wine on this machine, and the environment its programs need."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

__all__ = ["Wine", "find_wine"]

_ANSWER_SECONDS = 20.0


@dataclass(frozen=True)
class Wine:
    """The 64-bit loader that becomes the Windows process, the server program, and the version as the loader says it."""

    loader: Path
    server: Path
    version: str

    def environment(self, prefix: Path) -> dict[str, str]:
        """Return this process's environment without what would lead Windows programs astray, and with the prefix."""
        kept = {key: value for key, value in os.environ.items() if not _foreign(key)}
        return {
            **kept,
            "WINEPREFIX": str(prefix),
            "WINELOADER": str(self.loader),
            "WINEDEBUG": "-all",
            # No installers for .NET and HTML, no menu entries, no association of file types with Wine. A program may bring
            # a mscoree.dll of its own.
            "WINEDLLOVERRIDES": "mscoree=n;mshtml=;winemenubuilder.exe=d",
            # File names travel as UTF-8 whatever the user's locale is, and the ANSI code page is the same everywhere.
            "LC_ALL": "C.UTF-8",
        }


# Linux's own Python, .NET, display and Wine settings mean something else, or nothing good, to a Windows program.
_FOREIGN = re.compile(r"(PYTHON|WINE|DOTNET_|VIRTUAL_ENV|LD_|LC_).*|LANG|LANGUAGE|DISPLAY|WAYLAND_DISPLAY|XAUTHORITY")


def _foreign(key: str) -> bool:
    return _FOREIGN.fullmatch(key) is not None


@cache
def find_wine() -> Wine | None:
    """Return the 64-bit Wine that the search path leads to, or None. Looked for once in the life of the process."""
    server = shutil.which("wineserver") or shutil.which("wineserver-stable")
    loader = next((path for path in _loaders() if os.access(path, os.X_OK)), None)
    if loader is None or server is None:
        return None
    version = _version(loader)
    return Wine(loader, Path(server), version) if version else None


def _version(loader: Path) -> str:
    """Return what the loader says, such as `wine-8.0 (Debian 8.0~repack-4)`; empty when it does not run."""
    try:
        run = subprocess.run(
            [loader, "--version"], timeout=_ANSWER_SECONDS, check=True, text=True,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
        )  # fmt: skip
    except (OSError, subprocess.SubprocessError):
        return ""
    return run.stdout.strip()


def _loaders() -> Iterator[Path]:
    """Yield candidates, best first. Debian's and Ubuntu's `wine` is a script around a loader elsewhere."""
    names = ("wine64", "wine64-stable", "wine", "wine-stable")
    for path in [Path(found) for name in names if (found := shutil.which(name))]:
        if path.name.startswith("wine64"):
            yield path
        yield path.resolve().with_name("wine64")
        yield from (Path(directory, "wine64") for directory in ("/usr/lib/wine", "/usr/lib/x86_64-linux-gnu/wine"))
        if _has_64_bit(path.resolve().parents[1]):
            yield path


def _has_64_bit(root: Path) -> bool:
    """Return whether the Wine installed under `root`, which may have one loader for all, comes with the 64-bit part."""
    libraries = ("lib", "lib64", "lib/x86_64-linux-gnu")
    return any((root / library / "wine/x86_64-unix/ntdll.so").exists() for library in libraries)
