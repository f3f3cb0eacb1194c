"""`samebytes doctor`: what this machine can run, and the exact command that adds each thing it cannot."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterable
from dataclasses import asdict
from typing import Any

from samebytes.checks.data.subjects import read_records
from samebytes.cli.exit_codes import exit_code
from samebytes.cli.selection import add_options, chosen_peers, chosen_realms, known_manifests, required_names
from samebytes.errors import MissingError
from samebytes.peers.availability import Diagnosis
from samebytes.peers.lab import Lab
from samebytes.peers.paths import fixtures_folder

__all__ = ["add_to"]


def add_to(commands: Any) -> None:
    """Add the command to the parser."""
    parser = commands.add_parser(
        "doctor",
        help="which peers and realms this machine can run, and the command that adds each missing one",
        description="Says which peers and realms this machine can run, and the command that adds each missing one.",
        epilog="example:\n  samebytes doctor --peer nim\n",
    )
    add_options(parser)
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Look, print; exit code 3 if something asked for by name cannot run."""
    if not (options.peer or options.runtime or options.abi):
        options.abi = ["all"]  # what is not run by default can be made ready too
    manifests = chosen_peers(options, known_manifests(options))
    with Lab(read_records(fixtures_folder())) as lab:
        found = [item for realm in chosen_realms(options) for item in lab.diagnose(realm, manifests)]
    if options.json:
        print(json.dumps({"found": [asdict(item) for item in found]}, ensure_ascii=False))
    else:
        print("\n".join(_lines(found)))
    asked = required_names(options, manifests)
    missing = [item.peer or item.realm for item in found if not item.ready and (item.peer or item.realm) in asked]
    return exit_code(MissingError(f"{missing[0]} is missing") if missing else True)


def _lines(found: Iterable[Diagnosis]) -> Iterable[str]:
    for item in found:
        mark = "ok     " if item.ready else "missing"
        what = f"  {item.peer}" if item.peer else f"realm {item.realm}"
        yield f"{mark} {what:<16} {item.detail}"
        if not item.ready and item.add:
            yield f"        {'':<16} to add it: {item.add}"
