"""Lifecycle cells: scenarios with real deaths, many at once.

Scenarios in which the same part dies first, and in the same way, are played together, each on a name of its own, up to that death; then the
process dies once for all of them. A process that dies holding many names is no gentler than one that holds one, and a new
process for every scenario would take minutes where a runtime takes seconds to start. What does not come out as it must is
played again alone; if it does alone, what was seen among the many stands.
"""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from samebytes.checks.data.testbed import unique_name
from samebytes.checks.lifecycle.playback import Playback, terminate
from samebytes.checks.lifecycle.scenarios import Scenario
from samebytes.checks.result import Run, Stage, Verdict
from samebytes.errors import PeerError
from samebytes.peers.leaks import ReleaseOracle
from samebytes.peers.peer import Peer
from samebytes.peers.pool import CONSUMER, PRODUCER, Pool, Role

__all__ = ["LifecycleChecks"]

ROLES: Mapping[str, Role] = {"A": PRODUCER, "B": CONSUMER}


@dataclass(frozen=True, eq=False)
class _Part:
    """A scenario between two faces."""

    cell: int
    scenario: Scenario
    faces: Mapping[str, str]
    """By actor, A and B."""

    @property
    def dying(self) -> set[tuple[str, Role]]:
        """Return whose process a step ends."""
        return {(self.faces[actor], ROLES[actor]) for actor, _ in self.scenario.deaths}


def _groups(cells: Sequence[tuple[str, str, Scenario]]) -> list[list[_Part]]:
    """Group scenarios by the first death: those without one first, those with most deaths last.

    Who dies in the last group is not started again.
    """
    groups: dict[tuple[tuple[str, str], ...], list[_Part]] = defaultdict(list)
    for number, (first, second, scenario) in enumerate(cells):
        groups[scenario.deaths[:1]].append(_Part(number, scenario, {"A": first, "B": second}))
    return sorted(groups.values(), key=lambda parts: max(len(part.scenario.deaths) for part in parts))


def _leaked(played: Mapping[_Part, Playback], leaks: str) -> dict[_Part, Run]:
    """Return the runs of those whose segments are still held: their names are in what the oracle tells."""
    left = {part: playback for part, playback in played.items() if playback.name in leaks}
    for playback in left.values():
        if playback.result.verdict is Verdict.AGREED:
            playback.result.fail(Verdict.LEAKED, Stage.CLOSE, leaks)
    return {part: playback.result for part, playback in left.items()}


class LifecycleChecks:
    """The lifecycle cells of one realm."""

    def __init__(self, pool: Pool, stopped: Callable[[], bool]) -> None:
        self._pool, self._stopped = pool, stopped

    def foresee(self, cells: Sequence[tuple[str, str, Scenario]]) -> None:
        """Have processes started in the background for those that will die: what else is to be done can be done meanwhile."""
        for parts in _groups(cells)[:-1]:
            for face, role in sorted({who for part in parts for who in part.dying}):
                self._pool.foresee(face, role)

    def run(self, cells: Sequence[tuple[str, str, Scenario]]) -> Iterator[tuple[int, Run, float]]:
        """Play scenarios between two faces each. Yield the number of a cell, what came of it, and the seconds it took."""
        groups = _groups(cells)
        for number, parts in enumerate(groups, 1):
            if not self._stopped():
                yield from self._group(parts, last=number == len(groups))

    def _group(self, parts: Sequence[_Part], last: bool) -> Iterator[tuple[int, Run, float]]:
        started = time.perf_counter()
        together = self._together(parts, last)
        share = (time.perf_counter() - started) / len(parts)
        for part in parts:
            begun, run = time.perf_counter(), together.get(part)
            if (run is None or run.verdict is not Verdict.AGREED) and not self._stopped():
                alone = self._alone(part)
                run = alone if run is None or alone.verdict is not Verdict.AGREED else run
            if run is not None:
                yield part.cell, run, share + time.perf_counter() - begun

    def _together(self, parts: Sequence[_Part], last: bool) -> dict[_Part, Run]:
        """Return what came of each, played with the others.

        Where a conversation broke, or something was left, nobody knows who holds what: then only of those that it came of.
        """
        try:
            played = {part: self._playback(part) for part in parts}
            oracle = ReleaseOracle({id(peer): peer for part in parts for peer in self._peers(part)[:2]}.values())
        except PeerError:
            return {}
        self._play(list(played.values()))
        leaks = oracle.leaks()
        ended = {(part.faces[actor], ROLES[actor]) for part, playback in played.items() for actor in playback.ended}
        for face, role in sorted(ended):
            self._pool.retire(face, role) if last else self._pool.replace(face, role)
        broken = {part: playback.result for part, playback in played.items() if playback.broken}
        if broken or leaks:
            self._clear(parts)
            return broken or _leaked(played, leaks)
        return {part: playback.result for part, playback in played.items()}

    def _play(self, playbacks: Sequence[Playback]) -> None:
        """Play everybody up to the next death, then that death for all that wait for it, until nobody waits."""
        waiting = list(playbacks)
        while waiting and not self._stopped():
            for playback in waiting:
                playback.advance()
                if playback.broken:  # the others would break on the same dead process, and not by what they do
                    return
            waiting = [playback for playback in waiting if playback.dying is not None]
            outcomes: dict[int, str] = {}
            for playback in waiting:
                peer, action = playback.pending_exit()
                if id(peer) not in outcomes:
                    outcomes[id(peer)] = terminate(peer, action)
                playback.record_exit(outcomes[id(peer)])

    def _alone(self, part: _Part) -> Run:
        try:
            playback = self._playback(part)
            oracle = ReleaseOracle(self._peers(part)[:2])
        except PeerError as error:
            return Run("", "", part.faces["A"], part.faces["B"]).break_off(Stage.START, error)
        playback.run()
        leaks = oracle.leaks()
        if leaks and playback.result.verdict is Verdict.AGREED:
            playback.result.fail(Verdict.LEAKED, Stage.CLOSE, leaks)
        for actor in playback.ended:
            if not self._stopped():
                self._pool.replace(part.faces[actor], ROLES[actor])
        return playback.result

    def _clear(self, parts: Sequence[_Part]) -> None:
        """Have new processes for everybody who took part."""
        for face, role in sorted({(part.faces[actor], ROLES[actor]) for part in parts for actor in ROLES}):
            self._pool.retire(face, role)

    def _playback(self, part: _Part) -> Playback:
        return Playback(part.scenario, unique_name(part.scenario.name), self._peers(part))

    def _peers(self, part: _Part) -> tuple[Peer, Peer, Peer]:
        return self._pool.three(part.faces["A"], part.faces["B"])
