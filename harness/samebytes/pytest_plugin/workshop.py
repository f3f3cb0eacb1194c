"""The workshop: what one pytest process builds and starts, and the end of all of it."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest

from samebytes import mapping
from samebytes.checks.data.subjects import read_records
from samebytes.checks.matrix.selection import peers_in
from samebytes.errors import MissingError, SamebytesError, UsageError
from samebytes.layout import Record
from samebytes.peers.availability import meet, realms_here, target_for
from samebytes.peers.build import Builder
from samebytes.peers.manifest import Face, Manifest
from samebytes.peers.paths import fixtures_folder
from samebytes.peers.peer import ANSWER_SECONDS, Peer, Starter
from samebytes.peers.processes import Processes
from samebytes.peers.realms import Realm
from samebytes.peers.reaper import Reaper
from samebytes.pytest_plugin.options import deadline_of, peers_folders, usage

__all__ = ["Workshop", "open_workshop"]


def open_workshop(config: pytest.Config) -> Workshop:
    """A workshop that knows the peers of the options. pytest.UsageError for options that are wrong."""
    with usage():
        records = read_records(fixtures_folder())
        manifests = peers_in("--samebytes-peers-folder", peers_folders(config))
    return Workshop(records, manifests, deadline_of(config, ANSWER_SECONDS), _teller(config))


@dataclass(repr=False)
class Workshop:
    """Builds peers, once, and starts them. `close` ends every process; after it nothing can be started."""

    records: Mapping[str, Record]
    manifests: Mapping[str, Manifest]
    answer_seconds: float
    say: Callable[[str], None]
    """Where it is told what takes a while."""
    _realms: dict[str, Realm] = field(default_factory=dict)
    _starters: dict[tuple[str, str], Mapping[str, Starter]] = field(default_factory=dict)
    _opened: bool = False
    _stack: contextlib.ExitStack = field(default_factory=contextlib.ExitStack)

    def __post_init__(self) -> None:
        self._reaper = Reaper()
        self.processes = Processes(self._reaper)
        self.builder = Builder(self.processes, (sys.executable,), self.records)

    def open(self) -> None:
        """Be ready to start processes; idempotent."""
        if not self._opened:
            self._opened = True
            self._stack.enter_context(self._reaper)
            self._stack.callback(_reap)
            self._stack.callback(self.processes.kill_all)

    def peer(self, name: str, realm: str | None, face: str | None) -> Peer:
        """A new process of that peer; the caller ends it.

        UsageError for names there are not, MissingError and MissingToolError for what this machine lacks, BuildError, StartError.
        """
        self.open()
        faces = self._faces(name, self._realm(realm))
        chosen = face or next(iter(faces))
        if chosen not in faces:
            raise UsageError(f"the peer {name} has no face {chosen!r} here", hint=f"there are: {', '.join(faces)}")
        return faces[chosen].start()

    def on_close(self, end: Callable[[], None]) -> None:
        """Call `end` when the workshop closes, before its processes are ended."""
        self._stack.callback(end)

    def close(self) -> None:
        """End everything; idempotent."""
        self._stack.close()

    def _realm(self, name: str | None) -> Realm:
        known = {realm.name: realm for realm in realms_here()}
        name = name or next(iter(known))
        if name not in known:
            raise UsageError(f"no realm {name!r} on this system", hint=f"there are: {', '.join(known)}")
        if name not in self._realms:
            realm = known[name]
            state = realm.availability()
            if not state.ready:
                raise MissingError(f"the realm {name}: {state.detail}", hint=_adding(state.add), add=state.add)
            self._stack.callback(realm.close)
            realm.prepare(self.say)
            self._realms[name] = realm
        return self._realms[name]

    def _faces(self, name: str, realm: Realm) -> Mapping[str, Starter]:
        if name not in self.manifests:
            raise UsageError(f"there is no peer {name!r}", hint=f"there are: {', '.join(self.manifests)}")
        if (name, realm.name) not in self._starters:
            self._starters[name, realm.name] = self._ready(self.manifests[name], realm)
        return self._starters[name, realm.name]

    def _ready(self, manifest: Manifest, realm: Realm) -> Mapping[str, Starter]:
        target = target_for(manifest, realm)
        for requirement in target.requirements:
            meet(requirement, manifest, realm, self.processes, self.say)
        build = self.builder.build(manifest, target, self.say)

        def starter(face: Face) -> Starter:
            return Starter(manifest, face, realm, build, self.processes, self.answer_seconds)

        return {face.name: starter(face) for face in manifest.faces_on(target.abi)}


def _adding(add: str) -> str:
    return add and f"to add it: {add}"


def _reap() -> None:
    """Free the segments of peers that were killed: on Linux the last holder's death does not."""
    if os.name != "nt":
        with contextlib.suppress(SamebytesError):
            mapping.reap()


def _teller(config: pytest.Config) -> Callable[[str], None]:
    """To the terminal, past pytest's capture: building may take a minute. A worker has no terminal."""
    terminal: Any = config.pluginmanager.get_plugin("terminalreporter")
    capture: Any = config.pluginmanager.get_plugin("capturemanager")

    def say(line: str) -> None:
        with capture.global_and_fixture_disabled() if capture else contextlib.nullcontext():
            terminal.ensure_newline()
            terminal.write_line(f"samebytes: {line}")

    return say if terminal is not None and not hasattr(config, "workerinput") else lambda _line: None
