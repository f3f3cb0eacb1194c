"""Scenarios: what two actors and an observer do with one name, step by step. Read from `fixtures/scenarios`."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from samebytes.checks.lifecycle.steps import ENDING, LOCKING, Step, parse_step
from samebytes.errors import UsageError
from samebytes.peers.extensions import extension_folders
from samebytes.toml import read_toml

__all__ = ["CHECKS", "Scenario", "read_scenarios"]

CHECKS = ("lifecycle", "contract")
SIZE = 4096


@dataclass(frozen=True)
class Scenario:
    """One scenario: a column of the lifecycle matrix."""

    name: str
    title: str
    steps: tuple[Step, ...]
    check: str = "lifecycle"
    """What it asks about: when memory lives and dies, or what else the contract of a peer promises."""
    size: int = SIZE
    """Bytes of a segment where a step does not say how many."""
    realms: tuple[str, ...] = ()
    """Where it is played; everywhere if none is named."""

    @property
    def alone(self) -> bool:
        """Return whether B has nothing to do: then it is played once for each peer."""
        return all(step.actor != "B" for step in self.steps)

    @property
    def locks(self) -> frozenset[str]:
        """Return who locks or unlocks a block: that takes a verb which not every peer has."""
        return frozenset(step.actor for step in self.steps if step.action in LOCKING)

    @property
    def deaths(self) -> tuple[tuple[str, str], ...]:
        """Return who dies and how, in order."""
        return tuple((step.actor, step.action) for step in self.steps if step.action in ENDING)


def read_scenarios(folder: Path) -> tuple[Scenario, ...]:
    """Read every scenario of `scenarios/*.toml` below `folder`, in order of name, then those of extension folders.

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
        tree = read_toml(path)
        steps = tuple(parse_step(words) for words in tree["steps"])
        _check_pauses(steps)
        check, size, realms = tree.get("check", CHECKS[0]), tree.get("size", SIZE), tree.get("realms", [])
        if check not in CHECKS or not isinstance(size, int) or not isinstance(realms, list):
            raise ValueError(f"check is one of {', '.join(CHECKS)}, size a number, realms a list")
        return Scenario(path.stem, tree["title"], steps, check, size, tuple(map(str, realms)))
    except (KeyError, TypeError, ValueError) as error:
        raise UsageError(f"{path}: {error}", hint="fixtures/scenarios/README.md says how a step reads") from error


def _check_pauses(steps: tuple[Step, ...]) -> None:
    """Refuse a death while somebody is stopped: other scenarios wait for it in the same process, so resume comes first."""
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
