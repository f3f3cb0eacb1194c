"""Where things are: the peers and fixtures that came with the package, and the folder for what can be made again."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from samebytes.errors import MissingError, SamebytesError
from samebytes.printable import printable
from samebytes.scarcity import SCARCE

__all__ = [
    "cache_folder",
    "fixtures_folder",
    "package_root",
    "peers_folder",
    "room_in_cache",
    "shm_folder",
    "writing_cache",
]

LEAST_ROOM = 1 << 16
"""Bytes free on a disk that is not called full."""
_PACKAGE = Path(__file__).resolve().parent.parent


def package_root() -> Path:
    """Return the folder to put on `sys.path` so that samebytes can be imported."""
    return _PACKAGE.parent


def peers_folder() -> Path:
    """Return the folder of the peers: `peers/` of a checkout, or what the wheel carries."""
    return _shipped("peers")


def fixtures_folder() -> Path:
    """Return the folder of the fixtures: `fixtures/` of a checkout, or what the wheel carries."""
    return _shipped("fixtures")


def cache_folder() -> Path:
    """Return the folder of builds and runtimes, each under the hash of what made it; safe to delete when nothing runs.

    `$SAMEBYTES_CACHE`, or `samebytes` in the user's cache folder (XDG Base Directory Specification; %LOCALAPPDATA% on Windows).
    """
    chosen = os.environ.get("SAMEBYTES_CACHE")
    if chosen:
        return Path(chosen).absolute()
    usual = os.environ.get("LOCALAPPDATA" if os.name == "nt" else "XDG_CACHE_HOME")
    return (Path(usual) if usual else Path.home() / ".cache") / "samebytes"


def shm_folder() -> Path:
    """Return where shared memory lives on Linux: `$SAMEBYTES_SHM_DIR`, or `/dev/shm`."""
    return Path(os.environ.get("SAMEBYTES_SHM_DIR") or "/dev/shm")


@contextmanager
def writing_cache() -> Iterator[None]:
    """Turn an OSError of the system, met while something is made in the cache, into a MissingError that names the folder."""
    try:
        yield
    except OSError as error:
        if isinstance(error, SamebytesError) or not _about_cache(error):
            raise
        raise _no_cache(error.strerror or str(error)) from error


def room_in_cache() -> None:
    """Raise MissingError if the cache's disk is full: then a program that could not write there is not at fault."""
    with writing_cache():
        found = os.statvfs(cache_folder()) if hasattr(os, "statvfs") else None
    if found is not None and found.f_bavail * found.f_frsize < LEAST_ROOM:
        raise _no_cache(os.strerror(errno.ENOSPC))


def _about_cache(error: OSError) -> bool:
    """Return whether it is about the cache folder.

    That is something in it or above it, or nothing that has a name, on a disk or a system without room.
    """
    if not isinstance(error.filename, str):
        return error.errno in SCARCE
    named, cache = Path(error.filename), cache_folder()
    return named.is_relative_to(cache) or cache.is_relative_to(named)


def _no_cache(why: str) -> MissingError:
    hint = f"{_cache_variable()} names it: make room and rights there, or set SAMEBYTES_CACHE to another folder"
    return MissingError(
        f"the cache folder {printable(str(cache_folder()))} cannot be written: {why}", hint=hint, add=hint
    )


def _cache_variable() -> str:
    """Return the variable of the environment that says where the cache is."""
    usual = "LOCALAPPDATA" if os.name == "nt" else "XDG_CACHE_HOME"
    home = "USERPROFILE" if os.name == "nt" else "HOME"
    return next((name for name in ("SAMEBYTES_CACHE", usual) if os.environ.get(name)), home)


def _shipped(name: str) -> Path:
    carried = _PACKAGE / "_data" / name
    return carried if carried.is_dir() else _PACKAGE.parent.parent / name
