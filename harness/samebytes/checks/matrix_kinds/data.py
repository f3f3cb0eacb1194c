"""The check `data`: what one peer stores another loads, bit for bit, for every program, pair of peers and realm."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from samebytes.checks.data.across import AcrossAbis
from samebytes.checks.data.checks import DataChecks
from samebytes.checks.data.undeclared import lacks
from samebytes.checks.matrix.scheduler import spread
from samebytes.checks.requests.kind import Cell, Tell
from samebytes.checks.requests.realm_run import RealmRun
from samebytes.checks.requests.request import Request
from samebytes.layout import Abi, abi_named
from samebytes.peers.manifest import Manifest
from samebytes.peers.pool import Role
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


@dataclass(frozen=True)
class _Checks:
    """Data checks for any two peers: within each ABI, and across them."""

    abi_of: Callable[[str], Abi]
    within: Mapping[str, DataChecks]
    across: AcrossAbis

    def watched_by(self, observer: Role) -> _Checks:
        """Return the same checks, with what has been found out, and with another observer."""
        within = {name: checks.watched_by(observer) for name, checks in self.within.items()}
        return replace(self, within=within, across=self.across.watched_by(observer))

    def between(self, producer: str, consumer: str) -> DataChecks | AcrossAbis:
        """Return those for two peers."""
        abi = self.abi_of(producer)
        return self.within[abi.name] if abi == self.abi_of(consumer) else self.across


def _checks(here: RealmRun, peers: Iterable[str]) -> _Checks:
    def abi_of(peer: str) -> Abi:
        return abi_named(here.request.manifests[peer].abi_in(here.site.realm.abi))

    seed = here.request.seed
    abis = {abi.name: abi for abi in map(abi_of, peers)}
    within = {
        name: DataChecks(here.pool, abi, here.faces, here.is_stopped, here.rates, seed) for name, abi in abis.items()
    }
    return _Checks(abi_of, within, AcrossAbis(here.pool, abi_of, here.faces, here.is_stopped, seed))


def run(cells: Sequence[Cell], here: RealmRun, tell: Tell) -> None:
    """Run the cells pair by pair, several pairs side by side."""
    checks = _checks(here, dict.fromkeys(name for cell in cells for name in cell.peers))
    watched = [checks.watched_by(role) for role in here.observers]
    pairs: dict[tuple[str, str], list[Cell]] = {}
    for cell in cells:
        pairs.setdefault((cell.producer, cell.consumer), []).append(cell)

    def between_two(group: list[Cell], worker: int) -> None:
        if not here.stopped:
            _between(group, watched[worker], here, tell)

    spread(list(pairs.items()), between_two, len(watched))


def _between(cells: Sequence[Cell], checks: _Checks, here: RealmRun, tell: Tell) -> None:
    by_program = {cell.program: cell for cell in cells}
    programs = [cell.subject for cell in cells]
    pair = (cells[0].producer, cells[0].consumer)
    for program, runs, seconds in checks.between(*pair).run(*pair, programs):
        if not here.stopped:
            tell(here.finding(by_program[program.name], runs, seconds))
