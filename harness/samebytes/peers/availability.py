"""Which realms this machine has, and what each peer lacks in them."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from samebytes.errors import MissingError, MissingToolError, PeerError
from samebytes.peers.build import Build, Builder
from samebytes.peers.manifest import Manifest, Requirement, Runtime, Target
from samebytes.peers.peer import Starter
from samebytes.peers.processes import Processes
from samebytes.peers.realms import NativeRealm, Realm, Say
from samebytes.peers.wine import WineRealm

__all__ = ["Diagnosis", "diagnose", "meet", "realms_here", "target_for"]

REQUIRE_SECONDS = 120.0
"""For a requirement's probe: it may start an interpreter on a busy machine."""


@dataclass(frozen=True)
class Diagnosis:
    """Whether a realm (peer empty), or a peer in a realm, can run here; if not, why, and the command that adds it."""

    realm: str
    peer: str
    ready: bool
    detail: str
    add: str = ""


def realms_here() -> list[Realm]:
    """Return the realms there are for this system, available or not: its own, and on Linux Windows through Wine."""
    return [NativeRealm()] if os.name == "nt" else [NativeRealm(), WineRealm()]


def diagnose(realm: Realm, manifests: Mapping[str, Manifest], builder: Builder) -> list[Diagnosis]:
    """Return the state of a realm and of every peer in it, without building or fetching anything."""
    state = realm.availability()
    found = [
        Diagnosis(
            realm.name, "", state.ready, f"{realm.how}; {state.detail}" if state.ready else state.detail, state.add
        )
    ]
    if state.ready:
        there = (manifest for manifest in manifests.values() if manifest.lives_in(realm.name))
        found += [_diagnose_peer(realm, manifest, builder) for manifest in there]
    return found


def meet(requirement: Requirement, manifest: Manifest, realm: Realm, processes: Processes, say: Say) -> str:
    """Make sure a requirement is met, installing pinned packages where it names them; return what was found.

    MissingToolError says what is not met.
    """
    if requirement.pypi and realm.bare:
        realm.install(manifest.folder / requirement.pypi, say, processes)
        return requirement.why
    if requirement.runtime:
        return _meet_runtime(requirement, manifest, realm, processes, say)
    if not requirement.probe:
        return requirement.why
    return _probed(requirement, manifest, realm, processes)


def _meet_runtime(requirement: Requirement, manifest: Manifest, realm: Realm, processes: Processes, say: Say) -> str:
    """Look for the peer's runtime, and fetch one if there is none: the pinned one, or the first that can be."""
    runtime = fetched(manifest)
    if realm.bare:
        realm.install(manifest.folder / _can_fetch(runtime, manifest, realm).pypi, say, processes)
        return requirement.why
    try:
        return _probed(requirement, manifest, realm, processes)
    except MissingToolError:
        if runtime is None:
            raise
    realm.install(manifest.folder / runtime.pypi, say, processes)
    return _probed(requirement, manifest, realm, processes)


def _can_fetch(runtime: Runtime | None, manifest: Manifest, realm: Realm) -> Runtime:
    """Return the runtime. MissingToolError where nothing brings it into a realm that has only what is fetched."""
    if runtime is None:
        raise MissingToolError(f"its runtime cannot be fetched for {realm.how}", peer=manifest.name)
    return runtime


def fetched(manifest: Manifest) -> Runtime | None:
    """Return the runtime that would be fetched from PyPI for a peer where this machine has none; None if there is none to fetch."""
    runtimes = manifest.runtimes if manifest.runtime is None else (manifest.runtime,)
    return next((runtime for runtime in runtimes if runtime.pypi), None)


def _probed(requirement: Requirement, manifest: Manifest, realm: Realm, processes: Processes) -> str:
    starter = Starter(manifest, manifest.faces[0], realm, Build(None, ""), processes)
    words = realm.command(starter.expand(requirement.probe))
    done = processes.run(words, environment=realm.environment(), seconds=REQUIRE_SECONDS)
    if done.status != 0:
        reason = f"needs {requirement.why}: {done.first_line or 'not found'}"
        raise MissingToolError(reason, peer=manifest.name, add=requirement.add)
    return done.first_line or requirement.why


def target_for(manifest: Manifest, realm: Realm) -> Target:
    """Return the peer's target in a realm. MissingToolError if it has none, or no face there."""
    abi = manifest.abi_in(realm.abi)
    target = manifest.targets.get(abi)
    if target is None or not manifest.faces_on(abi):
        raise MissingToolError(f"its manifest has no target and face for {abi}", peer=manifest.name)
    return target


def _diagnose_peer(realm: Realm, manifest: Manifest, builder: Builder) -> Diagnosis:
    try:
        target = target_for(manifest, realm)
        parts = _tools(realm, manifest, target, builder)
        parts += [_found(requirement, manifest, realm, builder.processes) for requirement in target.requirements]
    except (MissingToolError, MissingError) as error:
        return Diagnosis(realm.name, manifest.name, False, error.message, error.add)
    except PeerError as error:
        return Diagnosis(realm.name, manifest.name, False, str(error))
    return Diagnosis(realm.name, manifest.name, True, "; ".join(part for part in parts if part) or "nothing to build")


def _tools(realm: Realm, manifest: Manifest, target: Target, builder: Builder) -> list[str]:
    """Return what builds the peer and what runs its programs, in words. MissingToolError says what is missing, all of it at once."""
    missing: list[MissingToolError] = []
    parts: list[str] = []
    looks: list[Callable[[], list[str]]] = [
        lambda: [builder.available(manifest, target)],
        lambda: realm.runner(target.abi),
    ]
    for look in looks:
        try:
            parts += look()
        except MissingToolError as error:
            missing.append(error)
    if missing:
        add = " && ".join(error.add for error in missing if error.add)
        raise MissingToolError("; ".join(error.message for error in missing), peer=manifest.name, add=add)
    return parts


def _found(requirement: Requirement, manifest: Manifest, realm: Realm, processes: Processes) -> str:
    """Return what meets a requirement, in words; nothing is fetched to look, and nothing started in a realm that would be made for it.

    MissingToolError says what does not.
    """
    runtime = fetched(manifest) if requirement.runtime else None
    if realm.bare:
        if requirement.runtime:
            runtime = _can_fetch(runtime, manifest, realm)
        brought = requirement.runtime or requirement.pypi
        return f"{_named(requirement, runtime)} ({'from PyPI' if brought else 'checked'} at first use)"
    if not requirement.probe:
        return requirement.why
    try:
        return _probed(requirement, manifest, realm, processes)
    except MissingToolError:
        if runtime is None:
            raise
        return f"{_named(requirement, runtime)} (from PyPI at first use)"


def _named(requirement: Requirement, runtime: Runtime | None) -> str:
    return f"{requirement.why} {runtime.name}" if runtime else requirement.why
