"""Facts 24 to 45: how long a name and its bytes live."""

from __future__ import annotations

import contextlib
import gc
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from samebytes.mapping import MemoryMappedFile, _unclosed


def gone(name: str) -> bool:
    try:
        MemoryMappedFile.open_existing(name).close()
    except FileNotFoundError:
        return True
    return False


def soon(what, seconds: float = 20) -> bool:
    """Wait for something that the system does in its own time."""
    end = time.monotonic() + seconds
    while not (done := what()) and time.monotonic() < end:
        time.sleep(0.002)
    return done


def descriptors() -> set[str]:
    return {entry.name for entry in Path("/proc/self/fd").iterdir()}


def holding(name: str) -> str:
    return f"m = MemoryMappedFile.create_or_open({name!r}, 4096); v = m.create_view_accessor()"


# --- handles and views -----------------------------------------------------------------------------------------------


def test_fact_24_the_last_close_frees_the_name(name):
    MemoryMappedFile.create_new(name, 1).close()
    assert gone(name)


def test_fact_24_the_last_close_unlinks_the_file(name, place):
    segment = MemoryMappedFile.create_new(name, 1)
    file = place / name.replace(" ", "%20")
    assert file.stat().st_mode & 0o777 == 0o600
    assert place.stat().st_mode & 0o777 == 0o700
    segment.close()
    assert not file.exists()


def test_fact_25_the_name_outlives_its_creator(name, child):
    created = MemoryMappedFile.create_new(name, 1)
    with created.create_view_accessor() as view:
        view.write_int32(0, 25)
    child.run(holding(name))
    created.close()
    with MemoryMappedFile.open_existing(name) as joined, joined.create_view_accessor() as view:
        assert view.read_int32(0) == 25


def test_fact_26_a_view_does_not_keep_the_name(name, child):
    created = MemoryMappedFile.create_new(name, 1)
    with created.create_view_accessor() as view:
        view.write_int32(0, 26)
        created.close()
        assert view.read_int32(0) == 26
        view.write_int32(4, 62)
        child.run(
            f"def look():\n  try: MemoryMappedFile.open_existing({name!r})\n  except FileNotFoundError: return True"
        )
        assert child.ask("look()")


def test_fact_27_a_new_map_does_not_touch_an_old_view(name, child):
    created = MemoryMappedFile.create_new(name, 1)
    with created.create_view_accessor() as old:
        old.write_int32(0, 27)
        created.close()
        child.run(f"m = MemoryMappedFile.create_new({name!r}, 1); v = m.create_view_accessor()")
        assert child.ask("v.read_int32(0)") == 0
        child.run("v.write_int32(0, 72)")
        assert old.read_int32(0) == 27


def test_fact_28_a_view_in_another_process_does_not_keep_the_name(name, child):
    child.run(holding(name) + "; m.close()")
    assert gone(name)
    assert child.ask("v.read_int32(0)") == 0


def test_fact_29_bytes_stay_while_no_view_does(name):
    with MemoryMappedFile.create_new(name, 1) as created:
        with created.create_view_accessor() as view:
            view.write_int32(0, 29)
        with created.create_view_accessor() as view:
            assert view.read_int32(0) == 29


# --- killed and stopped holders --------------------------------------------------------------------------------------


def test_fact_30_killing_the_last_holder_frees_the_name(name, child):
    child.run(holding(name) + "; v.write_int32(0, 30)")
    child.kill()
    assert soon(lambda: gone(name)) if sys.platform == "win32" else gone(name)


def test_fact_30_the_next_opener_frees_the_file(name, child, place):
    child.run(holding(name))
    child.kill()
    file = place / name.replace(" ", "%20")
    assert file.exists()
    assert gone(name)
    assert not file.exists()


def test_fact_30_the_next_creator_gets_zeros(name, child):
    child.run(holding(name) + "; v.write_int32(0, 30)")
    child.kill()
    if sys.platform == "win32":
        assert soon(lambda: gone(name))
    with MemoryMappedFile.create_new(name, 1) as created, created.create_view_accessor() as view:
        assert view.read_int32(0) == 0


def test_fact_31_killing_the_creator_changes_nothing_for_the_others(name, spawn):
    creator, other = spawn(), spawn()
    creator.run(holding(name) + "; v.write_int32(0, 31)")
    other.run(holding(name))
    creator.kill()
    with MemoryMappedFile.open_existing(name) as joined, joined.create_view_accessor() as view:
        assert view.read_int32(0) == 31


@pytest.mark.parametrize(
    ("capacity", "step"), [(4096, "posix_fallocate"), (1 << 20, "posix_fallocate"), (1 << 20, "link")]
)
def test_fact_32_a_creator_killed_before_it_is_done_leaves_nothing(name, child, place, capacity, step):
    child.run(f"os.{step} = lambda *_, **__: os.kill(os.getpid(), signal.SIGKILL)")
    child.send(run=f"MemoryMappedFile.create_new({name!r}, {capacity})")
    child.process.wait()
    assert gone(name)
    assert not (place / name.replace(" ", "%20")).exists()


def test_fact_33_a_closer_killed_before_it_unlinks_leaves_nothing_to_join(name, child, place):
    child.run(holding(name) + "\nos.unlink = lambda *_, **__: os.kill(os.getpid(), signal.SIGKILL)")
    child.send(run="m.close()")
    child.process.wait()
    assert (place / name.replace(" ", "%20")).exists()
    assert gone(name)
    assert not (place / name.replace(" ", "%20")).exists()


@pytest.mark.usefixtures("files")
def test_fact_34_a_stopped_holder_holds(name, child):
    child.run(holding(name))
    child.process.send_signal(signal.SIGSTOP)
    assert not gone(name)


@pytest.mark.usefixtures("files")
def test_fact_35_a_zombie_holds_nothing(name, child):
    child.run(holding(name))
    child.kill(reap=False)
    state = Path(f"/proc/{child.process.pid}/stat")
    assert soon(lambda: state.read_text().rpartition(")")[2].split()[0] == "Z")
    assert gone(name)
    assert state.exists()


# --- closing ---------------------------------------------------------------------------------------------------------


def test_fact_36_closing_twice_is_closing_once(name):
    created = MemoryMappedFile.create_new(name, 1)
    created.close()
    with MemoryMappedFile.create_new(name, 1):
        created.close()
        assert not gone(name)
    assert created.closed


def test_fact_37_a_closed_map_gives_no_view(name):
    created = MemoryMappedFile.create_new(name, 1)
    created.close()
    with pytest.raises(ValueError, match="closed"):
        created.create_view_accessor()
    with pytest.raises(ValueError, match="closed"):
        created.__enter__()
    with pytest.raises(ValueError, match="closed"):
        created.inheritable()
    assert "closed" in repr(created)


def test_fact_38_a_dropped_map_is_released(name):
    created = MemoryMappedFile.create_new(name, 1)
    assert not gone(name)
    with pytest.warns(ResourceWarning, match="never closed"):  # noqa: PT031
        del created
        gc.collect()
    assert gone(name)


KEPT_BY_A_THREAD = (
    "import threading, time; threading.Thread(target=lambda _: time.sleep(60), args=(m,), daemon=True).start()"
)


@pytest.mark.parametrize("end", ["", "sys.exit(3)", "1 / 0", KEPT_BY_A_THREAD])
def test_fact_38_an_ending_interpreter_releases_without_a_word(name, harness, end):
    source = (
        f"import sys; sys.path.insert(0, {str(harness)!r})\nfrom samebytes.mapping import *\n{holding(name)}\n{end}"
    )
    ended = subprocess.run([sys.executable, "-W", "error", "-c", source], capture_output=True, text=True)
    assert ended.returncode == {"sys.exit(3)": 3, "1 / 0": 1}.get(end, 0)
    assert (ended.stderr == "") == (end != "1 / 0")
    assert "samebytes" not in ended.stderr
    place = os.environ.get("SAMEBYTES_SHM_DIR")
    if sys.platform == "linux":
        assert not Path(place, f"samebytes-{os.geteuid()}", name.replace(" ", "%20")).exists()
    assert gone(name)


def test_fact_39_a_name_used_again_is_zero(name):
    for _ in range(2):
        with MemoryMappedFile.create_new(name, 4096) as created, created.create_view_accessor() as view:
            assert view.read_bytes(0, 4096) == bytes(4096)
            view.write_bytes(0, b"\xff" * 4096)


# --- children --------------------------------------------------------------------------------------------------------


def test_fact_40_a_child_that_inherits_keeps_the_name(name, spawn):
    created = MemoryMappedFile.create_new(name, 10000)
    with created.create_view_accessor() as view:
        view.write_int32(0, 40)
    with created.inheritable() as inheritance:
        child = spawn(**inheritance.popen)
    created.close()
    assert not gone(name)
    child.run(f"m = SegmentDescription.parse({str(inheritance.description)!r}).open()")
    assert child.ask("[m.name, m.capacity, m.created]") == [name, 12288, False]
    assert child.ask("m.create_view_accessor().read_int32(0)") == 40
    assert not gone(name)
    child.run("m.close()")
    assert gone(name)


def test_fact_40_an_inheritance_that_nobody_took_ends(name):
    created = MemoryMappedFile.create_new(name, 1)
    with created.inheritable() as inheritance:
        created.close()
        assert not gone(name)
    assert gone(name)
    with pytest.raises(ValueError, match="over"):
        _ = inheritance.popen


@contextlib.contextmanager
def forked(act):
    """A forked child that does `act` and then waits to be told to end; its exit status says how `act` went."""
    ready, told = os.pipe(), os.pipe()
    pid = os.fork()
    if pid == 0:
        status = 1
        try:
            act()
            status = 0
        finally:
            os.close(told[1])
            os.write(ready[1], b"x")
            os.read(told[0], 1)
            os._exit(status)
    try:
        os.read(ready[0], 1)
        yield
    finally:
        for end in (*ready, *told):
            os.close(end)
        status = os.waitpid(pid, 0)[1]
    assert status == 0


FORK_WARNS = pytest.mark.filterwarnings("ignore:.*use of fork.. may lead to deadlocks:DeprecationWarning")


@FORK_WARNS
@pytest.mark.usefixtures("forks")
def test_fact_41_a_forked_child_does_not_keep_the_name(name):
    created = MemoryMappedFile.create_new(name, 1)
    view = created.create_view_accessor()

    def act():
        assert created.closed
        assert not gone(name)  # the parent holds it
        with pytest.raises(ValueError, match="forked child"):
            created.create_view_accessor()
        view.write_int32(0, 41)  # an inherited view is a view: valid, and no hold

    with forked(act), view:
        assert view.read_int32(0) == 41
        created.close()
        assert gone(name)


@FORK_WARNS
@pytest.mark.usefixtures("forks")
def test_fact_41_a_forked_child_can_become_a_holder(name):
    created = MemoryMappedFile.create_new(name, 1)

    def act():
        globals()["kept"] = MemoryMappedFile.open_existing(name)

    with forked(act):
        created.close()
        assert not gone(name)
    assert gone(name)


@FORK_WARNS
@pytest.mark.parametrize("end", ["close", "exit", "collect"])
@pytest.mark.usefixtures("forks")
def test_fact_42_a_forked_child_cannot_end_its_parents_hold(name, end):
    created = MemoryMappedFile.create_new(name, 1)

    def act():
        if end == "close":
            created.close()
        if end == "collect":
            _unclosed.release_all()

    with forked(act):
        assert not gone(name)
    assert not gone(name)
    created.close()
    assert gone(name)


@FORK_WARNS
@pytest.mark.usefixtures("forks")
def test_fact_42_a_forked_child_has_no_lock_descriptors(name, place):
    created = MemoryMappedFile.create_new(name, 1)
    file = (place / name.replace(" ", "%20")).stat()

    def act():
        assert not [fd for fd in descriptors() if _is(fd, file)]

    with created, forked(act):
        assert [fd for fd in descriptors() if _is(fd, file)]


def _is(fd: str, file: os.stat_result) -> bool:
    try:
        return os.path.samestat(os.fstat(int(fd)), file)
    except OSError:  # the descriptor that listed the others
        return False


def test_fact_41_a_view_in_a_forked_child_does_not_keep_the_name(name, child, place):
    child.run(holding(name))
    child.run("ready, tell = os.pipe()")
    child.run("pid = os.fork()\nif pid == 0: os.write(tell, b'.'); time.sleep(60); os._exit(0)")
    child.run(
        "os.read(ready, 1)"
    )  # killed earlier, its parent could leave a child behind that has not run one line yet
    forked_child = child.ask("pid")
    child.kill()
    try:
        assert (place / name.replace(" ", "%20")).exists()
        assert gone(name)
        os.kill(forked_child, 0)
    finally:
        os.kill(forked_child, signal.SIGKILL)


@pytest.mark.usefixtures("files")
def test_fact_43_a_close_between_fork_and_exec_frees_the_name(name, child):
    child.run(holding(name) + "; import ctypes; libc = ctypes.PyDLL(None)")
    child.run("pid = libc.fork()\nif pid == 0: libc.sleep(60); libc._exit(0)")  # as C forks: no handler closes anything
    child.run("m.close(); v.close()")
    try:
        assert gone(name)
    finally:
        os.kill(child.ask("pid"), signal.SIGKILL)


def test_fact_43_a_close_during_spawns_frees_the_name_at_once(name):
    stop = threading.Event()

    def start_programs():
        while not stop.is_set():
            subprocess.run([sys.executable, "-S", "-c", ""] if sys.platform == "win32" else ["/bin/true"], check=True)

    threads = [threading.Thread(target=start_programs) for _ in range(2)]
    for thread in threads:
        thread.start()
    try:
        for _ in range(20 if sys.platform == "win32" else 300):
            MemoryMappedFile.create_new(name, 1).close()
            assert gone(name)
    finally:
        stop.set()
        for thread in threads:
            thread.join()


def test_fact_44_each_handle_of_one_process_holds(name):
    one = MemoryMappedFile.create_new(name, 1)
    other = MemoryMappedFile.open_existing(name)
    one.close()
    assert not gone(name)
    other.close()
    assert gone(name)


def test_fact_45_a_hundred_names_leave_no_descriptor(name):
    MemoryMappedFile.create_new(name, 1).close()  # the directory itself stays open
    gc.collect()  # what other tests left behind must not go meanwhile
    before = descriptors() if sys.platform == "linux" else set()
    for _ in range(2):
        maps = [MemoryMappedFile.create_new(f"{name} {number}", 4096) for number in range(100)]
        maps += [MemoryMappedFile.open_existing(f"{name} {number}") for number in range(100)]
        views = [one.create_view_accessor() for one in maps]
        for one in [*views, *maps]:
            one.close()
        assert (descriptors() if sys.platform == "linux" else set()) == before
    assert all(gone(f"{name} {number}") for number in range(100))
