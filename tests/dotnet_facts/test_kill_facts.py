"""Fact 84 with .NET on Windows: a few processes on one name, again and again one is killed at random.

On Linux it is tests/mapping/test_stress.py, with thousands of kills. Here each death costs a start of .NET;
SAMEBYTES_STRESS_SECONDS is for how long to go on.
"""

from __future__ import annotations

import importlib.util
import os
import random
import time
from pathlib import Path

import pytest

SECONDS = float(os.environ.get("SAMEBYTES_STRESS_SECONDS", "0")) or 6
WORKERS = 3
STRESS = Path(__file__).resolve().parents[1] / "mapping" / "stress.py"

# One life of a map after the other. Each segment's creator stamps it with a number of its own, which stands in the log where
# stress.py has the inode; 0 is a segment whose stamp is not there (yet). The canary lives exactly as long as the process.
WORK = """
import os, random
out = os.open({log!r}, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
def say(what, stamp):
    os.write(out, f"{{time.perf_counter_ns()}} {{stamp}} {{what}}\\n".encode())
def once(stamp):
    make = random.random() < 0.5
    say("try", 0)
    try:
        m = new({name!r}, 4096) if make else join({name!r})
    except Exception as error:
        kind = type(error).__name__
        if make and kind == "IOException":  # with code 183 Windows gives a handle, which .NET closes: a holder for a moment
            say("joined", 0), say("leave", 0), say("left", 0)
        else:
            say("none" if not make and kind == "FileNotFoundException" else f"BROKEN: {{error}}", 0)
        return
    v = look(m)
    found = v.ReadInt64(8)
    if make and found:
        say(f"BROKEN: a new segment is not zero but {{found}}", stamp)
    if make:
        v.Write(8, Int64(stamp))
    else:
        stamp = found
    say("made" if make else "joined", stamp)
    time.sleep(random.random() * 0.002)
    if v.ReadInt64(8) != stamp and stamp:
        say(f"BROKEN: the stamp is {{v.ReadInt64(8)}} now", stamp)
    v.Dispose()
    say("leave", stamp)
    m.Dispose()
    say("left", stamp)
canary, number = new({canary!r}, 1), 0
while True:
    number += 1
    once({worker} << 32 | number)
    time.sleep(random.random() * 0.002)
"""


@pytest.fixture(scope="module")
def stress():
    """The judge of the stress on Linux."""
    spec = importlib.util.spec_from_file_location("stress_of_mapping", STRESS)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


class Pool:
    """.NET processes at work on one name, the folder with their logs, and when each of them died."""

    def __init__(self, world, name: str, logs: Path) -> None:
        self.world, self.name, self.logs = world, name, logs
        self.stations: dict[int, object] = {}
        self.ends: dict[int, tuple[int, int]] = {}

    def start(self) -> None:
        worker = len(self.ends) + len(self.stations) + 1
        station = self.world.start("dotnet")
        log = self.world.realm.path(self.logs / str(worker))
        station.send(run=WORK.format(log=log, name=self.name, canary=f"{self.name} canary {worker}", worker=worker))
        self.stations[worker] = station

    def now(self) -> int:
        """The clock of the realm."""
        return self.world.py.ask("time.perf_counter_ns()")

    def kill(self, worker: int) -> None:
        killed = self.now()
        self.stations.pop(worker).kill()
        deadline = time.monotonic() + 20
        while self.world.py.ask(f"alive('{self.name} canary {worker}')"):
            assert time.monotonic() < deadline, "the handles of a killed process are open for ever"
        self.ends[worker] = (killed, self.now())

    def at_work(self) -> bool:
        """Whether each has had its first life."""
        return all((self.logs / str(worker)).exists() for worker in self.stations)


def judge(stress, pool: Pool) -> tuple[list, list[str]]:
    """All holds, and every broken promise."""
    logs = ((pool.logs / str(worker), worker, *end) for worker, end in pool.ends.items())
    found = [item for log in logs for item in stress.read(*log)]
    holds = [item for item in found if isinstance(item, stress.Hold)]
    said = [item for item in found if not isinstance(item, stress.Hold)]
    return holds, [*said, *stress.dead_joins(holds), *stress.doubles(holds)]


def test_fact_84_random_kills_of_dotnet_break_no_promise(windows, name, stress, tmp_path):
    pool, dice = Pool(windows, name, tmp_path), random.Random()
    end = time.monotonic() + SECONDS
    while time.monotonic() < end or not pool.ends:
        while len(pool.stations) < WORKERS or not pool.at_work():
            pool.start() if len(pool.stations) < WORKERS else time.sleep(0.01)
        time.sleep(dice.random() * 0.05)
        pool.kill(dice.choice(list(pool.stations)))
    for worker in list(pool.stations):
        pool.kill(worker)
    holds, broken = judge(stress, pool)
    assert broken == []
    joined = [hold.joined for hold in holds if hold.inode]
    made = len(joined) - sum(joined)
    assert min(made, sum(joined)) > 20
    assert not windows.net.ask(f"alive({name!r})")
    print({"made": made, "joined": sum(joined), "killed": len(pool.ends)})
