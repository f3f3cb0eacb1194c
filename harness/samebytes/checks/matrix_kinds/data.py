"""The check `data`: what one peer stores another loads, bit for bit, for every program, pair of peers and realm."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence

from samebytes.checks.data.across_cells import by_abi, run_across
from samebytes.checks.data.checks import DataChecks
from samebytes.checks.data.meetings import Column, Meeting, Meetings, Pair
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
    """Run the cells, several pairs side by side: first so that every face has had everything, then what is left of each pair."""
    chosen: dict[Pair, dict[str, Cell]] = {}
    for cell in cells:
        chosen.setdefault((cell.producer, cell.consumer), {})[cell.program] = cell
    columns = {pair: [Column(cell.subject) for cell in by_name.values()] for pair, by_name in chosen.items()}
    meetings = Meetings(columns, here.faces)
    checks = DataChecks(
        here.pool, abi_named(abi), meetings, here.settled, here.is_stopped, here.rates,
        here.request.seed, here.request.full,
    )  # fmt: skip
    watched = [checks.watched_by(role) for role in here.observers]

    def meet(group: Sequence[Meeting], worker: int) -> None:
        for meeting in group:
            if not here.stopped:
                watched[worker].meet(meeting)

    def finish(pair: Pair, group: Sequence[Meeting], worker: int) -> None:
        meet(group, worker)
        for column in columns[pair] if not here.stopped else ():
            tell(here.finding(chosen[pair][column.program.name], column.runs, column.seconds))

    first = [] if here.request.full else list(meetings.covering(here.settled))
    spread([(meeting.pair, [meeting]) for meeting in first], meet, len(watched))
    here.settled.commit()
    rest = meetings.rest(first)
    groups = [(pair, (pair, rest.get(pair, []))) for pair in columns]
    spread(groups, lambda item, worker: finish(*item, worker), len(watched))
    here.settled.commit()
    here.leave("data", sum(column.left for group in columns.values() for column in group))
