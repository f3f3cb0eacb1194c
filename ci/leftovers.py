"""Looking for what a run leaves behind: files that replaced devices, segments, temporary folders, processes.

Run around everything else by `test.py`: what is there afterwards and was not there before is named, and fails the run.
"""

from __future__ import annotations

import os
import stat
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

__all__ = ["Leftovers"]

DEVICES = ("/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom", "/dev/tty")
"""Device files that a command which writes its output by renaming would replace, as root, by an ordinary file."""
SETTLING_SECONDS = 10.0
"""How long what was ended may take to be gone: Wine's server outlives its last program by a few seconds."""


class Leftovers:
    """What there was when this was made, to be compared with what there is later. On Linux; elsewhere it finds nothing."""

    def __init__(self) -> None:
        self._before = frozenset(_present())

    def found(self) -> list[str]:
        """Return what is here now and was not before, a line each, after giving it time to go."""
        deadline = time.monotonic() + SETTLING_SECONDS
        while (left := self._left()) and time.monotonic() < deadline:
            time.sleep(0.5)
        return left

    def _left(self) -> list[str]:
        return [*_replaced_devices(), *sorted(frozenset(_present()) - self._before)]


def _replaced_devices() -> list[str]:
    if sys.platform != "linux":
        return []
    wrong = [path for path in map(Path, DEVICES) if path.exists() and not stat.S_ISCHR(path.stat().st_mode)]
    return [f"{path} is not a device any more: a test or a command wrote over it" for path in wrong]


def _present() -> Iterator[str]:
    if sys.platform != "linux":
        return
    yield from (f"segment {path}" for path in _files_below(Path("/dev/shm"), "samebytes"))
    yield from (f"temporary {path}" for path in Path(tempfile.gettempdir()).glob("samebytes-*"))
    yield from (f"process {pid}: {words}" for pid, words in _own_processes())


def _files_below(folder: Path, start: str) -> Iterator[Path]:
    for place in folder.glob(f"{start}*"):
        yield from place.iterdir() if place.is_dir() and os.access(place, os.R_OK) else [place]


def _own_processes() -> Iterator[tuple[int, str]]:
    """Yield the live processes that were started from this checkout or from the cache, but for this one and its parents."""
    checkout = str(Path(__file__).resolve().parent.parent)
    own = set(_line_of(os.getpid()))
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            words = path.read_bytes().replace(b"\0", b" ").decode("utf-8", "replace").strip()
        except OSError:
            continue
        pid = int(path.parent.name)
        if pid not in own and (f"{checkout}/" in words or "/samebytes/builds/" in words):
            yield pid, words[:160]


def _line_of(pid: int) -> Iterator[int]:
    """Yield a process and its parents."""
    while pid > 0:
        yield pid
        try:
            after_name = Path(f"/proc/{pid}/stat").read_text("utf-8", "replace").rpartition(")")[2]
        except OSError:
            return
        pid = int(after_name.split()[1])
