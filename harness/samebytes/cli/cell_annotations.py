"""The option of bundles, and what the annotations of failing cells need from the command line."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from samebytes.checks.bundles.annotations import Annotations
from samebytes.checks.bundles.bundle import Bundles
from samebytes.checks.requests.request import Request
from samebytes.peers.availability import realms_here
from samebytes.peers.peer import ANSWER_SECONDS

__all__ = ["add_options", "annotations_of"]


def add_options(parser: Any) -> None:
    """Add the option."""
    parser.add_argument(
        "--bundles", type=Path, metavar="DIR",
        help="write a folder for each way of failing, with all that samebytes replay needs to run it again elsewhere",
    )  # fmt: skip


def annotations_of(options: argparse.Namespace, request: Request, every: Request) -> Annotations:
    """Return the annotations of a run's cells. UsageError for a folder of bundles that cannot be written."""
    bundles = None
    if options.bundles is not None:
        by_name = {program.name: program for program in every.programs}
        bundles = Bundles(options.bundles, request.manifests, by_name, options.deadline)
        bundles.check()
    return Annotations(realms_here(), request.records, request.manifests, tuple(_given(options)), bundles)


def _given(options: argparse.Namespace) -> Iterator[str]:
    """Yield the options that change what a cell is, or what is expected of it."""
    for folder in options.peers_folder:
        yield from ("--peers-folder", str(folder))
    if options.expectations is not None:
        yield from ("--expectations", str(options.expectations))
    if options.deadline != ANSWER_SECONDS:
        yield from ("--deadline", f"{options.deadline:g}")
