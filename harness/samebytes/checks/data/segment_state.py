"""What became of a segment that somebody could not use: who removed its name, cut it short or keeps the guard is to blame, not who suffers.

On Linux anybody can do that to a segment's file, and it is looked at without opening it. Elsewhere a system's section cannot be harmed so.
"""

from __future__ import annotations

import os
import stat
import time
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from urllib.parse import quote

from samebytes.checks.result import Difference, Stage
from samebytes.peers.peer import Peer

__all__ = ["guard_keeper", "harm_done", "segment_file"]

KEPT_SECONDS = 0.05
"""Whoever has the guard as the protocol has it, has let go of it by then."""


def segment_file(name: str) -> Path:
    """Return where a segment of that name has its file on Linux: the table in `peers/README.md`, written down once more."""
    shm = os.environ.get("SAMEBYTES_SHM_DIR") or "/dev/shm"
    scope, _, rest = name.rpartition("\\")
    folder = "samebytes-global" if scope == "Global" else f"samebytes-{os.geteuid()}"
    encoded = quote(rest, safe="~")
    return Path(shm) / folder / (f"%2E{encoded[1:]}" if encoded.startswith(".") else encoded)


def harm_done(name: str, size: int, by: Peer, stage: Stage) -> Difference | None:
    """Return what is no more as the creator of a segment of `size` bytes must leave it, as the doing of `by`; None if it is as it was.

    None, too, where the peers do not run on Linux.
    """
    if not by.hello.target.endswith("-linux"):
        return None
    path = segment_file(name)
    try:
        state = path.lstat()
    except OSError:
        return Difference(stage, by.name, "the segment's name", "there, since it is held", "removed")
    if stat.S_ISLNK(state.st_mode):
        return Difference(stage, by.name, "the segment's name", "its file", "a symbolic link in its place")
    if not stat.S_ISREG(state.st_mode):
        return Difference(stage, by.name, "the segment's name", "its file", "something else in its place")
    if state.st_size < size:
        return Difference(
            stage, by.name, "the segment", f"{size} bytes", f"{state.st_size}: who has it mapped cannot touch the rest"
        )
    return None


def guard_keeper(name: str, peers: Iterable[Peer], stage: Stage) -> Difference | None:
    """Return who of the peers keeps the guard of a segment's folder, which is to be held for microseconds; None if nobody does."""
    first = _locked_by(segment_file(name).parent)
    time.sleep(KEPT_SECONDS if first else 0)
    kept = first & _locked_by(segment_file(name).parent) if first else first
    for pid in sorted(kept):
        who = next((peer.name for peer in peers if peer.process.pid == pid), "another process")
        what = f"the guard of {segment_file(name).parent}"
        return Difference(stage, who, what, "held for microseconds", f"kept by process {pid}")
    return None


def _locked_by(folder: Path) -> set[int]:
    """Return the processes with an exclusive lock on a folder (proc_locks(5))."""
    with suppress(OSError, ValueError):
        inode = str(folder.stat().st_ino)
        rows = [line.split() for line in Path("/proc/locks").read_text("ascii").splitlines()]
        return {
            int(row[4])
            for row in rows
            if row[1] == "FLOCK" and row[3] == "WRITE" and row[5].rpartition(":")[2] == inode
        }
    return set()
