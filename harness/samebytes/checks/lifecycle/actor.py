"""An actor of a scenario: a peer in a part, and what it holds."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from samebytes.errors import PeerRefusedError
from samebytes.peers.peer import Peer

__all__ = ["Actor", "int32"]


@dataclass
class Actor:
    """A peer in a part, and what it holds."""

    peer: Peer
    maps: list[int] = field(default_factory=list)
    views: list[int] = field(default_factory=list)
    map_capacity: int | None = None
    """Of its newest map and of its newest view, in bytes, as the peer told them; None: it did not."""
    view_capacity: int | None = None
    waiting: Callable[[], dict[str, Any]] | None = None
    """Gives the answer to the `await` that it has begun."""
    hammering: Callable[[], tuple[str, int]] | None = None
    """Gives what came of the rounds of locking that it has begun."""
    added: int = 0
    """What it has added in those rounds to each number of its block."""
    view_offset: int = 0
    """Where in its map its newest view begins, in bytes."""
    dead: bool = False
    stopped: bool = False

    def finish_waiting(self) -> None:
        """Read the answer that is still to come, whatever it is: the next one would be taken for it."""
        begun = [finish for finish in (self.waiting, self.hammering) if finish is not None]
        self.waiting = self.hammering = None
        for finish in begun:
            with suppress(PeerRefusedError):
                finish()


def int32(number: int) -> bytes:
    """Return a number as a little-endian machine stores it."""
    return number.to_bytes(4, "little", signed=True)
