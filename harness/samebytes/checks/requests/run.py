"""A request's run in a lab: every cell that checks have for it, whatever happens; what came of them as Findings."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

from samebytes.checks.expected.expectations import Expectations
from samebytes.checks.project.side_by_side import Compared
from samebytes.checks.requests.kind import Cell, Finding, kinds
from samebytes.checks.requests.realm_run import RealmRun
from samebytes.checks.requests.request import Request, cells_of
from samebytes.checks.result import Result, Skip
from samebytes.errors import MissingError
from samebytes.peers.lab import Lab

__all__ = ["Findings", "Progress", "check_required", "run"]


class Progress:
    """Where a run tells what it does. Called from several threads, one call at a time."""

    def planned(self, realm: str, cells: int) -> None:
        """Tell that a realm is ready, with this many cells to run."""

    def found(self, finding: Finding) -> None:
        """Tell that a cell is done."""


@dataclass
class Findings:
    """What came of one request, or of several in one lab. Complete when their runs are over."""

    expectations: Expectations = field(default_factory=Expectations)
    """What is known not to agree; every result is looked up there before it is told."""
    progress: Progress = field(default_factory=Progress)
    results: list[Result] = field(default_factory=list)
    skips: list[Skip] = field(default_factory=list)
    peers: dict[str, dict[str, dict[str, str]]] = field(default_factory=dict)
    """By realm and name: what ran."""
    phases: dict[str, dict[str, float]] = field(default_factory=dict)
    """By realm: the seconds of each part of its run."""
    rates: dict[str, dict[str, float]] = field(default_factory=dict)
    """By realm and pair of faces: data cases verified in a second of one core's time, where many were tried at once."""
    left: dict[str, dict[str, int]] = field(default_factory=dict)
    """By realm and check: what was left to other pairs, and is done by `--full`: data cases, or cells."""
    facts: dict[str, dict[str, dict[str, str]]] = field(default_factory=dict)
    """By realm and name: what subjects are that are no peers of a pool; of those that ran, it comes to `peers`."""
    remarks: list[str] = field(default_factory=list)
    compared: list[Compared] = field(default_factory=list)
    """Every declaration that could be read, beside its layout."""
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def tell(self, finding: Finding) -> None:
        """Take in a finished cell, judged against what is expected of it, and pass it on."""
        result = finding.result
        with self._lock:
            self.expectations.judge(result, self.peers.get(result.realm, {}))
            self.results.append(result)
            known = self.facts.get(result.realm, {})
            told = {name: known[name] for name in (result.producer, result.consumer) if name in known}
            if told:
                self.peers.setdefault(result.realm, {}).update(told)
            self.remarks += finding.remarks
            self.compared += finding.compared
            self.progress.found(finding)

    def skip(self, skip: Skip) -> None:
        """Note what cannot run, once."""
        with self._lock:
            if skip not in self.skips:
                self.skips.append(skip)

    def begin(self, realm: str, peers: dict[str, dict[str, str]], phases: dict[str, float], cells: int) -> None:
        """Note that a realm is ready: what runs there, and how many cells."""
        with self._lock:
            self.peers.setdefault(realm, {}).update(peers)
            self.phases[realm] = phases
            self.progress.planned(realm, cells)


def run(request: Request, lab: Lab, findings: Findings) -> None:
    """Run every cell of the request. First those without peers, one after the other; then the others, realms side by side.

    MissingError for a realm that was asked for by name and cannot run here; UsageError for what a check cannot work with.
    """
    cells = list(cells_of(request))
    realms = {name: RealmRun(lab, name, request, findings, request.jobs) for name in request.realms}
    alone, paired = [cell for cell in cells if not cell.peers], [cell for cell in cells if cell.peers]
    if alone:
        lab.do(lambda: _one_by_one(alone, realms))
    wanted = {cell.realm for cell in paired}
    lab.do(*(_Drive(realm, paired) for realm in realms.values() if realm.name in wanted and _available(realm)))


def check_required(findings: Findings, required: Collection[str], complete: Collection[str] = ()) -> None:
    """Raise MissingError for one of `required` that was skipped and ran in no realm, or one of `complete` skipped in any."""
    ran = {(result.realm, name) for result in findings.results for name in (result.producer, result.consumer)}
    ran |= {(realm, name) for realm, peers in findings.peers.items() for name in peers}
    for skip in findings.skips:
        nowhere = skip.peer in required and skip.peer not in {name for _, name in ran}
        if nowhere or (skip.peer in complete and (skip.realm, skip.peer) not in ran):
            raise _missing(skip)


def _missing(skip: Skip) -> MissingError:
    what = f"{skip.peer} in {skip.realm}" if skip.peer else f"the realm {skip.realm}"
    hint = skip.add and f"to add it: {skip.add}"
    return MissingError(f"{what} cannot run here: {skip.reason}", hint=hint, add=skip.add)


def _one_by_one(cells: Sequence[Cell], realms: dict[str, RealmRun]) -> None:
    """Run cells of one subject together: what a check has made ready for the first serves for the others."""
    known = kinds({cell.check for cell in cells})
    for (check, realm, _, _), group in itertools.groupby(
        cells, lambda cell: (cell.check, cell.realm, cell.producer, cell.program)
    ):
        here = realms[realm]
        if not here.stopped:
            known[check].run(list(group), here, here.findings.tell)


def _available(realm: RealmRun) -> bool:
    """Return whether a realm can be used at all; MissingError if it cannot and was asked for by name."""
    try:
        state = realm.lab.site(realm.name).realm.availability()
    except MissingError as error:
        _skip_realm(realm, error)
        return False
    if not state.ready:
        _skip_realm(realm, MissingError(state.detail, add=state.add))
    return state.ready


def _skip_realm(realm: RealmRun, error: MissingError) -> None:
    skip = Skip(realm.name, "", error.message, error.add)
    if realm.name in realm.request.required:
        raise _missing(skip)
    realm.findings.skip(skip)


@dataclass(frozen=True)
class _Drive:
    """One realm from beginning to end, in a thread of its own."""

    realm: RealmRun
    cells: Sequence[Cell]

    def __call__(self) -> None:
        realm = self.realm
        try:
            try:
                taking_part = realm.prepare(realm.request.peers)
            except MissingError as error:
                _skip_realm(realm, error)
                return
            able = [cell for cell in self.cells if cell.realm == realm.name and set(cell.peers) <= set(taking_part)]
            chosen = realm.covering(able)
            realm.findings.begin(realm.name, realm.peers, realm.phases, len(chosen))
            realm.run(chosen, realm.findings.tell)
            realm.findings.rates[realm.name] = realm.rates
            realm.findings.left[realm.name] = realm.left
        finally:
            realm.close()
