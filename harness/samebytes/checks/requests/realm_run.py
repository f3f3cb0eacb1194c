"""One realm's part of a request: its peers built and started once, then the cells of each check in turn."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from samebytes.checks.data.shares import Settled
from samebytes.checks.data.undeclared import undeclared
from samebytes.checks.matrix.scheduler import at_once
from samebytes.checks.requests.kind import Cell, Finding, Kind, Tell, kinds
from samebytes.checks.requests.request import Request
from samebytes.checks.result import Result, Run, Skip, Stage
from samebytes.errors import BuildError, MissingError, MissingToolError, PeerError
from samebytes.peers.lab import Lab
from samebytes.peers.peer import Hello, Starter
from samebytes.peers.pool import CONSUMER, OBSERVER, PRODUCER, Pool, Role
from samebytes.peers.site import Site

if TYPE_CHECKING:
    from samebytes.checks.requests.run import Findings

__all__ = ["RealmRun"]

UNOWNED = "which bits each of its leaves owns was not tried"
ADD_LEAF = "answer store_leaf, or export PeerStoreLeaf (peers/README.md)"


@dataclass
class RealmRun:
    """What checks work with in a realm. Used by one thread; `stop` may be called from another."""

    lab: Lab
    name: str
    """The realm's."""
    request: Request
    findings: Findings
    at_once: int = 0
    """How many pairs of peers may be at work side by side; as many as the machine's cores allow, if 0."""
    peers: dict[str, dict[str, str]] = field(default_factory=dict)
    """Per peer that runs here: language, toolchain, and version and target as it introduced itself."""
    absent: dict[str, Skip] = field(default_factory=dict)
    """Peers that cannot take part, and why."""
    lacking: dict[str, Skip] = field(default_factory=dict)
    """By identity, cells that a peer lacks an optional verb for."""
    phases: dict[str, float] = field(default_factory=dict)
    """Seconds of each part of the run: `ready` (realm, builds), `start`, and each check's."""
    rates: dict[str, float] = field(default_factory=dict)
    """Data cases verified in a second of one core's time, by pair of faces."""
    settled: Settled = field(default_factory=Settled)
    """Which faces have had every value of which record, as producer and as consumer."""
    left: dict[str, int] = field(default_factory=dict)
    """By check: what was left to other pairs; data cases of pairs, and cells of scenarios."""
    observers: Sequence[Role] = ()
    """One for each pair of peers that is at work."""
    _starters: dict[str, dict[str, Starter]] = field(default_factory=dict)
    _hellos: dict[str, Hello] = field(default_factory=dict)
    _broken: dict[str, tuple[Stage, PeerError]] = field(default_factory=dict)
    _pool: Pool | None = None
    _stopped: bool = False

    @property
    def site(self) -> Site:
        """Return the realm in the lab, prepared. MissingError, each time, where it cannot be."""
        return self.lab.prepared(self.name)

    @property
    def pool(self) -> Pool:
        """Return the live peers of the cells that have some."""
        assert self._pool is not None
        return self._pool

    @property
    def stopped(self) -> bool:
        """Return whether nothing more is to be begun."""
        return self._stopped or self.lab.stopped

    def is_stopped(self) -> bool:
        """Return `stopped`, as a function."""
        return self.stopped

    def stop(self) -> None:
        """Run nothing more."""
        self._stopped = True

    def skip(self, peer: str, error: MissingError | MissingToolError, reason: str = "") -> None:
        """Note that a peer or subject cannot run here, for the error's reason or in these words."""
        self.findings.skip(Skip(self.name, peer, reason or error.message, error.add or error.hint))

    def leave(self, check: str, number: int) -> None:
        """Note that so much of a check was left to other pairs; nothing where it was not."""
        if number:
            self.left[check] = self.left.get(check, 0) + number

    def took_part(self, name: str, facts: dict[str, str]) -> None:
        """Note what a report says of a subject that is not a peer."""
        self.findings.facts.setdefault(self.name, {})[name] = facts

    def prepare(self, wanted: Sequence[str]) -> list[str]:
        """Make the realm and these peers ready, and return the names of those that take part.

        A broken peer takes part: it fails its cells. MissingError if the realm itself cannot be made ready.
        """
        with self._phase("ready"):
            observing = self.site.observing()
            wanted = [name for name in wanted if self._can_live_here(name)]
            for name in wanted:
                self._build(name)
            observer = {"language": observing.manifest.language, "toolchain": observing.build.toolchain}
            self.peers.setdefault(observing.manifest.name, observer)
        taking_part = [name for name in wanted if name in self._starters or name in self._broken]
        with self._phase("start"):
            self._start(taking_part, observing)
        for name in taking_part:
            lacking = undeclared(self.request.manifests[name], self.request.programs, self.name)
            if lacking:
                self.findings.skip(lacking)
        return taking_part

    def covering(self, cells: Sequence[Cell]) -> list[Cell]:
        """Return the cells to run of these, whose peers take part, and note how many of each check are left to `--full`."""
        chosen: list[Cell] = []
        for name, kind in kinds({cell.check for cell in cells}).items():
            own = [cell for cell in cells if cell.check == name]
            own = getattr(kind, "able", lambda cells, _here: cells)(own, self)
            few = own if self.request.full else getattr(kind, "covering", list)(own)
            self.leave(name, len(own) - len(few))
            chosen += few
        return chosen

    def run(self, cells: Iterable[Cell], tell: Tell) -> None:
        """Run cells whose peers take part, check by check; the more are given at once, the less time each takes.

        `tell` gets each finding as it comes, from several threads where `at_once` says so.
        """
        able = [cell for cell in cells if not self._tell_broken(cell, tell)]
        known = kinds({cell.check for cell in able})
        work = [(name, kind, [cell for cell in able if cell.check == name]) for name, kind in known.items()]
        for _, kind, chosen in work:
            self._begin(kind, chosen)
        for name, kind, chosen in work:
            if not self.stopped:
                with self._phase(name):
                    kind.run(chosen, self, tell)

        for name, starters in self._starters.items():
            if name in self.peers:
                self._note_untold(name, list(starters))

    def _note_untold(self, name: str, faces: Sequence[str]) -> None:
        """Note what a peer does not tell of its declarations: what its language has no words for, and what it left out."""
        words = [words for face in faces if face in self._hellos for words in self._hellos[face].cannot_tell]
        for face in faces:
            peer = self.pool.living(face, PRODUCER)
            words += peer.untold if peer is not None else ()
        if words:
            self.peers[name]["cannot_tell"] = "; ".join(dict.fromkeys(words))

    def close(self) -> None:
        """End the peers."""
        if self._pool is not None:
            self._pool.kill() if self.stopped else self._pool.close()

    def faces(self, peer: str, layout: str = "") -> list[str]:
        """Return the peer's faces that have a layout, and those that describe layouts and lack this one: the manifest declares it.

        If none has it, all, so that each says so and the cell is not green.
        """
        names = list(self._starters[peer])
        hellos = {name: self._hellos[name] for name in names}
        return [name for name, hello in hellos.items() if layout in hello.layouts or "describe" in hello.verbs] or names

    def program_face(self, peer: str) -> str:
        """Return the peer's first program: the language's own process, which starts faster than a host with a library in it."""
        starters = self._starters[peer]
        return next(
            (name for name, starter in starters.items() if starter.face.kind == "program"), next(iter(starters))
        )

    def has_verb(self, peer: str, verb: str) -> bool:
        """Return whether a peer's first program has an optional verb; of a broken peer, which fails its cells anyway, True."""
        hello = None if peer in self._broken else self._hellos.get(self.program_face(peer))
        return hello is None or verb in hello.verbs

    def lack(self, cells: Sequence[Cell], peer: str, reason: str, add: str) -> None:
        """Note that these cells cannot be run with a peer that takes part, why, and how to have it."""
        skip = Skip(self.name, peer, reason, add)
        self.lacking |= {cell.identity: skip for cell in cells}
        self.findings.skip(skip)

    def finding(self, cell: Cell, runs: list[Run], seconds: float) -> Finding:
        """Return what came of a cell, in runs."""
        group = getattr(cell.subject, "group", "")
        return Finding(
            Result(cell.producer, cell.consumer, cell.program, self.name, cell.check, runs, seconds, group=group)
        )

    @contextmanager
    def _phase(self, name: str) -> Iterator[None]:
        started = time.perf_counter()
        try:
            yield
        finally:
            self.phases[name] = round(self.phases.get(name, 0.0) + time.perf_counter() - started, 3)

    def _can_live_here(self, name: str) -> bool:
        """Return whether a peer can be of this realm; one that cannot is told only if it was asked for by name."""
        manifest = self.request.manifests[name]
        if not manifest.lives_in(self.name) and name in self.request.required:
            self.findings.skip(Skip(self.name, name, f"programs for {manifest.abi} do not run in {self.name}"))
        return manifest.lives_in(self.name)

    def _build(self, name: str) -> None:
        manifest = self.request.manifests[name]
        try:
            self._starters[name] = dict(self.site.starters(manifest, self.request.records))
            build = next(iter(self._starters[name].values())).build
            self.peers[name] = {"language": manifest.language, "toolchain": build.toolchain}
        except (MissingToolError, MissingError) as error:
            self.absent[name] = Skip(self.name, name, error.message, error.add)
            self.findings.skip(self.absent[name])
        except PeerError as error:
            self._broken[name] = (Stage.BUILD if isinstance(error, BuildError) else Stage.START, error)

    def _start(self, names: Sequence[str], observing: Starter) -> None:
        """Start every face of every peer as producer and as consumer, and the observers."""
        faces = {face: starter for name in names for face, starter in self._starters.get(name, {}).items()}
        self._pool = self.site.pool({OBSERVER: observing, **faces}, OBSERVER)
        pairs = min(self.at_once or at_once(len(names)), len(names))
        self.observers = (OBSERVER, *(f"{OBSERVER} {number}" for number in range(2, pairs + 1)))
        roles = [(face, role) for face in faces for role in (PRODUCER, CONSUMER)]
        self._pool.start_all([*((OBSERVER, role) for role in self.observers), *roles])
        for name in names:
            self._introduce(name)

    def _introduce(self, name: str) -> None:
        for face in self._starters.get(name, {}):
            try:
                hello = self._hellos[face] = self.pool.peer(face, PRODUCER).hello
                self.peers[name] |= {"version": hello.version, "target": hello.target}
                if "store_leaf" not in hello.verbs:
                    self.findings.skip(Skip(self.name, name, f"{face} has no store_leaf: {UNOWNED}", ADD_LEAF))
            except PeerError as error:
                self._broken[name] = (Stage.START, error)

    def _tell_broken(self, cell: Cell, tell: Tell) -> bool:
        """Tell the cell as failed if one of its peers could not be built or started, and return whether that is so."""
        for name in cell.peers:
            if name in self._broken:
                stage, error = self._broken[name]
                tell(self.finding(cell, [Run("", "", cell.producer, cell.consumer).break_off(stage, error)], 0.0))
                return True
        return False

    def _begin(self, kind: Kind, cells: Sequence[Cell]) -> None:
        begin = getattr(kind, "begin", None)
        if begin is not None:
            begin(cells, self)
