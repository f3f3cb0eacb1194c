"""The matrix: every producer × consumer × program × realm that was asked for and can be run here."""

from __future__ import annotations

import itertools
import os
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from secrets import token_hex

from samebytes.checks.crew import OBSERVER, Crew
from samebytes.checks.exchange import Exchange
from samebytes.checks.performance import Performance
from samebytes.checks.programs import Program
from samebytes.checks.scenarios import Scenario
from samebytes.checks.values import ValueSet
from samebytes.checks.verdict import Result, Run, Stage, Verdict, verdict_of
from samebytes.errors import BuildError, MissingError, MissingToolError, PeerError
from samebytes.layout import Record, abi_named, lay_out
from samebytes.peers.build import Build, Builder
from samebytes.peers.children import Children
from samebytes.peers.here import meet, target_for
from samebytes.peers.manifest import Face, Manifest
from samebytes.peers.peer import Hello, Peer, Starter
from samebytes.peers.realms import Realm, Say

__all__ = ["Cell", "RealmRun", "Skip", "cells_of"]

OBSERVING_PEER = "python"
"""Looks at the bytes between store and load: the mapping library itself, in a process of its own in each realm."""


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


def cells_of(peers: Iterable[str], subjects: Sequence[Program | Scenario]) -> Iterator[Cell]:
    """Every ordered pair × every program and scenario."""
    names = list(peers)
    for producer, consumer in itertools.product(names, names):
        for subject in subjects:
            yield Cell(producer, consumer, subject)


@dataclass
class RealmRun:
    """One realm's part of a matrix. Used by one thread; `stop` may be called from another."""

    realm: Realm
    manifests: Mapping[str, Manifest]
    builder: Builder
    children: Children
    say: Say
    answer_seconds: float
    skips: list[Skip] = field(default_factory=list)
    peers: dict[str, dict[str, str]] = field(default_factory=dict)
    """Per peer that runs here: toolchain, and version and target as it introduced itself."""
    _starters: dict[str, dict[str, Starter]] = field(default_factory=dict)
    _hellos: dict[str, Hello] = field(default_factory=dict)
    _broken: dict[str, tuple[Stage, PeerError]] = field(default_factory=dict)
    _crew: Crew | None = None
    _stopped: bool = False

    def prepare(self, wanted: Sequence[str]) -> list[str]:
        """Make the realm and the wanted peers ready; the names of those that can take part (a broken one does: it fails its cells).

        MissingError if the realm itself cannot be made ready.
        """
        self.realm.prepare(self.say)
        for name in dict.fromkeys((*wanted, OBSERVING_PEER)):
            try:
                self._starters[name] = self._ready(self.manifests[name])
            except (MissingToolError, MissingError) as error:
                if name not in wanted:
                    raise MissingError(f"nobody to look at the bytes: {error.message}", hint=error.add) from error
                self.skips.append(Skip(self.realm.name, name, error.message, error.add))
            except PeerError as error:
                self._broken[name] = (Stage.BUILD if isinstance(error, BuildError) else Stage.START, error)
        taking_part = [name for name in wanted if name in self._starters or name in self._broken]
        self._start(taking_part)
        return taking_part

    def run(self, cells: Iterable[Cell], tell: Callable[[Result], None]) -> None:
        """Run the cells in order; `tell` gets each result as it comes."""
        for cell in cells:
            if self._stopped:
                return
            started = time.perf_counter()
            result = self._cell(cell)
            result.seconds = time.perf_counter() - started
            if not self._stopped:
                tell(result)

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
            _face_name(manifest, face): self._starter(manifest, face, build) for face in manifest.faces_on(target.abi)
        }

    def _starter(self, manifest: Manifest, face: Face, build: Build) -> Starter:
        return Starter(manifest, face, self.realm, build, self.children, self.answer_seconds)

    def _start(self, names: Sequence[str]) -> None:
        """Start every face of every peer as producer and as consumer, and the observer."""
        faces = {
            face: starter for name in (*names, OBSERVING_PEER) for face, starter in self._starters.get(name, {}).items()
        }
        self._crew = Crew(faces)
        roles = [
            (face, role) for name in names for face in self._starters.get(name, {}) for role in ("producer", "consumer")
        ]
        self._crew.start_all([(self._observer(), OBSERVER), *roles])
        for name in names:
            self._introduce(name)

    def _introduce(self, name: str) -> None:
        for face in self._starters.get(name, {}):
            try:
                assert self._crew is not None
                hello = self._hellos[face] = self._crew.peer(face, "producer").hello
                self.peers[name] |= {"version": hello.version, "target": hello.target}
            except PeerError as error:
                self._broken[name] = (Stage.START, error)

    def _observer(self) -> str:
        if OBSERVING_PEER not in self._starters:
            _, error = self._broken.get(OBSERVING_PEER, (None, None))
            raise MissingError(f"nobody to look at the bytes in {self.realm.name}: {error or 'no peer named python'}")
        return next(iter(self._starters[OBSERVING_PEER]))

    def _cell(self, cell: Cell) -> Result:
        result = Result(cell.producer, cell.consumer, cell.subject.name, self.realm.name, cell.check)
        for name in (cell.producer, cell.consumer):
            if name in self._broken:
                stage, error = self._broken[name]
                result.runs.append(_failed(cell, verdict_of(error), stage, error))
                return result
        runs = (
            self._exchanges(cell, cell.subject)
            if isinstance(cell.subject, Program)
            else self._performance(cell, cell.subject)
        )
        for run in runs:
            result.runs.append(run)
            if run.verdict not in (Verdict.AGREED, Verdict.DIFFERS) or self._stopped:
                break
        return result

    def _performance(self, cell: Cell, scenario: Scenario) -> Iterator[Run]:
        """The scenario with each peer's first face: the others reach the same calls of the same language."""
        assert self._crew is not None
        first, second = next(iter(self._starters[cell.producer])), next(iter(self._starters[cell.consumer]))
        try:
            peers = self._peers(first, second)
        except PeerError as error:
            yield _failed(cell, verdict_of(error), Stage.START, error)
            return
        performance = Performance(scenario, f"{scenario.name}-{os.getpid()}-{token_hex(4)}", peers)
        yield performance.run()
        for part, face, role in (("A", first, "producer"), ("B", second, "consumer")):
            if part in performance.ended and not self._stopped:
                self._crew.replace(face, role)

    def _exchanges(self, cell: Cell, program: Program) -> Iterator[Run]:
        """Layouts × every face of the producer × every face of the consumer that have it × forms of view × values."""
        for record in program.records:
            faces = (self._faces(cell.producer, record.name), self._faces(cell.consumer, record.name))
            for producer, consumer, form in itertools.product(*faces, program.views):
                for values in program.values[record.name]:
                    run = self._exchange(cell, program, producer, consumer, record, values, form)
                    if run is not None:
                        yield run

    def _faces(self, peer: str, layout: str) -> list[str]:
        """The peer's faces that have a layout. None has it: all of them, so that each says so, and the cell is not green."""
        names = list(self._starters[peer])
        return [name for name in names if layout in self._hellos[name].layouts] or names

    def _exchange(
        self, cell: Cell, program: Program, producer: str, consumer: str, record: Record, values: ValueSet, form: str
    ) -> Run | None:
        """One exchange; None where another form of view comes to the same, because neither side has it."""
        try:
            peers = self._peers(producer, consumer)
        except PeerError as error:
            return _failed(cell, verdict_of(error), Stage.START, error)
        if form != program.views[0] and all(form not in peer.hello.views for peer in peers[:2]):
            return None
        name = f"{program.segment}-{os.getpid()}-{token_hex(4)}"
        return Exchange(program, lay_out(record, abi_named(self.realm.abi)), values, name, peers, form).run()

    def _peers(self, producer: str, consumer: str) -> tuple[Peer, Peer, Peer]:
        """The live peers for two faces, and the observer. PeerError for one that cannot be started."""
        assert self._crew is not None
        return (
            self._crew.peer(producer, "producer"),
            self._crew.peer(consumer, "consumer"),
            self._crew.peer(self._observer(), OBSERVER),
        )


def _face_name(manifest: Manifest, face: Face) -> str:
    return f"{manifest.name}.{face.name}" if len(manifest.faces) > 1 else manifest.name


def _failed(cell: Cell, verdict: Verdict, stage: Stage, error: PeerError) -> Run:
    run = Run("", "", cell.producer, cell.consumer)
    run.fail(verdict, stage, str(error), error.evidence)
    return run
