"""Facts 46 to 57: who may do what."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from samebytes.mapping import Access, MemoryMappedFile, Rights

GLOBAL = "Global\\"

VIEWS = {
    Access.READ_WRITE: "R W RW COW",
    Access.READ: "R COW",
    Access.COPY_ON_WRITE: "R COW",
    Access.READ_WRITE_EXECUTE: "R W RW COW RX RWX",
    Access.READ_EXECUTE: "R COW RX",
}
SHORT = {
    "R": Access.READ,
    "W": Access.WRITE,
    "RW": Access.READ_WRITE,
    "COW": Access.COPY_ON_WRITE,
    "RX": Access.READ_EXECUTE,
    "RWX": Access.READ_WRITE_EXECUTE,
}


def allowed(one: MemoryMappedFile, access: Access) -> bool:
    try:
        one.create_view_accessor(access=access).close()
    except PermissionError:
        return False
    return True


def test_fact_46_a_map_created_to_read_cannot_be_written(name):
    with MemoryMappedFile.create_new(name, 4096, Access.READ) as created:
        with pytest.raises(PermissionError):
            created.create_view_accessor()
        with created.create_view_accessor(access=Access.READ) as view:
            assert view.read_int32(0) == 0


@pytest.mark.parametrize("access", ["READ", "COPY_ON_WRITE"])
def test_fact_47_a_map_created_to_read_cannot_be_joined_to_write(name, child, access, wine_differs):
    child.run(f"m = MemoryMappedFile.create_new({name!r}, 4096, Access.{access})")
    MemoryMappedFile.create_or_open(name, 4096, Access.READ).close()
    wine_differs("it maps a read-only section for writing")
    with pytest.raises(PermissionError):
        MemoryMappedFile.create_or_open(name, 4096).create_view_accessor()


@pytest.mark.usefixtures("files")
def test_fact_47_opened_to_write_it_is_refused_to_root_too(name, child):
    child.run(f"m = MemoryMappedFile.create_new({name!r}, 4096, Access.READ)")
    with pytest.raises(PermissionError, match="read-only"):
        MemoryMappedFile.open_existing(name)
    MemoryMappedFile.open_existing(name, Rights.READ).close()


def test_fact_47_a_dead_read_only_segment_is_no_obstacle(name, stranger):
    stranger.run(f"m = MemoryMappedFile.create_new({name!r}, 1, Access.READ)")
    stranger.run("real = os.unlink\ndef lose(*_, **__): raise OSError\nos.unlink = lose\nm.close()\nos.unlink = real")
    stranger.run(f"m = MemoryMappedFile.create_or_open({name!r}, 1)")
    assert stranger.ask("m.created")


def test_fact_48_opened_to_read_it_cannot_be_written(name, child):
    with MemoryMappedFile.create_new(name, 4096):
        child.run(f"m = MemoryMappedFile.open_existing({name!r}, Rights.READ)")
        for access in ("READ_WRITE", "WRITE"):
            with pytest.raises(Exception, match="AccessDeniedError"):
                child.run(f"m.create_view_accessor(access=Access.{access})")


def test_fact_49_opened_to_read_it_can_be_read_and_copied(name):
    with MemoryMappedFile.create_new(name, 4096), MemoryMappedFile.open_existing(name, Rights.READ) as joined:
        assert [short for short, access in SHORT.items() if allowed(joined, access)] == ["R", "COW"]


def test_fact_50_opened_to_write_it_cannot_be_read(name):
    with MemoryMappedFile.create_new(name, 4096), MemoryMappedFile.open_existing(name, Rights.WRITE) as joined:
        assert [short for short, access in SHORT.items() if allowed(joined, access)] == ["W"]
        assert joined.capacity == 4096


@pytest.mark.parametrize(
    ("rights", "views"),
    [
        (Rights.COPY_ON_WRITE, "R COW"),
        (Rights.READ | Rights.WRITE, "R W RW COW"),
        (Rights.READ_PERMISSIONS, ""),
        (Rights.FULL_CONTROL, "R W RW COW RX RWX"),
    ],
    ids=["copy", "read_write", "permissions", "full"],
)
def test_fact_50_rights_decide_which_views_there_are(name, rights, views):
    with (
        MemoryMappedFile.create_new(name, 4096, Access.READ_WRITE_EXECUTE),
        MemoryMappedFile.open_existing(name, rights) as joined,
    ):
        assert " ".join(short for short, access in SHORT.items() if allowed(joined, access)) == views


@pytest.mark.parametrize("access", list(VIEWS))
def test_rights_can_be_given_as_an_access(name, access):
    with (
        MemoryMappedFile.create_new(name, 4096, Access.READ_WRITE_EXECUTE),
        MemoryMappedFile.open_existing(name, access) as joined,
    ):
        assert " ".join(short for short, access in SHORT.items() if allowed(joined, access)) == VIEWS[access]


def test_fact_51_a_view_to_write_cannot_be_read(name):
    with (
        MemoryMappedFile.create_new(name, 4096) as created,
        created.create_view_accessor(access=Access.WRITE) as view,
        created.create_view_accessor() as other,
    ):
        assert (view.can_read, view.can_write) == (False, True)
        for read in (view.read_int32, view.read_char, lambda position: view.read_bytes(position, 4)):
            with pytest.raises(TypeError, match="WRITE view cannot be read"):
                read(0)
        view.write_int32(0, 51)
        assert other.read_int32(0) == 51
        assert view.memoryview()[0] == 51


def test_fact_51_a_stream_to_write_cannot_be_read(name):
    with MemoryMappedFile.create_new(name, 4096) as created, created.create_view_stream(access=Access.WRITE) as stream:
        assert (stream.readable(), stream.writable()) == (False, True)
        with pytest.raises(TypeError, match="cannot be read"):
            stream.read(1)
        assert stream.write(b"x") == 1


def test_fact_52_a_copy_on_write_view_keeps_its_writes(name, child):
    with MemoryMappedFile.create_new(name, 4096) as created, created.create_view_accessor() as shared:
        shared.write_int32(0, 42)
        child.run(f"v = MemoryMappedFile.open_existing({name!r}).create_view_accessor(access=Access.COPY_ON_WRITE)")
        child.run("v.write_int32(0, 84)")
        assert shared.read_int32(0) == 42
        assert child.ask("v.read_int32(0)") == 84
        with created.create_view_accessor(access=Access.COPY_ON_WRITE) as fresh:
            assert fresh.read_int32(0) == 42


@pytest.mark.parametrize("short", list(SHORT))
@pytest.mark.parametrize("access", list(VIEWS))
def test_fact_53_the_access_matrix(name, access, short):
    with MemoryMappedFile.create_new(name, 4096, access) as created:
        assert allowed(created, SHORT[short]) == (short in VIEWS[access].split())


def test_fact_53_seventeen_are_valid():
    assert sum(len(views.split()) for views in VIEWS.values()) == 17


def test_fact_53_a_read_view_cannot_be_written(name):
    with MemoryMappedFile.create_new(name, 4096) as created:
        with created.create_view_accessor(access=Access.READ) as view:
            assert (view.can_read, view.can_write) == (True, False)
            for write in (view.write_int32, view.write_bool, lambda position, _: view.write_bytes(position, b"x")):
                with pytest.raises(TypeError, match="READ view cannot be written"):
                    write(0, 1)
            assert view.memoryview().readonly
        with created.create_view_stream(access=Access.READ) as stream:
            with pytest.raises(TypeError, match="READ view cannot be written"):
                stream.write(b"x")
            with pytest.raises(TypeError, match="READ view cannot be written"):
                stream.write(bytes(5000))


def test_fact_54_joining_to_write_only(name):
    with pytest.raises(ValueError, match="writing only"):
        MemoryMappedFile.create_or_open(name, 4096, Access.WRITE)
    with MemoryMappedFile.create_new(name, 4096), MemoryMappedFile.create_or_open(name, 1, Access.WRITE) as joined:
        assert not joined.created
        assert [short for short, access in SHORT.items() if allowed(joined, access)] == ["W"]


def test_fact_55_the_audit_list_is_not_for_everyone(name, wine_differs):
    with MemoryMappedFile.create_new(name, 4096):
        wine_differs("it grants ACCESS_SYSTEM_SECURITY")
        with pytest.raises(PermissionError):
            MemoryMappedFile.open_existing(name, Rights.READ | Rights.ACCESS_SYSTEM_SECURITY)


def test_fact_56_a_map_is_its_users_own(name, stranger, refused):
    with MemoryMappedFile.create_new(GLOBAL + name, 4096):
        with pytest.raises(refused) as caught:
            stranger.run(f"MemoryMappedFile.open_existing({GLOBAL + name!r}, Rights.READ)")
        assert "PermissionError" in caught.value.kinds
        with pytest.raises(refused) as caught:
            stranger.run(f"MemoryMappedFile.create_new({GLOBAL + name!r}, 1)")
        assert "PermissionError" in caught.value.kinds


@pytest.mark.parametrize(("mode", "write"), [(0o666, True), (0o644, False)])
def test_fact_56_its_creator_may_let_others_in(name, stranger, refused, mode, write):
    with MemoryMappedFile.create_new(GLOBAL + name, 4096, mode=mode) as created, created.create_view_accessor() as view:
        view.write_int32(0, 56)
        stranger.run(f"m = MemoryMappedFile.open_existing({GLOBAL + name!r}, Rights.READ)")
        assert stranger.ask("m.create_view_accessor(access=Access.READ).read_int32(0)") == 56
        if write:
            stranger.run(f"MemoryMappedFile.open_existing({GLOBAL + name!r}).create_view_accessor().write_int32(0, 65)")
            assert view.read_int32(0) == 65
        else:
            with pytest.raises(refused):
                stranger.run(f"MemoryMappedFile.open_existing({GLOBAL + name!r})")


def test_fact_57_what_others_made_is_opened_without_creating(name, stranger, monkeypatch):
    MemoryMappedFile.create_new(GLOBAL + name + " first", 1).close()  # the machine's directory is there, and root's
    stranger.run(f"m = MemoryMappedFile.create_new({GLOBAL + name!r}, 4096, mode=0o666)")
    real, seen = os.open, []

    def watch(path, flags, *rest, **more):
        seen.append(flags)
        return real(path, flags, *rest, **more)

    monkeypatch.setattr(os, "open", watch)
    with MemoryMappedFile.create_or_open(GLOBAL + name, 4096) as joined:
        assert not joined.created
    assert seen
    assert not any(flags & os.O_CREAT for flags in seen)


@pytest.mark.usefixtures("files")
def test_the_machines_directory_is_everyones(name):
    MemoryMappedFile.create_new(GLOBAL + name, 1).close()
    place = Path(os.environ["SAMEBYTES_SHM_DIR"], "samebytes-global")
    assert place.stat().st_mode & 0o7777 == 0o1777


def test_windows_takes_no_raw_names():
    if sys.platform == "win32":
        with pytest.raises(ValueError, match="raw POSIX name"):
            MemoryMappedFile.create_new("/x", 1)
    else:
        pytest.skip("this system has raw names")
