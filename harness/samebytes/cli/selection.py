"""What the options select: peers, realms, programs, cells."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TypeVar

from samebytes.checks.programs import Program
from samebytes.checks.scenarios import Scenario
from samebytes.errors import UsageError
from samebytes.peers.here import realms_here
from samebytes.peers.manifest import Manifest, discover
from samebytes.peers.places import peers_folder
from samebytes.peers.realms import Realm

__all__ = ["add_options", "cell_filter", "chosen_peers", "chosen_realms", "chosen_subjects", "known_manifests"]

T = TypeVar("T")


def add_options(parser: argparse.ArgumentParser) -> None:
    """The options that select peers and realms."""
    parser.add_argument("--peer", action="append", metavar="NAME", help="only this peer (may be repeated)")
    parser.add_argument(
        "--realm", action="append", metavar="NAME", help="only this realm: linux or windows (may be repeated)"
    )
    parser.add_argument(
        "--peers-folder", action="append", type=Path, default=[], metavar="DIR",
        help="a folder with further peers, each in a folder of its own with a peer.toml (may be repeated)",
    )  # fmt: skip


def known_manifests(options: argparse.Namespace) -> dict[str, Manifest]:
    """Every peer there is, by name."""
    for folder in options.peers_folder:
        if not folder.is_dir():
            raise UsageError(f"--peers-folder {folder}: no such folder")
    return discover((peers_folder(), *options.peers_folder))


def chosen_peers(options: argparse.Namespace, known: Iterable[str]) -> list[str]:
    """The peers that were asked for; all there are, if none was named. UsageError names the ones there are."""
    return _chosen("--peer", options.peer, known)


def chosen_realms(options: argparse.Namespace) -> list[Realm]:
    """The realms that were asked for; all there are for this system, if none was named."""
    realms = {realm.name: realm for realm in realms_here()}
    return [realms[name] for name in _chosen("--realm", options.realm, realms)]


def chosen_subjects(
    options: argparse.Namespace, programs: Sequence[Program], scenarios: Sequence[Scenario]
) -> list[Program | Scenario]:
    """What `--check`, `--layout` and `--scenario` ask for: programs for `data`, scenarios for `lifecycle`."""
    checks = {"data", "lifecycle"} if options.check == "all" else {options.check}
    if options.scenario and "lifecycle" not in checks:
        checks = {"lifecycle"}
    if options.layout and "data" not in checks:
        raise UsageError("--layout selects data checks, and --check lifecycle has none", hint="use --scenario")
    by_name = {scenario.name: scenario for scenario in scenarios}
    chosen: list[Program | Scenario] = []
    if "data" in checks:
        chosen += chosen_programs(options.layout, programs)
    if "lifecycle" in checks:
        chosen += [by_name[name] for name in _chosen("--scenario", options.scenario, by_name)]
    return chosen


def chosen_programs(wanted: Sequence[str] | None, programs: Sequence[Program]) -> list[Program]:
    """Programs by their own name or by that of a layout they exchange."""
    known = {program.name: program for program in programs}
    layouts = {record.name: program for program in programs for record in program.records}
    names = _chosen("--layout", wanted, {**known, **layouts})
    chosen = {(known.get(name) or layouts[name]).name for name in names}
    return [program for program in programs if program.name in chosen]


def cell_filter(expression: str | None) -> Callable[[str], bool]:
    """`-k`: words that must stand in a cell's identity, joined by `and`, `or`, `not`, as pytest has it; without brackets."""
    if not expression:
        return lambda _identity: True
    choices = [[term.strip() for term in choice.split(" and ")] for choice in expression.split(" or ")]
    if not all(term.removeprefix("not ").strip() for choice in choices for term in choice):
        raise UsageError(f"-k {expression!r} lacks a word", hint='example: -k "c/nim and not stamp"')
    return lambda identity: any(all(_holds(term, identity) for term in choice) for choice in choices)


def _holds(term: str, identity: str) -> bool:
    if term.startswith("not "):
        return not _holds(term[4:].strip(), identity)
    return term in identity


def _chosen(option: str, wanted: Iterable[str] | None, known: Iterable[str]) -> list[str]:
    names = list(known)
    for name in wanted or ():
        if name not in names:
            raise UsageError(f"{option} {name}: there is none of that name", hint=f"there are: {', '.join(names)}")
    return list(dict.fromkeys(wanted)) if wanted else names
