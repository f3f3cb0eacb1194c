"""One run of the matrix: realms side by side, everything ended whatever happens."""

from __future__ import annotations

import contextlib
import os
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from secrets import randbits

from samebytes import mapping
from samebytes.checks.data.subjects import DataSubject
from samebytes.checks.expected.expectations import Expectations
from samebytes.checks.lifecycle.scenarios import Scenario
from samebytes.checks.matrix.realm_run import Cell, RealmRun, cells_of, undeclared
from samebytes.checks.matrix.scheduler import at_once
from samebytes.checks.result import Result, Skip
from samebytes.errors import MissingError, SamebytesError
from samebytes.layout import Record
from samebytes.peers.build import Builder
from samebytes.peers.manifest import Manifest
from samebytes.peers.peer import ANSWER_SECONDS
from samebytes.peers.processes import Processes
from samebytes.peers.realms import Realm, Say
from samebytes.peers.reaper import Reaper

__all__ = ["Progress", "Session"]

JOIN_SECONDS = 2.0
"""How long the realms' threads may take to notice that everything they talk to has been killed."""


class Progress:
    """Where a run tells what it does. Called from several threads, one call at a time."""

    def say(self, realm: str, line: str) -> None:
        """Something that takes a while has begun."""

    def planned(self, realm: str, cells: int) -> None:
        """A realm is ready, with this many cells to run."""

    def result(self, result: Result) -> None:
        """A cell is done."""


@dataclass
class Session:
    """A run over realms. `run` returns when all is done; after KeyboardInterrupt everything it started has been ended."""

    realms: Sequence[Realm]
    manifests: Mapping[str, Manifest]
    """Every peer there is: one that was not asked for may still be needed to look at the bytes."""
    peers_wanted: Sequence[str]
    subjects: Sequence[DataSubject | Scenario]
    records: Mapping[str, Record]
    selected: Callable[[str], bool]
    progress: Progress
    required: frozenset[str] = frozenset()
    """Realms and peers that were asked for by name: their absence is an error, not a skip."""
    answer_seconds: float = ANSWER_SECONDS
    """How long a peer may take over a request that only touches memory."""
    expectations: Expectations = field(default_factory=Expectations)
    """What is known not to agree; every result is looked up there before it is told."""
    seed: int = field(default_factory=lambda: randbits(32))
    """Draws the values that are others in every run; the same seed draws the same."""
    results: list[Result] = field(default_factory=list)
    skips: list[Skip] = field(default_factory=list)
    peers: dict[str, dict[str, dict[str, str]]] = field(default_factory=dict)
    """By realm and name: what ran."""
    phases: dict[str, dict[str, float]] = field(default_factory=dict)
    """By realm: the seconds of each part of its run."""
    rates: dict[str, dict[str, float]] = field(default_factory=dict)
    """By realm and pair of faces: data cases verified in a second of one core's time, where many were tried at once."""
    _failures: list[BaseException] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def run(self) -> None:
        """Run every selected cell. MissingError if a realm asked for by name is not on this machine."""
        with contextlib.ExitStack() as stack:
            reaper = stack.enter_context(Reaper())
            stack.callback(_reap)
            processes = Processes(reaper)
            stack.callback(processes.kill_all)
            runs = [self._realm_run(realm, processes) for realm in self._available()]
            driven = [_Driven(self._drive, run) for run in runs]
            try:
                for one in driven:
                    one.start()
                for one in driven:
                    one.wait_for_ever()
            except BaseException:
                _stop(driven, processes)
                raise
        self._raise_failures()

    def _available(self) -> list[Realm]:
        ready = []
        for realm in self.realms:
            state = realm.availability()
            if state.ready:
                ready.append(realm)
            else:
                self._skip(Skip(realm.name, "", state.detail, state.add))
        return ready

    def _skip(self, skip: Skip) -> None:
        """Note what cannot run. A realm that was asked for by name ends the run at once."""
        if not skip.peer and skip.realm in self.required:
            raise _missing(skip)
        with self._lock:
            self.skips.append(skip)

    def check_required(self) -> None:
        """MissingError for a peer that was asked for by name and ran in no realm."""
        for skip in self.skips:
            if skip.peer in self.required and not any(skip.peer in peers for peers in self.peers.values()):
                raise _missing(skip)

    def _realm_run(self, realm: Realm, processes: Processes) -> RealmRun:
        say: Say = lambda line: self.progress.say(realm.name, line)  # noqa: E731 - a name for the type
        builder = Builder(processes, (sys.executable,), self.records)
        return RealmRun(
            realm,
            self.manifests,
            builder,
            processes,
            say,
            self.answer_seconds,
            at_once(len(self.peers_wanted)),
            self.seed,
        )

    def _drive(self, run: RealmRun) -> None:
        """One realm from beginning to end, in a thread of its own."""
        try:
            try:
                self._drive_realm(run)
            finally:
                run.close()
        except Exception as error:  # ours, not a peer's: raised again in the main thread
            self._failures.append(error)

    def _drive_realm(self, run: RealmRun) -> None:
        name = run.realm.name
        try:
            wanted = run.prepare(self.peers_wanted)
        except MissingError as error:
            self._skip(Skip(name, "", error.message, error.add))
            return
        for skip in run.skips:
            self._skip(skip)
        for peer in wanted:
            if lacking := undeclared(self.manifests[peer], self.subjects, name):
                self._skip(lacking)
        cells = self._selected_cells(wanted, name)
        with self._lock:
            self.peers[name], self.phases[name] = run.peers, run.phases
            self.progress.planned(name, len(cells))
        run.run(cells, self._tell)
        self.rates[name] = run.rates

    def _selected_cells(self, peers: Sequence[str], realm: str) -> list[Cell]:
        cells = cells_of([self.manifests[peer] for peer in peers], self.subjects)
        return [cell for cell in cells if cell.belongs_in(realm) and self.selected(cell.identity(realm))]

    def _tell(self, result: Result) -> None:
        with self._lock:
            self.expectations.judge(result, self.peers[result.realm])
            self.results.append(result)
            self.progress.result(result)

    def _raise_failures(self) -> None:
        if self._failures:
            raise self._failures[0]


def _missing(skip: Skip) -> MissingError:
    what = f"{skip.peer} in {skip.realm}" if skip.peer else f"the realm {skip.realm}"
    return MissingError(
        f"{what} cannot run here: {skip.reason}", hint=skip.add and f"to add it: {skip.add}", add=skip.add
    )


class _Driven:
    """A realm's run in a thread of its own.

    Its end is an event, not the thread's: before Python 3.13, a thread whose join() was interrupted by Ctrl-C counts as ended
    from then on, though it still runs.
    """

    def __init__(self, drive: Callable[[RealmRun], None], run: RealmRun) -> None:
        self.run, self._drive, self._done = run, drive, threading.Event()
        self._started = False

    def start(self) -> None:
        """Begin."""
        self._started = True
        threading.Thread(target=self._body, daemon=True).start()

    def wait_for_ever(self) -> None:
        """Until it is done; the short waits let a Ctrl-C through on every system."""
        while not self._done.wait(0.2):
            pass

    def wait(self, seconds: float) -> None:
        """Until it is done, or at most so long."""
        if self._started:
            self._done.wait(seconds)

    def _body(self) -> None:
        try:
            self._drive(self.run)
        finally:
            self._done.set()


def _stop(driven: Sequence[_Driven], processes: Processes) -> None:
    for one in driven:
        one.run.stop()
    processes.kill_all()
    for one in driven:
        one.wait(JOIN_SECONDS)
    for one in driven:
        one.run.realm.close()


def _reap() -> None:
    """Free the segments of peers that were killed: on Linux the last holder's death does not."""
    if os.name != "nt":
        with contextlib.suppress(SamebytesError):
            mapping.reap()
