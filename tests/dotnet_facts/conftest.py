"""What the tests of facts against real .NET need: processes in each realm that call .NET or samebytes.mapping, kept between tests."""

from __future__ import annotations

import itertools
import json
import os
import shutil
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from samebytes.errors import MissingError
from samebytes.peers.availability import realms_here
from samebytes.peers.processes import Processes
from samebytes.peers.realms import Realm
from samebytes.peers.reaper import Reaper

HERE = Path(__file__).resolve().parent
CSHARP = HERE.parents[1] / "peers" / "csharp"
ANSWER_SECONDS = 120  # far beyond what any request takes, even on a loaded machine

_numbers = itertools.count()


@dataclass(frozen=True)
class Failure:
    """An exception in a station: the names of its class and its bases, the system's code in it, what it says."""

    kinds: tuple[str, ...]
    code: int
    message: str

    @property
    def kind(self) -> str:
        """Its class."""
        return self.kinds[0]


class Granted(AssertionError):  # noqa: N818
    """What should have been refused was not."""


class Station:
    """A process that runs Python as a test says; `world` of station.py is what it can use."""

    def __init__(self, processes: Processes, command: list[str], environment: Mapping[str, str]) -> None:
        self._processes = processes
        self.process = processes.start(command, environment)
        self.platform = ""

    def meet(self) -> None:
        """Wait until it is ready."""
        self.platform = str(self.answer())

    def send(self, **request: str) -> None:
        """Send a request without waiting for its answer."""
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps(request).encode() + b"\n")
        self.process.stdin.flush()

    def answer(self) -> Any:
        """The answer that is due. AssertionError if it is an exception."""
        found = self._answer()
        assert not isinstance(found, Failure), found
        return found

    def _answer(self) -> Any:
        assert self.process.stdout is not None
        alarm = threading.Timer(ANSWER_SECONDS, self.process.kill)
        alarm.start()
        line = self.process.stdout.readline()
        alarm.cancel()
        if not line:
            assert self.process.stderr is not None
            raise AssertionError(f"the station ended: {self.process.stderr.read().decode(errors='replace')}")
        found = json.loads(line)
        if "error" in found:
            return Failure(tuple(found["error"]), found["code"], found["message"])
        return found["value"]

    def run(self, source: str) -> None:
        self.send(run=source)
        self.answer()

    def ask(self, expression: str) -> Any:
        self.send(ask=expression)
        return self.answer()

    def fails(self, source: str) -> Failure:
        """The exception that `source` raises; the test fails if it raises none."""
        self.send(run=source)
        found = self._answer()
        if isinstance(found, Failure):
            return found
        raise Granted(f"{source} did not fail")

    def kill(self) -> None:
        """SIGKILL, or TerminateProcess, and reap it."""
        self._processes.end(self.process)


@dataclass
class World:
    """A realm that is ready, and the stations in it."""

    realm: Realm
    processes: Processes
    folder: str
    _kept: dict[str, Station] = field(default_factory=dict)
    _started: list[Station] = field(default_factory=list)

    @property
    def on_wine(self) -> bool:
        return self.realm.how.startswith("Wine")

    def start(self, kind: str, before: tuple[str, ...] = (), **environment: str) -> Station:
        """A new station, for a test that ends it; `before` goes in front of its command."""
        command = self.realm.command([*self.realm.python(), self.realm.path(HERE / "station.py"), kind])
        place = {"SAMEBYTES_SHM_DIR": self.folder} if self.realm.name == "linux" else {}
        station = Station(self.processes, [*before, *command], {**self.realm.environment(), **place, **environment})
        self._started.append(station)
        station.meet()
        return station

    def fails(self, source: str) -> tuple[Failure, Failure]:
        """How `source` fails in .NET, and how with samebytes.mapping."""
        return self.net.fails(source), self.py.fails(source)

    def _keep(self, key: str, kind: str) -> Station:
        kept = self._kept.get(key)
        if kept is None or kept.process.poll() is not None:
            kept = self._kept[key] = self.start(kind)
        return kept

    @property
    def net(self) -> Station:
        """The station with .NET that tests share."""
        return self._keep("net", "dotnet")

    @property
    def py(self) -> Station:
        """The station with samebytes.mapping that tests share."""
        return self._keep("py", "python")


def _quiet(_line: str) -> None:
    """Nobody listens."""


def _open(name: str) -> Iterator[World]:
    """The realm of that name, prepared; skips, saying what to install, where it cannot be had."""
    realm = next((realm for realm in realms_here() if realm.name == name), None)
    if realm is None:
        pytest.skip(f"the realm {name} does not exist on this system")
    state = realm.availability()
    if not state.ready:
        pytest.skip(f"{state.detail}; to add it: {state.add}")
    folder = tempfile.mkdtemp(prefix="samebytes-test-", dir="/dev/shm") if name == "linux" else ""
    if folder:
        Path(folder).chmod(0o1777)  # as /dev/shm itself
    reaper = Reaper()
    reaper.start()
    if folder:
        reaper.remove(Path(folder))
    world = World(realm, Processes(reaper), folder)
    try:
        _prepare(world)
        yield world
    finally:
        world.processes.kill_all()
        for station in world._started:
            station.kill()
        realm.close()
        reaper.bye()
        if folder:
            shutil.rmtree(folder)


def _prepare(world: World) -> None:
    try:
        world.realm.prepare(_quiet)
        if world.realm.bare:
            world.realm.install(CSHARP / "requirements-windows.txt", _quiet)
            for pins in sorted(CSHARP.glob("requirements-runtime-*.txt")):
                world.realm.install(pins, _quiet)
    except MissingError as error:
        pytest.skip(str(error))
    probe = world.realm.command([*world.realm.python(), world.realm.path(CSHARP / "host.py"), "--probe"])
    done = world.processes.run(probe, environment=world.realm.environment(), seconds=ANSWER_SECONDS)
    if done.status != 0:
        pytest.skip(f"{done.first_line}; to add it: pip install 'samebytes[clr]'")


@pytest.fixture(scope="session")
def windows() -> Iterator[World]:
    """The Windows realm: .NET and CPython there."""
    yield from _open("windows")


@pytest.fixture(scope="session")
def linux() -> Iterator[World]:
    """Linux: .NET and CPython here, segments in a directory of this run's own."""
    yield from _open("linux")


@pytest.fixture(params=["linux", "windows"])
def world(request: pytest.FixtureRequest) -> World:
    """Each realm."""
    return request.getfixturevalue(request.param)


@pytest.fixture(autouse=True)
def _where(request: pytest.FixtureRequest) -> None:
    """Note for the table of facts where a test saw its fact: with .NET, and with our Python where that came first."""
    callspec = getattr(request.node, "callspec", None)
    chosen = callspec.params if callspec else {}
    realm = chosen.get("world") or next(name for name in ("windows", "linux") if name in request.fixturenames)
    places = [realm] if "py" in (chosen.get("station"), chosen.get("first")) else []
    if chosen.get("station") != "py":
        places.append(f"dotnet-{realm}")
    # pytest's own record_property warns where --junitxml writes its usual form.
    request.node.user_properties.append(("places", " ".join(places)))


@pytest.fixture
def name() -> str:
    """A name that no other test uses."""
    return f"facts {os.getpid()} {next(_numbers)}"


@pytest.fixture
def wine_differs(request: pytest.FixtureRequest) -> Callable[..., None]:
    """`wine_differs(world, how)`: Wine is known to grant what is refused in the rest of the test; reported if it does not.

    `raises=AssertionError`: it is known to refuse it in another way.
    """

    def mark(world: World, how: str, raises: type[Exception] = Granted) -> None:
        if world.on_wine:
            reason = f"Wine differs from Windows: {how}"
            request.applymarker(pytest.mark.xfail(strict=True, reason=reason, raises=raises))

    return mark


@pytest.fixture
def stranger(linux: World) -> Iterator[Station]:
    """.NET on Linux as another user, and its segments in a directory that all users share: `SAMEBYTES_SHM_DIR` there."""
    if sys.platform != "win32" and os.geteuid() != 0:
        pytest.skip("only root can become another user")
    folder = tempfile.mkdtemp(prefix="shared-", dir=linux.folder)
    Path(folder).chmod(0o1777)
    station = linux.start("dotnet", SAMEBYTES_SHM_DIR=folder)
    _load_everything(station, folder)
    station.run("import ctypes; os.setgroups([]); os.setgid(65534); os.setuid(65534)")
    station.run("assert ctypes.CDLL(None).prctl(4, 1) == 0")  # PR_SET_DUMPABLE: its own /proc is its own again
    yield station
    station.kill()


def _load_everything(station: Station, folder: str) -> None:
    """.NET loads its libraries when they are needed, and the other user may not be allowed to read where they are."""
    for name in ("warm", "Global\\warm"):
        station.run(f"m = new({name!r}, 1); v = look(m); put(v, 0, 1); get(v, 0); v.Dispose(); m.Dispose()")
        station.fails(f"join({name!r})")
    Path(folder, "samebytes-global").chmod(0o555)
    station.fails("new('a' * 300, 1)")
    for left in Path(folder).iterdir():
        shutil.rmtree(left)


@pytest.fixture
def place(linux: World) -> Path:
    """The directory of this user's segments on Linux."""
    if sys.platform == "win32":
        pytest.skip("segments are not files on this system")
    return Path(linux.folder, f"samebytes-{os.geteuid()}")
