"""Facts 81 to 90 with real .NET: races and hostile events."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

ROUNDS = 20


def race(world, source: str, expression: str):
    """Run `source` in .NET and in Python at the same moment; what `expression` is in each afterwards."""
    start = time.time() + 0.01
    stations = (world.net, world.py)
    for station in stations:
        station.send(run=f"while time.time() < {start}: pass\n{source}")
    for station in stations:
        station.answer()
    return [station.ask(expression) for station in stations]


def test_fact_81_one_of_two_creators_wins(world, name):
    winners = set()
    for number in range(ROUNDS):
        own = f"{name} {number}"
        found = race(world, f"def act():\n  global m\n  m = new({own!r}, 4096)\nfound = outcome(act)", "found")
        assert found in (["ok", "SegmentExistsError"], ["IOException", "ok"])
        winners.add(found.index("ok"))
        (world.net, world.py)[found.index("ok")].run("let_go(m)")
    assert winners  # which of them is chance


def test_fact_82_both_create_or_open_one_segment(world, name):
    for number in range(ROUNDS):
        own = f"{name} {number}"
        found = race(world, f"m = new_or_join({own!r}, 5000); v = look(m)", "getattr(v, 'capacity', 0) or v.Capacity")
        assert found == [8192, 8192]
        world.net.run("put(v, 0, 1)")
        world.py.run("put(v, 4, 2)")
        assert world.net.ask("[get(v, 0), get(v, 4)]") == world.py.ask("[get(v, 0), get(v, 4)]") == [1, 2]
        race(world, "let_go(v); let_go(m)", "0")
        assert not world.py.ask(f"alive({own!r})")


LIVES = """
end = time.monotonic() + {seconds}
while time.monotonic() < end:
    try:
        m = new({name!r}, 4096)
    except Exception as error:
        assert type(error).__name__ in ("IOException", "SegmentExistsError"), error
        continue
    v = look(m)
    assert get(v, 4092) == 0
    put(v, 4092, 83)
    let_go(v)
    let_go(m)
"""
MEETINGS = """
end, met = time.monotonic() + {seconds}, [0, 0]
while time.monotonic() < end:
    try:
        j = join({name!r})
    except Exception as error:
        assert type(error).__name__ in ("FileNotFoundException", "SegmentNotFoundError"), error
        met[0] += 1
        continue
    w = look(j)
    assert get(w, 4092) in (0, 83)
    met[1] += 1
    let_go(w)
    let_go(j)
"""


@pytest.mark.parametrize(("lives", "meets"), [("net", "py"), ("py", "net")])
def test_fact_83_an_opener_meets_a_living_segment_or_none(world, name, lives, meets):
    living, opening = getattr(world, lives), getattr(world, meets)
    living.send(run=LIVES.format(name=name, seconds=0.5))
    opening.run(MEETINGS.format(name=name, seconds=0.5))
    living.answer()
    assert sum(opening.ask("met")) > 10
    assert not opening.ask(f"alive({name!r})")


# --- what can be done to files ---------------------------------------------------------------------------------------


@pytest.fixture
def file(place, linux, name):
    """The file of the name, in a directory that is there."""
    linux.py.run(f"let_go(new({name!r}, 1))")
    return place / name.replace(" ", "%20")


STREAM = "f = FileStream({!r}, FileMode.Open, FileAccess.ReadWrite, getattr(FileShare, {!r}))"


def test_fact_86_a_dotnet_file_stream_is_a_holder(linux, name, file):
    linux.py.run(f"m = new({name!r}, 4096); put(look(m), 0, 86)")
    linux.net.run(STREAM.format(str(file), "ReadWrite"))
    linux.py.run("let_go(m)")
    assert linux.py.ask(f"outcome(lambda: new({name!r}, 1))") == "SegmentExistsError"
    linux.py.run(f"m = join({name!r})")
    assert linux.py.ask("get(look(m), 0)") == 86
    linux.py.run("let_go(m)")
    assert file.exists()
    linux.net.run("f.Dispose()")
    assert not linux.py.ask(f"alive({name!r})")
    assert not file.exists()


def test_fact_86_a_dotnet_map_of_the_file_is_one_too(linux, name, file):
    linux.py.run(f"m = new({name!r}, 4096); put(look(m), 0, 86)")
    linux.net.run(STREAM.format(str(file), "ReadWrite"))
    linux.net.run(
        "n = getattr(HandleInheritability, 'None')\n"
        "m = MemoryMappedFile.CreateFromFile(f, None, 0, A['RW'], n, False); v = m.CreateViewAccessor()"
    )
    assert linux.net.ask("get(v, 0)") == 86
    linux.py.run("let_go(m)")
    assert linux.py.ask(f"alive({name!r})")
    linux.net.run("m.Dispose()")
    assert not linux.py.ask(f"alive({name!r})")
    assert linux.net.ask("get(v, 0)") == 86


def test_fact_87_an_exclusive_file_stream_is_waited_for(linux, name, file):
    file.write_bytes(bytes(4096))
    linux.net.run(STREAM.format(str(file), "None"))
    linux.net.send(run="time.sleep(0.1); f.Dispose()")
    began = time.monotonic()
    assert not linux.py.ask(f"alive({name!r})")
    assert time.monotonic() - began < 10
    linux.net.answer()


def test_fact_87_a_lasting_exclusive_file_stream_is_not_waited_for_for_ever(linux, name, file):
    file.write_bytes(bytes(4096))
    linux.net.run(STREAM.format(str(file), "None"))
    try:
        assert "TimeoutError" in linux.py.fails(f"join({name!r})").kinds
    finally:
        linux.net.run("f.Dispose()")
    assert not linux.py.ask(f"alive({name!r})")


def test_fact_87_a_file_stream_cannot_be_opened_under_an_exclusive_lock(linux, name, file):
    """What happens to a program that opens the file while somebody looks whether the segment is alive: it must try again."""
    linux.py.run(f"import fcntl; m = new({name!r}, 4096)")
    linux.net.run(STREAM.format(str(file), "ReadWrite") + "; f.Dispose()")
    linux.py.run("let_go(m); " + f"g = open({str(file)!r}, 'wb'); fcntl.flock(g, fcntl.LOCK_EX)")
    assert linux.net.fails(STREAM.format(str(file), "ReadWrite")).kind == "IOException"
    linux.py.run("fcntl.flock(g, fcntl.LOCK_UN); g.close()")
    linux.net.run(STREAM.format(str(file), "ReadWrite") + "; f.Dispose()")
    file.unlink()


def test_fact_88_a_name_taken_away_from_dotnet(linux, name, file):
    linux.net.run(f"m = new({name!r}, 4096); v = look(m); put(v, 0, 88)")
    linux.py.run(f"j = join({name!r})")
    file.unlink()
    assert linux.py.ask(f"[j.orphaned, alive({name!r})]") == [True, False]
    assert not linux.net.ask(f"alive({name!r})")
    linux.py.run(f"m = new({name!r}, 4096)")
    linux.net.run("let_go(m)")  # takes nothing from who has the name now
    assert linux.net.ask(f"[alive({name!r}), get(v, 0)]") == [True, 88]
    assert linux.py.ask("get(look(m), 0)") == 0


def _can_mount() -> bool:
    if not (shutil.which("unshare") and shutil.which("mount")):
        return False
    trial = ["unshare", "-m", "mount", "-t", "tmpfs", "none", "/mnt"]
    return subprocess.run(trial, capture_output=True, check=False).returncode == 0


def test_fact_89_a_full_system_is_told_of_and_left_clean(linux, tmp_path):
    if not _can_mount():
        pytest.skip("this user cannot mount a small file system to fill")
    # A namespace of mounts of its own, with a file system of 1 MiB; the shell becomes the station.
    script = f'mount -t tmpfs -o size=1m none {tmp_path} && exec "$@"'
    station = linux.start("dotnet", ("unshare", "-m", "sh", "-c", script, "sh"), SAMEBYTES_SHM_DIR=str(tmp_path))
    station.run("kept = new('kept', 100_000)")
    for factory in ("new", "new_or_join"):
        found = station.fails(f"{factory}('more', 4 << 20)")
        assert (found.kind, found.code) == ("IOException", 28)
    assert station.ask(f"os.listdir({str(tmp_path)!r} + f'/samebytes-{{os.geteuid()}}')") == ["kept"]


def _plant(planted: str, file: Path, target: Path) -> None:
    if planted == "symlink":
        target.write_bytes(b"precious")
        file.symlink_to(target)
    elif planted == "directory":
        file.mkdir()
    elif sys.platform != "win32":
        os.mkfifo(file)


@pytest.mark.parametrize("planted", ["symlink", "fifo", "directory"])
@pytest.mark.parametrize("factory", ["new({!r}, 1)", "new_or_join({!r}, 1)", "join({!r})"])
def test_fact_90_what_is_no_segment_is_refused(linux, name, file, tmp_path, planted, factory):
    target = tmp_path / "target"
    _plant(planted, file, target)
    theirs, ours = linux.fails(factory.format(name))
    assert theirs.kind == "UnauthorizedAccessException"
    assert "PermissionError" in ours.kinds
    if planted == "symlink":
        assert target.read_bytes() == b"precious"
    file.rmdir() if planted == "directory" else file.unlink()
