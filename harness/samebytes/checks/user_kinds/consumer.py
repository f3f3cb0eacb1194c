"""The check `consumer`: what a producer that was found right shares, as programs in every language at hand read it while it runs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from samebytes.checks.producers.consumers import FoundByConsumers, languages
from samebytes.checks.producers.remarks import remarks_of
from samebytes.checks.requests.kind import Cell, Finding, Tell
from samebytes.checks.requests.realm_run import RealmRun
from samebytes.checks.requests.request import Request
from samebytes.checks.result import Skip

ORDER = 60


def cells(request: Request) -> Iterator[Cell]:
    """Yield a cell for each producer, realm and language."""
    if request.project is not None:
        for job in request.project.jobs(request, request.project.project.producers, lambda one: one.commands):
            yield from (job.cell("consumer", language) for language in languages())


def run(cells: Sequence[Cell], here: RealmRun, tell: Tell) -> None:
    """Tell what was read while the check `producer` had one producer running; nothing, if that was not right or has not run."""
    for found in here.lab.keep(FoundByConsumers).of(cells[0].producer, here.name):
        here.findings.skip(found) if isinstance(found, Skip) else tell(Finding(found, remarks=remarks_of(found)))
