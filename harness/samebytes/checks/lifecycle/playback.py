"""A playback of a scenario: two actors and the observer, each in a process of its own, with real deaths."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress

from samebytes.checks.data.segment_state import guard_keeper
from samebytes.checks.data.testbed import GONE_SECONDS, soon
from samebytes.checks.lifecycle.actor import Actor, int32
from samebytes.checks.lifecycle.blaming import to_blame
from samebytes.checks.lifecycle.contract import CONTRACT
from samebytes.checks.lifecycle.locking import counted
from samebytes.checks.lifecycle.scenarios import Scenario
from samebytes.checks.lifecycle.steps import ENDING, OPENING, Step, named
from samebytes.checks.result import Difference, Run, Stage, Verdict
from samebytes.errors import PeerError, PeerRefusedError, PeerTimeoutError
from samebytes.peers.peer import Peer

__all__ = ["Playback", "terminate"]

DEATH_SECONDS = 10.0
"""How long a peer may take to exit when it was told to; a runtime may write a last word."""

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
        "stop": Stage.OPEN,
        "resume": Stage.OPEN,
        "publish": Stage.STORE,
        "request": Stage.OPEN,
        "no_file": Stage.CLOSE,
    }
    | dict.fromkeys(("map_capacity", "view_capacity", "file", "folder"), Stage.OPEN)
    | dict.fromkeys(("lock", "hammer", "begin_hammer", "end_hammer"), Stage.STORE)
    | {"holds": Stage.LOAD, "counted": Stage.LOAD}
    | dict.fromkeys(("await", "begin_await", "end_await"), Stage.LOAD)
    | dict.fromkeys(ENDING, Stage.KILL)
)


class Playback:
    """Plays once. `result` is complete after `run`, whatever happened. `ended` says which parts (A, B) need a new process.

    Instead of `run`, it can be played from death to death: `advance`, and while it is `dying`, let `pending_exit` happen, tell
    `record_exit` how it went, and `advance` again.
    """

    def __init__(self, scenario: Scenario, name: str, peers: tuple[Peer, Peer, Peer]) -> None:
        self._scenario, self.name = scenario, name
        first, second, observer = peers
        self._actors = {"A": Actor(first), "B": Actor(second), "O": Actor(observer)}
        self._names = {name}
        """Every name that a step has opened."""
        self.result = Run("", "", first.name, second.name)
        self._left = list(enumerate(scenario.steps, 1))
        self.dying: Step | None = None
        """The step at which it waits for a death."""
        self.broken = False
        """Whether a conversation broke: nobody knows who holds what."""

    @property
    def ended(self) -> set[str]:
        """Return the parts whose process was ended by a step."""
        return {part for part, actor in self._actors.items() if actor.dead}

    def run(self) -> Run:
        """Play every step until one does not come out as it must. Never raises for what a peer does: that is a verdict."""
        self.advance()
        while self.dying is not None:
            self.record_exit(terminate(*self.pending_exit()))
            self.advance()
        return self.result

    def advance(self) -> None:
        """Play on to the next death, or to the end."""
        stage = Stage.CREATE
        try:
            while self._left:
                number, step = self._left[0]
                if step.action in ENDING:
                    self.dying = step
                    return
                stage = _STAGES[step.action]
                del self._left[0]
                if not self._expect(number, step, stage, self._play(step)):
                    break
            self._left.clear()
            stage = Stage.CLOSE
            self._let_go()
        except PeerError as error:
            self.broken = True
            self.result.break_off(stage, error)
            others = [
                actor.peer for part, actor in self._actors.items() if part != "O" and actor.peer.name != error.peer
            ]
            kept = guard_keeper(self.name, others, stage) if isinstance(error, PeerTimeoutError) else None
            if kept is not None:
                self.result.differ(kept)
                self.result.message = f"{kept}; then: {error}"
            self._give_up()

    def pending_exit(self) -> tuple[Peer, str]:
        """Return whose process must end now, and how."""
        assert self.dying is not None
        return self._actors[self.dying.actor].peer, self.dying.action

    def record_exit(self, outcome: str) -> None:
        """Record that the death it waited for has happened."""
        assert self.dying is not None
        self._actors[self.dying.actor].dead = True
        number, step = self._left.pop(0)
        self.dying = None
        if not self._expect(number, step, Stage.KILL, outcome):
            self._left.clear()

    def _play(self, step: Step) -> str:
        actor = self._actors[step.actor]
        try:
            if step.action in CONTRACT:
                return CONTRACT[step.action](actor, step, self._actors["O"].peer, named(step.of, self.name))
            return str(getattr(self, f"_{step.action}", self._open)(actor, step))
        except PeerRefusedError as error:
            return error.kind

    def _expect(self, number: int, step: Step, stage: Stage, found: str) -> bool:
        if found in step.outcomes or (found in _OK.get(step.action, ()) and step.outcome == "ok"):
            return True
        if found == "untold" and step.action == "create_or_open" and step.outcome in ("created", "joined"):
            return True  # .NET's CreateOrOpen does not tell; what is read later does
        place = f"step {number} of {len(self._scenario.steps)}: {step}"
        who = to_blame(self._scenario.steps[:number], found)
        names = dict.fromkeys(self._actors[part].peer.name for part in who)
        self.result.differ(Difference(stage, " or ".join(names), place, step.outcome, found))
        return False

    def _open(self, actor: Actor, step: Step) -> str:
        name = named(step.of, self.name)
        self._names.add(name)
        map_, created, capacity = actor.peer.open_measured(step.action, name, *self._opening_words(step))
        actor.maps.append(map_)
        actor.map_capacity = capacity
        if step.action == "open_existing":
            return "ok" if not created else "says that it created it"
        return {True: "created", False: "joined", None: "untold"}[created]

    def _opening_words(self, step: Step) -> tuple[str, ...]:
        if step.words or step.action == "open_existing":
            return step.words
        return (str(self._scenario.size),)

    def _view(self, actor: Actor, step: Step) -> str:
        access, offset, size = (*step.words, "0", "0")[:3] if step.words else ("read_write", "0", "0")
        view, actor.view_capacity = actor.peer.view_measured(actor.maps[-1], int(offset), int(size), access)
        actor.views.append(view)
        actor.view_offset = int(offset)
        return "ok"

    def _write(self, actor: Actor, step: Step) -> str:
        actor.peer.poke(actor.views[-1], step.at, int32(step.number))
        return "ok"

    def _read(self, actor: Actor, step: Step) -> str:
        found = actor.peer.peek(actor.views[-1], step.at, 4)
        return (
            "ok"
            if found == int32(step.number)
            else f"{int.from_bytes(found, 'little', signed=True)} (bytes {found.hex()})"
        )

    def _close_map(self, actor: Actor, _step: Step) -> str:
        actor.peer.close_map(actor.maps.pop(0))
        return "ok"

    def _close_view(self, actor: Actor, _step: Step) -> str:
        actor.peer.close_view(actor.views.pop(0))
        return "ok"

    def _stop(self, actor: Actor, _step: Step) -> str:
        actor.stopped = True
        actor.peer.process.stop()
        return "ok"

    def _resume(self, actor: Actor, _step: Step) -> str:
        actor.stopped = False
        actor.peer.process.resume()
        return "ok"

    def _counted(self, actor: Actor, step: Step) -> str:
        return counted(sum(one.added for one in self._actors.values()), step, actor.peer, self.name)

    def _present(self, actor: Actor, step: Step) -> str:
        refusal = actor.peer.absence(named(step.of, self.name))
        return "ok" if refusal is None else refusal.kind

    def _absent(self, actor: Actor, step: Step) -> str:
        gone = self._gone(actor, named(step.of, self.name))
        return "ok" if gone else f"still there after {GONE_SECONDS:g} s"

    def _gone(self, actor: Actor, name: str) -> bool:
        """Return whether nobody holds a name; one that cannot be a name there never was held."""
        return soon(lambda: (actor.peer.absence(name) or _THERE).kind in ("not_found", "invalid_name"))

    def _let_go(self) -> None:
        for actor in self._actors.values():
            if actor.stopped:  # a step before its resume did not come out as it must
                self._resume(actor, self._scenario.steps[-1])
            if not actor.dead:
                actor.finish_waiting()
                for view in actor.views:
                    actor.peer.close_view(view)
                for map_ in actor.maps:
                    actor.peer.close_map(map_)
        for name in sorted(self._names) if self.result.verdict is Verdict.AGREED else ():
            if not self._gone(self._actors["O"], name):
                self.result.fail(Verdict.LEAKED, Stage.CLOSE, f"{name} is still there after everyone let go")

    def _give_up(self) -> None:
        """Give both actors new processes: after a failure nobody knows who holds what."""
        for part in ("A", "B"):
            self._actors[part].dead = True
            with suppress(OSError):
                self._actors[part].peer.process.end()


def terminate(peer: Peer, action: str) -> str:
    """End a peer's process: by `kill` from outside, or by its own `leave` or `abort`. Return `ok`, or what came of it instead."""
    if action == "kill":
        peer.process.kill()
        return "ok"
    peer.process.send(action)
    return "ok" if peer.process.wait(DEATH_SECONDS) else f"still there after {DEATH_SECONDS:g} s"


_OK: Mapping[str, tuple[str, ...]] = {"create_new": ("created",), "create_or_open": ("created", "joined", "untold")}
"""What is `ok` of an action that tells more: a name that was made new has been created, and whoever made it knows."""
_THERE = PeerRefusedError("there", kind="there")
