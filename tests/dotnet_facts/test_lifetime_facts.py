"""Facts 24 to 45 with real .NET: how long a name and its bytes live, whoever of .NET and samebytes.mapping holds them."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

import pytest

both_ways = pytest.mark.parametrize(("first", "second"), [("net", "py"), ("py", "net")])
SECONDS = 20


def gone(station, name: str) -> bool:
    """Whether nobody holds the name; the system may take a moment (on Windows it closes a killed process's handles)."""
    end = time.monotonic() + SECONDS
    while station.ask(f"alive({name!r})"):
        if time.monotonic() > end:
            return False
        time.sleep(0.001)
    return True


@both_ways
def test_fact_24_the_last_close_frees_the_name(world, name, first, second):
    holder, other = getattr(world, first), getattr(world, second)
    holder.run(f"m = new({name!r}, 1)")
    assert other.ask(f"alive({name!r})")
    holder.run("let_go(m)")
    assert not other.ask(f"alive({name!r})")
    assert not holder.ask(f"alive({name!r})")


@both_ways
def test_fact_24_the_last_close_unlinks_the_file(linux, place, name, first, second):
    one, other = getattr(linux, first), getattr(linux, second)
    one.run(f"m = new({name!r}, 1); v = look(m)")
    other.run(f"m = join({name!r}); v = look(m)")
    file = place / name.replace(" ", "%20")
    one.run("let_go(m); let_go(v)")
    assert file.exists()
    other.run("let_go(m)")
    assert not file.exists()


@both_ways
def test_fact_25_the_name_outlives_its_creator(world, name, first, second):
    creator, other = getattr(world, first), getattr(world, second)
    creator.run(f"m = new({name!r}, 1); v = look(m); put(v, 0, 25); let_go(v)")
    other.run(f"m = join({name!r})")
    creator.run(f"let_go(m); m = join({name!r}); v = look(m)")
    assert creator.ask("get(v, 0)") == 25


@both_ways
def test_facts_26_28_a_view_does_not_keep_the_name(world, name, first, second):
    holder, other = getattr(world, first), getattr(world, second)
    holder.run(f"m = new({name!r}, 1); v = look(m); put(v, 0, 26); let_go(m)")
    assert not other.ask(f"alive({name!r})")
    assert not holder.ask(f"alive({name!r})")
    assert other.fails(f"join({name!r})").kind == {"net": "FileNotFoundException", "py": "SegmentNotFoundError"}[second]
    holder.run("put(v, 4, 28)")
    assert holder.ask("[get(v, 0), get(v, 4)]") == [26, 28]


@both_ways
def test_fact_27_a_new_map_does_not_touch_an_old_view(world, name, first, second):
    old, new = getattr(world, first), getattr(world, second)
    old.run(f"m = new({name!r}, 1); v = look(m); put(v, 0, 27); let_go(m)")
    new.run(f"m = new({name!r}, 1); v = look(m)")
    assert new.ask("get(v, 0)") == 0
    new.run("put(v, 0, 72)")
    assert old.ask("get(v, 0)") == 27


def test_fact_29_bytes_stay_while_no_view_does(world, name):
    world.net.run(f"m = new({name!r}, 1); v = look(m); put(v, 0, 29); let_go(v); v = look(m)")
    assert world.net.ask("get(v, 0)") == 29


def _died(world, station) -> None:
    """Kill a station without reaping it: where there are zombies it stays one."""
    station.process.kill()
    if world.realm.name == "linux" or world.on_wine:
        state = Path(f"/proc/{station.process.pid}/stat")
        end = time.monotonic() + SECONDS
        while state.read_text().rpartition(")")[2].split()[0] != "Z" and time.monotonic() < end:
            time.sleep(0.001)


def test_facts_30_31_35_killing_dotnet_frees_what_it_alone_held(world, name):
    doomed = world.start("dotnet")
    try:
        doomed.run(f"m = new({name!r}, 4096); v = look(m); put(v, 0, 30)")
        doomed.run(f"n = new({name + ' shared'!r}, 4096); w = look(n); put(w, 0, 31)")
        world.py.run(f"shared = join({name + ' shared'!r})")
        _died(world, doomed)
        assert gone(world.py, name)
        assert gone(world.net, name)
        world.py.run(f"m = new({name!r}, 4096); v = look(m)")
        assert world.py.ask("get(v, 0)") == 0
        world.net.run(f"m = join({name + ' shared'!r}); v = look(m)")
        assert world.net.ask("get(v, 0)") == 31
    finally:
        doomed.kill()


def test_facts_30_31_killing_python_frees_what_it_alone_held(world, name):
    doomed = world.start("python")
    try:
        doomed.run(f"m = new({name!r}, 4096); v = look(m); put(v, 0, 30)")
        doomed.run(f"n = new({name + ' shared'!r}, 4096); w = look(n); put(w, 0, 31)")
        world.net.run(f"shared = join({name + ' shared'!r})")
    finally:
        doomed.kill()
    assert gone(world.net, name)
    world.net.run(f"m = new({name!r}, 4096); v = look(m)")
    assert world.net.ask("get(v, 0)") == 0
    world.py.run(f"m = join({name + ' shared'!r}); v = look(m)")
    assert world.py.ask("get(v, 0)") == 31


@both_ways
def test_fact_34_a_stopped_holder_holds(world, name, first, second):
    if not hasattr(signal, "SIGSTOP"):
        pytest.skip("this system has no SIGSTOP")
    holder, other = getattr(world, first), getattr(world, second)
    holder.run(f"m = new({name!r}, 1)")
    os.kill(holder.process.pid, signal.SIGSTOP)
    try:
        assert other.ask(f"alive({name!r})")
    finally:
        os.kill(holder.process.pid, signal.SIGCONT)
    holder.run("let_go(m)")


def test_fact_36_closing_twice_is_closing_once(world, name):
    for station, other in ((world.net, world.py), (world.py, world.net)):
        station.run(f"m = new({name!r}, 1); let_go(m); let_go(m)")
        other.run(f"m = new({name!r}, 1)")
        station.run("let_go(m)")
        assert station.ask(f"alive({name!r})")
        other.run("let_go(m)")


def test_fact_37_a_closed_map_gives_no_view(world, name):
    for station in (world.net, world.py):
        station.run(f"m = new({name!r}, 1); let_go(m)")
    theirs, ours = world.fails("look(m)")
    assert theirs.kind == "ObjectDisposedException"
    assert (ours.kind, "ValueError" in ours.kinds) == ("ClosedError", True)


def test_fact_38_a_dropped_map_is_released(windows, name):
    windows.net.run(f"m = new({name!r}, 1)")
    assert windows.py.ask(f"alive({name!r})")
    windows.net.run("m = None; collect()")
    assert gone(windows.py, name)


@both_ways
def test_fact_39_a_name_used_again_is_zero(world, name, first, second):
    one, other = getattr(world, first), getattr(world, second)
    one.run(f"m = new({name!r}, 4096); v = look(m); put(v, 4092, -1); let_go(v); let_go(m)")
    other.run(f"m = new({name!r}, 4096); v = look(m)")
    assert other.ask("get(v, 4092)") == 0


INHERIT = (
    "m = MemoryMappedFile.CreateNew({name!r}, 1, A['RW'], getattr(MemoryMappedFileOptions, 'None'),"
    " getattr(HandleInheritability, {how!r}))\n"
    "pipes = dict.fromkeys(('stdin', 'stdout', 'stderr'), subprocess.PIPE)\n"
    "p = subprocess.Popen([sys.executable, '-S', '-c', 'print(1, flush=True); input()'], close_fds=False, **pipes)\n"
    "p.stdout.readline()\n"
    "let_go(m)\n"
)


@pytest.mark.parametrize(("how", "held"), [("Inheritable", True), ("None", False)])
def test_fact_40_a_child_that_inherits_keeps_the_name(windows, name, how, held):
    windows.net.run(INHERIT.format(name=name, how=how))
    assert windows.py.ask(f"alive({name!r})") == held
    windows.net.run("p.communicate(b'end')")
    assert gone(windows.py, name)


def test_fact_44_each_handle_of_one_process_holds(world, name):
    world.net.run(f"m, n = new({name!r}, 1), join({name!r}); let_go(m)")
    assert world.py.ask(f"alive({name!r})")
    world.net.run("let_go(n)")
    assert not world.py.ask(f"alive({name!r})")


HANDLES = """
def handles():
    collect()
    if sys.platform != "win32":
        return len(os.listdir("/proc/self/fd"))
    import ctypes
    count = ctypes.c_ulong()
    assert ctypes.windll.kernel32.GetProcessHandleCount(ctypes.c_void_p(-1), ctypes.byref(count))
    return count.value
def hundred(name):
    maps = [new(f"{name} {i}", 4096) for i in range(100)] + [join(f"{name} {i}") for i in range(100)]
    for one in [*map(look, maps), *maps]:
        let_go(one)
"""


def test_fact_45_a_hundred_names_leave_no_handle(world, name):
    world.net.run(HANDLES + f"hundred({name!r}); before = handles(); hundred({name!r})")
    assert world.net.ask("handles() - before") <= 0
    assert not any(world.py.ask(f"[alive(f'{name} {{i}}') for i in range(100)]"))
