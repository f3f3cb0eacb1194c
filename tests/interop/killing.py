"""Killing an actor just before a step of a scenario: who is killed when, what must come of it, and the hooks that do it.

What must come of it is found by a model of the whole world: names, segments, holders, numbers. The rule:

* A step of the killed actor that needs an answer is `crashed` at that step's stage, and names the actor. A step that ends or
  suspends the actor (`kill`, `leave`, `abort`, `stop`, `resume`) has come out: it is dead.
* A step of another actor comes out as the model says, now that what the killed one held is let go. If that is what the scenario
  expects, the play goes on; if not, that difference stands there, with what the model says, and nobody plays on.
* At the end everybody lets go: an actor that was killed with views or maps left to close is `crashed` at `close`, and so is an observer
  that is dead and should have seen that the name is gone. Whoever's death made a difference had something left to close.
* Only if all steps came out, and the dead one had nothing left to do, it is `agreed`.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from samebytes.checks.lifecycle.scenarios import Scenario, Step

ENDINGS = ("kill", "leave", "abort")
UNANSWERED = (*ENDINGS, "stop", "resume")
"""What is done to an actor, or needs no answer of it: a dead one lets it happen."""
STAGES = {
    "create_new": "create", "create_or_open": "open", "open_existing": "open", "present": "open", "view": "open", "write": "store",
    "read": "load", "close_map": "close", "close_view": "close", "absent": "close",
}  # fmt: skip
TELLING = ("open_measured", "view_measured", "poke", "peek", "close_map", "close_view", "absence")
"""The calls of a peer of which every step that needs an answer makes one; `absent` may make it over and over."""


@dataclass(frozen=True)
class Blow:
    """Who is killed in which scenario, before which step: from 1; one more than there are is before everybody lets go."""

    scenario: Scenario
    victim: str
    step: int

    def __str__(self) -> str:
        return f"{self.scenario.name}: {self.victim} killed before step {self.step} of {len(self.scenario.steps)}"


def blows(scenarios: Sequence[Scenario]) -> list[Blow]:
    """Every actor before every step of every scenario. After a last look, letting go cannot be told from looking once more."""
    return [
        Blow(scenario, victim, step)
        for scenario in scenarios
        for victim in "ABO"
        for step in range(1, len(scenario.steps) + (1 if scenario.steps[-1].action == "absent" else 2))
    ]


# --- what must come of it --------------------------------------------------------------------------------------------


@dataclass
class Segment:
    """Memory with its holders, one entry for every map."""

    number: int = 0
    holders: list[str] = field(default_factory=list)


@dataclass
class World:
    """One name, and what each actor has open. A segment without a holder has no name any more."""

    maps: dict[str, list[Segment]] = field(default_factory=lambda: {"A": [], "B": []})
    views: dict[str, list[Segment]] = field(default_factory=lambda: {"A": [], "B": []})
    named: Segment | None = None

    @property
    def alive(self) -> Segment | None:
        return self.named if self.named is not None and self.named.holders else None

    def die(self, actor: str) -> None:
        """Everything it held is let go."""
        for segment in self.maps.get(actor, ()):
            segment.holders.remove(actor)
        for held in (self.maps, self.views):
            if actor in held:
                held[actor] = []

    def play(self, step: Step) -> str:
        """What comes of a step."""
        return str(getattr(self, f"_{step.action}")(step))

    def _create_new(self, step: Step) -> str:
        return "exists" if self.alive else self._join(step.actor, "created")

    def _create_or_open(self, step: Step) -> str:
        return self._join(step.actor, "joined" if self.alive else "created")

    def _open_existing(self, step: Step) -> str:
        return self._join(step.actor, "ok") if self.alive else "not_found"

    def _join(self, actor: str, word: str) -> str:
        self.named = self.alive or Segment()
        self.named.holders.append(actor)
        self.maps[actor].append(self.named)
        return word

    def _view(self, step: Step) -> str:
        self.views[step.actor].append(self.maps[step.actor][-1])
        return "ok"

    def _write(self, step: Step) -> str:
        self.views[step.actor][-1].number = step.number or 0
        return "ok"

    def _read(self, step: Step) -> str:
        found = self.views[step.actor][-1].number
        return "ok" if found == step.number else f"{found} (bytes {found.to_bytes(4, 'little', signed=True).hex()})"

    def _close_map(self, step: Step) -> str:
        self.maps[step.actor].pop(0).holders.remove(step.actor)
        return "ok"

    def _close_view(self, step: Step) -> str:
        self.views[step.actor].pop(0)
        return "ok"

    def _present(self, _step: Step) -> str:
        return "ok" if self.alive else "not_found"

    def _absent(self, _step: Step) -> str:
        return "still there after 3 s" if self.alive else "ok"

    def _end(self, step: Step) -> str:
        self.die(step.actor)
        return "ok"

    _kill = _leave = _abort = _end

    def _stop(self, _step: Step) -> str:
        return "ok"

    _resume = _stop


@dataclass(frozen=True)
class Fate:
    """What must come of a scenario: the verdict, its stage, the part that is named, and the step that differs and what it finds."""

    verdict: str
    stage: str = ""
    part: str = ""
    step: int = 0
    found: str = ""


def fate(blow: Blow) -> Fate:
    """What must come of a scenario in which an actor is killed, by the rule above."""
    world, held = World(), {"A": 0, "B": 0, "O": 0}
    for number, step in enumerate(blow.scenario.steps, 1):
        if number == blow.step:
            world.die(blow.victim)
        if step.actor == blow.victim and number >= blow.step and step.action not in UNANSWERED:
            return Fate("crashed", STAGES[step.action], blow.victim)
        found = world.play(step)
        held[step.actor] += _keeps(step.action, found)
        if step.action in ENDINGS:
            held[step.actor] = 0
        if not _as_expected(found, step.outcome):
            assert number >= blow.step, (
                f"{blow.scenario.name}: step {number} does not come out though nobody was killed"
            )
            assert held[blow.victim], f"{blow}: its death changed something, and it held nothing"
            return Fate("crashed", "close", blow.victim, number, found)
    return Fate("crashed", "close", blow.victim) if blow.victim == "O" or held[blow.victim] else Fate("agreed")


def _keeps(action: str, found: str) -> int:
    """How many things more an actor has to close."""
    if action in ("create_new", "create_or_open", "open_existing"):
        return 1 if found in ("ok", "created", "joined") else 0
    return {"view": 1, "close_map": -1, "close_view": -1}.get(action, 0)


def _as_expected(found: str, wanted: str) -> bool:
    return found == wanted or (wanted == "ok" and found in ("created", "joined"))


# --- doing it --------------------------------------------------------------------------------------------------------


class Director:
    """Counts the steps as they begin, and kills the victim just before its step. `struck` tells whether it has."""

    def __init__(self, blow: Blow, pids: dict[str, int]) -> None:
        self._blow, self._pids = blow, pids
        self._begun = 0
        self.struck = False

    def before(self, part: str, absence: bool) -> None:
        """A part is about to do something: the next step begins, unless the observer only looks again, or the steps are over."""
        steps = self._blow.scenario.steps
        if self._begun > len(steps):
            return
        current = steps[self._begun - 1] if self._begun else None
        coming = steps[self._begun] if self._begun < len(steps) else None
        again = absence and current is not None and current.action == "absent"
        if again and not (coming is not None and coming.actor == part):
            return
        self._begun += 1
        if self._begun == self._blow.step:
            self.strike()

    def strike(self) -> None:
        """SIGKILL, and wait until it is dead; its parent has yet to bury it. One that is dead already stays so."""
        self.struck = True
        pid = self._pids[self._blow.victim]
        try:
            os.kill(pid, signal.SIGKILL)
            os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)
        except (ProcessLookupError, ChildProcessError):
            pass


class Watched:
    """A peer or its process, every call of which that begins a step is told before it is made."""

    def __init__(self, inner: Any, telling: Sequence[str], before: Callable[[bool], None]) -> None:
        self._inner, self._telling, self._before = inner, telling, before

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._inner, name)
        if name == "process":
            return Watched(found, ("kill", "send", "stop", "resume"), self._before)
        if name not in self._telling:
            return found

        def told(*words: Any, **named: Any) -> Any:
            self._before(name == "absence")
            return found(*words, **named)

        return told
