"""Facts 81 to 90: races and hostile events."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from samebytes import errors
from samebytes.mapping import MemoryMappedFile

if sys.platform != "win32":
    import fcntl

ROUNDS = 20
LARGE = 1 << 20
"""Bytes of a segment that is made before the guard is taken; smaller ones are made under it."""


@pytest.fixture
def file(name, place):
    """The file of the name, in a directory that is there."""
    MemoryMappedFile.create_new(name, 1).close()
    return place / name.replace(" ", "%20")


@pytest.fixture
def impatient(monkeypatch, files):  # noqa: ARG001 - it skips
    """Waits that end soon, for the tests in which they end at all."""
    from samebytes.mapping import _linux, _linux_guard

    monkeypatch.setattr(_linux_guard, "GUARD_SECONDS", 0.2)
    monkeypatch.setattr(_linux, "FOREIGN_SECONDS", 0.2)


def attempts(name: str):
    return (
        lambda: MemoryMappedFile.create_new(name, 1),
        lambda: MemoryMappedFile.create_or_open(name, 1),
        lambda: MemoryMappedFile.open_existing(name),
    )


def gone(name: str) -> bool:
    try:
        MemoryMappedFile.open_existing(name).close()
    except FileNotFoundError:
        return True
    return False


# --- races -----------------------------------------------------------------------------------------------------------


def race(children, source: str):
    """Run `source` in all children at the same time; whatever it leaves in `found`."""
    start = time.time() + 0.02
    for child in children:
        child.send(run=f"while time.time() < {start}: pass\n{source}")
    for child in children:
        child.answer()
    return [child.ask("found") for child in children]


def test_fact_81_one_of_many_creators_wins(name, spawn):
    children = [spawn() for _ in range(4)]
    for number in range(ROUNDS):
        found = race(
            children,
            f"try: m, found = MemoryMappedFile.create_new('{name} {number}', 4096), 'won'\n"
            "except FileExistsError: found = 'exists'",
        )
        assert sorted(found) == ["exists", "exists", "exists", "won"]
        children[found.index("won")].run("m.close()")


def test_fact_82_many_create_or_open_one_segment(name, spawn):
    children = [spawn() for _ in range(4)]
    for number in range(ROUNDS):
        found = race(
            children,
            f"m = MemoryMappedFile.create_or_open('{name} {number}', 5000); v = m.create_view_accessor()\n"
            "found = [m.created, m.capacity]",
        )
        assert sorted(created for created, _ in found) == [False, False, False, True]
        assert {capacity for _, capacity in found} == {8192}
        for index, child in enumerate(children):
            child.run(f"v.write_int32({index} * 4, {index} + 1)")
        assert children[0].ask("v.read_array(0, 'int32', 4)") == [1, 2, 3, 4]
        race(children, "v.close(); m.close(); found = None")
        assert gone(f"{name} {number}")


def test_fact_83_an_opener_meets_a_living_segment_or_none(name, child):
    child.send(
        run="end = time.monotonic() + 1\n"
        "while time.monotonic() < end:\n"
        "  try:\n"
        f"    with MemoryMappedFile.create_new({name!r}, 4096) as m, m.create_view_accessor() as v:\n"
        "      v.write_int32(4092, 83)\n"
        "  except FileExistsError: pass"  # we hold it: as it should be
    )
    end, met = time.monotonic() + 1, {"joined": 0, "none": 0}
    while time.monotonic() < end:
        try:
            with MemoryMappedFile.open_existing(name) as joined, joined.create_view_accessor() as view:
                assert view.read_int32(4092) in (0, 83)
                assert not joined.orphaned
                met["joined"] += 1
        except FileNotFoundError:
            met["none"] += 1
    child.answer()
    assert gone(name)
    assert met["none"]


# --- stopped processes -----------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("files")
def test_fact_85_a_creator_stopped_half_way_leaves_nothing(name, child, file):
    child.run("real = os.posix_fallocate")
    child.run("def stop(*what): real(*what); os.kill(os.getpid(), signal.SIGSTOP)\nos.posix_fallocate = stop")
    child.send(run=f"MemoryMappedFile.create_new({name!r}, {LARGE})")
    _, status = os.waitpid(child.process.pid, os.WUNTRACED)
    assert os.WIFSTOPPED(status)
    assert gone(name)
    assert not file.exists()
    with MemoryMappedFile.create_new(name, LARGE):
        child.process.send_signal(signal.SIGCONT)
        with pytest.raises(Exception, match="SegmentExistsError"):
            child.answer()


@pytest.mark.usefixtures("impatient")
def test_fact_85_a_stopped_guard_is_no_hang(name, child):
    held = MemoryMappedFile.create_new(name + "x", 1)
    child.run("real = os.link")
    child.run("def stop(*what, **more): os.kill(os.getpid(), signal.SIGSTOP); real(*what, **more)\nos.link = stop")
    child.send(run=f"m = MemoryMappedFile.create_new({name!r}, {LARGE})")
    os.waitpid(child.process.pid, os.WUNTRACED)
    for attempt in attempts(name):
        began = time.monotonic()
        with pytest.raises(TimeoutError, match="stopped process"):
            attempt()
        assert time.monotonic() - began < 5
    held.close()  # does not fail either
    child.process.send_signal(signal.SIGCONT)
    child.answer()
    assert not gone(name)
    assert gone(name + "x")


def test_a_stopped_guard_costs_one_deadline_not_one_for_every_map(name, child, impatient, monkeypatch):  # noqa: ARG001
    from samebytes.mapping import _linux_segment

    monkeypatch.setattr(_linux_segment, "_CLOSE_SECONDS", 0.5)
    held = [MemoryMappedFile.create_new(f"{name} {number}", 1) for number in range(8)]
    child.run("real = os.link")
    child.run("def stop(*what, **more): os.kill(os.getpid(), signal.SIGSTOP); real(*what, **more)\nos.link = stop")
    child.send(run=f"m = MemoryMappedFile.create_new({name!r}, {LARGE})")
    os.waitpid(child.process.pid, os.WUNTRACED)
    began = time.monotonic()
    for one in held:
        one.close()
    assert time.monotonic() - began < 8 * 0.5
    child.process.send_signal(signal.SIGCONT)
    child.answer()
    assert all(gone(f"{name} {number}") for number in range(8))


def guard_is_free(directory: Path) -> bool:
    fd = os.open(directory, os.O_RDONLY)
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    finally:
        os.close(fd)
    return True


@pytest.fixture
def doomed(name, file, monkeypatch):
    """A map that nobody but a list refers to; and publishing a name checks that it has the guard."""
    real = os.link

    def link(*what, **more):
        assert not guard_is_free(file.parent)
        real(*what, **more)

    monkeypatch.setattr(os, "link", link)
    return [MemoryMappedFile.create_new(name + "x", 1)]


@pytest.mark.filterwarnings("ignore:.*was never closed:ResourceWarning")
@pytest.mark.parametrize("when", ["under", "before", "after"])
def test_garbage_collected_at_the_guard_is_freed_and_no_deadlock(name, file, doomed, monkeypatch, when):
    """A forgotten map may be collected at any moment: while its thread holds the guard, takes it, or has just taken it."""
    from samebytes.mapping import _linux_guard

    real, lock = os.link, _linux_guard.flock

    def locked(*what):
        if when == "before":
            doomed.clear()
        lock(*what)
        if when == "after":
            doomed.clear()

    if when == "under":
        monkeypatch.setattr(os, "link", lambda *what, **more: (doomed.clear(), real(*what, **more)))
    else:
        monkeypatch.setattr(_linux_guard, "flock", locked)
    began = time.monotonic()
    with MemoryMappedFile.create_new(name, LARGE):
        assert time.monotonic() - began < 0.5
        assert not doomed
        assert not file.with_name(file.name + "x").exists()
        assert not gone(name)
    assert not file.exists()
    assert guard_is_free(file.parent)


# --- strangers -------------------------------------------------------------------------------------------------------


def test_fact_86_a_stranger_with_a_shared_lock_is_a_holder(name, file):
    created = MemoryMappedFile.create_new(name, 1)
    with file.open("rb") as stranger:
        fcntl.flock(stranger, fcntl.LOCK_SH | fcntl.LOCK_NB)
        created.close()
        assert file.exists()
        with pytest.raises(FileExistsError):
            MemoryMappedFile.create_new(name, 1)
        MemoryMappedFile.open_existing(name).close()
        assert file.exists()
    assert gone(name)
    assert not file.exists()


@pytest.mark.parametrize("then", ["LOCK_UN", "LOCK_SH"])
def test_fact_87_a_transient_exclusive_lock_is_waited_for(name, file, then):
    file.write_bytes(bytes(4096))
    with file.open("rb") as stranger:
        fcntl.flock(stranger, fcntl.LOCK_EX)
        timer = threading.Timer(0.1, lambda: fcntl.flock(stranger, getattr(fcntl, then)))
        timer.start()
        assert gone(name) == (then == "LOCK_UN")
        timer.join()


@pytest.mark.usefixtures("impatient")
def test_fact_87_a_lasting_exclusive_lock_is_not_waited_for_for_ever(name, file):
    file.write_bytes(bytes(4096))
    with file.open("rb") as stranger:
        fcntl.flock(stranger, fcntl.LOCK_EX)
        with pytest.raises(TimeoutError, match="locked exclusively"):
            MemoryMappedFile.open_existing(name)
        with pytest.raises(FileExistsError):
            MemoryMappedFile.create_new(name, 1)


def test_fact_88_a_map_knows_that_its_name_was_taken_away(name, file):
    with MemoryMappedFile.create_new(name, 1) as held, held.create_view_accessor() as view:
        view.write_int32(0, 88)
        assert not held.orphaned
        file.unlink()
        assert held.orphaned
        assert gone(name)
        with MemoryMappedFile.create_new(name, 1) as new, new.create_view_accessor() as other:
            assert (other.read_int32(0), view.read_int32(0)) == (0, 88)
            held.close()
            assert not held.orphaned
            assert not gone(name)


def _can_mount() -> bool:
    if not (shutil.which("unshare") and shutil.which("mount")):
        return False
    return (
        subprocess.run(["unshare", "-m", "mount", "-t", "tmpfs", "none", "/mnt"], capture_output=True).returncode == 0
    )


@pytest.mark.usefixtures("files")
def test_fact_89_a_full_system_is_told_of_and_left_clean(harness, tmp_path):
    if not _can_mount():
        pytest.skip("this user cannot mount a small file system to fill")
    script = tmp_path / "fill.py"
    script.write_text(
        f"import os, sys; sys.path.insert(0, {str(harness)!r})\n"
        "from samebytes.mapping import MemoryMappedFile\n"
        f"os.environ['SAMEBYTES_SHM_DIR'] = {str(tmp_path)!r}\n"
        "kept = MemoryMappedFile.create_new('kept', 100_000)\n"
        "for size in (1_000_000, 4 << 20):\n"
        "    for attempt in (MemoryMappedFile.create_new, MemoryMappedFile.create_or_open):\n"
        "        try: attempt('more', size)\n"
        "        except OSError as error: print(error.errno, type(error).__name__)\n"
        "rest = MemoryMappedFile.create_new('rest', 900_000)\n"  # every byte that was given can be touched: no SIGBUS
        "for held in (kept, rest):\n"
        "    with held.create_view_accessor() as view: view.write_bytes(0, b'x' * view.capacity)\n"
        "rest.close()\n"
        f"print([entry.name for entry in os.scandir({str(tmp_path)!r} + '/samebytes-' + str(os.geteuid()))])\n"
    )
    fill = f"exec 3<{script} && mount -t tmpfs -o size=1m none {tmp_path} && exec {sys.executable} -W error /dev/fd/3"
    ended = subprocess.run(["unshare", "-m", "sh", "-c", fill], capture_output=True, text=True)
    assert (ended.stdout, ended.stderr) == ("28 NoSpaceError\n" * 4 + "['kept']\n", "")


@pytest.mark.parametrize("planted", ["symlink", "dangling", "fifo", "directory", "device"])
def test_fact_90_what_is_no_segment_is_refused(name, file, tmp_path, planted):
    target = tmp_path / "target"
    if planted == "symlink":
        target.write_bytes(b"precious")
    if planted in ("symlink", "dangling"):
        file.symlink_to(target)
    elif planted == "fifo":
        os.mkfifo(file)
    elif planted == "directory":
        file.mkdir()
    else:
        _make_device(file)
    before = file.lstat()
    for attempt in attempts(name):
        with pytest.raises(errors.AccessDeniedError):
            attempt()
    assert file.lstat() == before
    if planted == "symlink":
        assert target.read_bytes() == b"precious"
    elif planted == "dangling":
        assert not target.exists()
    file.rmdir() if planted == "directory" else file.unlink()


@pytest.mark.parametrize("planted", ["symlink", "fifo", "directory"])
def test_fact_90_what_is_planted_for_all_is_refused(name, place, tmp_path, planted):
    MemoryMappedFile.create_new("Global\\" + name, 1).close()
    file = place.parent / "samebytes-global" / name.replace(" ", "%20")
    target = tmp_path / "target"
    target.write_bytes(b"precious")
    {"symlink": lambda: file.symlink_to(target), "fifo": lambda: os.mkfifo(file), "directory": file.mkdir}[planted]()
    for attempt in attempts("Global\\" + name):
        with pytest.raises(errors.AccessDeniedError):
            attempt()
    assert target.read_bytes() == b"precious"
    file.rmdir() if planted == "directory" else file.unlink()


def _make_device(file: Path) -> None:
    try:
        os.mknod(file, 0o600 | 0o020000, os.makedev(1, 3))  # /dev/null
    except PermissionError:
        pytest.skip("only root can make a device")


def test_fact_90_another_users_file_is_refused(name, file):
    file.write_bytes(bytes(4096))
    try:
        os.chown(file, 65534, 65534)
    except PermissionError:
        pytest.skip("only root can give a file away")
    for attempt in attempts(name):
        with pytest.raises(errors.AccessDeniedError, match="another user"):
            attempt()
    assert file.exists()
    file.unlink()


@pytest.mark.parametrize("planted", ["symlink", "open_to_all", "file", "foreign"])
def test_fact_90_a_planted_directory_is_refused(name, monkeypatch, place, planted, tmp_path):
    base = place.parent / f"planted {planted}"
    monkeypatch.setenv("SAMEBYTES_SHM_DIR", str(base))
    mine = base / place.name
    base.mkdir()
    if planted == "symlink":
        mine.symlink_to(tmp_path)
    elif planted == "file":
        mine.touch()
    else:
        mine.mkdir(0o700)
        mine.chmod(0o777 if planted == "open_to_all" else 0o700)
    if planted == "foreign":
        try:
            os.chown(mine, 65534, 65534)
        except PermissionError:
            pytest.skip("only root can give a directory away")
    for attempt in attempts(name):
        with pytest.raises(errors.AccessDeniedError, match="planted"):
            attempt()
    assert list(tmp_path.iterdir()) == []
