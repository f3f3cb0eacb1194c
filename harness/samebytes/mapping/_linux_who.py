"""Who it is: users by name, and the process that holds a lock. For messages, so nothing here fails."""

from __future__ import annotations

import os
import sys
from pathlib import Path

assert sys.platform != "win32"  # a type checker for the other system stops here

__all__ = ["lock_table", "process_named", "user_named", "who_locks"]


def user_named(user: int) -> str:
    """Return the user's name and number, the number alone where it has no name."""
    try:
        import pwd

        return f"user {pwd.getpwuid(user).pw_name} ({user})"
    except (KeyError, ImportError, OSError):
        return f"user {user}"


def process_named(pid: int) -> str:
    """Return the process with its command and user: `process 123 (python3, user root (0))`."""
    try:
        command = Path(f"/proc/{pid}/comm").read_text(errors="replace").strip()
        return f"process {pid} ({command}, {user_named(Path(f'/proc/{pid}').stat().st_uid)})"
    except OSError:
        return f"process {pid}"


def lock_table() -> dict[tuple[int, int], list[tuple[str, int]]] | None:
    """Return all flocks that this process may see: (device, inode) to the modes (READ, WRITE) and processes; None without /proc."""
    try:
        text = Path("/proc/locks").read_text()
    except OSError:
        return None
    found: dict[tuple[int, int], list[tuple[str, int]]] = {}
    for line in text.splitlines():
        words = line.split()
        if len(words) < 6 or words[1] != "FLOCK":  # one that waits has an arrow there
            continue
        major, minor, inode = words[5].split(":")
        key = (os.makedev(int(major, 16), int(minor, 16)), int(inode))
        found.setdefault(key, []).append((words[3], int(words[4])))
    return found


def who_locks(fd: int) -> str:
    """Return who has a flock on the file open as `fd`, as far as it can be told."""
    try:
        found = os.fstat(fd)
        holders = (lock_table() or {}).get((found.st_dev, found.st_ino), [])
    except OSError:
        holders = []
    named = [process_named(pid) for _, pid in holders if pid > 0]
    return ", ".join(dict.fromkeys(named)) or "a process that cannot be seen from here"
