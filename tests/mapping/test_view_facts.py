"""Facts 58 to 69: views."""

from __future__ import annotations

import array
import gc
import os
import subprocess
import sys

import pytest

from samebytes import errors
from samebytes.mapping import Access, MemoryMappedFile, ViewAccessor, ViewStream


@pytest.fixture
def page(name):
    with MemoryMappedFile.create_new(name, 100) as created:
        yield created


@pytest.fixture
def big(name):
    with MemoryMappedFile.create_new(name, 200000) as created:
        yield created


def test_fact_58_a_default_view_has_whole_pages(page):
    with page.create_view_accessor() as view, page.create_view_stream() as stream:
        assert (view.capacity, stream.capacity, page.requested_capacity) == (4096, 4096, 100)


def test_fact_59_a_view_can_be_of_any_size(page):
    with page.create_view_accessor(0, 100) as view:
        assert view.capacity == 100
        with pytest.raises(IndexError):
            view.read_int8(100)


@pytest.mark.parametrize(("offset", "size"), [(0, 4097), (4096, 1), (65536, 1), (65536, 0), (1, 4096), (2**62, 1)])
def test_facts_60_61_a_view_ends_inside_its_map(page, offset, size):
    with pytest.raises(PermissionError) as caught:
        page.create_view_accessor(offset, size)
    assert caught.value.kind == "range"


def test_fact_60_a_view_begins_inside_its_map(page):
    with pytest.raises(IndexError):
        page.create_view_accessor(-1)
    with pytest.raises(ValueError, match="negative"):
        page.create_view_accessor(0, -1)


@pytest.mark.parametrize("offset", [4096, 100, 65536, 65537, 131073, 199999])
def test_fact_62_a_view_begins_at_any_offset(big, offset):
    with (
        big.create_view_accessor() as whole,
        big.create_view_accessor(offset, 3) as view,
        big.create_view_accessor(offset) as rest,
    ):
        whole.write_bytes(offset, b"abc")
        assert view.read_bytes(0, 3) == b"abc"
        assert (view.offset, view.capacity, rest.capacity) == (offset, 3, big.capacity - offset)
        rest.write_int8(rest.capacity - 1, 62)
        assert whole.read_int8(big.capacity - 1) == 62
        with pytest.raises(IndexError):
            view.read_int8(3)
        assert len(view.memoryview()) == 3


def test_fact_63_a_view_at_the_end_is_empty(page):
    with page.create_view_stream(4096, 0) as stream:
        assert (stream.capacity, stream.read(), stream.offset) == (0, b"", 4096)
    with page.create_view_accessor(4096, 0) as view:
        assert (view.capacity, view.address, len(view.buffer)) == (0, 0, 0)
        view.flush()
        with pytest.raises(IndexError):
            view.read_int8(0)


def test_fact_64_views_are_coherent(big, name, child):
    child.run(f"v = MemoryMappedFile.open_existing({name!r}).create_view_accessor(65500, 100)")
    with big.create_view_accessor() as one, big.create_view_stream(65500, 100) as other:
        one.write_int32(65510, 64)
        assert child.ask("v.read_int32(10)") == 64
        child.run("v.write_int32(10, 46)")
        other.seek(10)
        assert int.from_bytes(other.read(4), "little") == one.read_int32(65510) == 46


@pytest.mark.parametrize("access", [Access.READ_WRITE, Access.READ, Access.COPY_ON_WRITE, Access.WRITE])
def test_fact_65_flushing_is_fine(page, access):
    with page.create_view_accessor(access=access) as view, page.create_view_stream(access=access) as stream:
        view.flush()
        stream.flush()


def test_fact_66_closing_a_view_twice_is_closing_it_once(page):
    view, stream = page.create_view_accessor(), page.create_view_stream()
    for one in (view, stream, view, stream):
        one.close()
        assert one.closed
    for use in (
        lambda: view.read_int32(0),
        lambda: view.write_int32(0, 1),
        view.memoryview,
        view.flush,
        lambda: view.address,
    ):
        with pytest.raises(errors.ClosedError):
            use()
    for use in (stream.read, stream.tell, lambda: stream.seek(0), lambda: stream.write(b"x")):
        with pytest.raises(ValueError, match="closed"):
            use()
    assert "closed" in repr(view)


def test_fact_67_reserved_bytes_come_when_touched(name, child):
    with MemoryMappedFile.create_new(name, 1 << 20, reserve=True) as created, created.create_view_accessor() as view:
        assert created.capacity == 1 << 20
        view.write_int32((1 << 20) - 4, 67)
        child.run(f"m = MemoryMappedFile.open_existing({name!r}); v = m.create_view_accessor((1 << 20) - 4, 4)")
        assert child.ask("[m.capacity, v.read_int32(0)]") == [1 << 20, 67]


def test_fact_67_reserved_bytes_take_no_memory(name, place):
    with MemoryMappedFile.create_new(name, 1 << 20, reserve=True), MemoryMappedFile.create_new(name + "x", 1 << 20):
        used = [(place / file.replace(" ", "%20")).stat().st_blocks * 512 for file in (name, name + "x")]
        assert used == [0, 1 << 20]


# --- buffers ---------------------------------------------------------------------------------------------------------


def test_fact_68_a_view_with_a_buffer_in_use_stays(page):
    view = page.create_view_accessor()
    window = view.memoryview()
    with pytest.raises(BufferError, match="in use"):
        view.close()
    assert not view.closed
    window[0] = 68
    assert view.read_int8(0) == 68
    view.write_int8(0, 86)
    window.release()
    view.close()
    assert view.closed


@pytest.mark.parametrize(
    "keep", [lambda w: w[5:9], lambda w: w.cast("i"), lambda w: memoryview(w), lambda w: w[:2].cast("H")]
)
def test_fact_68_a_buffer_made_from_a_buffer_counts(big, keep):
    view = big.create_view_accessor(70000, 100)
    kept = keep(view.buffer)
    gc.collect()
    with pytest.raises(BufferError):
        view.close()
    assert len(bytes(kept))
    del kept
    view.close()


def test_fact_68_a_ctypes_record_counts(page):
    import ctypes

    class Record(ctypes.Structure):
        _fields_ = (("first", ctypes.c_int32), ("second", ctypes.c_int32))

    view = page.create_view_accessor()
    record = view.overlay(Record, 8)
    record.second = 68
    assert view.read_int32(12) == 68
    with pytest.raises(BufferError):
        view.close()
    del record
    gc.collect()
    view.close()


def test_fact_68_a_stream_stays_as_well(page):
    stream = page.create_view_stream()
    window = stream.accessor.memoryview()
    with pytest.raises(BufferError):
        stream.close()
    assert not stream.closed
    window.release()
    stream.close()


def test_fact_68_a_buffer_outlives_a_dropped_view(name):
    created = MemoryMappedFile.create_new(name, 100)
    view = created.create_view_accessor()
    view.write_int32(0, 68)
    window = view.memoryview()
    with pytest.warns(ResourceWarning, match="never closed"):  # noqa: PT031
        del view
        gc.collect()
    created.close()
    assert window[0] == 68


@pytest.mark.skipif(sys.version_info < (3, 12), reason="before 3.12, Python asks only C for buffers")
def test_fact_68_the_view_is_a_buffer(page):
    with page.create_view_accessor(0, 4) as view:
        view.write_bytes(0, b"abcd")
        assert bytes(memoryview(view)) == b"abcd"


def test_fact_68_the_address_is_that_of_the_bytes(big):
    import ctypes

    for access in (Access.READ_WRITE, Access.READ):
        with big.create_view_accessor() as whole, big.create_view_accessor(65600, 10, access) as view:
            whole.write_bytes(65600, b"here")
            assert ctypes.string_at(view.address, 4) == b"here"


def test_fact_69_a_truncated_file_gives_no_view(name, place):
    with MemoryMappedFile.create_new(name, 8192) as created:
        os.truncate(place / name.replace(" ", "%20"), 4096)
        with pytest.raises(errors.ViewRangeError, match="shorter"):
            created.create_view_accessor()
        created.create_view_accessor(0, 4096).close()


# --- overlays, streams -----------------------------------------------------------------------------------------------


def test_an_overlay_is_made_by_what_the_layout_has(page):
    class Layout:
        @staticmethod
        def overlay(window):
            return ("live", len(window))

    with page.create_view_accessor() as view:
        assert view.overlay(Layout, 96) == ("live", 4000)
        assert view.overlay(len, 4096) == 0
        with pytest.raises(IndexError):
            view.overlay(Layout, 4097)


def test_a_stream_is_a_file(page):
    with page.create_view_stream(10, 20) as stream:
        assert isinstance(stream, ViewStream)
        assert stream.seekable()
        assert stream.write(b"one\ntwo\n") == 8
        assert stream.write(array.array("H", [1, 2])) == 4
        assert stream.tell() == 12
        assert stream.seek(-8, os.SEEK_END) == 12
        assert stream.seek(-12, os.SEEK_CUR) == 0
        assert stream.readline() == b"one\n"
        target = bytearray(4)
        assert stream.readinto(target) == 4
        assert target == b"two\n"
        assert stream.readall() == b"\1\0\2\0" + bytes(8)
        with pytest.raises(ValueError, match="negative"):
            stream.seek(-1)
    with page.create_view_accessor() as view:
        assert isinstance(view, ViewAccessor)
        assert view.read_bytes(10, 3) == b"one"


@pytest.mark.usefixtures("files")
def test_closed_maps_leave_no_memory_behind():
    """Bytes of closed maps must be given back, whatever was done with their views."""
    source = (
        "from samebytes.mapping import MemoryMappedFile\n"
        "for _ in range(50):\n"
        "    with MemoryMappedFile.create_new(None, 1 << 24) as one, one.create_view_accessor() as view:\n"
        "        view.write_bytes(0, bytes(1 << 24))\n"
        "print(sum('samebytes' in line for line in open('/proc/self/maps')))"
    )
    path = os.pathsep.join(sys.path)
    found = subprocess.run(
        [sys.executable, "-c", source], capture_output=True, text=True, env={**os.environ, "PYTHONPATH": path}
    )
    assert (found.stdout, found.stderr) == ("0\n", "")
