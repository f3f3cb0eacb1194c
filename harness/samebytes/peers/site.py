"""A site: one realm in a lab. It is prepared once; peers are built and started there, and its memory is looked at by an observer."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from samebytes.errors import MissingError, PeerError, UsageError
from samebytes.layout import Record
from samebytes.peers.availability import meet, target_for
from samebytes.peers.build import Build
from samebytes.peers.manifest import Face, Manifest, read_manifest
from samebytes.peers.paths import peers_folder
from samebytes.peers.peer import Peer, Starter
from samebytes.peers.pool import Pool
from samebytes.peers.processes import Completed
from samebytes.peers.realms import Realm

if TYPE_CHECKING:
    from samebytes.peers.lab import Lab

__all__ = ["OBSERVING_PEER", "Site"]

OBSERVING_PEER = "python"
"""Looks at the bytes: the mapping library itself, in a process of its own in each realm."""
NOTHING_BUILT = Build(None, "")


class Site:
    """Made by a Lab, used by one thread at a time. What it is asked for again it does not do again; failures are raised again, too."""

    def __init__(self, lab: Lab, realm: Realm) -> None:
        self.lab, self.realm = lab, realm
        self._begun = self._prepared = False
        self._missing: MissingError | None = None
        self._peers: list[tuple[Manifest, Mapping[str, Starter] | Exception]] = []
        self._observing: Starter | None = None
        self._pools: list[Pool] = []
        self._closed = False

    @property
    def name(self) -> str:
        """Return the realm's name."""
        return self.realm.name

    def say(self, line: str) -> None:
        """Tell what takes a while."""
        self.lab.say(self.name, line)

    def prepare(self) -> Site:
        """Make the realm ready to start programs: this site. MissingError, each time, if it cannot be."""
        if self._missing is not None:
            raise self._missing
        if not self._prepared:
            try:
                self._prepare()
            except MissingError as error:
                self._missing = error
                raise
        return self

    def _prepare(self) -> None:
        state = self.realm.availability()
        if not state.ready:
            raise MissingError(state.detail, hint=state.add and f"to add it: {state.add}", add=state.add)
        self.lab.open()
        self._begun = True
        self.realm.prepare(self.say)
        self._prepared = True

    def starters(self, manifest: Manifest, records: Mapping[str, Record] | None = None) -> Mapping[str, Starter]:
        """Build a peer and install what it needs; return a starter for each of its faces here, by name (`c.library`, `python`).

        `records`: those it may declare; the lab's, if None. MissingToolError, MissingError, BuildError say what is wrong.
        """
        for known, outcome in self._peers:
            if known is manifest:
                if isinstance(outcome, Exception):
                    raise outcome
                return outcome
        try:
            made = self._built(manifest, records)
        except (PeerError, MissingError) as error:
            self._peers.append((manifest, error))
            raise
        self._peers.append((manifest, made))
        return made

    def _built(self, manifest: Manifest, records: Mapping[str, Record] | None) -> dict[str, Starter]:
        target = target_for(manifest, self.realm)
        self.realm.runner(target.abi)
        for requirement in target.requirements:
            meet(requirement, manifest, self.realm, self.lab.processes, self.say)
        build = self.lab.builder(records).build(manifest, target, self.say)
        made = (self.starter(manifest, face, build) for face in manifest.faces_on(target.abi))
        return {starter.name: starter for starter in made}

    def starter(self, manifest: Manifest, face: Face, build: Build = NOTHING_BUILT) -> Starter:
        """Return what starts one face of what is built already, such as a user's own library."""
        return Starter(manifest, face, self.realm, build, self.lab.processes, self.lab.answer_seconds)

    def start(self, starter: Starter) -> Peer:
        """Start a process of a face; the caller ends it. StartError says what it printed."""
        return starter.start()

    def face_of(self, manifest: Manifest, face: str = "") -> Starter:
        """Return what starts a peer's face; its first one, if none is named.

        UsageError for one that does not exist; else as `starters`.
        """
        by_face = {starter.face.name: starter for starter in self.starters(manifest).values()}
        chosen = face or next(iter(by_face))
        if chosen not in by_face:
            there = ", ".join(by_face)
            raise UsageError(f"the peer {manifest.name} has no face {chosen!r} here", hint=f"there are: {there}")
        return by_face[chosen]

    def observing(self) -> Starter:
        """Return what starts an observer: the mapping library, without any declaration.

        MissingError where there is none.
        """
        if self._observing is None:
            try:
                manifest = replace(read_manifest(peers_folder() / OBSERVING_PEER / "peer.toml"), layouts={})
                self._observing = next(iter(self.starters(manifest).values()))
            except PeerError as error:
                raise MissingError(f"no observer peer available in {self.name}: {error}") from error
        return self._observing

    def observer(self) -> Peer:
        """Start an observer, which the caller ends. MissingError where it cannot be."""
        try:
            return self.start(self.observing())
        except PeerError as error:
            raise MissingError(f"no observer peer available in {self.name}: {error}") from error

    def pool(self, starters: Mapping[str, Starter], observer: str) -> Pool:
        """Return a pool of these peers, which ends with the site."""
        pool = Pool(starters, observer, self.say)
        self._pools.append(pool)
        return pool

    def run(self, arguments: Sequence[str], seconds: float) -> Completed:
        """Run a program of the realm to its end or its deadline."""
        command, environment = self.realm.command(arguments), self.realm.environment()
        return self.lab.processes.run(command, environment=environment, seconds=seconds)

    def launch(self, arguments: Sequence[str], environment: Mapping[str, str], folder: Path) -> subprocess.Popen[bytes]:
        """Start a program of the realm, its environment the realm's and this besides; `end` ends it. StartError if it cannot start."""
        return self.lab.processes.start(
            self.realm.command(arguments), {**self.realm.environment(), **environment}, folder
        )

    def end(self, process: subprocess.Popen[bytes]) -> None:
        """Kill a program that `launch` started, with its group, and reap it; idempotent."""
        self.lab.processes.end(process)

    def close(self) -> None:
        """End the peers and what the realm keeps running; idempotent. The site cannot be used again."""
        if self._closed or not self._begun:
            return
        self._closed = True
        for pool in self._pools:
            pool.kill() if self.lab.stopped else pool.close()
        self.realm.close()
