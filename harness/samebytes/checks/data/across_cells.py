"""The data cells between peers of two ABIs, apart from those within one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from samebytes.checks.data.across import AcrossAbis
from samebytes.checks.matrix.scheduler import spread
from samebytes.layout import Abi, abi_named

if TYPE_CHECKING:
    from samebytes.checks.requests.kind import Cell, Tell
    from samebytes.checks.requests.realm_run import RealmRun

__all__ = ["by_abi", "run_across"]


def by_abi(cells: Sequence[Cell], here: RealmRun) -> tuple[dict[str, list[Cell]], list[Cell]]:
    """Return the cells within each ABI, by its name, and those between two."""
    within: dict[str, list[Cell]] = {}
    across: list[Cell] = []
    for cell in cells:
        one, other = (_abi_of(peer, here).name for peer in (cell.producer, cell.consumer))
        (within.setdefault(one, []) if one == other else across).append(cell)
    return within, across


def run_across(cells: Sequence[Cell], here: RealmRun, tell: Tell) -> None:
    """Run cells between two ABIs pair by pair, several pairs side by side."""
    checks = AcrossAbis(here.pool, lambda peer: _abi_of(peer, here), here.faces, here.is_stopped, here.request.seed)
    watched = [checks.watched_by(role) for role in here.observers]
    pairs: dict[tuple[str, str], dict[str, Cell]] = {}
    for cell in cells:
        pairs.setdefault((cell.producer, cell.consumer), {})[cell.program] = cell

    def between_two(group: dict[str, Cell], worker: int) -> None:
        first = next(iter(group.values()))
        programs = [cell.subject for cell in group.values()]
        for program, runs, seconds in watched[worker].run(first.producer, first.consumer, programs):
            if not here.stopped:
                tell(here.finding(group[program.name], runs, seconds))

    if not here.stopped:
        spread(list(pairs.items()), between_two, len(watched))


def _abi_of(peer: str, here: RealmRun) -> Abi:
    return abi_named(here.request.manifests[peer].abi_in(here.site.realm.abi))
