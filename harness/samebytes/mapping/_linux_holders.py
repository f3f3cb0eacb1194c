"""Which processes have which files open or mapped, on Linux: one walk through /proc."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass, field
from pathlib import Path

if sys.platform != "win32":
    from ._linux_who import lock_table

assert sys.platform != "win32"  # a type checker for the other system stops here

__all__ = ["Holders", "Unnamed", "find_holders"]

_Key = tuple[int, int]
_WINE = "/anonmap."
"""What Wine's server calls the file of a section, which it unlinks at once."""


@dataclass
class Unnamed:
    """A file in memory that has no name: a memfd, or one that was unlinked. `path` is a way to it while a holder lives."""

    target: str
    path: str
    size: int
    owner: int
    changed: float
    processes: set[int] = field(default_factory=set)


@dataclass
class Holders:
    """`by_file` are the processes by device and inode; `hidden` the users of processes that could not be looked at."""

    by_file: dict[_Key, set[int]] = field(default_factory=dict)
    unnamed: dict[_Key, Unnamed] = field(default_factory=dict)
    locks: frozenset[_Key] = frozenset()
    hidden: set[int] = field(default_factory=set)

    def of(self, info: os.stat_result) -> tuple[int, ...]:
        """Return the processes that hold the file."""
        return tuple(sorted(self.by_file.get((info.st_dev, info.st_ino), ())))

    def locked(self, info: os.stat_result) -> bool:
        """Return whether somebody has a lock on the file, be it a process that cannot be looked at."""
        return (info.st_dev, info.st_ino) in self.locks

    def may_be_hidden(self, info: os.stat_result) -> bool:
        """Return whether a process that could not be looked at may hold the file: its owner's, or anybody's if the mode lets others in.

        What root's services do with other users' memory nobody can know; it is not reckoned with.
        """
        return info.st_uid in self.hidden or bool(info.st_mode & 0o066 and self.hidden - {0})


def find_holders() -> Holders:
    """Return who holds what just now. Processes of others, and those that end meanwhile, are passed over."""
    found = Holders(locks=frozenset(lock_table() or ()))
    try:
        processes = [int(name) for name in os.listdir("/proc") if name.isdigit()]  # noqa: PTH208 - names are wanted
    except OSError:
        found.hidden = {0, os.geteuid()}
        return found
    for process in processes:
        try:
            _open(found, process)
            _mapped(found, process)
        except PermissionError:
            if process != 1:  # which starts the others, and holds no memory of theirs
                found.hidden.add(_owner(process))
        except OSError:  # it has ended
            continue
    return found


def _open(found: Holders, process: int) -> None:
    folder = f"/proc/{process}/fd"
    with os.scandir(folder) as entries:
        for entry in entries:
            try:
                target = os.readlink(entry.path)  # noqa: PTH115 - called very often
                if not target.startswith("/"):  # a socket, a pipe
                    continue
                info = os.stat(entry.path)  # noqa: PTH116
            except OSError:
                continue
            key = info.st_dev, info.st_ino
            found.by_file.setdefault(key, set()).add(process)
            if target.startswith("/memfd:") or _WINE in target:
                one = found.unnamed.setdefault(
                    key, Unnamed(target, entry.path, info.st_size, info.st_uid, info.st_ctime)
                )
                one.processes.add(process)


def _mapped(found: Holders, process: int) -> None:
    """Note what a process has mapped; its descriptor may be closed long since."""
    last = None
    for line in Path(f"/proc/{process}/maps").read_text(errors="surrogateescape").splitlines():
        words = line.split(None, 5)
        if len(words) < 6 or words[4] == "0" or (words[3], words[4]) == last:
            continue
        last = words[3], words[4]
        major, _, minor = words[3].partition(":")
        key = os.makedev(int(major, 16), int(minor, 16)), int(words[4])
        found.by_file.setdefault(key, set()).add(process)
        if words[5].startswith("/memfd:") or _WINE in words[5]:
            first, _, end = words[0].partition("-")
            size, path = int(end, 16) - int(first, 16), f"/proc/{process}/map_files/{words[0]}"
            one = found.unnamed.setdefault(key, Unnamed(words[5], path, size, _owner(process), _started(process)))
            one.processes.add(process)


def _owner(process: int) -> int:
    try:
        return Path(f"/proc/{process}").stat().st_uid
    except OSError:
        return 0


def _started(process: int) -> float:
    return Path(f"/proc/{process}").stat().st_ctime
