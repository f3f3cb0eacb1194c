"""Processes that got away: started by a peer in a session of their own, where ending the peer's group does not reach them.

Everything a run starts inherits a mark in its environment, and is found by it on Linux. Elsewhere nothing is found.
"""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import time
from collections.abc import Mapping, Sequence
from secrets import token_hex

from samebytes.peers.proc import pids, variables

__all__ = ["end_runaways", "marked", "new_mark"]

VARIABLE = "SAMEBYTES_RUN"
WINE = b"WINEPREFIX="
"""What runs under Wine is ended with its prefix; another run may share that, and the server that the first one started."""
ROUNDS = 50
"""How often to look: what is found may be starting another one."""
LOOK_SECONDS = 0.02


def new_mark() -> str:
    """Return a mark that no other run has."""
    return f"{os.getpid()}-{token_hex(8)}"


def marked(environment: Mapping[str, str] | None, mark: str) -> dict[str, str]:
    """Return an environment (None: our own) with the mark."""
    return {**(os.environ if environment is None else environment), VARIABLE: mark}


def end_runaways(mark: str) -> None:
    """Kill every process that has the mark, until none is left or it has been tried for about a second."""
    if sys.platform != "linux":
        return
    for _ in range(ROUNDS):
        found = _bearers(mark)
        for pid in found:
            with contextlib.suppress(OSError):
                os.kill(pid, signal.SIGKILL)
        if not found:
            return
        time.sleep(LOOK_SECONDS)


def _bearers(mark: str) -> list[int]:
    """Return processes whose environment at their start had the mark.

    Other users' cannot be read; a zombie has none.
    """
    wanted = f"{VARIABLE}={mark}".encode()
    return [pid for pid in pids() if _bears(variables(pid), wanted)]


def _bears(environment: Sequence[bytes], wanted: bytes) -> bool:
    return wanted in environment and not any(each.startswith(WINE) for each in environment)
