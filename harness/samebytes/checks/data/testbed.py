"""The testbed on which many data cases are tried: one segment, mapped by a producer, a consumer and the observer.

The observer puts a background into it before, and looks at it afterwards. Everything is asked of peers in processes of their own.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from secrets import token_hex

from samebytes.errors import PeerError, PeerRefusedError
from samebytes.peers.leaks import ReleaseOracle
from samebytes.peers.peer import Peer

__all__ = ["FIRST", "GONE_SECONDS", "GUARD", "SIZE", "Side", "Testbed", "gone_soon", "soon", "unique_name"]

SIZE = 1 << 18
"""Bytes of the segment at the most: what travels as hex in one line of the protocol, and holds hundreds of records."""
GUARD = 64
"""Bytes at the least between two records, and before the first; all that is no record is watched."""
PRODUCER_START, CONSUMER_START = 24, 4104
"""Bytes of the segment in front of each side's view: in the middle of a page, at a multiple of 8 and not of 16. A peer that maps
from elsewhere than it was told handles other bytes."""
FIRST = -(-CONSUMER_START // GUARD) * GUARD + GUARD
"""Where the first record may stand: inside both views, with a guard in front."""
GONE_SECONDS = 3.0
"""How long a name may outlive its last holder. Linux: not at all. Wine: 2 ms measured after a kill."""
LOOK_SECONDS = 0.005


@dataclass
class Side:
    """A peer, the form of view it uses, and what it holds."""

    peer: Peer
    form: str = "accessor"
    held: list[tuple[str, int]] = field(default_factory=list)
    map: int = 0
    view: int = 0
    start: int = 0
    """Bytes of the segment in front of its view."""

    def open(self, verb: str, name: str, *words: object) -> bool | None:
        """Open a map by one of the three verbs. Return whether it was created, None where the peer's language does not tell."""
        self.map, created = self.peer.open(verb, name, *words)
        self.held.append(("close_map", self.map))
        return created

    def look(self, access: str, form: str = "accessor") -> int:
        """Open another view of the map, from `start` to its end."""
        view = self.peer.view(self.map, 0, access, form, self.start)
        self.held.append(("close_view", view))
        return view

    def look_only(self) -> int:
        """Open a view to read from; to read and write where the peer's own way to map memory knows nothing else."""
        try:
            return self.look("read", self.form)
        except PeerRefusedError as error:
            if error.kind != "unsupported":
                raise
            return self.look("read_write", self.form)

    def release(self) -> None:
        """Close views and map, the latest first."""
        held, self.held = self.held[::-1], []
        for answer in self.peer.ask_all([f"{verb} {number}" for verb, number in held]):
            if isinstance(answer, PeerRefusedError):
                raise answer


class Testbed:
    """Open from `with` to its end. PeerError of the kind that fits from every method; `leaked` says after the end what was left."""

    def __init__(self, name: str, peers: tuple[Peer, Peer, Peer], size: int = SIZE) -> None:
        self.name, self.peers, self.size = name, peers, size
        self.producer, self.consumer, self._observer = (Side(peer) for peer in peers)
        self.producer.start, self.consumer.start = PRODUCER_START, CONSUMER_START
        self._oracle = ReleaseOracle(peers[:2])
        self.leaked = ""

    def __enter__(self) -> Testbed:
        try:
            self.producer.open("create_new", self.name, self.size)
            self.producer.view = self.producer.look("read_write")
            self._observer.open("open_existing", self.name)
            self._observer.view = self._observer.look("read_write")
            self.consumer.open("open_existing", self.name)
            self.consumer.view = self.consumer.look_only()
        except BaseException:
            self._give_back()
            raise
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is not None:
            self._give_back()
            return
        for side in (self.consumer, self.producer, self._observer):
            side.release()
        self.leaked = self._oracle.leaks()
        if not gone_soon(self._observer.peer, self.name) and not self.leaked:
            self.leaked = f"{self.name} is still there after everyone closed it"

    def fill(self, image: bytes, at: int = 0) -> None:
        """Put these bytes into the segment."""
        self._observer.peer.poke(self._observer.view, at, image)

    def look(self, size: int | None = None, at: int = 0) -> bytes:
        """Return bytes of the segment as they are now; all of it unless told otherwise."""
        return self._observer.peer.peek(self._observer.view, at, self.size if size is None else size)

    def _give_back(self) -> None:
        """Let whoever still lives let go of what it holds, after a failure."""
        for side in (self.consumer, self.producer, self._observer):
            with suppress(PeerError):
                if side.peer.process.alive:
                    side.release()


def unique_name(name: str) -> str:
    """Return a segment's name that no other case has, and that says what it is for."""
    return f"{name}-{os.getpid()}-{token_hex(4)}"


def gone_soon(observer: Peer, name: str) -> bool:
    """Return whether a name that nobody should hold any more is gone, within the time that systems take for it."""

    def gone() -> bool:
        refusal = observer.absence(name)
        return refusal is not None and refusal.kind == "not_found"

    return soon(gone)


def soon(holds: Callable[[], bool]) -> bool:
    """Return whether something holds within GONE_SECONDS."""
    deadline = time.monotonic() + GONE_SECONDS
    while not holds():
        if time.monotonic() > deadline:
            return False
        time.sleep(LOOK_SECONDS)
    return True
