"""Facts 1 to 23 with real .NET: creating, opening, naming."""

from __future__ import annotations

import pytest

FACTORIES = {"create_new": "new({!r}, 100)", "create_or_open": "new_or_join({!r}, 100)", "open_existing": "join({!r})"}
every_factory = pytest.mark.parametrize("factory", FACTORIES.values(), ids=FACTORIES.keys())

GLOBAL = "Global\\"
TO_WIN32 = 0x80070000  # an HResult with a code of GetLastError in it


def test_fact_01_a_new_map_is_zero_and_page_rounded(world, name):
    world.net.run(f"m = new({name!r}, 10000); v = look(m)")
    assert world.net.ask("[v.Capacity, {v.ReadByte(i) for i in range(12288)} == {0}]") == [12288, True]
    world.py.run(f"m = join({name!r})")
    assert world.py.ask("[m.capacity, m.create_view_accessor().read_bytes(0, 12288) == bytes(12288)]") == [12288, True]


def test_fact_01_a_new_map_of_ours_is_zero_to_dotnet(world, name):
    world.py.run(f"m = new({name!r}, 10000)")
    world.net.run(f"m = join({name!r}); v = look(m)")
    assert world.net.ask("[v.Capacity, {v.ReadByte(i) for i in range(12288)} == {0}]") == [12288, True]


@pytest.mark.parametrize(("first", "second"), [("net", "py"), ("py", "net")])
def test_fact_02_creating_what_is_alive_fails_and_changes_nothing(world, name, first, second):
    holder, other = getattr(world, first), getattr(world, second)
    holder.run(f"m = new({name!r}, 10000); v = look(m); put(v, 0, 2)")
    found = other.fails(f"new({name!r}, 1)")
    assert found.kind == {"net": "IOException", "py": "SegmentExistsError"}[second]
    if other.platform == "win32":
        assert found.code == {"net": TO_WIN32 | 183, "py": 183}[second]
    assert holder.ask("get(v, 0)") == 2
    holder.run("let_go(m)")
    assert not holder.ask(f"alive({name!r})")  # who failed to create holds nothing


@pytest.mark.parametrize("size", [1, 20000])
@pytest.mark.parametrize(("first", "second"), [("net", "py"), ("py", "net")])
def test_fact_03_joining_keeps_the_capacity(world, name, first, second, size):
    getattr(world, first).run(f"m = new({name!r}, 10000); v = look(m); put(v, 12284, 3)")
    joiner = getattr(world, second)
    joiner.run(f"m = new_or_join({name!r}, {size}); v = look(m)")
    assert joiner.ask("[int(getattr(v, 'capacity', 0) or v.Capacity), get(v, 12284)]") == [12288, 3]
    if second == "py":
        assert joiner.ask("m.created") is False


def test_fact_04_opening_what_is_free_fails(world, name):
    theirs, ours = world.fails(f"join({name!r})")
    assert (theirs.kind, theirs.code & 0xFFFF) == ("FileNotFoundException", 2)
    assert "FileNotFoundError" in ours.kinds
    assert ours.code == 2


@pytest.mark.parametrize("size", [0, -1], ids=["fact_05_zero", "fact_06_negative"])
@pytest.mark.parametrize("create", ["new", "new_or_join"])
def test_facts_05_06_a_capacity_is_positive(windows, name, create, size):
    theirs, ours = windows.fails(f"{create}({name!r}, {size})")
    assert theirs.kind == "ArgumentOutOfRangeException"
    assert "ValueError" in ours.kinds


def test_fact_07_an_impossible_size(world, name):
    theirs, ours = world.fails(f"new({name!r}, 2**63 - 1)")
    assert "IOException" in theirs.kinds
    assert "OSError" in ours.kinds
    assert not world.py.ask(f"alive({name!r})")


@pytest.mark.parametrize("station", ["net", "py"])
def test_fact_08_more_than_there_is_fails_at_once(windows, name, station, wine_differs):
    wine_differs(windows, "it backs sections by sparse files and reserves nothing")
    found = getattr(windows, station).fails(f"new({name!r}, 1 << 40)")
    assert {"IOException", "NoSpaceError"} & set(found.kinds)


def test_fact_08_more_than_there_is_fails_at_once_on_linux(linux, name):
    theirs, ours = linux.fails(f"new({name!r}, 1 << 44)")
    assert (theirs.kind, theirs.code) == ("IOException", 28)
    assert ours.kind == "NoSpaceError"
    assert not linux.py.ask(f"alive({name!r})")


@every_factory
def test_fact_09_an_empty_name_is_refused(windows, factory):
    theirs, ours = windows.fails(factory.format(""))
    assert theirs.kind == "ArgumentException"
    assert "ValueError" in ours.kinds


def test_fact_10_no_name_makes_an_anonymous_map(windows):
    for station in (windows.net, windows.py):
        station.run("m, other = new(None, 10000), new(None, 10000); v, u, w = look(m), look(m), look(other)")
        station.run("put(v, 0, 10)")
        assert station.ask("[get(u, 0), get(w, 0)]") == [10, 0]


@pytest.mark.parametrize("factory", ["create_or_open", "open_existing"])
def test_fact_10_no_name_cannot_be_opened(windows, factory):
    theirs, ours = windows.fails(FACTORIES[factory].format(None))
    assert theirs.kind == "ArgumentNullException"
    assert "ValueError" in ours.kinds


def test_fact_11_whitespace_is_a_name(world, name):
    blank = " \t\n" + name
    world.net.run(f"m = new({blank!r}, 1)")
    assert world.py.ask(f"[alive({blank!r}), alive({name!r})]") == [True, False]


def test_fact_12_a_long_name(windows, name):
    long = name + "x" * (1032 - len(name))
    windows.net.run(f"m = new({long!r}, 1)")
    assert windows.py.ask(f"[alive({long!r}), alive({long[:-1]!r})]") == [True, False]


def test_fact_12_the_limit_on_linux(linux, name):
    theirs, ours = linux.fails(f"new({(name + 'x' * 300)!r}, 1)")
    assert theirs.kind == "ArgumentException"
    assert "255" in theirs.message
    assert "255" in ours.message


@pytest.mark.parametrize("prefix", ["local/", "global/"])
def test_fact_13_a_slash_makes_no_prefix(world, name, prefix):
    world.net.run(f"m = new({prefix + name!r}, 1)")
    assert world.py.ask(f"[alive({prefix + name!r}), alive({name!r})]") == [True, False]


@every_factory
@pytest.mark.parametrize(
    ("bad", "native", "code"),
    [
        ("a\\b", "DirectoryNotFoundException", 3),
        ("\\x", "IOException", 161),
        ("Local\\", "IOException", 123),
        ("Global\\", "IOException", 123),
        ("local\\x", "DirectoryNotFoundException", 3),
    ],
    ids=["fact_14_prefix", "fact_15_root", "fact_15_local", "fact_15_global", "fact_20_lower_case"],
)
def test_facts_14_15_20_names_that_windows_refuses(windows, factory, bad, native, code):
    theirs, ours = windows.fails(factory.format(bad))
    assert (theirs.kind, theirs.code) == (native, TO_WIN32 | code)
    assert (ours.kind, ours.code) == ("InvalidNameError", code)
    assert "IOException" in theirs.kinds
    assert "ValueError" in ours.kinds


@every_factory
@pytest.mark.parametrize(
    "bad", ["a\\b", "\\x", "Local\\", "local\\x"], ids=["fact_14_prefix", "fact_15_root", "fact_15_local", "fact_20"]
)
def test_facts_14_15_20_names_that_segments_refuse(linux, factory, bad):
    theirs, ours = linux.fails(factory.format(bad))
    assert (theirs.kind, ours.kind) == ("ArgumentException", "InvalidNameError")


@pytest.mark.parametrize(("made", "opened"), [("Local\\", ""), ("", "Local\\")])
def test_fact_16_local_is_the_default(world, name, made, opened):
    world.net.run(f"m = new({made + name!r}, 1); v = look(m); put(v, 0, 16)")
    world.py.run(f"m = join({opened + name!r}); v = look(m)")
    assert world.py.ask("get(v, 0)") == 16


def test_fact_17_global_is_another_namespace(world, name):
    there = GLOBAL + name
    world.net.run(f"m = new({there!r}, 1)")
    seen = world.py.ask(f"[alive({there!r}), alive({name!r})]")
    assert seen == [True, _in_session_0(world)]


def _in_session_0(world) -> bool:
    """Where Global and Local are one namespace: in the session of Windows' services. Wine has sessions in name only."""
    if world.realm.name == "linux" or world.on_wine:
        return False
    world.py.run("import ctypes; s = ctypes.c_ulong()")
    return world.py.ask(
        "bool(ctypes.windll.kernel32.ProcessIdToSessionId(os.getpid(), ctypes.byref(s))) and not s.value"
    )


PRIVILEGE = """
import ctypes
from ctypes import wintypes
advapi = ctypes.WinDLL("advapi32")
class One(ctypes.Structure):
    _pack_ = 4
    _fields_ = [("count", wintypes.DWORD), ("luid", ctypes.c_int64), ("attributes", wintypes.DWORD)]
def set_privilege(attributes):
    token, one = wintypes.HANDLE(), One(1, 0, attributes)
    assert advapi.OpenProcessToken(wintypes.HANDLE(-1), 0x28, ctypes.byref(token))
    advapi.LookupPrivilegeValueW(None, "SeCreateGlobalPrivilege", ctypes.byref(one, One.luid.offset))
    advapi.AdjustTokenPrivileges(token, False, ctypes.byref(one), 0, None, None)
    ctypes.windll.kernel32.CloseHandle(token)
"""


@pytest.mark.parametrize("station", ["net", "py"])
def test_fact_18_creating_in_global_takes_a_privilege(windows, name, station, wine_differs):
    one = getattr(windows, station)
    one.run(PRIVILEGE)
    wine_differs(windows, "everyone creates in Global")
    one.run("set_privilege(0)")
    try:
        found = one.fails(f"m = new({GLOBAL + name!r}, 1)")
    finally:
        one.run("set_privilege(2)")
    assert {"UnauthorizedAccessException", "PermissionError"} & set(found.kinds)


def test_fact_19_names_are_case_sensitive(world, name):
    world.net.run(f"m = new({name + 'A'!r}, 1)")
    assert world.py.ask(f"[alive({name + 'A'!r}), alive({name + 'a'!r})]") == [True, False]
    assert world.net.fails(f"join({name + 'a'!r})").kind == "FileNotFoundException"


@every_factory
def test_fact_21_a_mutex_has_the_name(windows, name, factory):
    windows.net.run(f"mutex = Mutex(False, {name!r})")
    theirs, ours = windows.fails(factory.format(name))
    assert (theirs.kind, theirs.code) == ("IOException", TO_WIN32 | 6)
    assert (ours.kind, ours.code) == ("SystemRefusedError", 6)


@pytest.mark.parametrize(
    "make",
    ["Mutex(False, {!r})", "EventWaitHandle(False, EventResetMode.AutoReset, {!r})", "Semaphore(1, 1, {!r})"],
    ids=["mutex", "event", "semaphore"],
)
def test_fact_22_nothing_else_can_have_the_name_of_a_map(windows, name, make):
    windows.py.run(f"m = new({name!r}, 1)")
    assert windows.net.fails(make.format(name)).kind == "WaitHandleCannotBeOpenedException"


def test_fact_23_names_are_not_normalised(world, name):
    composed, decomposed = f"{name} é中", f"{name} e\u0301中"
    world.net.run(f"m = new({composed!r}, 1)")
    assert world.py.ask(f"[alive({composed!r}), alive({decomposed!r})]") == [True, False]


def test_dotnet_has_no_named_maps_on_linux(linux, name):
    for factory in ("CreateNew({!r}, 1)", "CreateOrOpen({!r}, 1)", "OpenExisting({!r})"):
        found = linux.net.fails("MemoryMappedFile." + factory.format(name))
        assert found.kind == "PlatformNotSupportedException"
