"""Steps about a locked block: locking and unlocking it, two at once, and what then stands in memory.

Each time that one actor has locked or unlocked, the observer looks at the word: what a peer tells of it must be what others see.
"""

from __future__ import annotations

from samebytes.checks.lifecycle.actor import Actor
from samebytes.checks.lifecycle.steps import Step, named
from samebytes.peers.peer import Peer

__all__ = ["begin_hammer", "end_hammer", "hammer", "holds", "lock"]

HAMMER_SECONDS = 60.0
"""For all rounds; a peer that cannot lock gives up after five."""
WORD = 4


def lock(actor: Actor, step: Step, observer: Peer, name: str) -> str:
    """Return what came of it in the peer's word, or that it told another lock word than stands in memory."""
    result, word = actor.peer.lock(actor.views[-1], step.at, step.words[0])
    seen = int.from_bytes(_look(observer, name, actor.view_offset + step.at, WORD), "little")
    return result if seen == word else f"{result}, and tells the word {word:08x} where {seen:08x} stands in memory"


def begin_hammer(actor: Actor, step: Step, _observer: Peer, _name: str) -> str:
    """Let it lock and unlock in rounds, and go on."""
    actor.hammering = actor.peer.begin_hammer(actor.views[-1], step.at, step.number, HAMMER_SECONDS)
    return "ok"


def end_hammer(actor: Actor, _step: Step, _observer: Peer, _name: str) -> str:
    """Return what came of the rounds that were begun."""
    finish, actor.hammering = actor.hammering, None
    return "it was not hammering" if finish is None else finish()[0]


def hammer(actor: Actor, step: Step, observer: Peer, name: str) -> str:
    """Return what came of so many rounds."""
    begin_hammer(actor, step, observer, name)
    return end_hammer(actor, step, observer, name)


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
