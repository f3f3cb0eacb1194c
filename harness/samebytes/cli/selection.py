"""What the options select: peers, realms, programs, cells."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from secrets import randbits

from samebytes.checks.data.subjects import read_records
from samebytes.checks.matrix import selection
from samebytes.checks.matrix.selection import SubjectChoice, choose_peers, choose_realms, peers_in
from samebytes.checks.requests.request import Request
from samebytes.errors import UsageError
from samebytes.peers.manifest import Manifest
from samebytes.peers.paths import fixtures_folder

__all__ = [
    "add_options", "cell_filter", "chosen_peers", "chosen_realms", "every_cell", "known_manifests", "matrix_request",
    "required_names",
]  # fmt: skip


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the options that select peers and realms."""
    parser.add_argument(
        "--peer", action="append", metavar="NAME",
        help="only this peer: csharp, or csharp@3.1 for one of its runtimes, c@s390x for one of its ABIs (may be repeated)",
    )  # fmt: skip
    parser.add_argument(
        "--runtime", action="append", metavar="NAME",
        help="peers that can run on several run on this one: 8, 3.1, gcc; all: on each (may be repeated)",
    )  # fmt: skip
    parser.add_argument(
        "--abi", action="append", metavar="NAME",
        help="also the peers as they are for this ABI: s390x, aarch64, i686; all: for each (may be repeated)",
    )  # fmt: skip
    parser.add_argument(
        "--all",
        action="store_true",
        help="all there is: each peer on every runtime and for every ABI; matrix: and --full",
    )
    parser.add_argument(
        "--realm",
        "--platform",
        action="append",
        metavar="NAME",
        help="only this realm: linux or windows (may be repeated)",
    )
    parser.add_argument(
        "--peers-folder", action="append", type=Path, default=[], metavar="DIR",
        help="a folder with further peers, each in a folder of its own with a peer.toml (may be repeated)",
    )  # fmt: skip


def known_manifests(options: argparse.Namespace) -> dict[str, Manifest]:
    """Return every peer there is, by name."""
    return peers_in("--peers-folder", options.peers_folder)


def chosen_peers(options: argparse.Namespace, known: Mapping[str, Manifest]) -> dict[str, Manifest]:
    """Return the peers that were asked for; all there are, if none was named. UsageError names the ones there are."""
    return choose_peers("--peer", options.peer, options.runtime, known, options.abi, every=options.all)


def required_names(options: argparse.Namespace, chosen: Mapping[str, Manifest]) -> frozenset[str]:
    """Return the realms and peers that were asked for by name, of a peer or of a runtime: they must be here."""
    return selection.required_names(options.peer, options.runtime, options.realm, chosen, options.abi)


def chosen_realms(options: argparse.Namespace) -> list[str]:
    """Return the realms that were asked for; all there are for this system, if none was named."""
    return [realm.name for realm in choose_realms("--realm", options.realm)]


def every_cell(options: argparse.Namespace) -> Request:
    """Return the request for all there is, here or elsewhere: what expected deviations can be about."""
    return selection.every_cell(known_manifests(options), read_records(fixtures_folder()))


def matrix_request(options: argparse.Namespace, every: Request) -> Request:
    """Return the request for what the options ask for, of all there is. UsageError for what does not exist."""
    chosen = SubjectChoice(options.check, options.layout, options.scenario).of(every.programs, every.scenarios)
    peers = chosen_peers(options, every.manifests)
    return replace(
        every,
        realms=chosen_realms(options),
        checks=chosen.checks,
        manifests={**every.manifests, **peers},
        peers=list(peers),
        programs=chosen.programs,
        scenarios=chosen.scenarios,
        selected=cell_filter(options.expression),
        full=options.full or options.expression is not None,
        seed=randbits(32) if options.seed is None else abs(options.seed),
        required=required_names(options, peers),
        jobs=options.jobs,
    )


def cell_filter(expression: str | None) -> Callable[[str], bool]:
    """Return the filter of `-k`: words of a cell's identity joined by `and`, `or`, `not`, as in pytest, without brackets."""
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
