"""The check `consumer`: what a producer that was found right shares, as programs in every language at hand read it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from samebytes.checks.producers.consumers import languages, read_by_consumers
from samebytes.checks.producers.remarks import remarks_of
from samebytes.checks.project.project import ProducerSource
from samebytes.checks.project.request import judge_in_realm
from samebytes.checks.requests.kind import Cell, Finding, Tell
from samebytes.checks.requests.realm_run import RealmRun
from samebytes.checks.requests.request import Request
from samebytes.checks.result import Result, Skip
from samebytes.layout import Layout
from samebytes.peers.site import Site

ORDER = 60


def cells(request: Request) -> Iterator[Cell]:
    """A cell for each producer, realm and language."""
    if request.project is not None:
        for job in request.project.jobs(request, request.project.project.producers, lambda one: one.commands):
            yield from (job.cell("consumer", language) for language in languages())


def run(cells: Sequence[Cell], here: RealmRun, tell: Tell) -> None:
    """Read what the check `producer` saw of one producer; nothing, if that was not right or has not run."""
    first = cells[0]
    source, seen = first.subject.subject, _seen(first, here)
    assert isinstance(source, ProducerSource)
    if seen is None:
        return
    result = seen

    def judge(site: Site, layout: Layout) -> Iterator[Finding | Skip]:
        for found in read_by_consumers(source.promised(layout), result, site):
            yield found if isinstance(found, Skip) else Finding(found, remarks=remarks_of(found))

    judge_in_realm(first, here, tell, judge)


def _seen(cell: Cell, here: RealmRun) -> Result | None:
    wanted = ("producer", cell.producer, here.name)
    found = (one for one in here.findings.results if (one.check, one.producer, one.realm) == wanted)
    return next(found, None)
