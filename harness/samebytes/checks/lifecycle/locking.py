"""Steps about a locked block: locking and unlocking it, two at once, and what then stands in memory.

Each time that one actor has locked or unlocked, the observer looks at the word: what a peer tells of it must be what others see.
"""

from __future__ import annotations

import time

from samebytes.checks.lifecycle.actor import Actor
from samebytes.checks.lifecycle.steps import Step, named
from samebytes.peers.peer import Peer

__all__ = ["begin_hammer", "counted", "end_hammer", "hammer", "holds", "lock"]

HAMMER_SECONDS = 60.0
"""For all rounds; a peer that cannot lock gives up after five."""
WORD = 4
NUMBERS = 15
"""Behind the word: what every second round adds one to."""
TRIED, MOST = 1000, 4_000_000
"""Rounds: how fast a peer is is found out by the first, and it never makes more than the second at once."""


def lock(actor: Actor, step: Step, observer: Peer, name: str) -> str:
    """Return what came of it in the peer's word, or that it told another lock word than stands in memory."""
    result, word = actor.peer.lock(actor.views[-1], step.at, step.words[0])
    seen = int.from_bytes(_look(observer, name, actor.view_offset + step.at, WORD), "little")
    return result if seen == word else f"{result}, and tells the word {word:08x} where {seen:08x} stands in memory"


def begin_hammer(actor: Actor, step: Step, _observer: Peer, _name: str) -> str:
    """Let it lock and unlock in as many rounds as take it about so many milliseconds alone, and go on."""
    started = time.monotonic()
    result = actor.peer.begin_hammer(actor.views[-1], step.at, TRIED, HAMMER_SECONDS)()[0]
    if result != "ok":
        return result
    rounds = min(MOST, 2 * int(TRIED * step.number / 2000 / (time.monotonic() - started)) + 2)
    actor.added += (TRIED + rounds) // 2
    actor.hammering = actor.peer.begin_hammer(actor.views[-1], step.at, rounds, HAMMER_SECONDS)
    return "ok"


def end_hammer(actor: Actor, _step: Step, _observer: Peer, _name: str) -> str:
    """Return what came of the rounds that were begun."""
    finish, actor.hammering = actor.hammering, None
    return "it was not hammering" if finish is None else finish()[0]


def hammer(actor: Actor, step: Step, observer: Peer, name: str) -> str:
    """Return what came of as many rounds as take it about so many milliseconds alone."""
    begun = begin_hammer(actor, step, observer, name)
    return begun if begun != "ok" else end_hammer(actor, step, observer, name)


def counted(added: int, step: Step, observer: Peer, name: str) -> str:
    """Return `ok` if the block is free and each of its numbers is what all together have added, or what stands there."""
    found = _look(observer, named(step.of, name), step.at, WORD * (1 + NUMBERS))
    word, *numbers = (int.from_bytes(found[at : at + WORD], "little") for at in range(0, len(found), WORD))
    if word:
        return f"the word {word:08x}"
    wrong = [number for number in numbers if number != added]
    return f"{wrong[0]} where {added} were counted" if wrong else "ok"


def holds(_actor: Actor, step: Step, observer: Peer, name: str) -> str:
    """Return `ok` if these bytes stand in memory, or those that do."""
    wanted = bytes.fromhex(step.words[0])
    found = _look(observer, named(step.of, name), step.at, len(wanted))
    return "ok" if found == wanted else f"the bytes {found.hex()}"


def _look(observer: Peer, name: str, offset: int, count: int) -> bytes:
    map_, _ = observer.open("open_existing", name, "read")
    try:
        view = observer.view(map_, 0, "read")
        found = observer.peek(view, offset, count)
        observer.close_view(view)
        return found
    finally:
        observer.close_map(map_)
