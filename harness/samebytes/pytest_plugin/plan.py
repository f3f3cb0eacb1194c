"""The plan of a matrix: every cell that the options ask for, whether or not this machine can run it. Starts nothing."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from secrets import randbits

import pytest

from samebytes.checks.bundles.annotations import Annotations
from samebytes.checks.expected.expectations import Expectations, read_expectations
from samebytes.checks.matrix.selection import SubjectChoice, choose_peers, choose_realms, every_cell, required_names
from samebytes.checks.requests.kind import Cell
from samebytes.checks.requests.request import Request, cells_of
from samebytes.errors import UsageError
from samebytes.peers.paths import fixtures_folder
from samebytes.peers.peer import ANSWER_SECONDS
from samebytes.pytest_plugin.lab import PluginLab
from samebytes.pytest_plugin.options import cell_named, chosen, deadline_of, others_named, peers_folders

__all__ = ["NODE", "SEED", "Plan", "group_of", "plan_of"]

NODE = "samebytes"
"""A cell's item is called `samebytes::IDENTITY`."""
SEED = "samebytes_seed"
"""What a worker of pytest-xdist is told to draw its random values from."""


def group_of(identity: str) -> str:
    """Return the group of a cell: a realm's data cells of one producer, else all of a check.

    Its cells share live peers and are run together.
    """
    producer, _, _, realm, check = identity.split("/")
    return f"{realm}-{check}-{producer}" if check == "data" else f"{realm}-{check}"


@dataclass(frozen=True)
class Plan:
    """What was asked for, whether or not this machine can run it."""

    request: Request
    cells: Sequence[Cell]
    expectations: Expectations
    universe: Collection[str]
    """Every cell there is, here or elsewhere: what expectations are about."""
    annotations: Annotations
    """What a failed cell says besides: the corrected declaration, the command that repeats it."""


def plan_of(config: pytest.Config, known: PluginLab) -> Plan:
    """Return the plan that options and ini file make. UsageError, in the words of the command line, for what is not there."""
    every = every_cell(known.manifests, known.lab.records)
    option, peers = chosen(config, "peer")
    choice = _choice(config).of(every.programs, every.scenarios)
    names = ("peer", "runtime", "realm", "abi")
    typed, runtimes, realms, abis = (config.getoption(f"--samebytes-{name}") for name in names)
    every_variant = bool(config.getoption("--samebytes-all"))
    wanted = choose_peers(option, peers, runtimes, known.manifests, abis, every=every_variant)
    manifests = {**known.manifests, **wanted}
    request = replace(
        every,
        manifests=manifests,
        realms=[realm.name for realm in choose_realms(*chosen(config, "realm"))],
        checks=choice.checks,
        peers=list(wanted),
        programs=choice.programs,
        scenarios=choice.scenarios,
        seed=_seed(config),
        required=required_names(typed, runtimes, realms, wanted, abis),
    )
    planned = list(cells_of(request))
    cells = tuple(_asked_by_id(config, planned))
    request = replace(request, full=config.getoption("--samebytes-full") or every_variant or len(cells) < len(planned))
    there = [name for name, one in manifests.items() if not one.pinned or name in wanted]
    universe = [cell.identity for cell in cells_of(replace(every, manifests=manifests, peers=there))]
    annotations = Annotations(known.lab.realms, every.records, manifests, tuple(_given(config)))
    return Plan(request, cells, _expectations(config, universe), universe, annotations)


def _seed(config: pytest.Config) -> int:
    """Return what random values are drawn from: the option's number, or one that is drawn once for all workers."""
    typed: int | None = config.getoption("--samebytes-seed")
    if typed is not None:
        return abs(typed)
    told: dict[str, int] = getattr(config, "workerinput", {})
    return told[SEED] if SEED in told else randbits(32)


def _choice(config: pytest.Config) -> SubjectChoice:
    _, layouts = chosen(config, "layout")
    check = config.getoption("--samebytes-check")
    if check in ("contract", "lifecycle") and not config.getoption("--samebytes-layout"):
        layouts = []  # the ini file's are for the data cells of other runs
    return SubjectChoice(check, layouts, config.getoption("--samebytes-scenario"), "--samebytes-")


def _asked_by_id(config: pytest.Config, planned: Sequence[Cell]) -> Iterator[Cell]:
    """Yield the cells whose items pytest's arguments name (`samebytes::c/csharp/struct/linux/data`); all, if they name none.

    Those arguments are taken away from pytest, which would look for files. Beside a single test that is named none are run.
    """
    wanted = [identity for identity in map(cell_named, config.args) if identity is not None]
    config.args[:] = [word for word in config.args if cell_named(word) is None]
    known = {one.identity for one in planned}
    for identity in wanted:
        if identity not in known:
            raise UsageError(
                f"{NODE}::{identity}: there is no such cell", hint="pytest --samebytes-matrix --collect-only lists them"
            )
    elsewhere = others_named(config)
    return (one for one in planned if one.identity in wanted or not (wanted or elsewhere))


def _given(config: pytest.Config) -> Iterator[str]:
    """Yield the command line's words for our options that change what a cell is."""
    for folder in peers_folders(config):
        yield from ("--peers-folder", str(folder))
    word = config.getoption("--samebytes-expectations")
    if word is not None:
        yield from ("--expectations", str(config.invocation_params.dir / word))
    seconds = deadline_of(config, ANSWER_SECONDS)
    if seconds != ANSWER_SECONDS:
        yield from ("--deadline", f"{seconds:g}")


def _expectations(config: pytest.Config, universe: Collection[str]) -> Expectations:
    """Return the expected deviations, held against every cell there is, as the command line does."""
    word = config.getoption("--samebytes-expectations")
    path = Path(config.invocation_params.dir / word) if word else fixtures_folder() / "expectations.toml"
    expectations = read_expectations(path)
    expectations.refuse_wide(universe)
    for words in expectations.nowhere(universe):
        raise UsageError(words, hint="an identity reads producer/consumer/program/realm/check")
    return expectations
