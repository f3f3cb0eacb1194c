"""The check `producer`: what a project's own programs share, watched from outside, against their layout and what is expected of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from samebytes.checks.producers.consumers import Consumers, FoundByConsumers
from samebytes.checks.producers.remarks import remarks_of
from samebytes.checks.producers.run import run_producer
from samebytes.checks.project.project import ProducerSource
from samebytes.checks.project.request import Job, judge_in_realm
from samebytes.checks.requests.kind import Cell, Finding, Tell
from samebytes.checks.requests.realm_run import RealmRun
from samebytes.checks.requests.request import Request
from samebytes.errors import UsageError
from samebytes.layout import Layout
from samebytes.peers.site import Site

ORDER = 50


def cells(request: Request) -> Iterator[Cell]:
    """Yield a cell for each producer and realm."""
    if request.project is not None:
        for job in request.project.jobs(request, request.project.project.producers, lambda one: one.commands):
            yield job.cell("producer")


def run(cells: Sequence[Cell], here: RealmRun, tell: Tell) -> None:
    """Start, watch and end each producer."""
    for cell in cells:
        job: Job = cell.subject
        source = job.subject
        assert isinstance(source, ProducerSource)

        def judge(site: Site, layout: Layout, source: ProducerSource = source) -> Iterator[Finding]:
            site.say(f"starting {source.name}")
            readers = Consumers(source.promised(layout), site)
            try:
                result = run_producer(source.promised(layout), site, readers)
            except UsageError as error:
                raise UsageError(f"{_place(source, error)}: {error.message}", hint=error.hint) from error
            here.lab.keep(FoundByConsumers).add(source.name, site.name, readers.found if result.passes() else ())
            yield Finding(result, remarks=remarks_of(result))

        here.took_part(cell.producer, job.facts(Path(source.commands[here.name][0])))
        judge_in_realm(cell, here, tell, judge)


def _place(source: ProducerSource, error: UsageError) -> str:
    """Return where the field stands that an error is about; else the producer."""
    return next((place for path, place in source.places.items() if repr(path) in error.message), source.place)
