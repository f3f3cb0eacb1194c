"""What the options select: peers, realms, programs, cells."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from samebytes.checks.programs import Program
from samebytes.checks.scenarios import Scenario
from samebytes.checks.selection import SubjectChoice, choose_peers, choose_realms, peers_in
from samebytes.errors import UsageError
from samebytes.peers.manifest import Manifest
from samebytes.peers.realms import Realm

__all__ = [
    "add_options", "cell_filter", "chosen_peers", "chosen_realms", "chosen_subjects", "known_manifests", "required_names",
]  # fmt: skip


def add_options(parser: argparse.ArgumentParser) -> None:
    """The options that select peers and realms."""
    parser.add_argument(
        "--peer", action="append", metavar="NAME",
        help="only this peer: csharp, or csharp@3.1 for one of its runtimes (may be repeated)",
    )  # fmt: skip
    parser.add_argument(
        "--runtime", action="append", metavar="NAME",
        help="peers that can run on several run on this one: 8, 3.1, gcc; all: on each (may be repeated)",
    )  # fmt: skip
    parser.add_argument(
        "--realm", action="append", metavar="NAME", help="only this realm: linux or windows (may be repeated)"
    )
    parser.add_argument(
        "--peers-folder", action="append", type=Path, default=[], metavar="DIR",
        help="a folder with further peers, each in a folder of its own with a peer.toml (may be repeated)",
    )  # fmt: skip


def known_manifests(options: argparse.Namespace) -> dict[str, Manifest]:
    """Every peer there is, by name."""
    return peers_in("--peers-folder", options.peers_folder)


def chosen_peers(options: argparse.Namespace, known: Mapping[str, Manifest]) -> dict[str, Manifest]:
    """The peers that were asked for; all there are, if none was named. UsageError names the ones there are."""
    return choose_peers("--peer", options.peer, options.runtime, known)


def required_names(options: argparse.Namespace, chosen: Mapping[str, Manifest]) -> frozenset[str]:
    """Realms and peers that were asked for by name, of a peer or of a runtime: they must be here."""
    named = {*(options.peer or ())}
    pinned = bool(options.runtime) and "all" not in options.runtime
    peers = {
        name
        for name, manifest in chosen.items()
        if name in named or (pinned and manifest.runtime is not None and (not named or manifest.peer in named))
    }
    return frozenset((*peers, *(options.realm or ())))


def chosen_realms(options: argparse.Namespace) -> list[Realm]:
    """The realms that were asked for; all there are for this system, if none was named."""
    return choose_realms("--realm", options.realm)


def chosen_subjects(
    options: argparse.Namespace, programs: Sequence[Program], scenarios: Sequence[Scenario]
) -> list[Program | Scenario]:
    """What `--check`, `--layout` and `--scenario` ask for: programs for `data`, scenarios for `lifecycle`."""
    return SubjectChoice(options.check, options.layout, options.scenario).of(programs, scenarios)


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
