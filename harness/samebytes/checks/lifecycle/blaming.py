"""Whose doing it is that a step of a scenario does not come out as it must: who acted, or both where nobody can tell."""

from __future__ import annotations

from collections.abc import Sequence

from samebytes.checks.lifecycle.steps import OPENING, Step

__all__ = ["to_blame"]

WATCHER = "O"
"""The part that only looks."""
WAITING = ("await", "end_await")
HAMMERING = ("hammer", "begin_hammer", "end_hammer")
"""What two do at once."""
OTHERS_TOO = ("ok", "joined", "exists", "created", "not_found")
"""What comes of opening a name, where it takes somebody else too."""


def to_blame(steps: Sequence[Step], found: str) -> tuple[str, ...]:
    """Return the parts (A, B) of whose doing the last of these steps came out as `found`; two of them where it may be either."""
    step, before = steps[-1], steps[:-1]
    if step.actor == WATCHER:
        return _acted_on(step, before)
    if step.action == "read":
        return _of_a_value(step, before, found)
    if step.action in OPENING and set(step.outcomes) & set(OTHERS_TOO):
        return _both(step.actor, _named_by(step, before))
    if step.action in HAMMERING:
        return _both(*(one.actor for one in steps if one.action in HAMMERING))
    if step.action in WAITING and step.outcome == "ok":
        return _both(step.actor, _last(before, "write", "publish"))
    return (step.actor,)


def _acted_on(step: Step, before: Sequence[Step]) -> tuple[str, ...]:
    """Return who made, or last let go of, what the observer looked at."""
    last = next((one for one in reversed(before) if one.actor != WATCHER), None)
    if step.action in ("holds", "counted") and last is not None and last.action in HAMMERING:
        return _both(*(one.actor for one in before if one.action in HAMMERING))
    if step.action in ("file", "folder"):
        return _both(_named_by(step, before))
    return _both(next((one.actor for one in reversed(before) if one.actor != WATCHER), ""))


def _of_a_value(step: Step, before: Sequence[Step], found: str) -> tuple[str, ...]:
    """Return who wrote what must not be seen; or both, where one may not have written it, or the other not read it."""
    written = [one for one in before if one.action == "write" and one.at == step.at]
    due = next((one.actor for one in reversed(written) if one.number == step.number), "")
    seen = next((one.actor for one in reversed(written) if found.split(" ")[0] == str(one.number)), "")
    if seen and seen not in (step.actor, due):
        return (seen,)
    return _both(step.actor, due)


def _named_by(step: Step, before: Sequence[Step]) -> str:
    """Return who gave the name that a step is about; of one that is to be opened, whoever gave a name last if nobody gave that one."""
    made = [one for one in before if one.action in ("create_new", "create_or_open")]
    same = [one.actor for one in made if one.of == step.of]
    others = [] if step.action in ("create_new", "create_or_open") else [one.actor for one in made]
    return (same or others or [""])[-1]


def _last(before: Sequence[Step], *actions: str) -> str:
    return next((one.actor for one in reversed(before) if one.action in actions), "")


def _both(*parts: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(part for part in parts if part)) or ("A", "B")
