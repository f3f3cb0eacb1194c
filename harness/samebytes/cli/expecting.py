"""The options of expected deviations: which file, and `--bless`, which proposes its change."""

from __future__ import annotations

import argparse
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from samebytes.checks.blessing import proposal
from samebytes.checks.expectations import Expectations, read_expectations
from samebytes.checks.matrix import cells_of
from samebytes.checks.programs import Program
from samebytes.checks.scenarios import Scenario
from samebytes.checks.session import Session
from samebytes.errors import UsageError
from samebytes.peers.here import realms_here
from samebytes.peers.manifest import Manifest
from samebytes.peers.places import fixtures_folder

__all__ = ["Expecting", "add_options"]

REALMS = ("linux", "windows")
"""Realms that an entry may be about, also where they are not here."""


def add_options(parser: argparse.ArgumentParser) -> None:
    """The options."""
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
    def begin(
        cls,
        options: argparse.Namespace,
        session: Session,
        subjects: Sequence[Program | Scenario],
    ) -> Expecting:
        """Read the file and hold it against every cell there is; `subjects`: all of them, not only those of the session.

        UsageError for what is wrong in it; cells that there are not are no error with `--bless`, which removes them.
        """
        if options.bless and options.json:
            raise UsageError("--bless prints a diff, and --json a report", hint="--report FILE writes the report")
        path = options.expectations or fixtures_folder() / "expectations.toml"
        expectations = read_expectations(path)
        universe = _identities(
            dict.fromkeys((*REALMS, *(realm.name for realm in realms_here()))), _peers(session, expectations), subjects
        )
        chosen = _identities(
            (realm.name for realm in session.realms),
            [session.manifests[name] for name in session.peers_wanted],
            session.subjects,
        )
        expecting = cls(expectations, universe, list(filter(session.selected, chosen)))
        expecting.expectations.refuse_wide(universe)
        nowhere = expecting.expectations.nowhere(universe)
        if nowhere and not options.bless:
            raise UsageError(
                nowhere[0], hint="an identity reads producer/consumer/program/realm/check; --bless proposes a change"
            )
        return expecting

    @property
    def stale(self) -> list[str]:
        """What of the file is about nothing, in words."""
        return self.expectations.stale(self.universe)

    def as_json(self) -> dict[str, Any]:
        """What the report's footer says about the file; nothing if nothing is expected."""
        if not self.expectations.entries:
            return {}
        unjudged = [{"entry": number, "why": why} for number, why in self.expectations.unjudged(self.selected)]
        told = {"file": str(self.expectations.path), "entries": len(self.expectations.entries)}
        return {"expectations": {**told, "unjudged": unjudged, "stale": self.stale}}

    def proposal(self) -> str:
        """`--bless`: the file's change as a diff, empty if it needs none."""
        return proposal(self.expectations, self.universe)


def _peers(session: Session, expectations: Expectations) -> Iterator[Manifest]:
    """Each peer once, and of its variants on certain runtimes those that take part or that the file names."""
    named = " ".join(pattern for entry in expectations.entries for pattern in entry.cells)
    for name, manifest in session.manifests.items():
        if manifest.runtime is None or name in session.peers_wanted or name in named:
            yield manifest


def _identities(realms: Iterable[str], peers: Iterable[Manifest], subjects: Sequence[Program | Scenario]) -> list[str]:
    cells = list(cells_of(peers, subjects))
    return [cell.identity(realm) for realm in realms for cell in cells]
