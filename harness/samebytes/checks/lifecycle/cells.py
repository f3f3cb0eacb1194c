"""The cells of scenarios: which pairs of peers play which of them, and with which faces."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence

from samebytes.checks.lifecycle.checks import LifecycleChecks
from samebytes.checks.lifecycle.scenarios import Scenario
from samebytes.checks.requests.kind import Cell, Tell
from samebytes.checks.requests.realm_run import RealmRun
from samebytes.checks.requests.request import Request

__all__ = ["PARTNERS", "able", "fewer", "parts", "play", "scenario_cells"]

ADD_LOCK = "answer lock, or export PeerLock (peers/README.md)"
PARTNERS = 4
"""With how many others each peer plays a scenario in either part, itself perhaps one of them: as many as the project began with."""


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


def able(cells: Sequence[Cell], here: RealmRun) -> list[Cell]:
    """Return the cells that can be played, and note once for each peer which it has no verb for."""
    without: dict[str, list[Cell]] = {}
    for cell in cells:
        who = {"A": cell.producer, "B": cell.consumer}
        for name in sorted({who[actor] for actor in cell.subject.locks}):
            if not here.has_verb(name, "lock"):
                without.setdefault(name, []).append(cell)
    for name, unplayed in without.items():
        scenarios = ", ".join(sorted({cell.program for cell in unplayed}))
        here.lack(unplayed, name, f"it has no lock: {scenarios} not played", ADD_LOCK)
    return [cell for cell in cells if cell.identity not in here.lacking]


def fewer(cells: Sequence[Cell]) -> list[Cell]:
    """Return cells that cover all of these: every peer plays every scenario in either part, with PARTNERS others.

    With whom is another choice for each scenario, and the same one in every run. Up to so many peers these are all cells.
    """
    peers = {name: place for place, name in enumerate(dict.fromkeys(name for cell in cells for name in cell.peers))}
    scenarios = {name: place for place, name in enumerate(dict.fromkeys(cell.program for cell in cells))}

    def chosen(cell: Cell) -> bool:
        apart = peers[cell.consumer] - peers[cell.producer] - scenarios[cell.program]
        return cell.subject.alone or apart % len(peers) < PARTNERS

    return [cell for cell in cells if chosen(cell)]


def play(cells: Sequence[Cell], here: RealmRun, tell: Tell) -> None:
    """Play the scenarios with one face of each peer: the others reach the same calls of the same language."""
    for number, run, seconds in LifecycleChecks(here.pool, here.is_stopped).run(parts(cells, here)):
        if not here.stopped:
            tell(here.finding(cells[number], [run], seconds))


def parts(cells: Sequence[Cell], here: RealmRun) -> list[tuple[str, str, Scenario]]:
    """Return the faces and the scenario of each cell."""
    return [(here.program_face(cell.producer), here.program_face(cell.consumer), cell.subject) for cell in cells]
