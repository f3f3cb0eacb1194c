"""Looking into a realm's memory without touching it: from this process, or through a peer that lives in the realm.

What is seen stays mapped, and no more: a name is never kept alive by being looked at.
"""

from __future__ import annotations

import mmap
import os
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from typing import Protocol
from urllib.parse import quote

from samebytes.errors import (
    AccessDeniedError,
    MappingError,
    MappingTimeoutError,
    MissingError,
    PeerError,
    PeerRefusedError,
    SegmentNotFoundError,
)
from samebytes.mapping import Access, MemoryMappedFile, Rights, ViewAccessor
from samebytes.peers.build import Builder
from samebytes.peers.children import Children
from samebytes.peers.here import target_for
from samebytes.peers.manifest import read_manifest
from samebytes.peers.peer import Peer, Starter
from samebytes.peers.places import peers_folder
from samebytes.peers.realms import NativeRealm, Realm, Say

__all__ = ["PAGE", "Eyes", "NativeEyes", "PeerEyes", "Sight", "eyes_for", "observer"]

PAGE = mmap.PAGESIZE
CHUNK = 1 << 17
"""Bytes of one `peek`: they travel as hex in one line of the protocol."""
IN_A_ROW = 64
"""Peeks on their way at once."""
MEMORY = 64 << 20
"""Bytes of a burst that are kept: what a fast producer changes in a second may be more than fits."""

Moment = tuple[float, bytes]
"""When the bytes were first seen so, in seconds from any moment, and the bytes."""


class Sight(Protocol):
    """A segment that was opened, to be read only. Offsets and sizes in bytes."""

    exact: bool
    """Whether its size is the one its creator gave, and not rounded up to pages."""

    @property
    def size(self) -> int:
        """Bytes in the segment, now."""

    def read(self, offset: int, count: int) -> bytes:
        """The bytes as they are now; fewer where the segment ends, up to the end of its last page."""

    def burst(self, offset: int, count: int, seconds: float) -> tuple[int, list[Moment]]:
        """As many looks as fit into `seconds`: how many there were, and each content that differed from the one before."""

    def close(self) -> None:
        """Unmap; idempotent."""


class Eyes(Protocol):
    """Opens segments of one realm."""

    def open(self, name: str) -> Sight:
        """SegmentNotFoundError while the name is not there, another MappingError when it cannot be read."""

    def close(self) -> None:
        """End what it keeps running; idempotent."""

    def exists(self, name: str) -> bool:
        """Whether the name is there."""


class NativeEyes:
    """From this process: the realm is the kernel it runs on."""

    def open(self, name: str) -> Sight:
        if name.startswith("/") and sys.platform != "win32":
            return _Raw(name)
        return _Mapped(name)

    def exists(self, name: str) -> bool:
        """Whether the name is there; one that may not be read is."""
        try:
            self.open(name).close()
        except SegmentNotFoundError:
            return False
        except MappingError:
            return True
        return True

    def close(self) -> None:
        """Nothing is kept."""


class _Mapped:
    """A segment through the mapping library. Only the view is kept: that holds no name."""

    exact = False

    def __init__(self, name: str) -> None:
        with MemoryMappedFile.open_existing(name, Rights.READ) as map_:
            self._view: ViewAccessor = map_.create_view_accessor(access=Access.READ)

    @property
    def size(self) -> int:
        return self._view.capacity

    def read(self, offset: int, count: int) -> bytes:
        count = max(0, min(count, self.size - offset))
        return self._view.read_bytes(offset, count) if count else b""

    def burst(self, offset: int, count: int, seconds: float) -> tuple[int, list[Moment]]:
        with self._view.memoryview() as whole, whole[offset : offset + count] as window:
            return _burst(window, seconds)

    def close(self) -> None:
        self._view.close()


class _Raw:
    """A POSIX object as shm_open made it. Its creator may change its size at any time: it is mapped only for a moment."""

    exact = True

    def __init__(self, name: str) -> None:
        path = raw_path(name)
        try:
            self._fd = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        except FileNotFoundError as error:
            raise SegmentNotFoundError(f"nobody has created {name!r}", name=name, code=error.errno) from error
        except OSError as error:
            raise AccessDeniedError(
                f"{name!r} cannot be read: {error.strerror}", name=name, code=error.errno
            ) from error

    @property
    def size(self) -> int:
        return os.fstat(self._fd).st_size

    def read(self, offset: int, count: int) -> bytes:
        # pread, not a mapping: a segment that is cut short meanwhile gives fewer bytes, and no SIGBUS.
        found = os.pread(self._fd, count, offset)
        end = offset + len(found)
        if len(found) < count and end == self.size and end % PAGE:
            found += _behind_the_end(self._fd, end)[: count - len(found)]
        return found

    def burst(self, offset: int, count: int, seconds: float) -> tuple[int, list[Moment]]:
        if offset + count > self.size:
            return 0, []
        with (
            mmap.mmap(self._fd, offset + count, access=mmap.ACCESS_READ) as memory,
            memoryview(memory) as whole,
            whole[offset : offset + count] as window,
        ):
            return _burst(window, seconds)

    def close(self) -> None:
        fd, self._fd = self._fd, -1
        if fd >= 0:
            os.close(fd)


def raw_path(name: str) -> str:
    """The file of a raw POSIX name on Linux."""
    return f"{os.environ.get('SAMEBYTES_SHM_DIR') or '/dev/shm'}/{name[1:]}"


def _burst(window: memoryview, seconds: float) -> tuple[int, list[Moment]]:
    """Look without a pause. A copy of a piece of memory takes tens of nanoseconds: most contents are seen many times."""
    clock, copy = time.perf_counter, window.tobytes
    moments: list[Moment] = []
    last, looks, kept = b"", 0, 0
    end = clock() + seconds
    while (now := clock()) < end and kept < MEMORY:
        looks += 1
        found = copy()
        if found != last:
            moments.append((now, found))
            last, kept = found, kept + len(found)
    return looks, moments


def _behind_the_end(fd: int, end: int) -> bytes:
    """What stands between the end of a file and the end of its last page: every process that maps the page shares it.

    Python refuses to map beyond a file's end, hence the C library's own mmap (POSIX mmap: the rest of the last page is zero
    at first, and what is written there is never part of the file).
    """
    import ctypes

    library = ctypes.CDLL(None, use_errno=True)
    library.mmap.restype = ctypes.c_void_p
    library.mmap.argtypes = (
        ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int, ctypes.c_int, ctypes.c_int, ctypes.c_long,
    )  # fmt: skip
    library.munmap.argtypes = (ctypes.c_void_p, ctypes.c_size_t)
    start = end - end % PAGE
    address = library.mmap(None, PAGE, mmap.PROT_READ, mmap.MAP_SHARED, fd, start)
    if address is None or address == ctypes.c_void_p(-1).value:
        return b""
    try:
        if os.fstat(fd).st_size <= start:  # cut short meanwhile: touching the page would be the end of us
            return b""
        return ctypes.string_at(address + end % PAGE, PAGE - end % PAGE)
    finally:
        library.munmap(address, PAGE)


class PeerEyes:
    """Through a peer: `own` says whether it is ended with `close`."""

    def __init__(self, peer: Peer, *, own: bool = True) -> None:
        self._peer, self._own = peer, own

    def open(self, name: str) -> Sight:
        return _Told(self._peer, name)

    def exists(self, name: str) -> bool:
        """Whether the name is there; one that may not be read is."""
        refusal = self._peer.absence(name)
        return refusal is None or refusal.kind != "not_found"

    def close(self) -> None:
        """End the peer, if it is ours."""
        if self._own:
            self._peer.process.say_goodbye()


class _Told:
    """A segment as a peer in another process sees it."""

    exact = False

    def __init__(self, peer: Peer, name: str) -> None:
        self._peer = peer
        try:
            answer = peer.process.request("open_existing", quote(name, safe="~"), "read", seconds=peer.answer_seconds)
        except PeerRefusedError as error:
            raise _as_mapping_error(error, name) from error
        map_ = int(answer["map"])
        try:
            self._size = int(answer["capacity"])
            self._view = peer.view(map_, 0, "read")
        finally:
            peer.close_map(map_)

    @property
    def size(self) -> int:
        return self._size

    def read(self, offset: int, count: int) -> bytes:
        end = min(offset + count, self.size)
        pieces = (self._peer.peek(self._view, start, min(CHUNK, end - start)) for start in range(offset, end, CHUNK))
        return b"".join(pieces)

    def burst(self, offset: int, count: int, seconds: float) -> tuple[int, list[Moment]]:
        if offset + count > self.size or count > CHUNK:
            return 0, []
        found: list[tuple[int, bytes]] = []
        looks, last, begun = 0, "", time.monotonic()
        for content in self._looks(offset, count, seconds):
            if content != last:
                found.append((looks, bytes.fromhex(content)))
                last = content
            looks += 1
        each = (time.monotonic() - begun) / max(looks, 1)  # answers come in bunches: only their number tells the time
        return looks, [(at * each, data) for at, data in found]

    def _looks(self, offset: int, count: int, seconds: float) -> Iterator[str]:
        end, kept = time.monotonic() + seconds, 0
        while time.monotonic() < end and kept < MEMORY:
            for answer in self._peer.ask_all([f"peek {self._view} {offset} {count}"] * IN_A_ROW):
                if isinstance(answer, PeerRefusedError):
                    raise answer
                yield str(answer["bytes"])
                kept += count

    def close(self) -> None:
        with suppress(PeerError):
            if self._peer.process.alive:
                self._peer.close_view(self._view)


def _as_mapping_error(error: PeerRefusedError, name: str) -> MappingError:
    kinds: dict[str, type[MappingError]] = {
        "not_found": SegmentNotFoundError,
        "access": AccessDeniedError,
        "timeout": MappingTimeoutError,
    }
    return kinds.get(error.kind, MappingError)(error.message, name=name, code=error.code)


def eyes_for(realm: Realm, children: Children, say: Say) -> Eyes:
    """Eyes for a prepared realm; the caller closes them. MissingError when nothing can look into it."""
    if isinstance(realm, NativeRealm):
        return NativeEyes()
    return PeerEyes(observer(realm, children, say))


def observer(realm: Realm, children: Children, say: Say) -> Peer:
    """The peer that looks: the mapping library in a process of its own, without any declaration. The caller ends it."""
    manifest = replace(read_manifest(peers_folder() / "python" / "peer.toml"), layouts={})
    try:
        target = target_for(manifest, realm)
        build = Builder(children, (sys.executable,), {}).build(manifest, target, say)
        return Starter(manifest, manifest.faces_on(target.abi)[0], realm, build, children).start()
    except PeerError as error:
        raise MissingError(f"nobody to look at the bytes in {realm.name}: {error}") from error
