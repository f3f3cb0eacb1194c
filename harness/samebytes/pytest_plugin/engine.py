"""The engine: runs the cells that this pytest process was asked for, group by group, and remembers what came of each."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from samebytes.checks.matrix.realm_run import RealmRun, undeclared
from samebytes.checks.result import Result, Skip
from samebytes.errors import MissingError, SamebytesError
from samebytes.pytest_plugin.plan import Plan, Planned
from samebytes.pytest_plugin.workshop import Workshop

__all__ = ["Engine"]

JOIN_SECONDS = 2.0
"""How long a run may take to notice that everything it talks to has been killed."""


@dataclass
class _Open:
    """A realm that is ready: its run, and what it lacks. No run: the realm itself is missing, and `lacks` says so under ''."""

    run: RealmRun | None
    lacks: Mapping[str, Skip]

    def skip(self, one: Planned) -> Skip | None:
        """Why a cell cannot be run here, if so."""
        names = ("", one.cell.producer, one.cell.consumer)
        return next((self.lacks[name] for name in names if name in self.lacks), None)


@dataclass
class Engine:
    """Used by one thread. `close` ends what it keeps running; the workshop does the same for an engine that is not closed."""

    plan: Plan
    workshop: Workshop
    together: bool = True
    """Whether this process gets whole groups; else it runs each cell by itself, since another process may run the next."""
    _selected: Sequence[Planned] = ()
    _realms: dict[str, _Open] = field(default_factory=dict)
    _outcomes: dict[str, Result | Skip] = field(default_factory=dict)

    def select(self, cells: Sequence[Planned]) -> None:
        """The cells that are left after -k, -m and the like: only their peers are built, and only they are run."""
        self._selected = cells

    @property
    def peers(self) -> dict[str, dict[str, dict[str, str]]]:
        """By realm and name: what ran here."""
        return {name: one.run.peers for name, one in self._realms.items() if one.run is not None}

    @property
    def notes(self) -> Iterator[Skip]:
        """What is to be said of the peers that ran here: the layouts that they do not declare."""
        for name, here in self._realms.items():
            for peer in here.run.peers if here.run is not None else ():
                skip = undeclared(self.plan.manifests[peer], self.plan.subjects, name)
                if skip is not None and peer in self._peers_in(name):
                    yield skip

    @property
    def stale(self) -> list[str]:
        """What the expectations say about cells that ran here, and is not so."""
        return self.plan.expectations.stale(self.plan.universe)

    def line(self, result: Result) -> dict[str, Any]:
        """A result as it stands in a report."""
        return {**result.to_json(), **self.plan.notes.of(result)}

    def outcome(self, wanted: Planned) -> Result | Skip:
        """What came of a cell; runs it now, with the rest of its group, if that has not been done."""
        if wanted.identity not in self._outcomes:
            here = self._ready(wanted.realm)
            group = [one for one in self._selected if one.group == wanted.group] if self.together else [wanted]
            self._run(here, group)
        if wanted.identity not in self._outcomes:
            raise SamebytesError(f"{wanted.identity} was not run: an error ended the run of its realm before it")
        return self._outcomes[wanted.identity]

    def close(self) -> None:
        """End the peers and the realms; idempotent."""
        realms, self._realms = self._realms, {}
        for one in realms.values():
            if one.run is not None:
                one.run.close()

    def _ready(self, realm: str) -> _Open:
        if realm not in self._realms:
            self._realms[realm] = self._opened(realm)
        return self._realms[realm]

    def _opened(self, name: str) -> _Open:
        """Make a realm ready, and in it every peer that a selected cell needs."""
        realm = self.plan.realms[name]
        state = realm.availability()
        if not state.ready:
            return _Open(None, {"": Skip(name, "", state.detail, state.add)})
        say: Callable[[str], None] = lambda line: self.workshop.say(f"{name}: {line}")  # noqa: E731 - a name for the type
        shop = self.workshop
        shop.open()
        shop.on_close(self.close)
        run = RealmRun(realm, self.plan.manifests, shop.builder, shop.processes, say, shop.answer_seconds)
        self._realms[name] = _Open(run, {})  # so that `close` ends a run whose preparation was interrupted
        try:
            self._guarded(run, lambda: run.prepare(self._peers_in(name)))
        except MissingError as error:
            return _Open(run, {"": Skip(name, "", error.message, error.add)})
        return _Open(run, {skip.peer: skip for skip in run.skips})

    def _peers_in(self, realm: str) -> list[str]:
        cells = (one.cell for one in self._selected if one.realm == realm)
        return list(dict.fromkeys(name for cell in cells for name in (cell.producer, cell.consumer)))

    def _run(self, here: _Open, group: Iterable[Planned]) -> None:
        runnable = []
        for one in group:
            skip = here.skip(one)
            if skip is None:
                runnable.append(one.cell)
            else:
                self._outcomes[one.identity] = skip
        if runnable:
            assert here.run is not None  # without one, every cell is skipped
            run = here.run
            self._guarded(run, lambda: run.run(runnable, self._keep))

    def _guarded(self, run: RealmRun, work: Callable[[], object]) -> None:
        """Do it in a thread, so that Ctrl-C gets through; peers that are then in the middle of something are ended at once."""
        thread = _Work(work)
        try:
            thread.wait_for_ever()
        except BaseException:
            run.stop()
            self.workshop.processes.kill_all()
            thread.wait(JOIN_SECONDS)
            raise
        if thread.failure is not None:
            if not isinstance(thread.failure, MissingError):
                run.stop()  # nobody knows where its peers are
            raise thread.failure

    def _keep(self, result: Result) -> None:
        self.plan.expectations.judge(result, self.peers[result.realm])
        self._outcomes[result.identity] = result


class _Work:
    """Something done in a thread of its own. Its end is an event: a thread whose join() was interrupted counts as ended (before 3.13)."""

    def __init__(self, work: Callable[[], object]) -> None:
        self.failure: BaseException | None = None
        self._work, self._done = work, threading.Event()
        threading.Thread(target=self._body, daemon=True).start()

    def wait_for_ever(self) -> None:
        """Until it is done; the short waits let a Ctrl-C through on every system."""
        while not self._done.wait(0.2):
            pass

    def wait(self, seconds: float) -> None:
        """Until it is done, or at most so long."""
        self._done.wait(seconds)

    def _body(self) -> None:
        try:
            self._work()
        except BaseException as error:  # raised again where it is waited for
            self.failure = error
        finally:
            self._done.set()
