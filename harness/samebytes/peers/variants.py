"""One peer on several runtimes, or for several ABIs, side by side: `csharp@8` and `csharp@3.1`, `c@gcc` and `c@zig`, `c@s390x`.

A peer without `@` runs on the runtime that this machine prefers, and is for its ABI. A pinned one runs on its own, or not at all.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from samebytes.errors import StartError
from samebytes.peers.manifest import Face, Manifest, Runtime, Target, Toolchain
from samebytes.peers.manifest_table import Command

__all__ = [
    "PLACEHOLDER",
    "beside",
    "by_default",
    "check_abi",
    "check_runtime",
    "face_name",
    "for_abis",
    "is_for",
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


def built_for(manifest: Manifest, target: Target) -> Manifest:
    """Return the peer for that target's ABI and no other."""
    return replace(
        manifest,
        name=f"{manifest.name}@{target.variant}",
        abi=target.abi,
        runtimes=(),
        targets={target.abi: target},
        faces=manifest.faces_on(target.abi),
    )


def with_variants(manifests: Mapping[str, Manifest]) -> dict[str, Manifest]:
    """Return these peers by name, and each of them on each of its runtimes and for each of its further ABIs."""
    found: dict[str, Manifest] = {}
    for name, manifest in manifests.items():
        found[name] = manifest
        variants = [pinned(manifest, runtime) for runtime in manifest.runtimes]
        variants += [built_for(manifest, target) for target in manifest.targets.values() if target.variant]
        found |= {variant.name: variant for variant in variants}
    return found


def by_default(known: Iterable[Manifest]) -> list[Manifest]:
    """Return the peers of a run in which none is named: each on the runtime that is preferred, and the reduced rows."""
    found = []
    for manifest in known:
        if not manifest.pinned:
            found.append(manifest)
        elif (manifest.runtime and manifest.runtime.reduced) or beside(manifest):
            found.append(replace(manifest, reduced=True, faces=manifest.faces[:1]))
    return found


def beside(manifest: Manifest) -> tuple[str, ...]:
    """Return the peers with which the small row of one that is for another ABI is run."""
    return manifest.targets[manifest.abi].beside if manifest.abi else ()


def for_abis(chosen: Iterable[Manifest], known: Mapping[str, Manifest], abis: Sequence[str]) -> list[Manifest]:
    """Return the chosen peers, and beside each what it is for these ABIs (`all`: for any), in full."""
    found: dict[str, Manifest] = {}
    for manifest in chosen:
        found.setdefault(manifest.name, manifest)
        found |= {one.name: one for one in known.values() if one.peer == manifest.name and is_for(one, abis)}
    return list(found.values())


def is_for(manifest: Manifest, abis: Sequence[str]) -> bool:
    """Return whether a peer is pinned to one of these ABIs, named as it is or in short: `s390x-linux`, `s390x`; `all` is any."""
    return bool(manifest.abi) and not {ALL, manifest.abi, manifest.name.partition("@")[2]}.isdisjoint(abis)


def on_runtimes(chosen: Iterable[Manifest], runtimes: Sequence[str]) -> list[Manifest]:
    """Return the chosen peers, those that have one of these runtimes (`all`: whichever) pinned to each of them instead."""
    found: dict[str, Manifest] = {}
    for manifest in (one for one in chosen if not one.reduced):
        own = [runtime for runtime in manifest.runtimes if ALL in runtimes or runtime.name in runtimes]
        on = [] if manifest.pinned else [pinned(manifest, runtime) for runtime in own]
        found |= {one.name: one for one in on or [manifest]}
    return list(found.values())


def face_name(manifest: Manifest, face: Face) -> str:
    """Return what a face is called in reports: the peer's name, and the face's own where there may be a doubt."""
    return manifest.name if len(manifest.faces) == 1 and not manifest.pinned else f"{manifest.name}.{face.name}"


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


def check_abi(manifest: Manifest, abi: str, found: str) -> None:
    """Raise StartError if a peer that must be for an ABI of its own says that it is for another."""
    if manifest.abi and found != abi:
        raise StartError(f"{manifest.name} must be for {abi} and says that it is for {found}", peer=manifest.name)


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
