"""An image read by every consumer at hand: put into a segment, opened by the consumer, loaded, compared with what its layout says."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from samebytes.checks.blackbox.eyes import observer
from samebytes.checks.compare import compare_description, compare_leaves
from samebytes.checks.ground import Side
from samebytes.checks.images.file import Image
from samebytes.checks.images.replay import pour
from samebytes.errors import LayoutError, MissingError, MissingToolError, PeerError
from samebytes.layout import Kind, Layout, Record, abi_named, decode, lay_out
from samebytes.peers.build import Builder
from samebytes.peers.children import Children
from samebytes.peers.here import meet, target_for
from samebytes.peers.manifest import Manifest
from samebytes.peers.peer import Peer, Starter
from samebytes.peers.realms import Realm, Say
from samebytes.peers.variants import face_name

__all__ = ["Reading", "parts_from", "read_by_all"]


@dataclass
class Reading:
    """What came of one consumer: `agreed`, `differs`, `refused` (another ABI lays it out otherwise) or `missing` (cannot run here)."""

    realm: str
    consumer: str
    outcome: str
    words: list[str] = field(default_factory=list)


def parts_from(layout: Layout, abi_name: str) -> str:
    """Where the record stands otherwise on another ABI, in words; empty where both lay it out alike."""
    abi = abi_named(abi_name)
    if abi.order != layout.abi.order:
        return f"{layout.abi.name} is {layout.abi.order}-endian, {abi.name} is not"
    try:
        other = lay_out(layout.record, abi)
    except LayoutError as error:
        return f"{abi.name}: {error.message}"
    for here, there in zip(layout.leaves, other.leaves, strict=True):
        if here != there:
            return (
                f"{here.path} is {here.width} bytes at {here.offset} on {layout.abi.name}, "
                f"{there.width} bytes at {there.offset} on {abi.name}"
            )
    double = any(isinstance(leaf.kind, Kind) and leaf.kind.measure == "long_double" for leaf in layout.leaves)
    if double and layout.abi.long_double_format != abi.long_double_format:
        return f"long double is {layout.abi.long_double_format} on {layout.abi.name}, {abi.long_double_format} on {abi.name}"
    if layout.size != other.size:
        return f"{layout.size} bytes on {layout.abi.name}, {other.size} on {abi.name}"
    return ""


@dataclass
class _Run:
    """One realm, prepared."""

    image: Image
    realm: Realm
    children: Children
    builder: Builder
    say: Say

    def read(self, manifest: Manifest, watcher: Peer) -> Iterator[Reading]:
        """One reading for each face of the peer. A broken peer differs; one that lacks a tool is missing."""
        faces: Sequence[Starter] = ()
        try:
            faces = self._starters(manifest)
        except (MissingToolError, MissingError) as error:
            yield self._reading(
                manifest.name, "missing", [error.message, *([f"to add it: {error.add}"] if error.add else [])]
            )
        except PeerError as error:
            yield self._reading(manifest.name, "differs", [str(error)])
        for starter in faces:
            yield self._through(starter, watcher)

    def _starters(self, manifest: Manifest) -> list[Starter]:
        target = target_for(manifest, self.realm)
        for requirement in target.requirements:
            meet(requirement, manifest, self.realm, self.children, self.say)
        build = self.builder.build(manifest, target, self.say)
        return [Starter(manifest, face, self.realm, build, self.children) for face in manifest.faces_on(target.abi)]

    def _reading(self, consumer: str, outcome: str, words: list[str]) -> Reading:
        return Reading(self.realm.name, consumer, outcome, words)

    def _through(self, starter: Starter, watcher: Peer) -> Reading:
        name = face_name(starter.manifest, starter.face)
        record = self.image.layout.record.name
        try:
            peer = starter.start()
            try:
                if record not in peer.hello.layouts and not peer.missing:
                    return self._reading(name, "missing", [f"this face of it has no {record}"])
                words = self._compared(peer, watcher)
            finally:
                peer.process.say_goodbye()
        except PeerError as error:
            words = [str(error)]
        return self._reading(name, "differs" if words else "agreed", words)

    def _compared(self, peer: Peer, watcher: Peer) -> list[str]:
        """Everything in which the consumer and the image's layout differ, in words."""
        image = self.image
        data = image.record
        layout = lay_out(image.layout.record, abi_named(self.realm.abi))
        found = [str(one) for one in compare_description(layout, peer.describe(layout.record.name), peer)]
        segment = f"samebytes-image-{secrets.token_hex(6)}"
        map_, _ = watcher.open("create_new", segment, max(image.size, len(image.data)))
        try:
            pour(watcher, map_, image.data)
            loaded = self._loaded(peer, segment, layout)
        finally:
            watcher.close_map(map_)
        paths = peer.paths(layout.record.name)
        if len(loaded) != len(paths):
            found.append(f"{len(paths)} leaves expected, {peer.name} read {len(loaded)}")
        values = decode(image.layout, data)
        by_path = dict(zip(paths, loaded, strict=False))
        _, differences = compare_leaves(layout, values, data, data, by_path, peer.name)
        return found + [str(one) for one in differences]

    def _loaded(self, peer: Peer, segment: str, layout: Layout) -> list[str]:
        side = Side(peer, "accessor" if "accessor" in peer.hello.views else "stream")
        try:
            side.open("open_existing", segment)
            return peer.load(side.look_only(), self.image.offset, layout.record.name)
        finally:
            if peer.process.alive:
                side.release()


def read_by_all(
    image: Image,
    realms: Sequence[Realm],
    manifests: Mapping[str, Manifest],
    records: Mapping[str, Record],
    builder_for: Callable[[Children], Builder],
    children: Children,
    say: Say,
) -> Iterator[Reading]:
    """A reading for every peer that declares the record, in every realm; `records` are the ones that peers may declare by name.

    A record of the same name that is another one is refused. Realms are prepared here and closed by the caller.
    """
    name = image.layout.record.name
    declaring = {peer: manifest for peer, manifest in manifests.items() if name in manifest.layouts}
    known = records.get(name)
    for realm in realms:
        why = parts_from(image.layout, realm.abi)
        if known is not None and not why and known != image.layout.record:
            why = _renamed(known, image.layout)
        if why:
            yield from (Reading(realm.name, peer, "refused", [why]) for peer in declaring)
        elif declaring:
            yield from _in_realm(_Run(image, realm, children, builder_for(children), say), declaring)


def _renamed(known: Record, layout: Layout) -> str:
    """Why what the peers declare under this name is not the image's record; empty where its places are the same all the same."""
    try:
        other = lay_out(known, layout.abi)
    except LayoutError as error:
        return error.message
    alike = other.leaves == layout.leaves and other.size == layout.size
    return "" if alike else f"the peers' {known.name} is another record than the image's"


def _in_realm(run: _Run, declaring: Mapping[str, Manifest]) -> Iterator[Reading]:
    state = run.realm.availability()
    if not state.ready:
        yield Reading(
            run.realm.name, "", "missing", [state.detail, *([f"to add it: {state.add}"] if state.add else [])]
        )
        return
    try:
        run.realm.prepare(run.say)
        watcher = observer(run.realm, run.children, run.say)
    except MissingError as error:
        yield Reading(run.realm.name, "", "missing", [error.message])
        return
    try:
        for manifest in declaring.values():
            yield from run.read(manifest, watcher)
    finally:
        watcher.process.say_goodbye()
