"""Handing maps to children, raw objects, listing and freeing, the common case, the public face."""

from __future__ import annotations

import ast
import ctypes
import multiprocessing
import os
import pickle
import sys
from pathlib import Path

import pytest

import samebytes.mapping
from samebytes import errors
from samebytes.mapping import (
    Access,
    MemoryMappedFile,
    Rights,
    SegmentDescription,
    SharedBlock,
    list_segments,
    reap,
)

# --- descriptions ----------------------------------------------------------------------------------------------------


def test_a_description_opens_the_map_elsewhere(name, child):
    with MemoryMappedFile.create_new(name, 10000) as created:
        description = created.describe()
        assert description == SegmentDescription(name, 12288, int(Rights.READ_WRITE))
        assert pickle.loads(pickle.dumps(description)) == SegmentDescription.parse(str(description)) == description
        child.run(
            f"import pickle; m = pickle.loads({pickle.dumps(description)!r}).open(); v = m.create_view_accessor()"
        )
        child.run("v.write_int32(0, 1)")
        with created.create_view_accessor() as view:
            assert view.read_int32(0) == 1
    with pytest.raises(ValueError, match="closed"):
        created.describe()


def test_a_pickled_map_is_opened_by_its_name(name, child):
    with MemoryMappedFile.create_new(name, 1, Access.READ) as created:
        child.run(f"import pickle; m = pickle.loads({pickle.dumps(created)!r})")
        assert child.ask("[m.name, m.capacity, m.created]") == [name, 4096, False]
        with pytest.raises(Exception, match="AccessDeniedError"):
            child.run("m.create_view_accessor()")
    with pytest.raises(ValueError, match="name"):
        pickle.loads(pickle.dumps(SegmentDescription(None, 1, 6))).open()


def test_an_anonymous_map_is_inherited(spawn):
    with MemoryMappedFile.create_new(None, 5000) as created, created.create_view_accessor() as view:
        view.write_int32(0, 7)
        with created.inheritable() as inheritance:
            child = spawn(**inheritance.popen)
        child.run(f"m = SegmentDescription.parse({str(inheritance.description)!r}).open()")
        assert child.ask("[m.capacity, m.create_view_accessor().read_int32(0)]") == [8192, 7]


def _hold_and_leave(name: str) -> None:
    globals()["kept"] = MemoryMappedFile.create_new(name, 4096)


@pytest.mark.filterwarnings("ignore:.*use of fork.. may lead to deadlocks:DeprecationWarning")
@pytest.mark.usefixtures("forks")
def test_a_child_of_multiprocessing_releases_what_it_holds(name, place):
    MemoryMappedFile.create_new(name, 1).close()
    process = multiprocessing.get_context("fork").Process(target=_hold_and_leave, args=(name,))
    process.start()
    process.join()
    assert process.exitcode == 0
    process.close()
    assert not (place / name.replace(" ", "%20")).exists()


# --- raw objects -----------------------------------------------------------------------------------------------------


@pytest.fixture
def raw(name, place):
    """A raw name, and the file that it means."""
    text = "/" + name
    yield text, place.parent / name
    (place.parent / name).unlink(missing_ok=True)


def test_a_raw_object_has_no_lifetime(raw, child):
    text, file = raw
    with MemoryMappedFile.create_new(text, 5000) as created, created.create_view_accessor() as view:
        assert (created.name, created.capacity, created.orphaned) == (text, 8192, False)
        view.write_int32(0, 5)
        with pytest.raises(FileExistsError):
            MemoryMappedFile.create_new(text, 1)
    assert file.stat().st_size == 8192
    child.run(f"m = MemoryMappedFile.create_or_open({text!r}, 1)")
    assert child.ask("[m.created, m.capacity, m.create_view_accessor().read_int32(0)]") == [False, 8192, 5]
    child.end()
    assert file.exists()


def test_a_raw_object_of_another_program_is_joined(raw):
    text, file = raw
    file.write_bytes(b"mumble" + bytes(10454))
    with MemoryMappedFile.open_existing(text) as joined, joined.create_view_accessor() as view:
        assert (joined.capacity, view.capacity, view.read_bytes(0, 6)) == (10460, 10460, b"mumble")
    file.chmod(0o400)
    with MemoryMappedFile.open_existing(text, Rights.READ) as joined:
        assert joined.capacity == 10460


def test_a_raw_object_without_a_size_is_waited_for_a_little(raw, monkeypatch):
    from samebytes.mapping import _linux

    monkeypatch.setattr(_linux, "FOREIGN_SECONDS", 0.1)
    text, file = raw
    file.touch()
    with pytest.raises(TimeoutError, match="no size"):
        MemoryMappedFile.open_existing(text)


def test_a_raw_object_that_is_not_there(raw):
    with pytest.raises(FileNotFoundError):
        MemoryMappedFile.open_existing(raw[0])


@pytest.mark.parametrize("bad", ["/", "//x", "/x/y", "/.", "/..", "/" + "x" * 256])
@pytest.mark.usefixtures("files")
def test_a_raw_name_is_one_file(bad):
    with pytest.raises(errors.InvalidNameError):
        MemoryMappedFile.create_new(bad, 1)


# --- listing and freeing ---------------------------------------------------------------------------------------------


@pytest.fixture
def alone(monkeypatch, place):
    """A directory that holds this test's segments only."""
    own = place.parent / f"alone {os.urandom(4).hex()}"
    own.mkdir()
    monkeypatch.setenv("SAMEBYTES_SHM_DIR", str(own))
    return own


def test_segments_are_listed_and_the_abandoned_ones_freed(name, spawn, alone):
    assert list_segments() == reap() == []
    killed = spawn()
    killed.run(f"m = MemoryMappedFile.create_new({name!r}, 5000)")
    killed.kill()
    with MemoryMappedFile.create_new("Global\\é", 4096):
        (alone / f"samebytes-{os.geteuid()}" / "not a name").touch()
        found = {one.name: one for one in list_segments()}
        assert {key: (one.size, one.alive) for key, one in found.items()} == {
            name: (8192, False),
            "Global\\é": (4096, True),
        }
        assert Path(found[name].path).exists()
        assert [one.name for one in reap()] == [name]
        assert [one.name for one in list_segments()] == ["Global\\é"]
        assert not Path(found[name].path).exists()
        MemoryMappedFile.open_existing("Global\\é").close()


@pytest.mark.usefixtures("sections")
def test_windows_has_nothing_to_free():
    assert list_segments() == reap() == []


# --- the common case -------------------------------------------------------------------------------------------------


class Point(ctypes.Structure):
    _fields_ = (("x", ctypes.c_int32), ("y", ctypes.c_int32))


def test_a_block_is_one_object(name, child):
    with SharedBlock(name, 100, layout=Point) as block:
        assert (block.name, block.size, block.created) == (name, 4096, True)
        block.root.x = 3
        child.run(f"b = SharedBlock({name!r})")
        assert child.ask("[b.created, b.buf[0], b.root]") == [False, 3, None]
        child.run("b.buf[4] = 4")
        assert block.root.y == 4
        kept = block.buf[:4]
        with pytest.raises(BufferError):
            block.close()
        assert block.buf[0] == 3
        kept.release()
    block.close()
    child.run("b.close()")
    with pytest.raises(FileNotFoundError):
        SharedBlock(name)


def test_a_block_with_a_bad_layout_holds_nothing(name):
    with pytest.raises(TypeError):
        SharedBlock(name, 100, layout=3)
    with pytest.raises(FileNotFoundError):
        MemoryMappedFile.open_existing(name)


# --- the public face -------------------------------------------------------------------------------------------------


def test_the_public_names():
    assert samebytes.mapping.__all__ == [
        "Access",
        "Inheritance",
        "MemoryMappedFile",
        "Rights",
        "SegmentDescription",
        "SegmentInfo",
        "SharedBlock",
        "ViewAccessor",
        "ViewStream",
        "list_segments",
        "reap",
    ]
    for name in samebytes.mapping.__all__:
        assert getattr(samebytes.mapping, name).__doc__


def test_the_package_needs_nothing_but_the_standard_library(harness):
    for source in (harness / "samebytes" / "mapping").glob("*.py"):
        for node in ast.walk(ast.parse(source.read_text(encoding="utf-8"))):
            modules = [one.name for one in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom) and not node.level:
                modules = [node.module or ""]
            for module in modules:
                assert module == "samebytes.errors" or module.split(".")[0] in sys.stdlib_module_names, source


def test_errors_travel_between_processes(name):
    for attempt in (lambda: MemoryMappedFile.open_existing(name), lambda: MemoryMappedFile.create_new(name, 2**63 - 1)):
        with pytest.raises(errors.MappingError) as caught:
            attempt()
        copy = pickle.loads(pickle.dumps(caught.value))
        assert (type(copy), str(copy), copy.name, copy.code) == (
            type(caught.value),
            str(caught.value),
            name,
            caught.value.code,
        )


def test_the_numbers_are_those_of_dotnet():
    assert [access.value for access in Access] == [0, 1, 2, 3, 4, 5]
    assert Access(3) is Access.COPY_ON_WRITE
    assert int(Rights.FULL_CONTROL) == 983055
    assert int(Rights.READ_WRITE_EXECUTE) == 14
