"""The matrix: every producer × consumer × program × realm that was asked for and can be run here."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from samebytes.checks.crew import CONSUMER, OBSERVER, PRODUCER, Crew, Role
from samebytes.checks.data import DataChecks
from samebytes.checks.lifecycle import LifecycleChecks
from samebytes.checks.programs import Program
from samebytes.checks.scenarios import Scenario
from samebytes.checks.spread import spread
from samebytes.checks.verdict import Result, Run, Stage
from samebytes.errors import BuildError, MissingError, MissingToolError, PeerError
from samebytes.layout import abi_named
from samebytes.peers.build import Build, Builder
from samebytes.peers.children import Children
from samebytes.peers.here import meet, target_for
from samebytes.peers.manifest import Face, Manifest
from samebytes.peers.peer import Hello, Starter
from samebytes.peers.realms import Realm, Say
from samebytes.peers.variants import face_name

__all__ = ["Cell", "RealmRun", "Skip", "cells_of", "lacks", "undeclared"]

OBSERVING_PEER = "python"
"""Looks at the bytes between store and load: the mapping library itself, in a process of its own in each realm."""

SHOWN_LAYOUTS = 6
UNOWNED = "which bits each of its leaves owns was not tried"
ADD_LEAF = "answer store_leaf, or export PeerStoreLeaf (peers/README.md)"


@dataclass(frozen=True)
class Cell:
    """One cell to run."""

    producer: str
    consumer: str
    subject: Program | Scenario

    @property
    def check(self) -> str:
        """`data` or `lifecycle`."""
        return "data" if isinstance(self.subject, Program) else "lifecycle"

    def identity(self, realm: str) -> str:
        """As in Result.identity."""
        return f"{self.producer}/{self.consumer}/{self.subject.name}/{realm}/{self.check}"


@dataclass(frozen=True)
class Skip:
    """What was not run: a realm (peer empty) or a peer in a realm, why, and the command that adds it."""

    realm: str
    peer: str
    reason: str
    add: str


def cells_of(peers: Iterable[Manifest], subjects: Sequence[Program | Scenario]) -> Iterator[Cell]:
    """Every ordered pair × every program and scenario; a plain layout only between peers that both declare it.

    A reduced peer exchanges data with the same peer on the preferred runtime, in both directions, and nothing besides.
    """
    chosen = list(peers)
    lacking = {manifest.name: frozenset(lacks(manifest, subjects)) for manifest in chosen}
    for producer, consumer in itertools.product(chosen, chosen):
        reduced = producer.reduced or consumer.reduced
        if reduced and (producer.peer != consumer.peer or producer.reduced == consumer.reduced):
            continue
        for subject in subjects:
            if subject.name in lacking[producer.name] | lacking[consumer.name]:
                continue
            if not reduced or isinstance(subject, Program):
                yield Cell(producer.name, consumer.name, subject)


def lacks(manifest: Manifest, subjects: Sequence[Program | Scenario]) -> list[str]:
    """The plain layouts that a peer does not declare: it takes no part in their columns."""
    plain = (subject for subject in subjects if isinstance(subject, Program) and subject.plain)
    return [program.name for program in plain if program.name not in manifest.layouts]


def undeclared(manifest: Manifest, subjects: Sequence[Program | Scenario], realm: str) -> Skip | None:
    """What is said of a peer that does not declare every layout; None if it does."""
    names = lacks(manifest, subjects)
    if not names:
        return None
    shown = ", ".join(names[:SHOWN_LAYOUTS]) + (
        f" and {len(names) - SHOWN_LAYOUTS} more" if len(names) > SHOWN_LAYOUTS else ""
    )
    return Skip(
        realm, manifest.name, f"declares no {shown}", f"declare them, and name them in {manifest.folder / 'peer.toml'}"
    )


@dataclass
class RealmRun:
    """One realm's part of a matrix. Used by one thread; `stop` may be called from another."""

    realm: Realm
    manifests: Mapping[str, Manifest]
    builder: Builder
    children: Children
    say: Say
    answer_seconds: float
    at_once: int = 1
    """How many pairs of peers may be at work side by side."""
    skips: list[Skip] = field(default_factory=list)
    peers: dict[str, dict[str, str]] = field(default_factory=dict)
    """Per peer that runs here: toolchain, and version and target as it introduced itself."""
    phases: dict[str, float] = field(default_factory=dict)
    """Seconds of each part of the run: `ready` (realm, builds), `start`, `data`, `lifecycle`."""
    rates: dict[str, float] = field(default_factory=dict)
    """Data cases verified in a second of one core's time, by pair of faces."""
    _starters: dict[str, dict[str, Starter]] = field(default_factory=dict)
    _hellos: dict[str, Hello] = field(default_factory=dict)
    _broken: dict[str, tuple[Stage, PeerError]] = field(default_factory=dict)
    _crew: Crew | None = None
    _observers: Sequence[Role] = ()
    """One for each pair of peers that is at work."""
    _stopped: bool = False

    def prepare(self, wanted: Sequence[str]) -> list[str]:
        """Make the realm and the wanted peers ready; the names of those that can take part (a broken one does: it fails its cells).

        MissingError if the realm itself cannot be made ready.
        """
        with self._phase("ready"):
            self.realm.prepare(self.say)
            self._build(wanted)
        taking_part = [name for name in wanted if name in self._starters or name in self._broken]
        with self._phase("start"):
            self._start(taking_part)
        return taking_part

    def _build(self, wanted: Sequence[str]) -> None:
        for name in dict.fromkeys((*wanted, OBSERVING_PEER)):
            try:
                self._starters[name] = self._ready(self.manifests[name])
            except (MissingToolError, MissingError) as error:
                if name not in wanted:
                    raise MissingError(f"nobody to look at the bytes: {error.message}", hint=error.add) from error
                self.skips.append(Skip(self.realm.name, name, error.message, error.add))
            except PeerError as error:
                self._broken[name] = (Stage.BUILD if isinstance(error, BuildError) else Stage.START, error)

    def run(self, cells: Iterable[Cell], tell: Callable[[Result], None]) -> None:
        """Run the cells, data before lifecycle; `tell` gets each result as it comes, from several threads where
        `at_once` says so. The more are given at once the less each takes."""
        able = [cell for cell in cells if not self._tell_broken(cell, tell)]
        assert self._crew is not None
        LifecycleChecks(self._crew, self._is_stopped).foresee(self._parts(able))
        for check, work in (("data", self._data), ("lifecycle", self._lifecycle)):
            chosen = [cell for cell in able if cell.check == check]
            if chosen:
                with self._phase(check):
                    work(chosen, tell)

    @contextmanager
    def _phase(self, name: str) -> Iterator[None]:
        started = time.perf_counter()
        try:
            yield
        finally:
            self.phases[name] = round(self.phases.get(name, 0.0) + time.perf_counter() - started, 3)

    def close(self) -> None:
        """End the peers and what the realm keeps running."""
        if self._crew is not None:
            self._crew.kill() if self._stopped else self._crew.close()
        self.realm.close()

    def stop(self) -> None:
        """Run nothing more."""
        self._stopped = True

    def _ready(self, manifest: Manifest) -> dict[str, Starter]:
        """Build a peer and install what it needs: a starter per face. MissingToolError, MissingError or BuildError says what is wrong."""
        target = target_for(manifest, self.realm)
        for requirement in target.requirements:
            meet(requirement, manifest, self.realm, self.children, self.say)
        build = self.builder.build(manifest, target, self.say)
        self.peers[manifest.name] = {"language": manifest.language, "toolchain": build.toolchain}
        return {
            face_name(manifest, face): self._starter(manifest, face, build) for face in manifest.faces_on(target.abi)
        }

    def _starter(self, manifest: Manifest, face: Face, build: Build) -> Starter:
        return Starter(manifest, face, self.realm, build, self.children, self.answer_seconds)

    def _start(self, names: Sequence[str]) -> None:
        """Start every face of every peer as producer and as consumer, and the observer."""
        faces = {
            face: starter for name in (*names, OBSERVING_PEER) for face, starter in self._starters.get(name, {}).items()
        }
        self._crew = Crew(faces, self._observer(), self.say)
        roles = [
            (face, role) for name in names for face in self._starters.get(name, {}) for role in (PRODUCER, CONSUMER)
        ]
        self._observers = (
            OBSERVER,
            *(f"{OBSERVER} {number + 1}" for number in range(1, min(self.at_once, len(names)))),
        )
        self._crew.start_all([*((self._observer(), role) for role in self._observers), *roles])
        for name in names:
            self._introduce(name)

    def _introduce(self, name: str) -> None:
        for face in self._starters.get(name, {}):
            try:
                assert self._crew is not None
                hello = self._hellos[face] = self._crew.peer(face, "producer").hello
                self.peers[name] |= {"version": hello.version, "target": hello.target}
                if "store_leaf" not in hello.verbs:
                    self.skips.append(Skip(self.realm.name, name, f"{face} has no store_leaf: {UNOWNED}", ADD_LEAF))
            except PeerError as error:
                self._broken[name] = (Stage.START, error)

    def _observer(self) -> str:
        if OBSERVING_PEER not in self._starters:
            _, error = self._broken.get(OBSERVING_PEER, (None, None))
            raise MissingError(f"nobody to look at the bytes in {self.realm.name}: {error or 'no peer named python'}")
        return next(iter(self._starters[OBSERVING_PEER]))

    def _tell_broken(self, cell: Cell, tell: Callable[[Result], None]) -> bool:
        """A peer that could not be built or started fails each of its cells."""
        for name in (cell.producer, cell.consumer):
            if name in self._broken:
                stage, error = self._broken[name]
                tell(self._result(cell, [Run("", "", cell.producer, cell.consumer).break_off(stage, error)], 0.0))
                return True
        return False

    def _data(self, cells: Sequence[Cell], tell: Callable[[Result], None]) -> None:
        assert self._crew is not None
        checks = DataChecks(self._crew, abi_named(self.realm.abi), self._faces, self._is_stopped, self.rates)
        watched = [checks.watched_by(role) for role in self._observers]
        pairs: dict[tuple[str, str], list[Cell]] = {}
        for cell in cells:
            pairs.setdefault((cell.producer, cell.consumer), []).append(cell)

        def between_two(group: list[Cell], worker: int) -> None:
            if not self._stopped:
                self._data_between(group, watched[worker], tell)

        spread(list(pairs.items()), between_two, len(watched))

    def _data_between(self, cells: Sequence[Cell], checks: DataChecks, tell: Callable[[Result], None]) -> None:
        by_program = {cell.subject.name: cell for cell in cells}
        programs = [cell.subject for cell in cells if isinstance(cell.subject, Program)]
        for program, runs, seconds in checks.run(cells[0].producer, cells[0].consumer, programs):
            if not self._stopped:
                tell(self._result(by_program[program.name], runs, seconds))

    def _lifecycle(self, cells: Sequence[Cell], tell: Callable[[Result], None]) -> None:
        """The scenarios with one face of each peer: the others reach the same calls of the same language."""
        assert self._crew is not None
        for number, run, seconds in LifecycleChecks(self._crew, self._is_stopped).run(self._parts(cells)):
            if not self._stopped:
                tell(self._result(cells[number], [run], seconds))

    def _parts(self, cells: Sequence[Cell]) -> list[tuple[str, str, Scenario]]:
        return [
            (self._dying_face(cell.producer), self._dying_face(cell.consumer), cell.subject)
            for cell in cells
            if isinstance(cell.subject, Scenario)
        ]

    def _result(self, cell: Cell, runs: list[Run], seconds: float) -> Result:
        subject = cell.subject
        group = subject.group if isinstance(subject, Program) else ""
        return Result(
            cell.producer, cell.consumer, subject.name, self.realm.name, cell.check, runs, seconds, group=group
        )

    def _dying_face(self, peer: str) -> str:
        """Its first program: that is the language's own process, and starts faster than a host with a library in it."""
        starters = self._starters[peer]
        return next(
            (name for name, starter in starters.items() if starter.face.kind == "program"), next(iter(starters))
        )

    def _faces(self, peer: str, layout: str) -> list[str]:
        """The peer's faces that have a layout. None has it: all of them, so that each says so, and the cell is not green."""
        names = list(self._starters[peer])
        return [name for name in names if layout in self._hellos[name].layouts] or names

    def _is_stopped(self) -> bool:
        return self._stopped
