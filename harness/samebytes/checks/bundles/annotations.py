"""Annotations: what a failing cell says besides what it saw: the corrected declaration, the command that runs it again, a bundle."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from msgspec import to_builtins

from samebytes.checks.bundles.bundle import Bundles
from samebytes.checks.bundles.repair import repair_of
from samebytes.checks.bundles.repro import repro_of
from samebytes.checks.bundles.sources import sources_of
from samebytes.checks.result import Result
from samebytes.layout import Record
from samebytes.peers.manifest import Manifest
from samebytes.peers.realms import Realm

__all__ = ["Annotations"]


@dataclass
class Annotations:
    """Made once for a run; `of` is asked for every result."""

    realms: Sequence[Realm]
    records: Mapping[str, Record]
    manifests: Mapping[str, Manifest]
    given: Sequence[str] = ()
    """Options of the run without which a cell would be another: they stand in the command that repeats it."""
    bundles: Bundles | None = None

    def of(self, result: Result) -> dict[str, Any]:
        """Return a result's annotations by name, as they stand in a cell; none for a green result."""
        if result.passes() or not result.runs:
            return {}
        abi = next(realm.abi for realm in self.realms if realm.name == result.realm)
        notes = {
            "repair": repair_of(result.worst, self.records, self.manifests, abi),
            "repro": repro_of(result, self.given),
            "bundle": self.bundles.write(result, abi) if self.bundles and not self._foreign(result) else "",
        }
        found = {"sources": to_builtins(sources_of(result.worst, self.manifests))}
        return {name: value for name, value in {**notes, **found}.items() if value}

    def _foreign(self, result: Result) -> bool:
        """Return whether a side is for another ABI than the realm's: a bundle replays exchanges of one."""
        sides = (self.manifests.get(name) for name in (result.producer, result.consumer))
        return any(side is not None and side.abi for side in sides)
