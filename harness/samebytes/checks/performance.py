"""A performance of a scenario: two actors and the observer, each in a process of its own, with real deaths."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field

from samebytes.checks.scenarios import ENDING, OPENING, Scenario, Step
from samebytes.checks.verdict import Difference, Run, Stage, Verdict, verdict_of
from samebytes.errors import PeerError, PeerRefusedError
from samebytes.peers.peer import Peer

__all__ = ["Performance"]

SIZE = 4096
GONE_SECONDS = 3.0
"""How long a name may outlive its last holder. Linux: not at all. Wine: 2 ms measured after a kill."""
DEATH_SECONDS = 10.0
"""How long a peer may take to exit when it was told to; a runtime may write a last word."""
LOOK_SECONDS = 0.005

_STAGES = (
    dict.fromkeys((*OPENING[1:], "present"), Stage.OPEN)
    | {
        "create_new": Stage.CREATE,
        "view": Stage.OPEN,
        "write": Stage.STORE,
        "read": Stage.LOAD,
        "close_map": Stage.CLOSE,
        "close_view": Stage.CLOSE,
        "absent": Stage.CLOSE,
    }
    | dict.fromkeys(ENDING, Stage.KILL)
)


@dataclass
class _Actor:
    """A peer in a part, and what it holds."""

    peer: Peer
    maps: list[int] = field(default_factory=list)
    views: list[int] = field(default_factory=list)
    dead: bool = False


class Performance:
    """Runs once. `result` is complete after `run`, whatever happened. `ended` says which parts (A, B) need a new process."""

    def __init__(self, scenario: Scenario, name: str, peers: tuple[Peer, Peer, Peer]) -> None:
        self._scenario, self._name = scenario, name
        first, second, observer = peers
        self._actors = {"A": _Actor(first), "B": _Actor(second), "O": _Actor(observer)}
        self.result = Run("", "", first.name, second.name)

    @property
    def ended(self) -> set[str]:
        """The parts whose process was ended by a step."""
        return {part for part, actor in self._actors.items() if actor.dead}

    def run(self) -> Run:
        """Play every step until one does not come out as it must. Never raises for what a peer does: that is a verdict."""
        stage = Stage.CREATE
        try:
            for number, step in enumerate(self._scenario.steps, 1):
                stage = _STAGES[step.action]
                if not self._play(number, step, stage):
                    break
            stage = Stage.CLOSE
            self._let_go()
        except PeerError as error:
            self.result.fail(verdict_of(error), stage, str(error), error.evidence)
            self._give_up()
        return self.result

    def _play(self, number: int, step: Step, stage: Stage) -> bool:
        actor = self._actors[step.actor]
        found = getattr(self, f"_{step.action}", self._open)(actor, step)
        if found == step.outcome or (found in ("created", "joined", "untold") and step.outcome == "ok"):
            return True
        if found == "untold" and step.outcome in ("created", "joined"):
            return True  # .NET's CreateOrOpen does not tell; what is read later does
        place = f"step {number} of {len(self._scenario.steps)}: {step}"
        self.result.differ(Difference(stage, actor.peer.name, place, step.outcome, found))
        return False

    def _open(self, actor: _Actor, step: Step) -> str:
        size = () if step.action == "open_existing" else (SIZE,)
        try:
            map_, created = actor.peer.open(step.action, self._name, *size)
        except PeerRefusedError as error:
            return error.kind
        actor.maps.append(map_)
        if step.action == "open_existing":
            return "ok"
        return {True: "created", False: "joined", None: "untold"}[created]

    def _view(self, actor: _Actor, _step: Step) -> str:
        actor.views.append(actor.peer.view(actor.maps[-1], 0, "read_write"))
        return "ok"

    def _write(self, actor: _Actor, step: Step) -> str:
        actor.peer.poke(actor.views[-1], 0, _int32(step.number))
        return "ok"

    def _read(self, actor: _Actor, step: Step) -> str:
        found = actor.peer.peek(actor.views[-1], 0, 4)
        return (
            "ok"
            if found == _int32(step.number)
            else f"{int.from_bytes(found, 'little', signed=True)} (bytes {found.hex()})"
        )

    def _close_map(self, actor: _Actor, _step: Step) -> str:
        actor.peer.close_map(actor.maps.pop(0))
        return "ok"

    def _close_view(self, actor: _Actor, _step: Step) -> str:
        actor.peer.close_view(actor.views.pop(0))
        return "ok"

    def _kill(self, actor: _Actor, _step: Step) -> str:
        actor.dead = True
        actor.peer.process.kill()
        return "ok"

    def _leave(self, actor: _Actor, step: Step) -> str:
        actor.dead = True
        actor.peer.process.send(step.action)
        return "ok" if actor.peer.process.wait(DEATH_SECONDS) else f"still there after {DEATH_SECONDS:g} s"

    _abort = _leave

    def _present(self, actor: _Actor, _step: Step) -> str:
        refusal = actor.peer.absence(self._name)
        return "ok" if refusal is None else refusal.kind

    def _absent(self, actor: _Actor, _step: Step) -> str:
        gone = _soon(lambda: (actor.peer.absence(self._name) or _THERE).kind == "not_found")
        return "ok" if gone else f"still there after {GONE_SECONDS:g} s"

    def _let_go(self) -> None:
        for actor in self._actors.values():
            if not actor.dead:
                for view in actor.views:
                    actor.peer.close_view(view)
                for map_ in actor.maps:
                    actor.peer.close_map(map_)
        if self.result.verdict is Verdict.AGREED and self._absent(self._actors["O"], self._scenario.steps[-1]) != "ok":
            self.result.fail(Verdict.LEAKED, Stage.CLOSE, f"{self._name} is still there after everyone let go")

    def _give_up(self) -> None:
        """After a failure nobody knows who holds what: both actors get new processes."""
        for part in ("A", "B"):
            self._actors[part].dead = True
            with suppress(OSError):
                self._actors[part].peer.process.end()


_THERE = PeerRefusedError("there", kind="there")


def _soon(holds: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + GONE_SECONDS
    while not holds():
        if time.monotonic() > deadline:
            return False
        time.sleep(LOOK_SECONDS)
    return True


def _int32(number: int | None) -> bytes:
    return (number or 0).to_bytes(4, "little", signed=True)
