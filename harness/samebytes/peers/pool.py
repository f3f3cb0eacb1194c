"""The peers of one realm: each face as a producer and as a consumer, and an observer. Started together, restarted within bounds."""

from __future__ import annotations

import secrets
from collections import Counter, defaultdict, deque
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass, field

from samebytes.errors import PeerError, StartError
from samebytes.peers.peer import Peer, Starter
from samebytes.peers.workers import Worker, Workers

__all__ = ["CONSUMER", "OBSERVER", "PRODUCER", "Pool", "Role"]

Role = str
PRODUCER: Role = "producer"
CONSUMER: Role = "consumer"
OBSERVER: Role = "observer"
MAX_STARTS = 4
"""How often a role may be started in a run: a peer that keeps dying is not started for ever."""
STARTING_AT_ONCE = 4
"""Interpreters and runtimes are heavy at their start; more at once only makes each slower."""


@dataclass
class Pool:
    """Live peers by (face name, role). Threads may use it at once, each for roles that no other uses. `close` ends them all."""

    starters: Mapping[str, Starter]
    """What can be started, by face name such as `c.library`."""
    observer: str
    """The face that looks at the bytes."""
    say: Callable[[str], None] = field(default=lambda _line: None)
    """Told when a process did not start at once."""
    _peers: dict[tuple[str, Role], Peer] = field(default_factory=dict)
    _starts: Counter[tuple[str, Role]] = field(default_factory=Counter)
    """How often a role got a process, without those that were ended on purpose."""
    _coming: dict[tuple[str, Role], deque[Future[Peer | PeerError]]] = field(default_factory=lambda: defaultdict(deque))
    """Replacements, started or being started."""
    _starting: Workers = field(default_factory=lambda: Workers(STARTING_AT_ONCE))
    _failures: dict[tuple[str, Role], PeerError] = field(default_factory=dict)

    def start_all(self, roles: Sequence[tuple[str, Role]]) -> None:
        """Start peers for these roles, several at once. What fails to start is remembered, and raised by `peer`."""
        self._starts.update(roles)
        outcomes = self._starting.map(lambda key: self._begin(key[0]), roles)
        for key, outcome in zip(roles, outcomes, strict=True):
            if isinstance(outcome, Peer):
                self._peers[key] = outcome
            else:
                self._failures[key] = outcome

    def peer(self, face: str, role: Role) -> Peer:
        """Return the live peer in that role, another one if it has died. PeerError if none can be started."""
        key = face, role
        if key in self._failures:
            raise self._failures[key]
        peer = self._peers.get(key)
        if peer is None or not peer.process.alive:
            if peer is not None:
                peer.process.end()
            outcome = self._next(face, role)
            if not isinstance(outcome, Peer):
                self._failures[key] = outcome
                raise outcome
            peer = self._peers[key] = outcome
        return peer

    def living(self, face: str, role: Role) -> Peer | None:
        """Return the peer that is in that role now, if it lives; none is started."""
        peer = self._peers.get((face, role))
        return peer if peer is not None and peer.process.alive else None

    def three(self, producer: str, consumer: str, observer: Role = OBSERVER) -> tuple[Peer, Peer, Peer]:
        """Return the live peers for two faces, and the observer. PeerError for one that cannot be started."""
        return self.peer(producer, PRODUCER), self.peer(consumer, CONSUMER), self.peer(self.observer, observer)

    def retire(self, face: str, role: Role) -> None:
        """End its process on purpose, if it still runs: that does not count as a death. The next one starts when it is needed."""
        old = self._peers.pop((face, role), None)
        if old is not None:
            old.process.end()
            self._starts[face, role] -= 1

    def replace(self, face: str, role: Role) -> None:
        """End its process on purpose, and have another ready soon: one that was foreseen, or one that starts in the background."""
        self.retire(face, role)
        if not self._coming[face, role]:
            self.foresee(face, role)

    def foresee(self, face: str, role: Role) -> None:
        """Start a process in the background that takes over when this one has ended."""
        self._coming[face, role].append(self._starting.submit(self._begin, face))

    def close(self) -> None:
        """Say goodbye to every peer, all at once; end those that do not go."""
        self._starting.shutdown(cancel_futures=True)
        for worker in [Worker(peer.process.say_goodbye) for peer in self._everybody()]:
            worker.join()
        self._peers.clear()
        self._coming.clear()

    def kill(self) -> None:
        """End every peer at once, without a word."""
        self._starting.shutdown(wait=False, cancel_futures=True)
        for peer in self._everybody():
            with suppress(OSError):
                peer.process.end()

    def _everybody(self) -> list[Peer]:
        """Return the peers at work, and those that have started and wait to take over."""
        coming = [future for queue in list(self._coming.values()) for future in list(queue)]
        started = [future.result() for future in coming if future.done() and not future.cancelled()]
        return [*list(self._peers.values()), *(peer for peer in started if isinstance(peer, Peer))]

    def _next(self, face: str, role: Role) -> Peer | PeerError:
        """Return a peer that was foreseen, or a new one. One that did not start is not passed over in silence."""
        self._starts[face, role] += 1
        if self._starts[face, role] > MAX_STARTS:
            return StartError(f"{face} died {MAX_STARTS} times as {role}; not started again", peer=face)
        coming = self._coming[face, role]
        while coming:
            outcome = coming.popleft().result()
            if isinstance(outcome, Peer):
                return outcome
            self.say(f"{face} did not start as {role}, and is started again: {outcome}")
        return self._begin(face)

    def _begin(self, face: str) -> Peer | PeerError:
        try:
            peer = self.starters[face].start()
        except PeerError as error:
            return error
        return _honest(peer)


def _honest(peer: Peer) -> Peer | PeerError:
    """Return the peer if it refuses a random verb and a random layout, else an error: a yes to nonsense spoils all belief."""
    nonsense = "x" + secrets.token_hex(6)
    try:
        for verb, words in ((nonsense, ()), ("describe", (nonsense,))):
            refusal = peer.refuses(verb, *words)
            if refusal is None or refusal.kind != "unsupported":
                answer = "ok" if refusal is None else refusal.kind
                peer.process.end()
                return StartError(
                    f"{peer.name} answers {answer!r} to '{verb} {' '.join(words)}', which does not exist",
                    hint="an unknown verb or layout must be refused as 'unsupported'",
                    peer=peer.name,
                )
    except PeerError as error:
        return error
    return peer
