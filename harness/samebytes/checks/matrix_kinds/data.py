"""The check `data`: what one peer stores another loads, bit for bit, for every program, pair of peers and realm."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence

from samebytes.checks.data.across_cells import by_abi, run_across
from samebytes.checks.data.checks import DataChecks
from samebytes.checks.data.undeclared import lacks
from samebytes.checks.matrix.scheduler import spread
from samebytes.checks.requests.kind import Cell, Tell
from samebytes.checks.requests.realm_run import RealmRun
from samebytes.checks.requests.request import Request
from samebytes.layout import abi_named
from samebytes.peers.manifest import Manifest
from samebytes.peers.variants import beside

ORDER = 10
HELP = "bytes agree"


def cells(request: Request) -> Iterator[Cell]:
    """Yield every ordered pair of peers × every program; a plain layout only between peers that both declare it.

    A reduced peer exchanges data with the same peer on the preferred runtime, in both directions, and nothing besides; one for another
    ABI also with itself, and with those that its manifest names.
    """
    chosen = list(request.taking_part)
    lacking = {manifest.name: frozenset(lacks(manifest, request.programs)) for manifest in chosen}
    for realm, producer, consumer in itertools.product(request.realms, chosen, chosen):
        if not (_meet(producer, consumer) and producer.lives_in(realm) and consumer.lives_in(realm)):
            continue
        pair = (producer.name, consumer.name)
        for program in request.programs:
            if program.name not in lacking[pair[0]] | lacking[pair[1]]:
                yield Cell("data", *pair, program.name, realm, program, pair)


def _meet(one: Manifest, other: Manifest) -> bool:
    """Return whether two peers exchange data: reduced ones do so with few."""
    if not (one.reduced or other.reduced):
        return True
    if one.name == other.name:
        return bool(one.abi)
    if one.reduced and other.reduced:
        return False
    small, whole = (one, other) if one.reduced else (other, one)
    return not whole.pinned and (whole.peer == small.peer or whole.peer in beside(small))


def run(cells: Sequence[Cell], here: RealmRun, tell: Tell) -> None:
    """Run the cells: first those within each ABI, then those between two."""
    within, across = by_abi(cells, here)
    for abi, own in within.items():
        _run_within(abi, own, here, tell)
    run_across(across, here, tell)


def _run_within(abi: str, cells: Sequence[Cell], here: RealmRun, tell: Tell) -> None:
    """Run the cells pair by pair, several pairs side by side."""
    checks = DataChecks(here.pool, abi_named(abi), here.faces, here.is_stopped, here.rates, here.request.seed)
    watched = [checks.watched_by(role) for role in here.observers]
    pairs: dict[tuple[str, str], list[Cell]] = {}
    for cell in cells:
        pairs.setdefault((cell.producer, cell.consumer), []).append(cell)

    def between_two(group: list[Cell], worker: int) -> None:
        if not here.stopped:
            _between(group, watched[worker], here, tell)

    spread(list(pairs.items()), between_two, len(watched))


def _between(cells: Sequence[Cell], checks: DataChecks, here: RealmRun, tell: Tell) -> None:
    by_program = {cell.program: cell for cell in cells}
    programs = [cell.subject for cell in cells]
    for program, runs, seconds in checks.run(cells[0].producer, cells[0].consumer, programs):
        if not here.stopped:
            tell(here.finding(by_program[program.name], runs, seconds))
