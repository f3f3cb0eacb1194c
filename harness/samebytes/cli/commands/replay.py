"""`samebytes replay`: run the exchange of a bundle again."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from samebytes.checks.bundles.bundle import read_bundle
from samebytes.checks.bundles.replay import replay
from samebytes.cli.exit_codes import exit_code
from samebytes.cli.screen import say
from samebytes.peers.lab import Lab

__all__ = ["add_to"]


def add_to(commands: Any) -> None:
    """Add the command to the parser."""
    parser = commands.add_parser(
        "replay",
        help="run the one exchange of a bundle again, as `samebytes matrix --bundles` wrote it",
        description="Builds the two peers of a bundle, runs exactly its exchange, and says whether the same comes of it.",
        epilog="example:\n  samebytes replay bundles/nim-c-struct-linux\n\n"
        "exit codes: 0 the same failure came out, 1 it agrees now or fails otherwise, 2 no bundle, 3 something is missing",
    )
    parser.add_argument("folder", type=Path, metavar="DIR", help="a bundle's folder")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Replay; exit code 0 if the same came out, 1 if not."""
    bundle = read_bundle(options.folder)
    with Lab(say=say, answer_seconds=bundle.seconds) as lab:
        outcome = replay(bundle, lab)
    print(f"{bundle.identity}: {outcome.words()}")
    for difference in outcome.now.differences[:3]:
        print(f"    {difference}")
    if outcome.now.message:
        print(f"    {outcome.now.message.splitlines()[0]}")
    return exit_code(outcome.same)
