"""Segments for a test: named uniquely, open for as long as the test runs, whatever it does with their bytes."""

from __future__ import annotations

import gc
import time
from dataclasses import dataclass, field
from typing import Any

from samebytes.errors import SegmentNotFoundError, UsageError
from samebytes.mapping import MemoryMappedFile, ViewAccessor

__all__ = ["OpenSegment", "Segments"]

LOOK_SECONDS = 0.005


@dataclass(frozen=True)
class OpenSegment:
    """A named segment that the test holds."""

    map: MemoryMappedFile
    view: ViewAccessor
    """All of it, to read and to write."""

    @property
    def name(self) -> str:
        """Return what another program opens."""
        return str(self.map.name)

    @property
    def capacity(self) -> int:
        """Return the size in bytes: what was asked for, rounded up to pages."""
        return self.view.capacity

    def read(self, offset: int | None = None, count: int | None = None) -> bytes:
        """Return a copy of `count` bytes from `offset`, or of the whole segment. UsageError for one number alone: it could be either."""
        if (offset is None) != (count is None):
            number = count if offset is None else offset
            hint = f"read_bytes({number}) has the first {number} bytes, read({number}, COUNT) those from {number} on"
            raise UsageError(f"read of {self.name}: is {number} an offset or a count?", hint=hint)
        return self._copy(offset or 0, self.capacity if count is None else count)

    def read_bytes(self, count: int, *, offset: int = 0) -> bytes:
        """Return a copy of the first `count` bytes, or of as many from an offset, which must be named."""
        return self._copy(offset, count)

    def _copy(self, offset: int, count: int) -> bytes:
        with self.view.memoryview() as window:
            end = offset + count
            if not 0 <= offset <= end <= self.capacity:
                raise UsageError(f"{self.name} has {self.capacity} bytes, not {offset} to {end}")
            return bytes(window[offset:end])

    def write(self, data: bytes, offset: int = 0) -> None:
        """Put bytes there."""
        with self.view.memoryview() as window:
            if not 0 <= offset <= offset + len(data) <= self.capacity:
                raise UsageError(f"{self.name} has {self.capacity} bytes, not {offset} to {offset + len(data)}")
            window[offset : offset + len(data)] = data

    def close(self) -> None:
        """Let go of the name, and of the memory unless a buffer of it lives on: that then goes with the buffer. Idempotent."""
        self.map.close()
        try:
            self.view.close()
        except BufferError:
            gc.collect()  # what the test has dropped may hang in a reference cycle
            self.view.leave()


@dataclass
class Segments:
    """Makes and opens them. `close` closes all."""

    name: str
    """The test's own; the second segment is called `NAME-2`."""
    _open: list[OpenSegment] = field(default_factory=list)
    _made: int = 0

    def __call__(self, capacity: int, name: str | None = None) -> OpenSegment:
        """Create a segment of that many bytes, all zero, under the test's own name or another. SegmentExistsError if it is in use."""
        self._made += name is None
        own = self.name if self._made == 1 else f"{self.name}-{self._made}"
        return self._kept(MemoryMappedFile.create_new(own if name is None else name, capacity))

    def join(self, name: str | None = None, seconds: float = 0.0) -> OpenSegment:
        """Open a segment that another program made, or makes within so many seconds. SegmentNotFoundError if it does not."""
        wanted, deadline = self.name if name is None else name, time.monotonic() + seconds
        while True:
            try:
                return self._kept(MemoryMappedFile.open_existing(wanted))
            except SegmentNotFoundError:
                if time.monotonic() >= deadline:
                    raise
            time.sleep(LOOK_SECONDS)

    def close(self, *_: Any) -> None:
        """Close every one of them, the latest first."""
        while self._open:
            self._open.pop().close()

    def _kept(self, made: MemoryMappedFile) -> OpenSegment:
        try:
            segment = OpenSegment(made, made.create_view_accessor())
        except BaseException:
            made.close()
            raise
        self._open.append(segment)
        return segment
