"""Looking into a realm's memory without touching it: from this process, or through a peer that lives in the realm.

What is seen stays mapped, and no more: a name is never kept alive by being looked at.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any, Protocol

from samebytes.checks.producers.burst import MEMORY, PAGE, Between, Moment, burst
from samebytes.checks.producers.traces import shm_folder
from samebytes.errors import (
    AccessDeniedError,
    InvalidNameError,
    MappingError,
    MappingTimeoutError,
    PeerError,
    PeerRefusedError,
    SegmentNotFoundError,
    UsageError,
)
from samebytes.mapping import Access, MemoryMappedFile, Rights, ViewAccessor
from samebytes.peers.answers import data
from samebytes.peers.peer import Peer
from samebytes.peers.realms import NativeRealm
from samebytes.peers.site import Site

if sys.platform != "win32":
    from samebytes.checks.producers.raw import RawSight

__all__ = [
    "PAGE",
    "NativeEyes",
    "OpenSegment",
    "PeerEyes",
    "SegmentReader",
    "raw_path",
    "segment_reader_for",
]

CHUNK = 1 << 17
"""Bytes of one `peek`: they travel as hex in one line of the protocol."""
IN_A_ROW = 64
"""Peeks on their way at once."""


class OpenSegment(Protocol):
    """A segment that was opened, to be read only. Offsets and sizes in bytes."""

    exact: bool
    """Whether its size is the one its creator gave, and not rounded up to pages."""

    @property
    def size(self) -> int:
        """Return how many bytes the segment has now."""

    @property
    def path(self) -> str:
        """Return the name that it has now, where the system tells; empty where it does not, or it has none."""

    def same_as(self, other: OpenSegment) -> bool | None:
        """Return whether both are of one segment; None where the system does not tell."""

    def read(self, offset: int, count: int) -> bytes:
        """Return the bytes as they are now; fewer where the segment ends, up to the end of its last page."""

    def burst(
        self, offset: int, count: int, seconds: float, between: Between | None = None
    ) -> tuple[int, list[Moment]]:
        """Look as often as fits into `seconds`. Return how many looks there were, and each content that differed from the one before.

        With `between`, only what was copied while both counters were the same.
        """

    def close(self) -> None:
        """Unmap; idempotent."""


class SegmentReader(Protocol):
    """Opens segments of one realm."""

    def open(self, name: str) -> OpenSegment:
        """Open a segment. SegmentNotFoundError while the name is not there, another MappingError when it cannot be read."""

    def close(self) -> None:
        """End what it keeps running; idempotent."""

    def exists(self, name: str) -> bool:
        """Return whether the name is there. UsageError for what cannot be a name."""

    def hold(self, name: str) -> Callable[[], None]:
        """Hold a name as a reader does that has it mapped. What is returned lets go. MappingError when it is not there."""

    def leave(self, name: str, data: bytes) -> Callable[[], None]:
        """Make a segment of that name with these bytes, as if somebody had left it. What is returned lets go of it."""


class NativeEyes:
    """From this process: the realm is the kernel it runs on."""

    def open(self, name: str) -> OpenSegment:
        if sys.platform != "win32" and name.startswith("/"):
            return RawSight(name, raw_path(name))
        return _Mapped(name)

    def exists(self, name: str) -> bool:
        """Return whether the name is there; one that may not be read is. UsageError for what cannot be a name."""
        try:
            self.open(name).close()
        except SegmentNotFoundError:
            return False
        except InvalidNameError as error:
            raise UsageError(error.message, hint=error.hint) from error
        except MappingError:
            return True
        return True

    def hold(self, name: str) -> Callable[[], None]:
        """Hold it as a reader of this process."""
        if sys.platform != "win32" and name.startswith("/"):
            return RawSight(name, raw_path(name)).close
        return MemoryMappedFile.open_existing(name, Rights.READ).close

    def leave(self, name: str, data: bytes) -> Callable[[], None]:
        """Leave a segment: a raw name stays by itself, any other as long as it is held."""
        if sys.platform != "win32" and name.startswith("/"):
            Path(raw_path(name)).write_bytes(data)
            return lambda: None
        map_ = MemoryMappedFile.create_new(name, len(data))
        with map_.create_view_accessor() as view:
            view.write_bytes(0, data)
        return map_.close

    def close(self) -> None:
        """Do nothing: nothing is kept."""


class _Mapped:
    """A segment through the mapping library. Only the view is kept: that holds no name."""

    exact = False

    def __init__(self, name: str) -> None:
        with MemoryMappedFile.open_existing(name, Rights.READ) as map_:
            self._view: ViewAccessor = map_.create_view_accessor(access=Access.READ)

    @property
    def size(self) -> int:
        return self._view.capacity

    @property
    def path(self) -> str:
        return ""

    def same_as(self, _other: OpenSegment) -> bool | None:
        return None

    def read(self, offset: int, count: int) -> bytes:
        count = max(0, min(count, self.size - offset))
        return self._view.read_bytes(offset, count) if count else b""

    def burst(
        self, offset: int, count: int, seconds: float, between: Between | None = None
    ) -> tuple[int, list[Moment]]:
        with self._view.memoryview() as whole, whole[offset : offset + count] as window:
            return burst(window, seconds, between)

    def close(self) -> None:
        self._view.close()


def raw_path(name: str) -> str:
    """Return the file of a raw POSIX name on Linux. InvalidNameError for what shm_open refuses."""
    if name[1:] in ("", ".", "..") or "/" in name[1:] or "\0" in name:
        raise InvalidNameError(
            f"the name {name!r} is no raw POSIX name", hint="a slash, then a name without another one"
        )
    return f"{shm_folder()}/{name[1:]}"


class PeerEyes:
    """Through a peer: `own` says whether it is ended with `close`."""

    def __init__(self, peer: Peer, *, own: bool = True) -> None:
        self._peer, self._own = peer, own

    def open(self, name: str) -> OpenSegment:
        return _Told(self._peer, name)

    def exists(self, name: str) -> bool:
        """Return whether the name is there; one that may not be read is. UsageError for what cannot be a name."""
        refusal = self._peer.absence(name)
        if refusal is not None and refusal.kind == "invalid_name":
            raise UsageError(f"the name {name!r} is not one that this system takes")
        return refusal is None or refusal.kind != "not_found"

    def hold(self, name: str) -> Callable[[], None]:
        """Hold it through the peer, which keeps the map open."""
        try:
            map_, _ = self._peer.open("open_existing", name)
        except PeerRefusedError as error:
            raise _as_mapping_error(error, name) from error
        return lambda: self._let_go(map_)

    def leave(self, name: str, data: bytes) -> Callable[[], None]:
        """Leave it through the peer, which keeps the map open."""
        map_, _ = self._peer.open("create_new", name, len(data))
        view = self._peer.view(map_, 0, "read_write")
        self._peer.poke(view, 0, data)
        self._peer.close_view(view)
        return lambda: self._let_go(map_)

    def _let_go(self, map_: int) -> None:
        with suppress(PeerError):
            if self._peer.process.alive:
                self._peer.close_map(map_)

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
            map_, self._size = peer.open_to_read(name)
        except PeerRefusedError as error:
            raise _as_mapping_error(error, name) from error
        try:
            self._view = peer.view(map_, 0, "read")
        finally:
            peer.close_map(map_)

    @property
    def size(self) -> int:
        return self._size

    @property
    def path(self) -> str:
        return ""

    def same_as(self, _other: OpenSegment) -> bool | None:
        return None

    def read(self, offset: int, count: int) -> bytes:
        end = min(offset + count, self.size)
        pieces = (self._peer.peek(self._view, start, min(CHUNK, end - start)) for start in range(offset, end, CHUNK))
        return b"".join(pieces)

    def burst(
        self, offset: int, count: int, seconds: float, between: Between | None = None
    ) -> tuple[int, list[Moment]]:
        if offset + count > self.size or count > CHUNK:
            return 0, []
        found: list[tuple[int, bytes]] = []
        looks, last, begun = 0, "", time.monotonic()
        for content, good in self._looks(offset, count, seconds, between):
            if content != last and good:
                found.append((looks, bytes.fromhex(content)))
                last = content
            looks += 1
        each = (time.monotonic() - begun) / max(looks, 1)  # answers come in bunches: only their number tells the time
        return looks, [(at * each, data) for at, data in found]

    def _bytes_told(self, answer: dict[str, Any] | PeerRefusedError, piece: slice) -> str:
        if isinstance(answer, PeerRefusedError):
            raise answer
        return data(self._peer.name, answer, "bytes", piece.stop - piece.start).hex()

    def _looks(self, offset: int, count: int, seconds: float, between: Between | None) -> Iterator[tuple[str, bool]]:
        """Yield contents in hex, and whether the counters were the same around them: the last one is asked for first."""
        first, final = between or (slice(0), slice(0))
        pieces = (final, slice(0, count), first) if between else (slice(0, count),)
        lines = [f"peek {self._view} {offset + each.start} {each.stop - each.start}" for each in pieces]
        end, kept = time.monotonic() + seconds, 0
        while time.monotonic() < end and kept < MEMORY:
            answers = [
                self._bytes_told(answer, pieces[number % len(lines)])
                for number, answer in enumerate(self._peer.ask_all(lines * IN_A_ROW))
            ]
            for at in range(0, len(answers), len(lines)):
                content = answers[at + len(lines) // 2]
                yield content, answers[at] == answers[at + len(lines) - 1]
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


def segment_reader_for(site: Site) -> SegmentReader:
    """Return what reads the segments of a prepared site; the caller closes it. MissingError when nothing can look into the realm."""
    return NativeEyes() if isinstance(site.realm, NativeRealm) else PeerEyes(site.observer())
