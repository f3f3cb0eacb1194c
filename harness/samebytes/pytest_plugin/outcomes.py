"""Outcomes: runs the cells that this pytest process was asked for in its lab, group by group, and remembers what came of each."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

from samebytes.checks.data.undeclared import undeclared
from samebytes.checks.requests.kind import Cell, Finding
from samebytes.checks.requests.realm_run import RealmRun
from samebytes.checks.requests.run import Findings, Progress
from samebytes.checks.result import Result, Skip
from samebytes.errors import MissingError, SamebytesError
from samebytes.peers.lab import Lab
from samebytes.pytest_plugin.plan import Plan, group_of

__all__ = ["Left", "Outcomes"]


class Left(NamedTuple):
    """What is said of a cell that is left out, since both its peers do the same with others."""

    realm: str
    check: str

    def __str__(self) -> str:
        return f"{self.check} in {self.realm}: both peers play it with others; --samebytes-full adds it"


class _Told(Progress):
    """Keeps what came of each cell."""

    def __init__(self) -> None:
        self.by_identity: dict[str, Result | Skip | Left] = {}

    def found(self, finding: Finding) -> None:
        self.by_identity[finding.result.identity] = finding.result


@dataclass
class Outcomes:
    """The outcomes of the cells of this process. Used by one thread.

    `together`: whether this process gets whole groups; else it runs each cell by itself, since another process may run
    the next.
    """

    plan: Plan
    lab: Lab
    together: bool = True
    _selected: Sequence[Cell] = ()
    _realms: dict[str, RealmRun | Skip] = field(default_factory=dict)
    """Those that are ready; a skip for one that cannot be."""

    def __post_init__(self) -> None:
        self._told = _Told()
        self._findings = Findings(self.plan.expectations, self._told)
        self._request = self.plan.request

    def select(self, cells: Sequence[Cell]) -> None:
        """Keep the cells that are left after -k, -m and the like: only their peers are built, and only they are run, in full."""
        self._selected = cells
        full = self.plan.request.full or len(cells) < len(self.plan.cells)
        self._request = replace(self.plan.request, full=full)

    @property
    def peers(self) -> dict[str, dict[str, dict[str, str]]]:
        """Return what ran here, by realm and name."""
        return {name: one.peers for name, one in self._realms.items() if isinstance(one, RealmRun)}

    @property
    def left(self) -> dict[str, int]:
        """Return by realm how many data cases the pairs that ran here left to others."""
        realms = [one for one in self._realms.values() if isinstance(one, RealmRun)]
        return {one.name: one.left["data"] for one in realms if "data" in one.left}

    @property
    def notes(self) -> Iterator[Skip]:
        """Yield what is to be said of the peers that ran here: the layouts that they do not declare."""
        for realm, peers in self.peers.items():
            for peer in peers:
                skip = undeclared(self.plan.request.manifests[peer], self.plan.request.programs, realm)
                if skip is not None and peer in self._peers_in(realm):
                    yield skip

    @property
    def stale(self) -> list[str]:
        """Return what the expectations say about cells that ran here, and is not so."""
        return self.plan.expectations.stale(self.plan.universe)

    def line(self, result: Result) -> dict[str, Any]:
        """Return a result as it stands in a report."""
        return {**result.to_json(), **self.plan.annotations.of(result)}

    def of(self, wanted: Cell) -> Result | Skip | Left:
        """Return what came of a cell; it is run now, with the rest of its group, if that has not been done."""
        found = self._told.by_identity
        if wanted.identity not in found:
            here = self._ready(wanted.realm)
            group = group_of(wanted.identity)
            self._run(
                here, [one for one in self._selected if group_of(one.identity) == group] if self.together else [wanted]
            )
        if wanted.identity not in found:
            raise SamebytesError(f"{wanted.identity} was not run: an error ended the run of its realm before it")
        return found[wanted.identity]

    def close(self) -> None:
        """End the peers; idempotent."""
        for one in self._realms.values():
            if isinstance(one, RealmRun):
                one.close()
        self._realms.clear()

    def _ready(self, name: str) -> RealmRun | Skip:
        """Return a realm in which every peer is ready that a selected cell needs; a skip where it cannot be."""
        if name not in self._realms:
            run = self._realms[name] = RealmRun(self.lab, name, self._request, self._findings, at_once=1)
            try:
                self._do(run, lambda: run.prepare(self._peers_in(name)))
            except MissingError as error:
                self._realms[name] = Skip(name, "", error.message, error.add)
        return self._realms[name]

    def _peers_in(self, realm: str) -> list[str]:
        return list(dict.fromkeys(name for cell in self._selected if cell.realm == realm for name in cell.peers))

    def _run(self, here: RealmRun | Skip, group: Sequence[Cell]) -> None:
        if isinstance(here, Skip):
            self._told.by_identity |= {one.identity: here for one in group}
            return
        lacking = {one.identity: here.absent[name] for one in group for name in one.peers if name in here.absent}
        self._told.by_identity |= lacking
        able = [one for one in group if one.identity not in lacking]
        runnable = here.covering(able)
        self._told.by_identity |= here.lacking
        left = {one.identity: Left(one.realm, one.check) for one in able if one.identity not in here.lacking}
        for one in runnable:
            del left[one.identity]
        self._told.by_identity |= left
        if runnable:
            self._findings.peers[here.name] = here.peers
            self._do(here, lambda: here.run(runnable, self._findings.tell))

    def _do(self, run: RealmRun, work: Callable[[], object]) -> None:
        """Do the work; after a failure of our own nobody knows where the peers are, and nothing more is run in that realm."""
        try:
            self.lab.do(work)
        except MissingError:
            raise
        except BaseException:
            run.stop()
            raise
