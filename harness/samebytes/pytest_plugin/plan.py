"""The plan of a matrix: every cell that the options ask for, whether or not this machine can run it. Starts nothing."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from samebytes.checks.expectations import Expectations, read_expectations
from samebytes.checks.matrix import Cell, cells_of
from samebytes.checks.notes import Notes
from samebytes.checks.programs import Program, read_programs
from samebytes.checks.scenarios import Scenario, read_scenarios
from samebytes.checks.selection import SubjectChoice, choose_peers, choose_realms
from samebytes.errors import UsageError
from samebytes.peers.manifest import Manifest
from samebytes.peers.peer import ANSWER_SECONDS
from samebytes.peers.places import fixtures_folder
from samebytes.peers.realms import Realm
from samebytes.pytest_plugin.options import cell_named, chosen, deadline_of, peers_folders
from samebytes.pytest_plugin.workshop import Workshop

__all__ = ["NODE", "Plan", "Planned", "group_of", "plan_of"]

NODE = "samebytes"
"""A cell's item is called `samebytes::IDENTITY`."""
REALMS = ("linux", "windows")
"""Realms that an expectation may be about, also where they are not here."""


@dataclass(frozen=True)
class Planned:
    """A cell in a realm."""

    realm: str
    cell: Cell

    @property
    def identity(self) -> str:
        """As in every report."""
        return self.cell.identity(self.realm)

    @property
    def group(self) -> str:
        """Cells of one group share live peers and are run together."""
        return group_of(self.identity)


def group_of(identity: str) -> str:
    """The group of a cell: a realm's data cells of one producer, or all of its lifecycle cells."""
    producer, _, _, realm, check = identity.split("/")
    return f"{realm}-{check}-{producer}" if check == "data" else f"{realm}-{check}"


@dataclass(frozen=True)
class Plan:
    """What was asked for."""

    realms: Mapping[str, Realm]
    manifests: Mapping[str, Manifest]
    cells: Sequence[Planned]
    subjects: Sequence[Program | Scenario]
    """Programs and scenarios, in the order in which they are shown."""
    required: frozenset[str]
    """Realms and peers that the command line names: when one cannot run anywhere, that is an error, not a skip."""
    expectations: Expectations
    universe: Collection[str]
    """Every cell there is, here or elsewhere: what expectations are about."""
    notes: Notes
    """What a failed cell says besides: the corrected declaration, the command that repeats it."""


def plan_of(config: pytest.Config, workshop: Workshop) -> Plan:
    """The plan that options and ini file make. UsageError, in the words of the command line, for what is not there."""
    option, peers = chosen(config, "peer")
    wanted = choose_peers(option, peers, config.getoption("--samebytes-runtime"), workshop.manifests)
    manifests = {**workshop.manifests, **wanted}
    realms = {realm.name: realm for realm in choose_realms(*chosen(config, "realm"))}
    every: list[Program | Scenario] = [*read_programs(fixtures_folder(), workshop.records)]
    every += read_scenarios(fixtures_folder())
    subjects = _subjects(config, every)
    planned = [Planned(realm, cell) for realm in realms for cell in cells_of(wanted.values(), subjects)]
    there = [one for name, one in manifests.items() if one.runtime is None or name in wanted]
    cells = list(cells_of(there, every))
    universe = [cell.identity(realm) for realm in REALMS for cell in cells]
    typed = (*config.getoption("--samebytes-peer"), *config.getoption("--samebytes-realm"))
    return Plan(
        realms,
        manifests,
        tuple(_asked_by_id(config, planned)),
        subjects,
        frozenset(typed),
        _expectations(config, universe),
        universe,
        Notes([*realms.values()], workshop.records, manifests, tuple(_given(config))),
    )


def _subjects(config: pytest.Config, every: Sequence[Program | Scenario]) -> list[Program | Scenario]:
    _, layouts = chosen(config, "layout")
    check = config.getoption("--samebytes-check")
    if check == "lifecycle" and not config.getoption("--samebytes-layout"):
        layouts = []  # the ini file's are for the data cells of other runs
    choice = SubjectChoice(check, layouts, config.getoption("--samebytes-scenario"), "--samebytes-")
    programs = [one for one in every if isinstance(one, Program)]
    return choice.of(programs, [one for one in every if isinstance(one, Scenario)])


def _asked_by_id(config: pytest.Config, planned: Sequence[Planned]) -> Iterator[Planned]:
    """The cells whose items pytest's arguments name (`samebytes::c/csharp/struct/linux/data`); all, if they name none.

    Those arguments are taken away from pytest, which would look for files.
    """
    wanted = [identity for identity in map(cell_named, config.args) if identity is not None]
    config.args[:] = [word for word in config.args if cell_named(word) is None]
    known = {one.identity for one in planned}
    for identity in wanted:
        if identity not in known:
            raise UsageError(
                f"{NODE}::{identity}: there is no such cell", hint="pytest --samebytes-matrix --collect-only lists them"
            )
    return (one for one in planned if not wanted or one.identity in wanted)


def _given(config: pytest.Config) -> Iterator[str]:
    """The command line's words for our options without which a cell would be another."""
    for folder in peers_folders(config):
        yield from ("--peers-folder", str(folder))
    word = config.getoption("--samebytes-expectations")
    if word is not None:
        yield from ("--expectations", str(config.invocation_params.dir / word))
    seconds = deadline_of(config, ANSWER_SECONDS)
    if seconds != ANSWER_SECONDS:
        yield from ("--deadline", f"{seconds:g}")


def _expectations(config: pytest.Config, universe: Collection[str]) -> Expectations:
    """The expected deviations, held against every cell there is, as the command line does."""
    word = config.getoption("--samebytes-expectations")
    path = Path(config.invocation_params.dir / word) if word else fixtures_folder() / "expectations.toml"
    expectations = read_expectations(path)
    expectations.refuse_wide(universe)
    for words in expectations.nowhere(universe):
        raise UsageError(words, hint="an identity reads producer/consumer/program/realm/check")
    return expectations
