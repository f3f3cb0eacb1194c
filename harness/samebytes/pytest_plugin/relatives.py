"""Processes that belong to a test: those that descend from this one, and those with the test's name in their environment.

What a process has in its environment stays as it was at its start, so each is asked once: a look at all of them takes a fraction of a
millisecond. Linux only.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from samebytes.peers.proc import pids, stat_fields, variables

__all__ = ["relatives"]

SETTLED = 2.0
"""Seconds after which a process has run the program that it was started for; between fork and exec it has its parent's environment."""
VARIABLE = b"PYTEST_CURRENT_TEST="
_TICKS = os.sysconf("SC_CLK_TCK") if hasattr(os, "sysconf") else 100
_settled: dict[int, bytes] = {}
"""By number: what the variable was at the start of a process; empty: it had none."""


def relatives(mark: str) -> list[int]:
    """Return the numbers of a test's processes but this one; `mark`: what the variable begins with in this test."""
    me = os.getpid()
    found = dict.fromkeys(_descendants(me))
    wanted = mark.encode()
    found |= dict.fromkeys(pid for pid, said in _variables() if wanted in said and pid != me)
    return list(found)


def _descendants(pid: int) -> Iterator[int]:
    children = _children(pid)
    if children is None:
        yield from _descendants_by_parent(pid)
        return
    for child in children:
        yield child
        yield from _descendants(child)


def _children(pid: int) -> list[int] | None:
    """Return the children of all of its threads; None where the system does not list them (CONFIG_PROC_CHILDREN)."""
    found: list[int] = []
    folder = f"/proc/{pid}/task"
    with suppress(OSError):
        for thread in os.listdir(folder):  # noqa: PTH208 - looked at in every test
            try:
                found += map(int, Path(f"{folder}/{thread}/children").read_bytes().split())
            except FileNotFoundError:
                if Path(f"{folder}/{thread}").exists():
                    return None
    return found


def _descendants_by_parent(ancestor: int) -> Iterator[int]:
    parents = {pid: _parent(pid) for pid in pids()}
    for pid in parents:
        above = pid
        while above in parents and above > 1:
            above = parents[above]
            if above == ancestor:
                yield pid
                break


def _variables() -> Iterator[tuple[int, bytes]]:
    """Yield every process with its variable."""
    there = pids()
    for pid in _settled.keys() - set(there):
        del _settled[pid]
    for pid in there:
        said = _settled.get(pid)
        if said is None:
            said = next((one for one in variables(pid) if one.startswith(VARIABLE)), b"")
            if _age(pid) > SETTLED:
                _settled[pid] = said
        if said:
            yield pid, said


def _age(pid: int) -> float:
    """Return the seconds since it was started; 0 for one that is gone."""
    fields = stat_fields(pid)
    return time.clock_gettime(time.CLOCK_BOOTTIME) - int(fields[19]) / _TICKS if fields else 0.0


def _parent(pid: int) -> int:
    fields = stat_fields(pid)
    return int(fields[1]) if fields else 0
