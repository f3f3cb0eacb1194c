"""Where things are: the peers and fixtures that came with the package, and the folder for what can be made again."""

from __future__ import annotations

import os
from pathlib import Path

__all__ = ["cache_folder", "fixtures_folder", "package_root", "peers_folder"]

_PACKAGE = Path(__file__).resolve().parent.parent


def package_root() -> Path:
    """The folder to put on `sys.path` so that samebytes can be imported."""
    return _PACKAGE.parent


def peers_folder() -> Path:
    """The peers: `peers/` of a checkout, or what the wheel carries."""
    return _shipped("peers")


def fixtures_folder() -> Path:
    """The fixtures: `fixtures/` of a checkout, or what the wheel carries."""
    return _shipped("fixtures")


def cache_folder() -> Path:
    """Builds and runtimes, each under the hash of what made it; safe to delete when nothing runs.

    `$SAMEBYTES_CACHE`, or `samebytes` in the user's cache folder (XDG Base Directory Specification; %LOCALAPPDATA% on Windows).
    """
    chosen = os.environ.get("SAMEBYTES_CACHE")
    if chosen:
        return Path(chosen).absolute()
    usual = os.environ.get("LOCALAPPDATA" if os.name == "nt" else "XDG_CACHE_HOME")
    return (Path(usual) if usual else Path.home() / ".cache") / "samebytes"


def _shipped(name: str) -> Path:
    carried = _PACKAGE / "_data" / name
    return carried if carried.is_dir() else _PACKAGE.parent.parent / name
