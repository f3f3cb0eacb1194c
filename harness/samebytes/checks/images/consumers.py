"""An image read by a consumer: put into a segment, opened by the consumer, loaded, compared with what its layout says."""

from __future__ import annotations

import secrets

from samebytes.checks.data.compare import compare_description, compare_leaves
from samebytes.checks.data.testbed import Side
from samebytes.checks.images.file import Image
from samebytes.checks.images.replay import pour
from samebytes.checks.result import Run, Stage, Verdict
from samebytes.errors import LayoutError, PeerError
from samebytes.layout import Kind, Layout, Record, abi_named, decode, lay_out
from samebytes.peers.peer import Peer, Starter
from samebytes.peers.site import Site

__all__ = ["ImageReading", "parts_from", "unfit"]


def parts_from(layout: Layout, abi_name: str) -> str:
    """Return where the record is laid out otherwise on another ABI, in words; empty where both lay it out alike."""
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


def unfit(image: Image, known: Record | None, abi: str) -> str:
    """Return why consumers of an ABI cannot be asked for an image, in words; empty if they can.

    `known`: the record they declare by its name.
    """
    why = parts_from(image.layout, abi)
    return _renamed(known, image.layout) if known is not None and not why and known != image.layout.record else why


def _renamed(known: Record, layout: Layout) -> str:
    """Return why what the peers declare under this name is not the image's record; empty where both have the same places."""
    try:
        other = lay_out(known, layout.abi)
    except LayoutError as error:
        return error.message
    alike = other.leaves == layout.leaves and other.size == layout.size
    return "" if alike else f"the peers' {known.name} is another record than the image's"


class ImageReading:
    """Readings of one image by programs of one ABI in one realm; `observer` holds it meanwhile."""

    def __init__(self, image: Image, site: Site, observer: Peer, abi: str) -> None:
        self._image, self._site, self._observer = image, site, observer
        self._layout = lay_out(image.layout.record, abi_named(abi))

    def through(self, starter: Starter) -> Run:
        """Return what came of one face of a consumer. Never raises for what the consumer does: that is a verdict."""
        run = Run(self._layout.record.name, "image", "image", starter.name, size=self._layout.size)
        run.memory, run.stage = self._image.record.hex(), Stage.START
        try:
            peer = self._site.start(starter)
            try:
                self._read(peer, run)
            finally:
                peer.process.say_goodbye()
        except PeerError as error:
            run.break_off(run.stage, error)
        return run

    def _read(self, peer: Peer, run: Run) -> None:
        name, data = self._layout.record.name, self._image.record
        run.stage = Stage.DESCRIBE
        if name not in peer.hello.layouts and not peer.missing:
            run.fail(Verdict.UNSUPPORTED, Stage.DESCRIBE, f"this face of it has no {name}")
            return
        for difference in compare_description(self._layout, peer.describe(name), peer):
            run.differ(difference)
        stage, run.stage = run.stage, Stage.LOAD
        loaded = self._loaded(peer)
        run.stage = stage
        paths = peer.paths(name)
        by_path = dict(zip(paths, loaded, strict=False))
        run.leaves, differences = compare_leaves(
            self._layout, decode(self._image.layout, data), data, data, by_path, peer.name
        )
        for difference in differences:
            run.differ(difference)
        if len(loaded) != len(paths):
            run.fail(Verdict.DIFFERS, Stage.LOAD, f"{len(paths)} leaves expected, {peer.name} read {len(loaded)}")

    def _loaded(self, peer: Peer) -> list[str]:
        segment = f"samebytes-image-{secrets.token_hex(6)}"
        map_, _ = self._observer.open("create_new", segment, max(self._image.size, len(self._image.data)))
        side = Side(peer, "accessor" if "accessor" in peer.hello.views else "stream")
        try:
            pour(self._observer, map_, self._image.data)
            side.open("open_existing", segment)
            return peer.load(side.look_only(), self._image.offset, self._layout.record.name)
        finally:
            if peer.process.alive:
                side.release()
            self._observer.close_map(map_)
