"""The user's own peers: the matrix of those in `[peers] folders`, over the project's layouts that they declare."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from samebytes.checks.data.subjects import read_records
from samebytes.checks.matrix.selection import peers_in
from samebytes.checks.matrix.session import Progress, Session
from samebytes.checks.project.libraries import program_of
from samebytes.checks.project.project import Project
from samebytes.checks.project.promised import Promises, realm_abi
from samebytes.checks.result import Result, Skip
from samebytes.errors import LayoutError
from samebytes.layout import Layout
from samebytes.peers.availability import realms_here
from samebytes.peers.manifest import Manifest, discover
from samebytes.peers.paths import fixtures_folder

__all__ = ["OwnPeers"]


@dataclass
class OwnPeers:
    """Runs their matrix, realm by realm. `results`, `skips` and `facts` are complete after `run`."""

    project: Project
    tell: Callable[[Result], None]
    say: Callable[[str, str], None]
    skips: list[Skip] = field(default_factory=list)
    facts: dict[str, dict[str, dict[str, str]]] = field(default_factory=dict)
    """By realm and name: what ran."""

    @staticmethod
    def manifests_of(project: Project) -> dict[str, Manifest]:
        """The user's peers by name. ManifestError for one that cannot be read."""
        return discover(project.peers, [source.type or source.name for source in project.layouts.values()])

    def run(self, names: Sequence[str], realms: Sequence[str], promises: Promises) -> None:
        """Every ordered pair of these peers, on every layout of the project that both declare."""
        for realm in realms_here():
            if realm.name in realms and realm.name in self.project.realms:
                layouts = list(self._layouts(realm.name, promises))
                session = Session(
                    realms=[realm],
                    manifests=peers_in("peers.folders", self.project.peers),
                    peers_wanted=list(names),
                    subjects=[program_of(layout, "project") for layout in layouts],
                    records=read_records(fixtures_folder()) | {one.record.name: one.record for one in layouts},
                    selected=lambda _identity: True,
                    progress=_Telling(self),
                )
                session.run()
                self.skips += session.skips
                self.facts |= session.peers

    def _layouts(self, realm: str, promises: Promises) -> list[Layout]:
        """The project's layouts that there are in a realm."""
        found = []
        for source in self.project.layouts.values():
            try:
                found.append(promises.layout(source, realm_abi(realm)))
            except LayoutError as error:
                self.skips.append(Skip(realm, "", f"{source.place}: {error.message}", error.hint))
        return found


class _Telling(Progress):
    """Passes on what a session tells."""

    def __init__(self, peers: OwnPeers) -> None:
        self._peers = peers

    def say(self, realm: str, line: str) -> None:
        self._peers.say(realm, line)

    def result(self, result: Result) -> None:
        self._peers.tell(result)
