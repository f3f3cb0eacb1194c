"""Random sequences of operations on maps, views, windows and streams, against plain bytes as the model.

SAMEBYTES_FUZZ is how many sequences to run; without it there are a few.
"""

from __future__ import annotations

import contextlib
import itertools
import os
import struct
import sys
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule, run_state_machine_as_test

from samebytes.mapping import Access, MemoryMappedFile

try:
    import numpy
except ImportError:
    numpy = None

SEQUENCES = int(os.environ.get("SAMEBYTES_FUZZ", "0"))
FEW = 150 if sys.platform == "linux" else 60
STEPS = 25

KINDS = {
    "int8": "<b", "uint8": "<B", "int16": "<h", "uint16": "<H", "int32": "<i", "uint32": "<I",
    "int64": "<q", "uint64": "<Q", "float32": "<f", "float64": "<d",
}  # fmt: skip
RECORD = struct.Struct("<bHiqd3x")
WRITING = (Access.READ_WRITE, Access.WRITE)

_numbers = itertools.count()


class Seen:
    """A view, and what it must show: the map's bytes, or its own once it is a copy."""

    def __init__(self, view: Any, offset: int, size: int, model: bytearray) -> None:
        self.view, self.offset, self.size = view, offset, size
        self.model = model
        """The bytes of the whole map, as this view sees them."""
        self.windows: list[Any] = []

    @property
    def expected(self) -> bytes:
        return bytes(self.model[self.offset : self.offset + self.size])


def one_of(data: st.DataObject, things: list[Any]) -> Any:
    """One of the things. Hypothesis sees only its number: what it has seen, it keeps."""
    return things[data.draw(st.integers(0, len(things) - 1))]


class Segments(RuleBasedStateMachine):
    """One segment, held by some maps, seen through some views. Copy-on-write views write before anyone looks."""

    @initialize(capacity=st.sampled_from((1, 4096, 10000, 70000)))
    def begin(self, capacity: int) -> None:
        self.name = f"fuzz {os.getpid()} {next(_numbers)}"
        self.maps = [MemoryMappedFile.create_new(self.name, capacity)]
        self.capacity = self.maps[0].capacity
        self.model = bytearray(self.capacity)
        self.views: list[Seen] = []
        self.streams: list[Any] = []

    # --- maps and views ----------------------------------------------------------------------------------------------

    @precondition(lambda self: self.maps and len(self.maps) < 4)
    @rule(create=st.booleans())
    def join(self, create: bool) -> None:
        joined = MemoryMappedFile.create_or_open(self.name, 1) if create else MemoryMappedFile.open_existing(self.name)
        assert (joined.created, joined.capacity) == (False, self.capacity)
        self.maps.append(joined)

    @precondition(lambda self: self.maps)
    @rule(data=st.data())
    def leave(self, data: st.DataObject) -> None:
        self.maps.pop(data.draw(st.integers(0, len(self.maps) - 1))).close()
        if not self.maps:
            with pytest.raises(FileNotFoundError):
                MemoryMappedFile.open_existing(self.name)

    @precondition(lambda self: not self.maps)
    @rule()
    def create_again(self) -> None:
        """A new segment is zero; old views keep the old bytes, and must see none of the new."""
        self.maps = [MemoryMappedFile.create_new(self.name, self.capacity)]
        self.model = bytearray(self.capacity)

    @precondition(lambda self: self.maps and len(self.views) < 6)
    @rule(data=st.data(), access=st.sampled_from((Access.READ_WRITE, Access.READ, Access.WRITE, Access.COPY_ON_WRITE)))
    def look(self, data: st.DataObject, access: Access) -> None:
        offset, size = self._piece(data)
        view = one_of(data, self.maps).create_view_accessor(offset, size, access)
        seen = Seen(view, offset, size, self.model)
        if access is Access.COPY_ON_WRITE:  # its pages are its own from here on: what others write later is not seen
            seen.model = bytearray(self.model)
            if size:
                view.write_bytes(0, seen.expected)
        self.views.append(seen)

    def _piece(self, data: st.DataObject) -> tuple[int, int]:
        offset = data.draw(st.integers(0, self.capacity - 1))
        return offset, data.draw(st.integers(1, min(self.capacity - offset, 9000)))

    def _pick(self, data: st.DataObject, size: int = 0, accesses: tuple[Access, ...] = ()) -> tuple[Seen, int] | None:
        """A view of one of these accesses with room for `size` bytes, and a position in it."""
        able = [seen for seen in self.views if seen.size >= size and (not accesses or seen.view.access in accesses)]
        if not able:
            return None
        seen = one_of(data, able)
        return seen, data.draw(st.integers(0, seen.size - size))

    # --- reading and writing -----------------------------------------------------------------------------------------

    @precondition(lambda self: self.views)
    @rule(data=st.data(), kind=st.sampled_from(sorted(KINDS)))
    def write_value(self, data: st.DataObject, kind: str) -> None:
        codec = struct.Struct(KINDS[kind])
        found = self._pick(data, codec.size, (*WRITING, Access.COPY_ON_WRITE))
        if found:
            seen, position = found
            raw = data.draw(st.binary(min_size=codec.size, max_size=codec.size))
            (value,) = codec.unpack(raw)
            getattr(seen.view, f"write_{kind}")(position, value)
            codec.pack_into(seen.model, seen.offset + position, value)

    @precondition(lambda self: self.views)
    @rule(data=st.data(), kind=st.sampled_from(sorted(KINDS)))
    def read_value(self, data: st.DataObject, kind: str) -> None:
        codec = struct.Struct(KINDS[kind])
        found = self._pick(data, codec.size, (Access.READ_WRITE, Access.READ, Access.COPY_ON_WRITE))
        if found:
            seen, position = found
            value = getattr(seen.view, f"read_{kind}")(position)
            assert struct.pack(KINDS[kind], value) == struct.pack(
                KINDS[kind], codec.unpack_from(seen.model, seen.offset + position)[0]
            )

    @precondition(lambda self: self.views)
    @rule(data=st.data(), beyond=st.integers(1, 9), kind=st.sampled_from(("int32", "float64", "uint8")))
    def overrun(self, data: st.DataObject, beyond: int, kind: str) -> None:
        """What ends outside the view is refused, and nothing is written."""
        found = self._pick(data, 0, WRITING)
        if found:
            seen, _ = found
            width = struct.calcsize(KINDS[kind])
            with pytest.raises((ValueError, IndexError)):
                getattr(seen.view, f"write_{kind}")(seen.size - width + beyond, 1)
            with pytest.raises((ValueError, IndexError)):
                getattr(seen.view, f"write_{kind}")(-beyond, 1)

    @precondition(lambda self: self.views)
    @rule(data=st.data(), content=st.binary(max_size=64))
    def write_bytes(self, data: st.DataObject, content: bytes) -> None:
        found = self._pick(data, len(content), (*WRITING, Access.COPY_ON_WRITE))
        if found:
            seen, position = found
            seen.view.write_bytes(position, content)
            seen.model[seen.offset + position : seen.offset + position + len(content)] = content

    @precondition(lambda self: self.views)
    @rule(data=st.data(), values=st.lists(st.integers(-(2**31), 2**31 - 1), max_size=9), net=st.booleans())
    def array(self, data: st.DataObject, values: list[int], net: bool) -> None:
        found = self._pick(data, 4 * len(values), (Access.READ_WRITE, Access.COPY_ON_WRITE))
        if found and values:
            seen, position = found
            seen.view.write_array(position, "int32", values, net_stride=net)
            struct.pack_into(f"<{len(values)}i", seen.model, seen.offset + position, *values)
            assert seen.view.read_array(position, "int32", len(values), net_stride=net) == values

    @precondition(lambda self: self.views)
    @rule(
        data=st.data(),
        values=st.tuples(
            st.integers(-128, 127), st.integers(0, 65535), st.integers(-9, 9), st.integers(-9, 9), st.floats(-9, 9)
        ),
    )
    def record(self, data: st.DataObject, values: tuple[Any, ...]) -> None:
        found = self._pick(data, RECORD.size, (Access.READ_WRITE, Access.COPY_ON_WRITE))
        if found:
            seen, position = found
            seen.view.write_struct(position, RECORD, *values)
            RECORD.pack_into(seen.model, seen.offset + position, *values)
            assert seen.view.read_struct(position, RECORD) == values

    # --- windows -----------------------------------------------------------------------------------------------------

    @precondition(lambda self: self.views)
    @rule(data=st.data(), how=st.sampled_from(("memoryview", "slice", "cast", "numpy")))
    def take_window(self, data: st.DataObject, how: str) -> None:
        found = self._pick(data)
        if found:
            seen, position = found
            window = seen.view.memoryview()
            if how == "slice":
                window = window[position:]
            elif how == "cast":
                window = window[: len(window) // 4 * 4].cast("I")
            elif how == "numpy" and numpy:
                window = numpy.frombuffer(window, numpy.uint8)
            seen.windows.append((window, {"slice": position}.get(how, 0)))

    @precondition(lambda self: any(seen.windows for seen in self.views))
    @rule(data=st.data(), byte=st.integers(0, 255))
    def use_window(self, data: st.DataObject, byte: int) -> None:
        """A window shows the view's bytes; what is written through it, the view shows."""
        seen = one_of(data, [seen for seen in self.views if seen.windows])
        window, start = one_of(data, seen.windows)
        flat = memoryview(window).cast("B")
        assert flat == seen.expected[start : start + len(flat)]
        if len(flat) and not flat.readonly:
            at = data.draw(st.integers(0, len(flat) - 1))
            flat[at] = byte
            seen.model[seen.offset + start + at] = byte

    @precondition(lambda self: any(seen.windows for seen in self.views))
    @rule(data=st.data())
    def drop_window(self, data: st.DataObject) -> None:
        seen = one_of(data, [seen for seen in self.views if seen.windows])
        seen.windows.pop(data.draw(st.integers(0, len(seen.windows) - 1)))

    @precondition(lambda self: self.views)
    @rule(data=st.data())
    def close_view(self, data: st.DataObject) -> None:
        """Closing is refused while there is a window; the memory stays, and so does the view."""
        index = data.draw(st.integers(0, len(self.views) - 1))
        seen = self.views[index]
        if seen.windows:
            with pytest.raises(BufferError):
                seen.view.close()
            assert not seen.view.closed
            return
        del self.views[index]
        seen.view.close()
        seen.view.close()
        with pytest.raises(ValueError, match="closed"):
            seen.view.memoryview()

    # --- streams -----------------------------------------------------------------------------------------------------

    @precondition(lambda self: self.maps and len(self.streams) < 3)
    @rule(data=st.data())
    def open_stream(self, data: st.DataObject) -> None:
        offset, size = self._piece(data)
        stream = self.maps[0].create_view_stream(offset, size)
        self.streams.append((stream, offset, size, self.model))

    @precondition(lambda self: self.streams)
    @rule(data=st.data(), content=st.binary(max_size=40), count=st.integers(0, 60))
    def use_stream(self, data: st.DataObject, content: bytes, count: int) -> None:
        stream, offset, size, model = one_of(data, self.streams)
        position = data.draw(st.integers(0, size))
        assert stream.seek(position) == position
        if position + len(content) > size:
            with pytest.raises(ValueError, match="beyond"):
                stream.write(content)
        else:
            assert stream.write(content) == len(content)
            model[offset + position : offset + position + len(content)] = content
        stream.seek(position)
        assert stream.read(count) == bytes(model[offset + position : offset + min(position + count, size)])

    @precondition(lambda self: self.streams)
    @rule()
    def close_stream(self) -> None:
        self.streams.pop(0)[0].close()

    # --- always ------------------------------------------------------------------------------------------------------

    @rule()
    def compare(self) -> None:
        for seen in self.views:
            if seen.view.can_read:
                assert seen.view.read_bytes(0, seen.size) == seen.expected
            else:
                with seen.view.memoryview() as window:
                    assert window == seen.expected

    def teardown(self) -> None:
        if not hasattr(self, "maps"):
            return
        self.compare()
        for seen in self.views:
            seen.windows.clear()
            seen.view.close()
        for closing in (*(stream for stream, *_ in self.streams), *self.maps):
            closing.close()
        with contextlib.suppress(FileNotFoundError):
            MemoryMappedFile.open_existing(self.name).close()
            raise AssertionError("the name is alive after its last close")


def test_fact_68_no_sequence_of_operations_shows_a_wrong_byte():
    checks = list(HealthCheck)
    run_state_machine_as_test(
        Segments,
        settings=settings(
            max_examples=SEQUENCES or FEW,
            stateful_step_count=STEPS,
            deadline=None,
            database=None,
            derandomize=not SEQUENCES,
            suppress_health_check=checks,
            phases=(Phase.generate, Phase.shrink),
        ),
    )
