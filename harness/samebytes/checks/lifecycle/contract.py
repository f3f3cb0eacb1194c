"""What a step of a contract scenario does: capacities, waiting, refusals of malformed requests, the segment's file on Linux."""

from __future__ import annotations

import os
import stat
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from urllib.parse import quote

from samebytes.checks.data.segment_state import segment_file
from samebytes.checks.lifecycle.actor import Actor, int32
from samebytes.checks.lifecycle.locking import begin_hammer, end_hammer, hammer, holds, lock
from samebytes.checks.lifecycle.publishing import publish
from samebytes.checks.lifecycle.steps import Step
from samebytes.errors import PeerRefusedError
from samebytes.peers.peer import Peer

__all__ = ["CONTRACT"]

PAGE = 4096
EARLY = 0.5
"""Of the time it was asked to wait, what must at least have gone by: a clock of Windows ticks every 16 ms."""


def _map_capacity(actor: Actor, step: Step, _observer: Peer, _name: str) -> str:
    """Return `ok` if a map has whole pages, or what it has instead."""
    wanted = -(-step.number // PAGE) * PAGE
    return "ok" if actor.map_capacity == wanted else f"{actor.map_capacity} bytes instead of {wanted}"


def _view_capacity(actor: Actor, step: Step, _observer: Peer, _name: str) -> str:
    return "ok" if actor.view_capacity == step.number else f"{actor.view_capacity} bytes"


def _await(actor: Actor, step: Step, _observer: Peer, _name: str) -> str:
    """Return what came of waiting: a peer that gives up must have waited."""
    started = time.monotonic()
    try:
        return "ok" if actor.peer.begin_await(actor.views[-1], step.at, step.number)() else "nothing"
    except PeerRefusedError as error:
        gone = (time.monotonic() - started) * 1000
        early = error.kind == "timeout" and gone < step.number * EARLY
        return f"timeout after {gone:.1f} ms of {step.number}" if early else error.kind


def _begin_await(actor: Actor, step: Step, _observer: Peer, _name: str) -> str:
    actor.waiting = actor.peer.begin_await(actor.views[-1], step.at, step.number)
    return "ok"


def _end_await(actor: Actor, step: Step, _observer: Peer, _name: str) -> str:
    finish, actor.waiting = actor.waiting, None
    if finish is None:
        return "it was not waiting"
    written = int32(step.number)
    found = str(finish().get("value"))
    wanted = (written if actor.peer.order == "big" else written[::-1]).hex()
    return "ok" if found == wanted else f"the value {found} instead of {wanted}"


def _request(actor: Actor, step: Step, _observer: Peer, name: str) -> str:
    """Send a line as it stands, its holes filled in with what the actor holds."""
    holes = {
        "{name}": quote(name, safe="~"),
        "{map}": str(actor.maps[-1] if actor.maps else 0),
        "{view}": str(actor.views[-1] if actor.views else 0),
    }
    words = [holes.get(word, word) for word in step.words]
    refusal = actor.peer.refuses(words[0], *words[1:])
    return "ok" if refusal is None else refusal.kind


def _publish(actor: Actor, step: Step, observer: Peer, name: str) -> str:
    layout, unit = step.words
    return publish(actor.peer, actor.views[-1], layout, int(unit), observer, name)


def _file(_actor: Actor, step: Step, _observer: Peer, name: str) -> str:
    return _mode(segment_file(name), step.words[0])


def _folder(_actor: Actor, step: Step, _observer: Peer, name: str) -> str:
    return _mode(segment_file(name).parent, step.words[0])


def _mode(path: Path, wanted: str) -> str:
    try:
        found = f"{stat.S_IMODE(path.stat().st_mode):o}"
    except OSError:
        return f"no {path}"
    return "ok" if found == wanted else f"mode {found} of {path}"


def _no_file(_actor: Actor, _step: Step, _observer: Peer, name: str) -> str:
    """Look without opening: whoever opens a dead segment sweeps it away."""
    path = segment_file(name)
    return f"{path} is still there" if os.path.lexists(path) else "ok"


CONTRACT: Mapping[str, Callable[[Actor, Step, Peer, str], str]] = {
    "map_capacity": _map_capacity, "view_capacity": _view_capacity, "await": _await, "begin_await": _begin_await,
    "end_await": _end_await, "request": _request, "publish": _publish, "file": _file, "folder": _folder, "no_file": _no_file,
    "lock": lock, "hammer": hammer, "begin_hammer": begin_hammer, "end_hammer": end_hammer, "holds": holds,
}  # fmt: skip
