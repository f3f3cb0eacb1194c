"""The check `lifecycle`: names and memory appear, live and die alike, with real deaths, for every scenario, pair of peers and realm."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence

from samebytes.checks.lifecycle.checks import LifecycleChecks
from samebytes.checks.lifecycle.scenarios import Scenario
from samebytes.checks.requests.kind import Cell, Tell
from samebytes.checks.requests.realm_run import RealmRun
from samebytes.checks.requests.request import Request

ORDER = 20
HELP = "names and memory live and die alike, with real kills"


def cells(request: Request) -> Iterator[Cell]:
    """Every ordered pair of peers × every scenario."""
    for realm, producer, consumer in itertools.product(request.realms, request.peers, request.peers):
        for scenario in request.scenarios:
            yield Cell("lifecycle", producer, consumer, scenario.name, realm, scenario, (producer, consumer))


def begin(cells: Sequence[Cell], here: RealmRun) -> None:
    """Have processes started in the background for those that will die, while other checks are at work."""
    LifecycleChecks(here.pool, here.is_stopped).foresee(_parts(cells, here))


def run(cells: Sequence[Cell], here: RealmRun, tell: Tell) -> None:
    """The scenarios with one face of each peer: the others reach the same calls of the same language."""
    for number, run, seconds in LifecycleChecks(here.pool, here.is_stopped).run(_parts(cells, here)):
        if not here.stopped:
            tell(here.finding(cells[number], [run], seconds))


def _parts(cells: Sequence[Cell], here: RealmRun) -> list[tuple[str, str, Scenario]]:
    return [(here.program_face(cell.producer), here.program_face(cell.consumer), cell.subject) for cell in cells]
