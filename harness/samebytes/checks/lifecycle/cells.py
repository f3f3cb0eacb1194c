"""The cells of scenarios: which pairs of peers play which of them, and with which faces."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence

from samebytes.checks.lifecycle.checks import LifecycleChecks
from samebytes.checks.lifecycle.scenarios import Scenario
from samebytes.checks.requests.kind import Cell, Tell
from samebytes.checks.requests.realm_run import RealmRun
from samebytes.checks.requests.request import Request

__all__ = ["parts", "play", "scenario_cells"]


def scenario_cells(check: str, request: Request) -> Iterator[Cell]:
    """Yield every ordered pair of peers × every scenario of the check, in the realms that it asks about.

    A scenario with one actor is played by each peer with itself.
    """
    whole = [manifest for manifest in request.taking_part if not manifest.reduced]
    for realm, first, second in itertools.product(request.realms, whole, whole):
        if not (first.lives_in(realm) and second.lives_in(realm)):
            continue
        producer, consumer = first.name, second.name
        for scenario in request.scenarios:
            here = scenario.check == check and realm in (scenario.realms or (realm,))
            if here and not (scenario.alone and producer != consumer):
                yield Cell(check, producer, consumer, scenario.name, realm, scenario, (producer, consumer))


def play(cells: Sequence[Cell], here: RealmRun, tell: Tell) -> None:
    """Play the scenarios with one face of each peer: the others reach the same calls of the same language."""
    for number, run, seconds in LifecycleChecks(here.pool, here.is_stopped).run(parts(cells, here)):
        if not here.stopped:
            tell(here.finding(cells[number], [run], seconds))


def parts(cells: Sequence[Cell], here: RealmRun) -> list[tuple[str, str, Scenario]]:
    """Return the faces and the scenario of each cell."""
    return [(here.program_face(cell.producer), here.program_face(cell.consumer), cell.subject) for cell in cells]
