"""The lab of a pytest process: the peers of the options, built and started for fixtures and for the matrix's items alike."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pytest

from samebytes.checks.data.subjects import read_records
from samebytes.checks.matrix.selection import peers_in
from samebytes.errors import UsageError
from samebytes.peers.lab import Lab, Tell
from samebytes.peers.manifest import Manifest
from samebytes.peers.paths import fixtures_folder
from samebytes.peers.peer import ANSWER_SECONDS, Peer
from samebytes.pytest_plugin.options import deadline_of, peers_folders, usage

__all__ = ["PluginLab", "make_lab"]


@dataclass(frozen=True)
class PluginLab:
    """The lab, and the peers that it knows by name."""

    lab: Lab
    manifests: Mapping[str, Manifest]

    def peer(self, name: str, realm: str | None, face: str | None) -> Peer:
        """Start a new process of that peer; the caller ends it.

        UsageError for names there are not, MissingError and MissingToolError for what this machine lacks, BuildError, StartError.
        """
        realms = [one.name for one in self.lab.realms]
        if realm is not None and realm not in realms:
            raise UsageError(f"no realm {realm!r} on this system", hint=f"there are: {', '.join(realms)}")
        if name not in self.manifests:
            raise UsageError(f"there is no peer {name!r}", hint=f"there are: {', '.join(self.manifests)}")
        site = self.lab.prepared(realm or realms[0])
        return site.start(site.face_of(self.manifests[name], face or ""))


def make_lab(config: pytest.Config) -> PluginLab:
    """Make a lab that knows the peers of the options, with nothing started yet. pytest.UsageError for wrong options."""
    with usage():
        records = read_records(fixtures_folder())
        manifests = peers_in("--samebytes-peers-folder", peers_folders(config))
    return PluginLab(Lab(records, _teller(config), answer_seconds=deadline_of(config, ANSWER_SECONDS)), manifests)


def _teller(config: pytest.Config) -> Tell:
    """Return a function that tells the terminal, past pytest's capture: building may take a minute. A worker has no terminal."""
    terminal: Any = config.pluginmanager.get_plugin("terminalreporter")
    capture: Any = config.pluginmanager.get_plugin("capturemanager")

    def say(realm: str, line: str) -> None:
        with capture.global_and_fixture_disabled() if capture else contextlib.nullcontext():
            terminal.ensure_newline()
            terminal.write_line(f"samebytes: {realm}: {line}")

    return say if terminal is not None and not hasattr(config, "workerinput") else lambda _realm, _line: None
