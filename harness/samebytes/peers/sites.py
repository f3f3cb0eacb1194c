"""Folders of packages from PyPI, one for each file of pinned requirements, in the user's cache."""

from __future__ import annotations

import hashlib
import platform
import sys
from collections.abc import Sequence
from pathlib import Path

from samebytes.peers.build_once import build_once
from samebytes.peers.paths import cache_folder
from samebytes.peers.pip import run_pip
from samebytes.peers.processes import Processes
from samebytes.peers.realms import Say
from samebytes.peers.windows_python import VERSION

__all__ = ["make_site", "make_windows_site"]


def make_site(requirements: Path, processes: Processes, say: Say) -> Path:
    """Return a folder with the wheels for this Python that `requirements` pins with hashes; fetched on first use of this content.

    Every file of requirements has a folder of its own, so that runs with different ones never mix. MissingError if pip fails.
    """
    here = f"{sys.version_info[:2]} {sys.platform} {platform.machine()}"
    return _make(requirements, "site", here, [], processes, say)


def make_windows_site(requirements: Path, processes: Processes, say: Say) -> Path:
    """Return a folder as `make_site` does, with the wheels for the CPython for Windows that runs under Wine."""
    options = ["--platform=win_amd64", "--python-version=3.11", "--implementation=cp"]
    return _make(requirements, "windows-site", VERSION, options, processes, say)


def _make(requirements: Path, name: str, what: str, options: Sequence[str], processes: Processes, say: Say) -> Path:
    key = hashlib.sha256(what.encode() + requirements.read_bytes()).hexdigest()[:12]

    def make(part: Path) -> None:
        say(f"fetching packages of {requirements.name}{' for Windows' if options else ''} (once)")
        always = ["--require-hashes", "--no-deps", "--no-compile", "--only-binary=:all:"]
        words = ["install", *always, *options, "--target", str(part), "-r", str(requirements)]
        run_pip(processes, words, str(requirements))

    return build_once(cache_folder() / f"{name}-{key}", make, say)
