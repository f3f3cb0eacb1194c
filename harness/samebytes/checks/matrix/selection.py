"""What is asked for by name: peers, realms, programs, scenarios. The command line and the pytest plugin ask here.

`option` is what the person typed, such as `--peer`: it begins the words of every UsageError.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from samebytes.checks.data.subjects import DataSubject, read_programs
from samebytes.checks.lifecycle.scenarios import Scenario, read_scenarios
from samebytes.checks.requests.kind import matrix_kinds
from samebytes.checks.requests.request import Request
from samebytes.errors import UsageError
from samebytes.layout import Record
from samebytes.peers.availability import realms_here
from samebytes.peers.extensions import extension_folders
from samebytes.peers.manifest import Manifest, discover
from samebytes.peers.paths import fixtures_folder, peers_folder
from samebytes.peers.realms import REALMS, Realm
from samebytes.peers.variants import by_default, for_abis, is_for, on_runtimes, with_variants
from samebytes.suggesting import there_are

__all__ = [
    "ALL", "Chosen", "SubjectChoice", "choose", "choose_peers", "choose_programs", "choose_realms", "every_cell", "peers_in",
    "required_names",
]  # fmt: skip

ALL = "all"
"""Every kind of check that the matrix has."""
SCENARIOS = frozenset({"contract", "lifecycle"})
"""The kinds of check that play scenarios."""

T = TypeVar("T")


def choose(option: str, wanted: Iterable[str] | None, known: Mapping[str, T]) -> list[T]:
    """Return what was asked for, each once, in that order; all there is if nothing was. UsageError names what there is."""
    names = list(dict.fromkeys(wanted or known))
    for name in names:
        if name not in known:
            raise UsageError(f"{option} {name}: there is none of that name", hint=there_are(name, known))
    return [known[name] for name in names]


def peers_in(option: str, folders: Sequence[Path]) -> dict[str, Manifest]:
    """Return every peer by name, on each runtime it can have: the package's own, those of extension folders and of `folders`."""
    for folder in folders:
        if not folder.is_dir():
            raise UsageError(f"{option} {folder}: no such folder")
    return with_variants(discover((peers_folder(), *extension_folders("peers"), *folders)))


def choose_peers(
    option: str,
    wanted: Sequence[str] | None,
    runtimes: Sequence[str] | None,
    known: Mapping[str, Manifest],
    abis: Sequence[str] | None = None,
    *,
    every: bool = False,
) -> dict[str, Manifest]:
    """Return the peers that were asked for by name and by runtime; without names each there is, with a small row for older runtimes.

    `abis`: beside each peer what it is for these; `every`: each peer that was asked for on every runtime and for every ABI.
    UsageError names the peers, the runtimes or the ABIs there are.
    """
    for name in wanted or ():
        _refuse_unknown(option, name, known)
    if every:
        named = set(wanted or known)
        return {name: one for name, one in known.items() if name in named or one.peer in named}
    chosen = [known[name] for name in dict.fromkeys(wanted)] if wanted else by_default(known.values())
    if runtimes:
        have = dict.fromkeys(runtime.name for manifest in chosen for runtime in manifest.runtimes)
        for name in (name for name in runtimes if name != "all" and name not in have):
            there = f"there are: {', '.join(have)}, all" if have else "these peers have none to choose from"
            raise UsageError(f"runtime {name}: no peer that takes part has it", hint=there)
        chosen = on_runtimes(chosen, runtimes)
    if abis:
        _refuse_abis(abis, chosen, known)
        chosen = for_abis(chosen, known, abis)
    return {manifest.name: manifest for manifest in chosen}


def required_names(
    peers: Sequence[str] | None,
    runtimes: Sequence[str] | None,
    realms: Sequence[str] | None,
    chosen: Mapping[str, Manifest],
    abis: Sequence[str] | None = None,
) -> frozenset[str]:
    """Return what was asked for by name, of a peer, a runtime, an ABI or a realm: that must be here. `chosen`: what `choose_peers` gave."""
    named = set(peers or ())
    for_abi = () if "all" in (abis or ()) else abis or ()
    pinned = bool(runtimes) and "all" not in (runtimes or ())
    wanted = {
        name
        for name, manifest in chosen.items()
        if name in named
        or (pinned and manifest.runtime is not None and (not named or manifest.peer in named))
        or is_for(manifest, for_abi)
    }
    return frozenset((*wanted, *(realms or ())))


def every_cell(manifests: Mapping[str, Manifest], records: Mapping[str, Record]) -> Request:
    """Return the request for all there is, here or elsewhere: what expected deviations can be about."""
    return Request(
        realms=REALMS,
        checks=list(matrix_kinds()),
        manifests=manifests,
        peers=list(manifests),
        programs=read_programs(fixtures_folder(), records),
        scenarios=read_scenarios(fixtures_folder()),
        records=records,
    )


def _refuse_unknown(option: str, name: str, known: Mapping[str, Manifest]) -> None:
    """Raise UsageError for a peer that does not exist, or that does not have that runtime."""
    peer, at, variant = name.partition("@")
    if at and peer in known and name not in known:
        own = [one.name.partition("@")[2] for one in known.values() if one.peer == peer and one.pinned]
        there = ", ".join(own) or "none to choose from"
        raise UsageError(f"{option} {name}: {peer} has no runtime or ABI {variant!r}", hint=f"there are: {there}")
    if name not in known:
        names = [name for name, manifest in known.items() if not manifest.pinned]
        raise UsageError(f"{option} {name}: there is none of that name", hint=there_are(name, names))


def _refuse_abis(abis: Sequence[str], chosen: Sequence[Manifest], known: Mapping[str, Manifest]) -> None:
    """Raise UsageError for an ABI that none of the chosen peers can be for."""
    peers = {manifest.peer for manifest in chosen}
    there = [one for one in known.values() if one.abi and one.peer in peers]
    for name in abis:
        if not any(is_for(one, [name]) for one in there):
            names = dict.fromkeys(one.name.partition("@")[2] for one in there)
            hint = f"there are: {', '.join(names)}, all" if names else "these peers are for this machine's own alone"
            raise UsageError(f"ABI {name}: no peer that takes part is for it", hint=hint)


def choose_realms(option: str, wanted: Sequence[str] | None) -> list[Realm]:
    """Return the realms that were asked for; all there are for this system, if none was named."""
    return choose(option, wanted, {realm.name: realm for realm in realms_here()})


def choose_programs(option: str, wanted: Sequence[str] | None, programs: Sequence[DataSubject]) -> list[DataSubject]:
    """Return the programs of that name, with a layout of that name, or in the group of that name, in the order of `programs`."""
    known: dict[str, list[DataSubject]] = defaultdict(list)
    for program in programs:
        names = (program.name, program.group, *(record.name for record in program.records))
        for name in dict.fromkeys(filter(None, names)):
            known[name].append(program)
    chosen = {program.name for found in choose(option, wanted, known) for program in found}
    return [program for program in programs if program.name in chosen]


@dataclass(frozen=True)
class Chosen:
    """What a matrix is about."""

    checks: frozenset[str]
    programs: Sequence[DataSubject]
    scenarios: Sequence[Scenario]


@dataclass(frozen=True)
class SubjectChoice:
    """Which kinds of check, programs and scenarios were asked for. `prefix` begins the options' names: `--` on the command line."""

    check: str | None
    """The name of a kind of check, or `all`. None: all; of what is named if only layouts, or only scenarios, are named."""
    layouts: Sequence[str] | None = None
    scenarios: Sequence[str] | None = None
    prefix: str = "--"

    def of(self, programs: Sequence[DataSubject], scenarios: Sequence[Scenario]) -> Chosen:
        """Return the choice. UsageError for a name where no kind of check that is chosen has to do with it."""
        checks = self._checks()
        for named, missing, option, other in (
            (self.layouts, checks <= SCENARIOS, "layout", "scenario"),
            (self.scenarios, checks == {"data"}, "scenario", "layout"),
        ):
            if named and missing:
                sort = "data" if option == "layout" else "lifecycle"
                raise UsageError(
                    f"{self.prefix}{option} selects {sort} checks, and {self.prefix}check {self.check} has none",
                    hint=f"use {self.prefix}{other}, or leave {self.prefix}check out",
                )
        played = {one.name: one for one in scenarios if one.check in checks or not checks & SCENARIOS}
        return Chosen(
            checks,
            [] if checks <= SCENARIOS else choose_programs(f"{self.prefix}layout", self.layouts, programs),
            [] if checks == {"data"} else choose(f"{self.prefix}scenario", self.scenarios, played),
        )

    def _checks(self) -> frozenset[str]:
        every = frozenset(matrix_kinds())
        if self.check not in (None, ALL):
            (name,) = choose(f"{self.prefix}check", [str(self.check)], {name: name for name in sorted({*every, ALL})})
            return frozenset((name,))
        if self.check is None and bool(self.layouts) != bool(self.scenarios):
            return frozenset(("data",)) if self.layouts else SCENARIOS
        return every
