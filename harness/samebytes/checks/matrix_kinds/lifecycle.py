"""The check `lifecycle`: names and memory appear, live and die alike, with real deaths, for every scenario, pair of peers and realm."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from samebytes.checks.lifecycle.cells import able as can_play
from samebytes.checks.lifecycle.cells import fewer, parts, play, scenario_cells
from samebytes.checks.lifecycle.checks import LifecycleChecks
from samebytes.checks.requests.kind import Cell, Tell
from samebytes.checks.requests.realm_run import RealmRun
from samebytes.checks.requests.request import Request

ORDER = 20
HELP = "when memory lives and dies, with real kills"


def cells(request: Request) -> Iterator[Cell]:
    """Yield every ordered pair of peers × every scenario of this check."""
    return scenario_cells("lifecycle", request)


def able(cells: Sequence[Cell], here: RealmRun) -> Sequence[Cell]:
    """Return the cells whose peers have the verbs that it takes."""
    return can_play(cells, here)


def covering(cells: Sequence[Cell]) -> Sequence[Cell]:
    """Return the cells that are played unless all of them are asked for."""
    return fewer(cells)


def begin(cells: Sequence[Cell], here: RealmRun) -> None:
    """Have processes started in the background for those that will die, while other checks are at work."""
    LifecycleChecks(here.pool, here.is_stopped).foresee(parts(cells, here))


def run(cells: Sequence[Cell], here: RealmRun, tell: Tell) -> None:
    """Play the scenarios."""
    play(cells, here, tell)
