"""Facts 58 to 68 with real .NET: views."""

from __future__ import annotations

import os

import pytest

both_ways = pytest.mark.parametrize(("first", "second"), [("net", "py"), ("py", "net")])


@pytest.fixture
def page(world, name):
    """A map of 100 bytes that .NET has made and both have as `m`."""
    world.net.run(f"m = new({name!r}, 100)")
    world.py.run(f"m = join({name!r})")
    return world


@pytest.fixture
def big(world, name):
    """A map of 200,000 bytes that samebytes has made and both have as `m`."""
    world.py.run(f"m = new({name!r}, 200000)")
    world.net.run(f"m = join({name!r})")
    return world


def test_fact_58_a_default_view_has_whole_pages(page):
    assert page.net.ask("look(m).Capacity") == page.py.ask("look(m).capacity") == 4096


def test_fact_58_dotnet_by_itself_rounds_nothing_on_linux(linux):
    assert linux.net.ask("MemoryMappedFile.CreateNew(None, 100).CreateViewAccessor().Capacity") == 100


def test_fact_59_a_view_can_be_of_any_size(page):
    assert page.net.ask("look(m, 0, 100).Capacity") == page.py.ask("look(m, 0, 100).capacity") == 100
    theirs, ours = page.fails("get(look(m, 0, 100), 100)")
    assert theirs.kind == "ArgumentOutOfRangeException"
    assert "IndexError" in ours.kinds


@pytest.mark.parametrize(("offset", "size"), [(0, 4097), (4096, 1), (1, 4096)])
def test_fact_60_a_view_ends_inside_its_map(page, offset, size):
    theirs, ours = page.fails(f"look(m, {offset}, {size})")
    assert theirs.kind == "UnauthorizedAccessException"
    assert "PermissionError" in ours.kinds


@pytest.mark.parametrize("where", ["-1, 0", "0, -1"])
def test_fact_60_a_view_begins_inside_its_map(page, where):
    theirs, ours = page.fails(f"look(m, {where})")
    assert theirs.kind == "ArgumentOutOfRangeException"
    assert {"IndexError", "ValueError"} & set(ours.kinds)


def test_fact_61_a_view_far_beyond_its_map(windows, name, wine_differs):
    windows.net.run(f"m = new({name!r}, 4096)")
    windows.py.run(f"m = join({name!r})")
    assert "PermissionError" in windows.py.fails("look(m, 65536, 1)").kinds
    how = "error 87, which .NET makes an IOException, and not 5"
    wine_differs(windows, how, raises=AssertionError)
    assert windows.net.fails("look(m, 65536, 1)").kind == "UnauthorizedAccessException"


def test_fact_61_a_view_far_beyond_its_segment(linux, name):
    linux.net.run(f"m = new({name!r}, 4096)")
    linux.py.run(f"m = join({name!r})")
    theirs, ours = linux.fails("look(m, 65536, 1)")
    assert theirs.kind == "ArgumentOutOfRangeException"
    assert "PermissionError" in ours.kinds


@pytest.mark.parametrize("offset", [100, 4096, 65536, 65537, 131073])
def test_fact_62_a_view_begins_at_any_offset(big, offset):
    big.py.run(f"w = look(m); v = look(m, {offset}, 4); put(w, {offset}, {offset})")
    big.net.run(f"v = look(m, {offset}, 4)")
    assert big.net.ask("[v.Capacity, v.ReadInt32(0)]") == [4, offset]
    granule = 4096 if big.realm.name == "linux" else 65536
    assert (big.net.ask("v.PointerOffset"), big.py.ask("v.offset")) == (offset % granule, offset)
    big.net.run("put(v, 0, -1)")
    assert big.py.ask(f"[get(v, 0), get(w, {offset})]") == [-1, -1]


def test_fact_63_a_view_at_the_end_is_empty(windows, name):
    windows.net.run(f"m = new({name!r}, 100); s = m.CreateViewStream(4096, 0)")
    windows.py.run(f"m = join({name!r}); s = m.create_view_stream(4096, 0)")
    assert windows.net.ask("[s.Length, s.PointerOffset]") == windows.py.ask("[s.capacity, s.offset]") == [0, 4096]
    assert windows.net.ask("s.ReadByte()") == -1
    assert windows.py.ask("len(s.read())") == 0


def test_fact_63_a_view_at_the_end_of_a_segment_is_empty(linux, name):
    linux.net.run(f"m = new({name!r}, 100); s = m.File.CreateViewStream(4096, 0)")
    linux.py.run(f"m = join({name!r}); s = m.create_view_stream(4096, 0)")
    assert linux.net.ask("[s.Length, s.PointerOffset]") == [0, 0]
    assert linux.py.ask("[s.capacity, s.offset]") == [0, 4096]


def test_fact_64_views_are_coherent(big):
    big.net.run("v = look(m); u = look(m, 65500, 100)")
    big.py.run("v = look(m); s = m.create_view_stream(65500, 100)")
    big.net.run("put(v, 65510, 64)")
    assert big.py.ask("[get(v, 65510), s.seek(10), int.from_bytes(s.read(4), 'little')]") == [64, 10, 64]
    big.py.run("put(v, 65514, 46)")
    assert big.net.ask("[get(v, 65514), get(u, 14)]") == [46, 46]


def test_fact_65_flushing_is_fine(page):
    page.net.run("[look(m, 0, 0, A[a]).Flush() for a in ('R', 'W', 'RW', 'COW')]")
    page.py.run("[look(m, 0, 0, A[a]).flush() for a in ('R', 'W', 'RW', 'COW')]")


def test_fact_66_closing_a_view_twice_is_closing_it_once(page):
    for station in (page.net, page.py):
        station.run("v = look(m); let_go(v); let_go(v)")
    theirs, ours = page.fails("get(v, 0)")
    assert (theirs.kind, ours.kind) == ("ObjectDisposedException", "ClosedError")
    theirs, ours = page.net.fails("v.Flush()"), page.py.fails("v.flush()")
    assert (theirs.kind, ours.kind) == ("ObjectDisposedException", "ClosedError")


RESERVE = (
    "m = MemoryMappedFile.CreateNew({!r}, 1 << 20, A['RW'], MemoryMappedFileOptions.DelayAllocatePages,"
    " getattr(HandleInheritability, 'None'))"
)


def test_fact_67_bytes_that_dotnet_reserved_come_when_touched(windows, name):
    windows.net.run(RESERVE.format(name))
    windows.py.run(f"m = join({name!r}); v = look(m); put(v, (1 << 20) - 4, 67)")
    windows.net.run("v = look(m)")
    assert windows.net.ask("[v.Capacity, get(v, (1 << 20) - 4)]") == [1 << 20, 67]


def test_fact_67_bytes_that_we_reserved_come_when_dotnet_touches_them(world, name):
    world.py.run(f"m = new({name!r}, 1 << 20, reserve=True)")
    world.net.run(f"j = join({name!r}); v = look(j); put(v, (1 << 20) - 4, 67)")
    world.py.run("v = look(m)")
    assert world.net.ask("v.Capacity") == world.py.ask("m.capacity") == 1 << 20
    assert world.py.ask("get(v, (1 << 20) - 4)") == 67


MAPPED = """
import ctypes
def mapped(address):
    if sys.platform != "win32":
        spans = (line.split()[0].split("-") for line in open("/proc/self/maps"))
        return any(int(first, 16) <= address < int(last, 16) for first, last in spans)
    found = (ctypes.c_uint64 * 6)()  # MEMORY_BASIC_INFORMATION: State is the first half of the fifth
    assert ctypes.windll.kernel32.VirtualQuery(ctypes.c_void_p(address), found, ctypes.c_size_t(48))
    return found[4] & 0xFFFFFFFF != 0x10000
"""


def test_fact_68_memory_is_not_unmapped_under_who_uses_it(page):
    page.net.run(MAPPED + "v = look(m); put(v, 0, 68); h = v.SafeMemoryMappedViewHandle; h.DangerousAddRef(False)")
    page.net.run("address = h.DangerousGetHandle().ToInt64(); let_go(v)")
    assert page.net.ask("[mapped(address), ctypes.c_int32.from_address(address).value]") == [True, 68]
    page.net.run("h.DangerousRelease()")
    assert not page.net.ask("mapped(address)")
    page.py.run(MAPPED + "v = look(m); address = v.address; w = v.memoryview()")
    assert "BufferError" in page.py.fails("let_go(v)").kinds
    assert page.py.ask("[mapped(address), w[0]]") == [True, 68]
    page.py.run("w.release(); let_go(v)")
    assert not page.py.ask("mapped(address)")


def test_fact_69_a_truncated_file_gives_no_view_of_what_is_gone(linux, place, name):
    linux.py.run(f"m = new({name!r}, 8192)")
    linux.net.run(f"m = join({name!r})")
    os.truncate(place / name.replace(" ", "%20"), 4096)
    assert linux.net.ask("look(m).Capacity") == 4096
    assert linux.net.fails("look(m, 0, 8192)").kind == "UnauthorizedAccessException"
