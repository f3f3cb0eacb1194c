"""Facts 46 to 56 with real .NET: who may do what."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

VIEWS = {"RW": "R W RW COW", "R": "R COW", "COW": "R COW", "RWX": "R W RW COW RX RWX", "RX": "R COW RX"}
# A handle that is only for writing gives Windows' callers a view to read and write, since pages that can be written can be
# read; samebytes gives nobody what he did not ask for.
RIGHTS = {
    "Read": "Rights.READ",
    "Write": "Rights.WRITE",
    "ReadWrite": "Rights.READ_WRITE",
    "CopyOnWrite": "Rights.COPY_ON_WRITE",
    "ReadWriteExecute": "Rights.READ_WRITE_EXECUTE",
    "ReadPermissions": "Rights.READ_PERMISSIONS",
    "FullControl": "Rights.FULL_CONTROL",
}


def test_fact_46_a_map_created_to_read_cannot_be_written(windows, name):
    for station, own in ((windows.net, name), (windows.py, name + " ours")):
        station.run(f"m = new({own!r}, 4096, A['R'])")
        assert station.ask("get(look(m, 0, 0, A['R']), 0)") == 0
    theirs, ours = windows.fails("look(m)")
    assert (theirs.kind, theirs.code) == ("UnauthorizedAccessException", 0x80070005)
    assert "PermissionError" in ours.kinds


def test_fact_47_dotnet_cannot_join_what_was_created_to_read_to_write(windows, name, wine_differs):
    windows.py.run(f"m = new({name!r}, 4096, A['R'])")
    windows.net.run(f"new_or_join({name!r}, 4096, A['R'])")
    wine_differs(windows, "it maps a read-only section for writing")
    assert windows.net.fails(f"look(new_or_join({name!r}, 4096))").kind == "IOException"


def test_fact_47_what_dotnet_created_to_read_cannot_be_joined_to_write(windows, name, wine_differs):
    windows.net.run(f"m = new({name!r}, 4096, A['R'])")
    windows.py.run(f"new_or_join({name!r}, 4096, A['R'])")
    wine_differs(windows, "it maps a read-only section for writing")
    assert "PermissionError" in windows.py.fails(f"look(new_or_join({name!r}, 4096))").kinds


def test_fact_47_on_linux_dotnet_is_refused_too(linux, name):
    linux.py.run(f"m = new({name!r}, 4096, A['R'])")
    assert linux.net.fails(f"join({name!r})").kind == "UnauthorizedAccessException"
    assert linux.net.fails(f"new_or_join({name!r}, 4096)").kind == "UnauthorizedAccessException"
    linux.net.run(f"m = join({name!r}, False); let_go(m)")


def test_fact_48_opened_to_read_it_cannot_be_written(windows, name):
    windows.py.run(f"m = new({name!r}, 4096); j = join({name!r}, Rights.READ)")
    windows.net.run(f"j = join({name!r}, MemoryMappedFileRights.Read)")
    for access in ("RW", "W"):
        theirs, ours = windows.fails(f"look(j, 0, 0, A[{access!r}])")
        assert (theirs.kind, theirs.code) == ("UnauthorizedAccessException", 0x80070005)
        assert "PermissionError" in ours.kinds


def test_fact_48_opened_to_read_on_linux(linux, name):
    linux.py.run(f"m = new({name!r}, 4096)")
    linux.net.run(f"j = join({name!r}, False)")
    for access in ("RW", "W"):
        assert linux.net.fails(f"look(j, 0, 0, A[{access!r}])").kind == "UnauthorizedAccessException"


@pytest.mark.parametrize(
    ("right", "views"),
    [
        pytest.param("Read", "R COW", id="fact_49_read"),
        pytest.param("Write", "W RW", id="fact_50_write"),
        pytest.param("ReadWrite", "R W RW COW", id="fact_48_read_write"),
        pytest.param("CopyOnWrite", "R COW", id="fact_50_copy"),
        pytest.param("ReadPermissions", "", id="fact_50_permissions"),
        pytest.param("ReadWriteExecute", "R W RW COW RX RWX", id="fact_50_execute"),
        pytest.param("FullControl", "R W RW COW RX RWX", id="fact_50_full"),
    ],
)
@pytest.mark.parametrize("creator", ["net", "py"])
def test_facts_48_49_50_rights_decide_which_views_there_are(windows, name, creator, right, views):
    getattr(windows, creator).run(f"m = new({name!r}, 4096, A['RWX'])")
    windows.net.run(f"j = join({name!r}, MemoryMappedFileRights.{right})")
    windows.py.run(f"j = join({name!r}, {RIGHTS[right]})")
    assert windows.net.ask("allowed(j)") == views
    assert windows.py.ask("allowed(j)") == ("W" if right == "Write" else views)


def test_fact_49_opened_to_read_it_can_be_read_and_copied_on_linux(linux, name):
    linux.py.run(f"m = new({name!r}, 4096); put(look(m), 0, 49)")
    linux.net.run(f"j = join({name!r}, False); c = look(j, 0, 0, A['COW']); put(c, 4, 94)")
    assert linux.net.ask("[allowed(j), get(c, 0), get(c, 4)]") == ["R COW", 49, 94]
    assert linux.py.ask("get(look(m), 4)") == 0


def test_fact_51_a_view_to_write_cannot_be_read(world, name):
    for station, own in ((world.net, name), (world.py, name + " ours")):
        station.run(f"m = new({own!r}, 4096); w = look(m, 0, 0, A['W']); put(w, 0, 51)")
        assert station.ask("get(look(m), 0)") == 51
    assert world.net.ask("[w.CanRead, w.CanWrite]") == world.py.ask("[w.can_read, w.can_write]") == [False, True]
    theirs, ours = world.fails("get(w, 0)")
    assert theirs.kind == "NotSupportedException"
    assert (ours.kind, "TypeError" in ours.kinds) == ("ViewModeError", True)


def test_fact_51_a_view_to_read_cannot_be_written(world, name):
    for station, own in ((world.net, name), (world.py, name + " ours")):
        station.run(f"m = new({own!r}, 4096); w = look(m, 0, 0, A['R'])")
    theirs, ours = world.fails("put(w, 0, 1)")
    assert (theirs.kind, ours.kind) == ("NotSupportedException", "ViewModeError")


@pytest.mark.parametrize(("first", "second"), [("net", "py"), ("py", "net")])
def test_fact_52_a_copy_on_write_view_keeps_its_writes(world, name, first, second):
    copier, other = getattr(world, first), getattr(world, second)
    other.run(f"m = new({name!r}, 4096); v = look(m); put(v, 0, 42)")
    copier.run(f"j = join({name!r}); c = look(j, 0, 0, A['COW']); put(c, 0, 84); f = look(j, 0, 0, A['COW'])")
    assert copier.ask("[get(c, 0), get(f, 0)]") == [84, 42]
    assert other.ask("get(v, 0)") == 42


@pytest.mark.parametrize("access", list(VIEWS))
def test_fact_53_the_access_matrix(windows, name, access):
    windows.net.run(f"m = new({name!r}, 4096, A[{access!r}])")
    windows.py.run(f"m = new({name + ' ours'!r}, 4096, A[{access!r}])")
    assert windows.net.ask("allowed(m)") == windows.py.ask("allowed(m)") == VIEWS[access]


def test_fact_54_joining_to_write_only(windows, name):
    theirs, ours = windows.fails(f"new_or_join({name!r}, 4096, A['W'])")
    assert theirs.kind == "ArgumentException"
    assert "ValueError" in ours.kinds
    windows.net.run(f"m = new({name!r}, 4096)")
    for station in (windows.net, windows.py):
        station.run(f"j = new_or_join({name!r}, 1, A['W'])")
    assert windows.net.ask("allowed(j)") == "W RW"
    assert windows.py.ask("allowed(j)") == "W"


def test_fact_55_the_audit_list_is_not_for_dotnet(windows, name, wine_differs):
    windows.py.run(f"m = new({name!r}, 4096)")
    wine_differs(windows, "it grants ACCESS_SYSTEM_SECURITY")
    rights = "MemoryMappedFileRights.ReadWrite | MemoryMappedFileRights.AccessSystemSecurity"
    assert windows.net.fails(f"join({name!r}, {rights})").kind == "IOException"


def test_fact_55_the_audit_list_is_not_for_us(windows, name, wine_differs):
    windows.net.run(f"m = new({name!r}, 4096)")
    wine_differs(windows, "it grants ACCESS_SYSTEM_SECURITY")
    found = windows.py.fails(f"join({name!r}, Rights.READ_WRITE | Rights.ACCESS_SYSTEM_SECURITY)")
    assert "PermissionError" in found.kinds


@pytest.mark.parametrize("factory", ["new({!r}, 1)", "new_or_join({!r}, 1)", "join({!r})"])
def test_facts_56_90_another_users_file_is_refused(linux, place, name, factory):
    linux.py.run(f"new({name!r}, 1)")  # the directory is there now
    file = place / name.replace(" ", "%20")
    file.write_bytes(bytes(4096))
    try:
        if sys.platform != "win32":
            os.chown(file, 65534, 65534)
    except PermissionError:
        pytest.skip("only root can give a file away")
    theirs, ours = linux.fails(factory.format(name))
    assert theirs.kind == "UnauthorizedAccessException"
    assert "PermissionError" in ours.kinds
    file.unlink()


GLOBAL = "Global\\"


@pytest.fixture
def own(linux, stranger):
    """Our Python, as root, in the directory that the stranger uses."""
    folder = stranger.ask("os.environ['SAMEBYTES_SHM_DIR']")
    linux.py.run(f"before = os.environ['SAMEBYTES_SHM_DIR']; os.environ['SAMEBYTES_SHM_DIR'] = {folder!r}")
    yield linux.py
    linux.py.run("os.environ['SAMEBYTES_SHM_DIR'] = before")


def test_fact_18_creating_in_global_needs_its_directory_to_be_writable(stranger, name):
    shared = Path(stranger.ask("os.environ['SAMEBYTES_SHM_DIR']"), "samebytes-global")
    shared.mkdir(0o755)
    assert stranger.fails(f"new({GLOBAL + name!r}, 1)").kind == "UnauthorizedAccessException"
    shared.chmod(0o1777)
    stranger.run(f"m = new({GLOBAL + name!r}, 1)")


def test_facts_56_57_what_another_user_made(stranger, own, name):
    own.run(f"m = new({GLOBAL + name!r}, 4096)")
    own.run(f"n = new({GLOBAL + name + ' for all'!r}, 4096, mode=0o666); put(look(n), 0, 57)")
    for factory in ("new({!r}, 1)", "new_or_join({!r}, 1)", "join({!r})"):
        assert stranger.fails(factory.format(GLOBAL + name)).kind == "UnauthorizedAccessException"
    # In a sticky directory fs.protected_regular refuses O_CREAT of what is there and another's.
    stranger.run(f"m = new_or_join({GLOBAL + name + ' for all'!r}, 1); v = look(m)")
    assert stranger.ask("[m.Created, m.Capacity, get(v, 0)]") == [False, 4096, 57]
