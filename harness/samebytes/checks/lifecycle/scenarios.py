"""Scenarios: what two actors and an observer do with one name, step by step. Read from `fixtures/scenarios`."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from samebytes.errors import UsageError
from samebytes.peers.extensions import extension_folders

__all__ = ["Scenario", "Step", "read_scenarios"]

OPENING = ("create_new", "create_or_open", "open_existing")
ENDING = ("kill", "leave", "abort")
LOOKING = ("present", "absent")
WITH_NUMBER = ("write", "read")
PAUSING = ("stop", "resume")
ACTIONS = (*OPENING, *ENDING, *LOOKING, *WITH_NUMBER, *PAUSING, "view", "close_map", "close_view")


@dataclass(frozen=True)
class Step:
    """One step: who does what, and what must come of it."""

    actor: str
    action: str
    number: int | None
    outcome: str

    def __str__(self) -> str:
        return " ".join(map(str, filter(lambda word: word is not None, (self.actor, self.action, self.number))))


@dataclass(frozen=True)
class Scenario:
    """One scenario: a column of the lifecycle matrix."""

    name: str
    title: str
    steps: tuple[Step, ...]

    @property
    def deaths(self) -> tuple[tuple[str, str], ...]:
        """Who dies and how, in order."""
        return tuple((step.actor, step.action) for step in self.steps if step.action in ENDING)


def read_scenarios(folder: Path) -> tuple[Scenario, ...]:
    """Every scenario of `scenarios/*.toml` below `folder`, in order of name, then those of extension folders.

    UsageError names the file and the step that is wrong, or the file whose name another has already.
    """
    paths: dict[str, Path] = {}
    for place in (folder / "scenarios", *extension_folders("scenarios")):
        for path in sorted(place.glob("*.toml")):
            if path.stem in paths:
                raise UsageError(
                    f"{path}: there is another scenario {path.stem} already", hint="give the file another name"
                )
            paths[path.stem] = path
    return tuple(map(_scenario, paths.values()))


def _scenario(path: Path) -> Scenario:
    try:
        tree = tomllib.loads(path.read_text("utf-8"))
        steps = tuple(_step(words) for words in tree["steps"])
        _check_pauses(steps)
        return Scenario(path.stem, tree["title"], steps)
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, KeyError, TypeError, ValueError) as error:
        raise UsageError(f"{path}: {error}", hint="fixtures/scenarios/README.md says how a step reads") from error


def _step(line: Any) -> Step:
    if not isinstance(line, str):
        raise ValueError(f"a step is a text, not {line!r}")
    said, _, outcome = line.partition(" -> ")
    words = said.split()
    if len(words) not in (2, 3) or words[0] not in ("A", "B", "O") or words[1] not in ACTIONS:
        raise ValueError(f"no step: {line!r}")
    if (words[0] == "O") is not (words[1] in LOOKING) or (len(words) == 3) is not (words[1] in WITH_NUMBER):
        raise ValueError(f"no step: {line!r}")
    return Step(words[0], words[1], int(words[2]) if len(words) == 3 else None, outcome.strip() or "ok")


def _check_pauses(steps: tuple[Step, ...]) -> None:
    """Other scenarios wait for a death in the same process: whoever is stopped must be resumed before anybody dies."""
    stopped: set[str] = set()
    for step in steps:
        if step.action == "stop":
            stopped.add(step.actor)
        elif step.action == "resume":
            stopped.discard(step.actor)
        elif stopped & {step.actor} or (stopped and step.action in ENDING):
            raise ValueError(f"{step}: {' and '.join(sorted(stopped))} is stopped then")
    if stopped:
        raise ValueError(f"{' and '.join(sorted(stopped))} is stopped and never resumed")
