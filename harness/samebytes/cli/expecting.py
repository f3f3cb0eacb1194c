"""The options of expected deviations: which file, and `--bless`, which proposes its change."""

from __future__ import annotations

import argparse
from collections.abc import Collection
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from samebytes.checks.expected.blessing import proposal
from samebytes.checks.expected.expectations import Expectations, read_expectations
from samebytes.checks.requests.request import Request, cells_of
from samebytes.errors import UsageError
from samebytes.peers.paths import fixtures_folder

__all__ = ["Expecting", "add_options"]


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    parser.add_argument(
        "--expectations", type=Path, metavar="FILE",
        help="the expected deviations, instead of those that samebytes comes with (fixtures/expectations.toml)",
    )  # fmt: skip
    parser.add_argument(
        "--bless", action="store_true",
        help="print the change of that file that this run would need, as a diff; the table goes to standard error",
    )  # fmt: skip


@dataclass
class Expecting:
    """What a run expects not to agree, against all the cells there are, and those it selected."""

    expectations: Expectations
    universe: Collection[str]
    selected: Collection[str]

    @classmethod
    def begin(cls, options: argparse.Namespace, request: Request, every: Request) -> Expecting:
        """Read the file and hold it against every cell there is, not only those of the request.

        UsageError for what is wrong in it; cells that there are not are no error with `--bless`, which removes them.
        """
        if options.bless and options.json:
            raise UsageError("--bless prints a diff, and --json a report", hint="--report FILE writes the report")
        path = options.expectations or fixtures_folder() / "expectations.toml"
        expectations = read_expectations(path)
        every = replace(every, peers=_peers(every, request, expectations))
        universe, selected = ([cell.identity for cell in cells_of(one)] for one in (every, request))
        expecting = cls(expectations, universe, selected)
        expecting.expectations.refuse_wide(universe)
        nowhere = expecting.expectations.nowhere(universe)
        if nowhere and not options.bless:
            raise UsageError(
                nowhere[0], hint="an identity reads producer/consumer/program/realm/check; --bless proposes a change"
            )
        return expecting

    @property
    def stale(self) -> list[str]:
        """Return in words what of the file is about nothing."""
        return self.expectations.stale(self.universe)

    def as_json(self) -> dict[str, Any]:
        """Return what the report's footer says about the file; nothing if nothing is expected."""
        if not self.expectations.entries:
            return {}
        unjudged = [{"entry": number, "why": why} for number, why in self.expectations.unjudged(self.selected)]
        told = {"file": str(self.expectations.path), "entries": len(self.expectations.entries)}
        return {"expectations": {**told, "unjudged": unjudged, "stale": self.stale}}

    def proposal(self) -> str:
        """Return the file's change for `--bless` as a diff, empty if it needs none."""
        return proposal(self.expectations, self.universe)


def _peers(every: Request, request: Request, expectations: Expectations) -> list[str]:
    """Return each peer once, and of its variants on certain runtimes, or for other ABIs, those that take part or that the file names."""
    named = " ".join(pattern for entry in expectations.entries for pattern in entry.cells)
    return [
        name
        for name, manifest in every.manifests.items()
        if not manifest.pinned or name in request.peers or name in named
    ]
