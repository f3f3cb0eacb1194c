"""The reaper: what a killed harness started is ended, and nothing else is."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

if sys.platform == "win32":
    pytest.skip("on Windows the reaper is a job object", allow_module_level=True)

from samebytes.peers import reaper_process
from samebytes.peers.reaper import Reaper

SECONDS = 20.0
SLEEPER = [sys.executable, "-I", "-S", "-c", "import time; time.sleep(120)"]

HARNESS = """
import os, subprocess, sys, time
from pathlib import Path
from samebytes.peers.reaper import Reaper
reaper = Reaper()
reaper.start()
def sleeper(**options):
    return subprocess.Popen([sys.executable, "-I", "-S", "-c", "import time; time.sleep(120)"],
        stdout=subprocess.DEVNULL, **options).pid
def tell(*words):
    print(*words, reaper._process.pid, flush=True)
    time.sleep(120)
"""

StartHarness = Callable[..., tuple[subprocess.Popen[bytes], list[int]]]


def alive(pid: int) -> bool:
    """Whether a process runs; a zombie does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except OSError:
        return False


def gone(*pids: int) -> bool:
    """Whether all of them end within the time that a slow machine needs."""
    deadline = time.monotonic() + SECONDS
    while any(map(alive, pids)) and time.monotonic() < deadline:
        time.sleep(0.01)
    return not any(map(alive, pids))


@pytest.fixture
def harness(tmp_path: Path) -> Iterator[StartHarness]:
    """Start a harness that runs a script and tells pids, its reaper's the last; all are killed afterwards."""
    started: list[subprocess.Popen[bytes]] = []
    told: list[int] = []

    def start(script: str, **environment: str) -> tuple[subprocess.Popen[bytes], list[int]]:
        run = subprocess.Popen(
            [sys.executable, "-c", HARNESS + script, str(tmp_path)],
            stdout=subprocess.PIPE,
            env={**os.environ, **environment},
        )
        started.append(run)
        assert run.stdout is not None
        pids = [int(word) for word in run.stdout.readline().split()]
        told.extend(pids)
        return run, pids

    yield start
    for run in started:
        run.kill()
        run.communicate()
    for pid in filter(alive, told):
        os.kill(pid, signal.SIGKILL)


@pytest.fixture
def sleeper() -> Iterator[subprocess.Popen[bytes]]:
    """A process of this test's own."""
    process = subprocess.Popen(SLEEPER)
    yield process
    process.kill()
    process.wait()


def test_killed_harness(harness: StartHarness) -> None:
    run, (pid, reaper) = harness("pid = sleeper(); reaper.watch(pid); tell(pid)")
    assert alive(pid)
    run.kill()
    assert gone(pid, reaper)


def test_group_dies_with_its_leader(harness: StartHarness) -> None:
    script = """
code = "import subprocess, sys; nap = [sys.executable, '-c', 'import time; time.sleep(120)']; "
code += "print(subprocess.Popen(nap, stdout=2).pid, flush=True); input()"
leader = subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, process_group=0)
reaper.watch(leader.pid)
tell(leader.pid, int(leader.stdout.readline()))
"""
    run, (leader, child, reaper) = harness(script)
    run.kill()
    assert gone(leader, child, reaper)


def test_ended_is_not_killed(harness: StartHarness) -> None:
    run, (ended, watched, reaper) = harness(
        "a, b = sleeper(), sleeper(); reaper.watch(a); reaper.watch(b); reaper.ended(a); tell(a, b)"
    )
    run.kill()
    assert gone(watched, reaper)
    assert alive(ended)


def test_directory_goes(harness: StartHarness, tmp_path: Path) -> None:
    run, (reaper,) = harness("d = Path(sys.argv[1], 'a b'); d.mkdir(); (d / 'f').touch(); reaper.remove(d); tell()")
    run.kill()
    assert gone(reaper)
    assert not list(tmp_path.iterdir())


def test_segment_is_reaped(harness: StartHarness, tmp_path: Path) -> None:
    script = """
from samebytes.mapping import MemoryMappedFile
held = MemoryMappedFile.create_new("reaper", 4096)
tell()
"""
    place = tmp_path / "shm"
    place.mkdir()
    run, (reaper,) = harness(script, SAMEBYTES_SHM_DIR=str(place))
    assert list(place.glob("*/reaper"))
    run.kill()
    assert gone(reaper)
    assert not list(place.glob("*/reaper"))


def test_forked_child_does_not_delay_it(harness: StartHarness) -> None:
    """A child that holds the pipe open: the harness's own death is what counts."""
    script = """
pid = sleeper(); reaper.watch(pid)
child = os.fork()
if child == 0:
    os.close(1)
    time.sleep(120); os._exit(0)
tell(pid, child)
"""
    run, (pid, child, reaper) = harness(script)
    run.kill()
    assert gone(pid, reaper)
    assert alive(child)


def test_signals_do_not_end_it(harness: StartHarness) -> None:
    run, (pid, reaper) = harness("pid = sleeper(); reaper.watch(pid); time.sleep(0.5); tell(pid)")
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        os.kill(reaper, number)
    run.kill()
    assert gone(pid, reaper)


def test_reused_pid_is_left_alone(sleeper: subprocess.Popen[bytes]) -> None:
    birth = reaper_process._birth(sleeper.pid)
    command = [sys.executable, "-I", "-S", str(Path(reaper_process.__file__)), str(os.getpid())]
    lines = f"watch {sleeper.pid} {birth - 1}\nnonsense\nwatch x y\n".encode()
    subprocess.run(command, input=lines, check=True, timeout=SECONDS)
    assert sleeper.poll() is None
    subprocess.run(command, input=f"watch {sleeper.pid} {birth}\n".encode(), check=True, timeout=SECONDS)
    assert sleeper.wait(SECONDS) == -signal.SIGKILL


def test_bye_kills_nothing(sleeper: subprocess.Popen[bytes]) -> None:
    with Reaper() as reaper:
        reaper.watch(sleeper.pid)
        assert reaper._process is not None
        pid = reaper._process.pid
    assert not alive(pid)
    assert sleeper.poll() is None
    reaper.bye()


def test_lost_warden_is_no_error(sleeper: subprocess.Popen[bytes]) -> None:
    with Reaper() as reaper:
        assert reaper._process is not None
        reaper._process.kill()
        reaper._process.wait()
        reaper.watch(sleeper.pid)
        reaper.ended(sleeper.pid)
