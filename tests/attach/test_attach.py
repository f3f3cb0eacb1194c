"""Attaching as a user does: what is shown, what is said when it cannot be, and that nothing is touched."""

from __future__ import annotations

import json
import struct
import sys
from pathlib import Path

import pytest

from samebytes.checks.images.file import read_image
from samebytes.mapping import MemoryMappedFile, list_segments

ROOT = Path(__file__).resolve().parents[2]
SEED = ROOT / "fixtures" / "layouts" / "seed.toml"
MUMBLE = ROOT / "fixtures" / "headers" / "mumble_link.h"
RECORD = struct.pack("<iHxx50f", 123, ord("X"), *([0.0] * 10), 1.45, *([0.0] * 39))

linux = pytest.mark.skipif(sys.platform != "linux", reason="raw POSIX objects, and files to look at, are Linux's")


@pytest.fixture
def shared(name):
    """The name of a segment with the seed's record in it, which lives until the end."""
    with MemoryMappedFile.create_new(name, 208) as map_:
        with map_.create_view_accessor() as view:
            view.write_bytes(0, RECORD)
        yield name


@pytest.fixture
def raw(name):
    """Make a raw POSIX object of some bytes; unlinked at the end."""
    path = Path("/dev/shm", name)

    def make(data: bytes) -> str:
        path.write_bytes(data)
        return f"/{name}"

    yield make
    path.unlink(missing_ok=True)


def test_fields_and_bytes_are_shown(samebytes, shared):
    done = samebytes("attach", shared, "--layout", f"{SEED}:MySharedData")
    assert done.status == 0
    lines = done.out.splitlines()
    assert lines[0].startswith(f"{shared}: 4096 bytes (whole pages) in ")
    assert lines[1] == "MySharedData on x86_64-" + ("windows" if sys.platform == "win32" else "linux") + ": 208 bytes"
    words = [line.split() for line in lines]
    assert ["0", "4", "i32", "Value", "123", "7b000000"] in words
    assert ["4", "2", "char16", "Letter", '"X"', "5800"] in words
    assert ["6", "2", "padding", "0000"] in words
    assert any("[0 ×10, 1.45, 0 ×39]" in line for line in lines)
    assert any(
        line.startswith("0000  7b 00 00 00 58 00 00 00") and "Value, Letter, 2 padding, Numbers" in line
        for line in lines
    )
    assert lines[-1].endswith("more bytes, from 0xd0: all zero")


def test_json_has_every_field_with_value_and_bytes(samebytes, shared):
    done = samebytes("attach", shared, "--layout", SEED, "--type", "MySharedData", "--json")
    found = json.loads(done.out)
    assert (found["layout"], found["record_size"], found["fits"], found["notes"]) == ("MySharedData", 208, True, [])
    fields = {field["path"]: field for field in found["fields"]}
    assert fields["Value"] == {"path": "Value", "offset": 0, "size": 4, "type": "i32", "value": 123, "raw": "7b000000"}
    assert fields["Letter"]["value"] == "X"
    assert len(fields["Numbers"]["value"]) == 50
    assert fields["Numbers"]["value"][10] == pytest.approx(1.45)
    assert found["padding"] == [{"offset": 6, "size": 2}]
    assert bytes.fromhex(found["bytes"]) == RECORD


def test_only_the_fields_asked_for(samebytes, shared):
    done = samebytes("attach", shared, "--layout", f"{SEED}:MySharedData", "--fields", "Letter,Value", "--json")
    assert [field["path"] for field in json.loads(done.out)["fields"]] == ["Value", "Letter"]


def test_a_field_that_is_not_there_names_the_nearest(samebytes, shared):
    done = samebytes("attach", shared, "--layout", f"{SEED}:MySharedData", "--fields", "Leter")
    assert done.status == 2
    assert "--fields Leter" in done.err
    assert "Letter" in done.err


def test_without_a_layout_there_are_the_bytes(samebytes, shared):
    done = samebytes("attach", shared)
    assert done.status == 0
    assert "7b 00 00 00 58 00" in done.out
    assert "outside" not in done.out


def test_nothing_is_coloured_when_piped_and_the_hexdump_can_be_left_out(samebytes, shared):
    whole = samebytes("attach", shared, "--layout", f"{SEED}:MySharedData")
    short = samebytes("attach", shared, "--layout", f"{SEED}:MySharedData", "--no-hexdump")
    assert "\x1b" not in whole.out
    assert "7b 00 00 00" in whole.out
    assert "7b 00 00 00" not in short.out


@pytest.mark.parametrize("more", [[], ["--watch", "--rate", "50"]], ids=["once", "watch"])
@linux
def test_not_one_byte_is_written(start, shared, more):
    (path,) = (Path(info.path) for info in list_segments() if info.name == shared)
    before = (path.read_bytes(), path.stat().st_mtime_ns, path.stat().st_size, path.stat().st_mode)
    command = [sys.executable, "-m", "samebytes", "attach", shared, "--layout", f"{SEED}:MySharedData", *more]
    program = start(*command)
    assert program.line()
    if more:
        program.interrupt()
    assert program.end() == 0
    assert (path.read_bytes(), path.stat().st_mtime_ns, path.stat().st_size, path.stat().st_mode) == before


@linux
def test_a_name_that_is_not_there_suggests_one_that_is(samebytes, shared):
    done = samebytes("attach", shared.upper().replace("ATTACH", "attach"), "--layout", f"{SEED}:MySharedData")
    assert done.status == 2
    assert "no such segment in linux" in done.err
    missing = samebytes("attach", f"{shared}x", "--layout", f"{SEED}:MySharedData")
    assert f"did you mean '{shared}'?" in missing.err


def test_a_name_is_waited_for_and_the_wait_ends(samebytes, name):
    done = samebytes("attach", name, "--layout", f"{SEED}:MySharedData", "--wait", "0.3")
    assert done.status == 2
    assert "within 0.3 s" in done.err


def test_a_name_that_comes_late_is_found(start, name):
    program = start(sys.executable, "-m", "samebytes", "attach", name, "--wait", "60")
    with MemoryMappedFile.create_new(name, 208):
        assert program.line().startswith(f"{name}: 4096 bytes")
        assert program.end() == 0


def test_the_record_may_stand_behind_a_header(samebytes, name):
    with MemoryMappedFile.create_new(name, 4096) as map_, map_.create_view_accessor() as view:
        view.write_bytes(64, RECORD)
        done = samebytes("attach", name, "--layout", f"{SEED}:MySharedData", "--offset", "64", "--json")
    found = json.loads(done.out)
    assert found["offset"] == 64
    assert found["fields"][0]["value"] == 123


def test_a_record_that_does_not_fit_is_shown_as_far_as_it_goes(samebytes, shared):
    done = samebytes("attach", shared, "--layout", f"{SEED}:MySharedData", "--offset", "4090")
    assert done.status == 1
    assert "MySharedData ends at 4298 on" in done.out
    assert any("Value" in line and "not there" not in line for line in done.out.splitlines() if "i32" in line)
    assert any("Numbers" in line and "not there" in line for line in done.out.splitlines())


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--layout", SEED], "--type says which: Integer, MySharedData"),
        (["--layout", f"{SEED}:Nothing"], "no record Nothing"),
        (["--layout", "nothing.toml:A::B"], "nothing.toml: no such file"),
        (["--layout", f"{SEED}:A::B"], "no record A::B"),
        (["--layout", "nothing.toml"], "nothing.toml: no such file"),
        (["--layout", SEED, "--type", "Integer", "--abi", "pdp11"], "there is no ABI 'pdp11'"),
        (["--realm", "moon"], "--realm moon: there is none of that name"),
        (["--watch"], "--layout is missing"),
        (["--layout", f"{SEED}:Integer", "--watch", "--rate", "0"], "--rate 0"),
        (["--layout", f"{SEED}:Integer", "--watch", "--save", "x.image"], "one or the other"),
        (["--layout", f"{SEED}:Integer", "--offset", "-1"], "not negative"),
    ],
)
def test_a_mistake_is_said_in_one_line(samebytes, shared, arguments, words):
    done = samebytes("attach", shared, *arguments)
    assert done.status == 2
    assert words in done.err
    assert len(done.err.splitlines()) == 1


@linux
@pytest.mark.parametrize(("size", "other"), [(10580, "x86_64-windows"), (5460, "x86_64-linux")])
def test_the_size_of_another_abi_is_recognised(samebytes, raw, size, other):
    pytest.importorskip("clang", reason="reading headers needs the extra clang")
    found = samebytes("attach", raw(bytes(size)), "--layout", MUMBLE, "--abi", other)
    assert found.status == 1
    wide, why = ("4", "x86_64-linux") if size == 10580 else ("2", "x86_64-windows")
    assert f"{size} bytes fit LinkedMem with {wide}-byte wchar_t ({why}, " in found.out
    assert f"{16040 - size} is what {other} makes of it" in found.out


@linux
def test_without_an_abi_the_one_that_fits_is_used_and_said(samebytes, raw):
    pytest.importorskip("clang", reason="reading headers needs the extra clang")
    name = raw(bytes(44) + "Game".encode("utf-16-le") + bytes(5460 - 52))
    found = samebytes("attach", name, "--layout", MUMBLE, "--fields", "name")
    assert found.status == 1
    assert "shown as on x86_64-windows" in found.out
    assert '"Game"' in found.out
    meant = samebytes("attach", name, "--layout", MUMBLE, "--abi", "x86_64-windows")
    assert meant.status == 0
    assert "note:" not in meant.out


@linux
def test_a_packed_producer_is_recognised_by_its_size(samebytes, raw, tmp_path):
    layout = tmp_path / "sample.toml"
    layout.write_text(
        '[record.Sample]\nfields = [{ name = "a", type = "u8" }, { name = "b", type = "u64" }]\n', "utf-8"
    )
    found = samebytes("attach", raw(bytes(9)), "--layout", layout)
    assert found.status == 1
    assert "note: likely cause: packed: as if Pack=1" in found.out


@linux
def test_a_raw_object_of_this_user(samebytes, name):
    import os

    path = Path("/dev/shm", f"{name}.{os.getuid()}")
    path.write_bytes(RECORD)
    try:
        found = samebytes("attach", f"/{name}.{{uid}}", "--layout", f"{SEED}:MySharedData")
    finally:
        path.unlink()
    assert found.status == 0
    assert f"/{name}.{os.getuid()}: 208 bytes in linux; nobody was seen to have it mapped" in found.out


@linux
def test_who_holds_it_is_named(samebytes, producer, name):
    done = samebytes("attach", name, "--layout", f"{SEED}:MySharedData", "--json")
    (holder,) = json.loads(done.out)["holders"]
    assert holder.startswith(f"{producer.process.pid} (")


@linux
def test_an_object_without_bytes_is_said_to_have_none(samebytes, raw):
    done = samebytes("attach", raw(b""), "--layout", f"{SEED}:Integer")
    assert done.status == 1
    assert "Integer ends at 4 on x86_64-linux, the segment at 0: it is not all there" in done.out


@linux
def test_of_a_large_segment_only_what_matters_is_copied(samebytes, name):
    with MemoryMappedFile.create_new(name, 1 << 32, reserve=True):
        done = samebytes("attach", name)
        saved = samebytes("attach", name, "--layout", f"{SEED}:Integer", "--save", "never.image")
    assert "more bytes, from 0x10: all zero of the " in done.out
    assert saved.status == 2
    assert "at most 268435456 are copied" in saved.err


def test_python_classes_are_layouts_too(samebytes, shared, tmp_path):
    layout = tmp_path / "mine.py"
    layout.write_text(
        "import ctypes\nclass Mine(ctypes.Structure):\n    _fields_ = [('value', ctypes.c_int32)]\n", "utf-8"
    )
    done = samebytes("attach", shared, "--layout", layout, "--json")
    assert [(field["path"], field["value"]) for field in json.loads(done.out)["fields"]] == [("value", 123)]


def test_what_is_kept_is_the_whole_segment(samebytes, shared, tmp_path):
    path = tmp_path / "kept.image"
    assert samebytes("attach", shared, "--layout", f"{SEED}:MySharedData", "--save", path).status == 0
    image = read_image(path)
    assert (image.name, image.size, image.exact, image.data) == (shared, 4096, False, RECORD)
    refused = samebytes("attach", shared, "--layout", f"{SEED}:MySharedData", "--offset", 4000, "--save", path)
    assert refused.status == 2
    assert "no image of a part" in refused.err
    assert read_image(path) == image
