"""Following a segment while its producer lives: what changed, when it is gone, and the last state it had.

A name is opened anew for every look and let go of at once; between looks only memory stays mapped, which keeps no name alive. So the
last state can still be read when the name has gone. A raw POSIX object does not go with its producer: there the processes that have
it mapped are asked.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, field

from samebytes.checks.attach.holders import FileId, Holder, holders
from samebytes.checks.attach.place import Place
from samebytes.checks.producers.segment_reader import OpenSegment
from samebytes.errors import MappingTimeoutError, SegmentNotFoundError

__all__ = ["Moment", "watched"]

HOLDERS_SECONDS = 0.5
"""Between two looks at whether a raw object's producer still has it."""


@dataclass(frozen=True)
class Moment:
    """The record's bytes when they were first seen so, in seconds since the first look. `gone` says why it is the last one."""

    at: float
    data: bytes
    gone: str = ""
    anew: bool = False
    """Whether this is another segment of the same name: its producer has created it again."""


def watched(place: Place, sight: OpenSegment, start: int, size: int, rate: float) -> Iterator[Moment]:
    """Yield every content that differs from the one before, at most `rate` looks a second, until the producer is gone.

    Looks at bytes `start` to `start + size` of the segment; fewer where it ends before. The sight is closed with the
    generator.
    """
    with _Watch(place, sight, start, size) as watch:
        yield watch.first()
        while True:
            time.sleep(1 / rate)
            yield from watch.look()
            if watch.over:
                return


@dataclass
class _Watch:
    place: Place
    sight: OpenSegment
    start: int
    size: int
    over: bool = False
    _last: bytes = b""
    _file: FileId | None = None
    _producers: _Producers | None = None
    _began: float = field(default_factory=time.monotonic)

    def __enter__(self) -> _Watch:
        self._arrive()
        return self

    def __exit__(self, *_: object) -> None:
        self.sight.close()

    def first(self) -> Moment:
        self._last = self._read()
        return self._moment()

    def look(self) -> Iterator[Moment]:
        """Yield what happened since the last look. The name is asked first, so that what is read is not older than the answer."""
        fresh, why = self._open()
        data = self._read()
        changed = data != self._last
        self._last = data
        if why:
            self.over = True
            yield self._moment(gone=why)
        elif changed:
            yield self._moment()
        if fresh is not None:
            yield from self._move_to(fresh)

    def _open(self) -> tuple[OpenSegment | None, str]:
        try:
            fresh = self.place.segment_reader.open(self.place.name)
        except SegmentNotFoundError:
            return None, "unlinked" if self.place.raw else "gone: nobody holds the name any more"
        except MappingTimeoutError:  # a process that was stopped in the middle of it; what is mapped can be read
            return None, ""
        if self._producers is not None and self._producers.gone():
            fresh.close()
            return None, "gone: nobody has it mapped any more (a raw object stays until it is unlinked)"
        return fresh, ""

    def _move_to(self, fresh: OpenSegment) -> Iterator[Moment]:
        """Go on with what was just opened: usually the same memory."""
        self.sight.close()
        self.sight = fresh
        now = self.place.file()
        if now is not None and self._file not in (None, now):  # None: it has gone since, which the next look will tell
            self._arrive()
            self._last = self._read()
            yield self._moment(anew=True)

    def _arrive(self) -> None:
        self._file = self.place.file()
        self._producers = _Producers(self._file) if self.place.raw and self._file is not None else None

    def _read(self) -> bytes:
        return self.sight.read(self.start, max(0, min(self.size, self.sight.size - self.start)))

    def _moment(self, gone: str = "", anew: bool = False) -> Moment:
        return Moment(time.monotonic() - self._began, self._last, gone, anew)


class _Producers:
    """The processes that have a raw object's file. Looking into all of /proc is slow: known ones are asked first."""

    def __init__(self, file: FileId) -> None:
        self._file = file
        self._known: list[Holder] = holders(file)
        self._any = bool(self._known)
        self._next = time.monotonic() + HOLDERS_SECONDS

    def gone(self) -> bool:
        """Return whether there were some, and are none now. Without any at the start nobody can be missed."""
        if not self._any or time.monotonic() < self._next:
            return False
        self._known = holders(self._file, [one.pid for one in self._known]) or holders(self._file)
        self._next = time.monotonic() + HOLDERS_SECONDS
        return not self._known
