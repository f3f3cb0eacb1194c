"""Replay: the exchange of a bundle, run again, and whether the same came of it."""

from __future__ import annotations

from dataclasses import dataclass

from samebytes.checks.bundles.bundle import Bundle
from samebytes.checks.requests.request import Request
from samebytes.checks.requests.run import Findings, check_required, run
from samebytes.checks.result import Run, Stage, Verdict
from samebytes.errors import UsageError
from samebytes.peers.lab import Lab

__all__ = ["Outcome", "replay"]


@dataclass(frozen=True)
class Outcome:
    """The run that came of a replay, beside the one in the bundle."""

    then: Run
    now: Run

    @property
    def same(self) -> bool:
        """Return whether verdict, stage and every difference are those in the bundle."""
        one, other = ((run.verdict, run.stage, run.differences) for run in (self.then, self.now))
        return one == other

    def words(self) -> str:
        """Return the outcome in one sentence."""
        then, count = f"{self.then.verdict} at {self.then.stage}", len(self.now.differences)
        if self.same:
            return f"reproduced: {then}, {count} difference{'s' if count != 1 else ''} as in the bundle"
        if self.now.verdict is Verdict.AGREED:
            return f"not reproduced: it agrees now; it was {then}"
        now = f"{self.now.verdict} at {self.now.stage}"
        was = (
            f"it was {then}"
            if now != then
            else f"the differences are others than the {len(self.then.differences)} then"
        )
        return f"not reproduced: {now}, {count} differences; {was}"


def replay(bundle: Bundle, lab: Lab) -> Outcome:
    """Build the bundle's peers and run its exchange. MissingError if its realm, or what builds its peers, is not on this machine."""
    if bundle.realm not in {realm.name for realm in lab.realms}:
        raise UsageError(f"the bundle is of the realm {bundle.realm}, of which this system has none")
    producer, consumer = bundle.identity.split("/")[:2]
    request = Request(
        realms=[bundle.realm],
        checks=frozenset({"data"}),
        manifests=bundle.manifests,
        peers=list(dict.fromkeys((producer, consumer))),
        programs=[bundle.program],
        records={record.name: record for record in bundle.program.records},
        selected=lambda identity: identity == bundle.identity,
        required=frozenset((bundle.realm, producer, consumer)),
    )
    findings = Findings()
    run(request, lab, findings)
    check_required(findings, request.required)
    return Outcome(bundle.run, _the_one(bundle.run, [one for result in findings.results for one in result.runs]))


def _the_one(then: Run, runs: list[Run]) -> Run:
    """Return the run with the same faces and values, else one that failed; a refused run where there is neither."""
    keys = ("layout", "values", "producer", "consumer")
    same = [run for run in runs if all(getattr(run, key) == getattr(then, key) for key in keys)]
    failed = [run for run in runs if run.verdict not in (Verdict.AGREED, Verdict.DIFFERS)]
    if not (same or failed):
        run = Run(then.layout, then.values, then.producer, then.consumer)
        run.fail(Verdict.REFUSED, Stage.START, "the peers have no such faces or layout now")
        return run
    return (same or failed)[0]
