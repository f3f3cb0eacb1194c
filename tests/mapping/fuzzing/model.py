"""One segment under random operations, and plain bytes as what it must show: the rules that all fuzzing follows.

A rule takes its decisions from `draw(lowest, highest)`, an integer, both ends included. Who answers is somebody else's matter:
hypothesis, or a plain generator of random numbers, which is much faster.
"""

from __future__ import annotations

import contextlib
import itertools
import os
import pickle
from collections.abc import Callable
from typing import Any

from samebytes.mapping import Access, MemoryMappedFile, Rights

from .checks import Draw, Seen, one_of, refused, same, some_bytes
from .values import ACCESSES, VALUE_RULES, Values

try:
    import numpy
except ImportError:
    numpy = None

CAPACITIES = (1, 4096, 10000, 70000)
LARGEST_PIECE = 9000

_numbers = itertools.count()


class Segments(Values):
    """One segment, held by some maps, seen through some views. Copy-on-write views write before anyone looks."""

    def __init__(self, draw: Draw) -> None:
        self.name = f"fuzz {os.getpid()} {next(_numbers)}"
        self.maps = [MemoryMappedFile.create_new(self.name, one_of(draw, CAPACITIES))]
        self.capacity = self.maps[0].capacity
        self.model = bytearray(self.capacity)
        self.views: list[Seen] = []
        self.streams: list[tuple[Any, Seen]] = []

    # --- maps --------------------------------------------------------------------------------------------------------

    def join(self, draw: Draw) -> None:
        holder = one_of(draw, self.maps)
        ways = (
            lambda: MemoryMappedFile.create_or_open(self.name, 1),
            lambda: MemoryMappedFile.open_existing(self.name),
            lambda: MemoryMappedFile.open_existing(self.name, Rights.READ),
            lambda: holder.describe().open(),
            lambda: pickle.loads(pickle.dumps(holder)),
        )
        self.maps.append(one_of(draw, ways)())
        same((self.maps[-1].created, self.maps[-1].capacity), (False, self.capacity), "joined")

    def create_alive(self, _draw: Draw) -> None:
        refused(FileExistsError, MemoryMappedFile.create_new, self.name, 4096)

    def leave(self, draw: Draw) -> None:
        leaving = self.maps.pop(draw(0, len(self.maps) - 1))
        leaving.close()
        leaving.close()
        refused(ValueError, leaving.create_view_accessor)
        if not self.maps:
            refused(FileNotFoundError, MemoryMappedFile.open_existing, self.name)

    def create_again(self, draw: Draw) -> None:
        """A new segment is zero; old views keep the old bytes, and must see none of the new."""
        make = one_of(draw, (MemoryMappedFile.create_new, MemoryMappedFile.create_or_open))
        self.maps = [make(self.name, self.capacity)]
        same((self.maps[0].created, self.maps[0].capacity), (True, self.capacity), "created again")
        self.model = bytearray(self.capacity)

    # --- views -------------------------------------------------------------------------------------------------------

    def look(self, draw: Draw) -> None:
        holder, (offset, size), access = one_of(draw, self.maps), self._piece(draw), one_of(draw, ACCESSES)
        if access in (Access.READ_WRITE, Access.WRITE) and not holder._segment.rights & Rights.WRITE:
            refused(PermissionError, holder.create_view_accessor, offset, size, access)
            return
        view = holder.create_view_accessor(offset, size, access)
        seen = Seen(view, offset, size or self.capacity - offset, self.model)
        same((view.offset, view.capacity, view.access), (offset, seen.size, access), "a new view")
        if access is Access.COPY_ON_WRITE:  # its pages are its own from here on: what others write later is not seen
            seen.model = bytearray(self.model)
            view.write_bytes(0, seen.expected())
        self.views.append(seen)

    def _piece(self, draw: Draw) -> tuple[int, int]:
        """A piece of the map; size 0 is to its end."""
        offset = draw(0, self.capacity - 1)
        return offset, draw(0, min(self.capacity - offset, LARGEST_PIECE))

    def look_beyond(self, draw: Draw) -> None:
        offset = draw(0, self.capacity)
        size = self.capacity - offset + draw(1, 5000)
        refused(PermissionError, one_of(draw, self.maps).create_view_accessor, offset, size, Access.READ)

    def close_view(self, draw: Draw) -> None:
        """Closing is refused while there is a window; the memory stays, and so does the view."""
        seen = one_of(draw, self.views)
        if seen.windows:
            refused(BufferError, seen.view.close)
            same(seen.view.closed, False, "closed after a refused close")
            return
        self.views.remove(seen)
        seen.view.close()
        seen.view.close()
        for act in (seen.view.memoryview, lambda: seen.view.read_bytes(0, 1), lambda: seen.view.write_uint8(0, 1)):
            refused(ValueError, act)

    def compare(self, _draw: Draw | None = None) -> None:
        """Every view shows what it must, read in one go or through a window."""
        for seen in self.views:
            if seen.view.can_read:
                same(seen.view.read_bytes(0, seen.size), seen.expected(), f"a view of {seen.view!r}")
            else:
                with seen.view.memoryview() as window:
                    same(bytes(window), seen.expected(), f"a window on {seen.view!r}")

    # --- windows -----------------------------------------------------------------------------------------------------

    def take_window(self, draw: Draw) -> None:
        view, position, seen = self._pick(draw, 0, ACCESSES)
        window, how = view.memoryview(), draw(0, 3)
        if how == 1:
            window = window[position:]
        elif how == 2:
            window = window[: len(window) // 4 * 4].cast("I")
        elif how == 3 and numpy:
            window = numpy.frombuffer(window, numpy.uint8)
        seen.windows.append((window, position if how == 1 else 0))

    def use_window(self, draw: Draw) -> None:
        """A window shows the view's bytes; what is written through it, the view shows."""
        seen = one_of(draw, [seen for seen in self.views if seen.windows])
        window, start = one_of(draw, seen.windows)
        flat = memoryview(window).cast("B")
        same(bytes(flat), seen.expected(start, len(flat)), "a window")
        if len(flat) and not flat.readonly:
            at, byte = draw(0, len(flat) - 1), draw(0, 255)
            flat[at] = byte
            seen.put(start + at, bytes((byte,)))

    def drop_window(self, draw: Draw) -> None:
        seen = one_of(draw, [seen for seen in self.views if seen.windows])
        seen.windows.pop(draw(0, len(seen.windows) - 1))

    # --- streams -----------------------------------------------------------------------------------------------------

    def open_stream(self, draw: Draw) -> None:
        holder, (offset, size) = one_of(draw, self.maps), self._piece(draw)
        access = Access.READ_WRITE if holder._segment.rights & Rights.WRITE else Access.READ
        stream = holder.create_view_stream(offset, size, access)
        self.streams.append((stream, Seen(stream, offset, size or self.capacity - offset, self.model)))

    def use_stream(self, draw: Draw) -> None:
        stream, seen = one_of(draw, self.streams)
        position, content, count = draw(0, seen.size), some_bytes(draw, draw(0, 40)), draw(0, 60)
        same(stream.seek(position), position, "seek")
        if not stream.writable() or position + len(content) > seen.size:
            refused((ValueError, TypeError), stream.write, content or b"\0" * (seen.size + 1))
        else:
            same(stream.write(content), len(content), "bytes written to a stream")
            seen.put(position, content)
        stream.seek(position)
        same(stream.read(count), seen.expected(position, count), "a stream")
        stream.seek(position)
        target = bytearray(count)
        same(bytes(target[: stream.readinto(target)]), seen.expected(position, count), "readinto")

    def close_stream(self, draw: Draw) -> None:
        stream, _ = self.streams.pop(draw(0, len(self.streams) - 1))
        stream.close()
        refused(ValueError, stream.read)

    # --- the end -----------------------------------------------------------------------------------------------------

    def finish(self) -> None:
        """Look once more, close everything; the name must be free."""
        self.compare()
        self.close()
        refused(FileNotFoundError, MemoryMappedFile.open_existing, self.name)

    def close(self) -> None:
        for seen in self.views:
            seen.windows.clear()
            seen.view.close()
        for closing in (*(stream for stream, _ in self.streams), *self.maps):
            closing.close()

    def abandon(self) -> None:
        """Close what there is, whatever state a failure has left it in."""
        for seen in self.views:
            seen.windows.clear()
        things = (*(seen.view for seen in self.views), *(stream for stream, _ in self.streams), *self.maps)
        for thing in things:
            with contextlib.suppress(Exception):
                thing.close()


def _windowed(it: Segments) -> bool:
    return any(seen.windows for seen in it.views)


# Each rule, and when it can be followed.
RULES: dict[str, Callable[[Segments], object]] = {
    "join": lambda it: 0 < len(it.maps) < 4,
    "create_alive": lambda it: it.maps,
    "leave": lambda it: it.maps,
    "create_again": lambda it: not it.maps,
    "look": lambda it: it.maps and len(it.views) < 6,
    "look_beyond": lambda it: it.maps,
    "close_view": lambda it: it.views,
    "compare": lambda it: it.views,
    **{rule: lambda it: it.views for rule in VALUE_RULES},
    "take_window": lambda it: it.views,
    "use_window": _windowed,
    "drop_window": _windowed,
    "open_stream": lambda it: it.maps and len(it.streams) < 3,
    "use_stream": lambda it: it.streams,
    "close_stream": lambda it: it.streams,
}
