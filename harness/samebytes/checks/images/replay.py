"""An image as a live segment: held here, or through a process in a Wine prefix, until its time is over."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from samebytes.checks.attach.place import Place
from samebytes.checks.images.file import Image
from samebytes.checks.producers.segment_reader import raw_path
from samebytes.errors import PeerRefusedError, SegmentExistsError, UsageError
from samebytes.mapping import MemoryMappedFile
from samebytes.peers.peer import Peer

__all__ = ["pour", "replayed"]

CHUNK = 1 << 17
"""Bytes of one `poke`: they travel as hex in one line of the protocol."""


@contextmanager
def replayed(image: Image, place: Place) -> Iterator[None]:
    """Hold the image's bytes under that name in a segment of the image's size while the context lasts; then the name is gone.

    UsageError when the name is taken.
    """
    try:
        with _here(image, place.name) if place.peer is None else _through(image, place.name, place.peer):
            yield
    except SegmentExistsError as error:
        raise UsageError(f"{place.name!r} is taken", hint="end what holds it, or choose another name") from error


@contextmanager
def _here(image: Image, name: str) -> Iterator[None]:
    with MemoryMappedFile.create_new(name, image.size) as map_:
        try:
            with map_.create_view_accessor() as view:
                view.write_bytes(0, image.data)
            yield
        finally:
            if name.startswith("/") and sys.platform != "win32":  # a raw object outlives everyone; this one is ours
                with suppress(FileNotFoundError):
                    Path(raw_path(name)).unlink()


@contextmanager
def _through(image: Image, name: str, peer: Peer) -> Iterator[None]:
    try:
        map_, _ = peer.open("create_new", name, image.size)
    except PeerRefusedError as error:
        if error.kind != "exists":
            raise
        raise SegmentExistsError(error.message, name=name) from error
    try:
        pour(peer, map_, image.data)
        yield
    finally:
        peer.close_map(map_)


def pour(peer: Peer, map_: int, data: bytes) -> None:
    """Write bytes to the start of a map that a peer holds."""
    view = peer.view(map_, 0, "read_write")
    for at in range(0, len(data), CHUNK):
        peer.poke(view, at, data[at : at + CHUNK])
    peer.close_view(view)
