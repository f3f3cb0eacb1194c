"""The check `contract`: what each call grants and refuses, for every scenario, pair of peers and realm."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from samebytes.checks.lifecycle.cells import able as can_play
from samebytes.checks.lifecycle.cells import fewer, play, scenario_cells
from samebytes.checks.requests.kind import Cell, Tell
from samebytes.checks.requests.realm_run import RealmRun
from samebytes.checks.requests.request import Request

ORDER = 15
HELP = "rights, sizes, names and refusals"


def cells(request: Request) -> Iterator[Cell]:
    """Yield every ordered pair of peers × every scenario of this check."""
    return scenario_cells("contract", request)


def able(cells: Sequence[Cell], here: RealmRun) -> Sequence[Cell]:
    """Return the cells whose peers have the verbs that it takes."""
    return can_play(cells, here)


def covering(cells: Sequence[Cell]) -> Sequence[Cell]:
    """Return the cells that are played unless all of them are asked for."""
    return fewer(cells)


def run(cells: Sequence[Cell], here: RealmRun, tell: Tell) -> None:
    """Play the scenarios."""
    play(cells, here, tell)
