"""One peer on several runtimes, side by side: `csharp@8` and `csharp@3.1`, `c@gcc` and `c@zig`.

A peer without `@` runs on the runtime that this machine prefers. A pinned one runs on its own, or not at all.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from samebytes.errors import StartError
from samebytes.peers.manifest import Command, Face, Manifest, Runtime, Target, Toolchain

__all__ = [
    "PLACEHOLDER",
    "by_default",
    "check_runtime",
    "face_name",
    "on_runtimes",
    "peer_of",
    "pinned",
    "with_variants",
]

ALL = "all"
PLACEHOLDER = "{runtime}"
"""In a command: the runtime's name, or nothing for a peer that is not pinned."""


def pinned(manifest: Manifest, runtime: Runtime) -> Manifest:
    """Return the peer on that runtime and no other; of its toolchains those of the runtime, if they are compilers of it."""
    return replace(
        manifest,
        name=f"{manifest.name}@{runtime.name}",
        runtime=runtime,
        layouts={name: type_ for name, type_ in manifest.layouts.items() if name not in runtime.without},
        targets={abi: _narrowed(target, runtime, manifest) for abi, target in manifest.targets.items()},
    )


def with_variants(manifests: Mapping[str, Manifest]) -> dict[str, Manifest]:
    """Return these peers by name, and each of them on each of its runtimes."""
    found: dict[str, Manifest] = {}
    for name, manifest in manifests.items():
        found[name] = manifest
        variants = (pinned(manifest, runtime) for runtime in manifest.runtimes)
        found |= {variant.name: variant for variant in variants}
    return found


def by_default(known: Iterable[Manifest]) -> list[Manifest]:
    """Return the peers of a run in which none is named: each on the runtime that is preferred, and the reduced rows."""
    found = []
    for manifest in known:
        if manifest.runtime is None:
            found.append(manifest)
        elif manifest.runtime.reduced:
            found.append(replace(manifest, reduced=True, faces=manifest.faces[:1]))
    return found


def on_runtimes(chosen: Iterable[Manifest], runtimes: Sequence[str]) -> list[Manifest]:
    """Return the chosen peers, those that have one of these runtimes (`all`: whichever) pinned to each of them instead."""
    found: dict[str, Manifest] = {}
    for manifest in (one for one in chosen if not one.reduced):
        own = [runtime for runtime in manifest.runtimes if ALL in runtimes or runtime.name in runtimes]
        on = [pinned(manifest, runtime) for runtime in own] if manifest.runtime is None else []
        found |= {one.name: one for one in on or [manifest]}
    return list(found.values())


def face_name(manifest: Manifest, face: Face) -> str:
    """Return what a face is called in reports: the peer's name, and the face's own where there may be a doubt."""
    return f"{manifest.name}.{face.name}" if len(manifest.faces) > 1 or manifest.runtime else manifest.name


def peer_of(face: str) -> str:
    """Return the peer's name in what `face_name` made; a runtime's name may have dots in it."""
    return face.rpartition(".")[0] if "@" in face else face.partition(".")[0]


def check_runtime(manifest: Manifest, version: str) -> None:
    """Raise StartError if a pinned peer says that it runs on another runtime, or does not say on which."""
    runtime = manifest.runtime
    if runtime is None or _by_compiler(manifest, runtime) or runtime.is_version(version):
        return
    found = f"runs on {version}" if version else "does not say on what it runs (peers/README.md: runtime)"
    raise StartError(f"{manifest.name} must run on {runtime.name} and {found}", peer=manifest.name)


def _narrowed(target: Target, runtime: Runtime, manifest: Manifest) -> Target:
    if not _by_compiler(manifest, runtime):
        return replace(target, toolchains=tuple(_told(one, runtime) for one in target.toolchains))
    toolchains = tuple(_told(one, runtime) for one in target.toolchains if one.runtime == runtime.name)
    return replace(target, toolchains=toolchains, prebuilt=None)


def _told(toolchain: Toolchain, runtime: Runtime) -> Toolchain:
    """Return a toolchain with the runtime's name in its commands."""

    def told(command: Command) -> Command:
        return tuple(word.replace(PLACEHOLDER, runtime.name) for word in command)

    return replace(toolchain, probe=told(toolchain.probe), build=tuple(map(told, toolchain.build)))


def _by_compiler(manifest: Manifest, runtime: Runtime) -> bool:
    """Return whether the runtime is one of the peer's compilers: then it is certain from the build."""
    return any(one.runtime == runtime.name for target in manifest.targets.values() for one in target.toolchains)
