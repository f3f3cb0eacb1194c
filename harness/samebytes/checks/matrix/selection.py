"""What is asked for by name: peers, realms, programs, scenarios. The command line and the pytest plugin ask here.

`option` is what the person typed, such as `--peer`: it begins the words of every UsageError.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from samebytes.checks.data.subjects import DataSubject
from samebytes.checks.lifecycle.scenarios import Scenario
from samebytes.errors import UsageError
from samebytes.peers.availability import realms_here
from samebytes.peers.manifest import Manifest, discover
from samebytes.peers.paths import peers_folder
from samebytes.peers.realms import Realm

__all__ = ["CHECKS", "SubjectChoice", "choose", "choose_programs", "choose_realms", "peers_in"]

CHECKS = ("data", "contract", "lifecycle", "all")
_SCENARIOS = {"contract", "lifecycle"}

T = TypeVar("T")


def choose(option: str, wanted: Iterable[str] | None, known: Mapping[str, T]) -> list[T]:
    """What was asked for, each once, in that order; all there is, if nothing was. UsageError names what there is."""
    names = list(dict.fromkeys(wanted or known))
    for name in names:
        if name not in known:
            raise UsageError(f"{option} {name}: there is none of that name", hint=f"there are: {', '.join(known)}")
    return [known[name] for name in names]


def peers_in(option: str, folders: Sequence[Path]) -> dict[str, Manifest]:
    """Every peer there is, by name: the package's own, and those in `folders`."""
    for folder in folders:
        if not folder.is_dir():
            raise UsageError(f"{option} {folder}: no such folder")
    return discover((peers_folder(), *folders))


def choose_realms(option: str, wanted: Sequence[str] | None) -> list[Realm]:
    """The realms that were asked for; all there are for this system, if none was named."""
    return choose(option, wanted, {realm.name: realm for realm in realms_here()})


def choose_programs(option: str, wanted: Sequence[str] | None, programs: Sequence[DataSubject]) -> list[DataSubject]:
    """Programs by their own name, by that of a layout they exchange, or by their group's, in the order of `programs`."""
    known: dict[str, list[DataSubject]] = defaultdict(list)
    for program in programs:
        names = (program.name, program.group, *(record.name for record in program.records))
        for name in dict.fromkeys(filter(None, names)):
            known[name].append(program)
    chosen = {program.name for found in choose(option, wanted, known) for program in found}
    return [program for program in programs if program.name in chosen]


@dataclass(frozen=True)
class SubjectChoice:
    """Which programs and scenarios were asked for. `prefix` begins the options' names: `--` on the command line."""

    check: str | None
    """One of CHECKS. None: everything; of what is named if only layouts, or only scenarios, are named."""
    layouts: Sequence[str] | None = None
    scenarios: Sequence[str] | None = None
    prefix: str = "--"

    def of(self, programs: Sequence[DataSubject], scenarios: Sequence[Scenario]) -> list[DataSubject | Scenario]:
        """Programs for `data`, scenarios for `contract` and `lifecycle`. UsageError for a name where nothing of its sort is checked."""
        checks = self._checks()
        played = [scenario for scenario in scenarios if scenario.check in checks]
        for named, missing, option, other in (
            (self.layouts, "data" not in checks, "layout", "scenario"),
            (self.scenarios, not played, "scenario", "layout"),
        ):
            if named and missing:
                sort = "data" if option == "layout" else "lifecycle"
                raise UsageError(
                    f"{self.prefix}{option} selects {sort} checks, and {self.prefix}check {self.check} has none",
                    hint=f"use {self.prefix}{other}, or leave {self.prefix}check out",
                )
        chosen: list[DataSubject | Scenario] = []
        if "data" in checks:
            chosen += choose_programs(f"{self.prefix}layout", self.layouts, programs)
        if played:
            chosen += choose(f"{self.prefix}scenario", self.scenarios, {scenario.name: scenario for scenario in played})
        return chosen

    def _checks(self) -> set[str]:
        if self.check is None and bool(self.layouts) != bool(self.scenarios):
            return {"data"} if self.layouts else _SCENARIOS
        return {"data", *_SCENARIOS} if self.check in (None, "all") else {str(self.check)}
