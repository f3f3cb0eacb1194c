"""What the tests of named shared memory need: names of their own, a place of their own, other processes, true reasons to skip."""

from __future__ import annotations

import contextlib
import ctypes
import importlib.util
import itertools
import json
import os
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

HERE = Path(__file__).resolve().parent
HARNESS = HERE.parents[1] / "harness"
if importlib.util.find_spec("samebytes") is None:
    sys.path.insert(0, str(HARNESS))

ANSWER_SECONDS = 60  # far beyond what any request takes, even on a loaded machine

_numbers = itertools.count()


@pytest.fixture(scope="session")
def _folder(request: pytest.FixtureRequest) -> Iterator[str]:
    """A directory beside the segments of everybody else, as /dev/shm itself; it goes with the session, and all that is in it."""
    if sys.platform != "linux":
        yield ""
        return
    place = request.getfixturevalue("make_shm")()
    place.chmod(0o1777)
    yield str(place)
    shutil.rmtree(place)


@pytest.fixture(scope="module", autouse=True)
def _place(_folder: str) -> Iterator[None]:
    """All segments of these tests lie there. Other folders' tests, which may come between, are none of them."""
    with pytest.MonkeyPatch.context() as patch:
        if _folder:
            patch.setenv("SAMEBYTES_SHM_DIR", _folder)
        yield


@pytest.fixture
def name() -> str:
    """A name that no other test uses."""
    return f"test {os.getpid()} {next(_numbers)}"


@pytest.fixture
def place(files: None) -> Path:  # noqa: ARG001 - it skips
    """The directory with this user's segments (Linux)."""
    return Path(os.environ["SAMEBYTES_SHM_DIR"], f"samebytes-{os.geteuid()}")


class Child:
    """Another process, at the test's command."""

    def __init__(self, complaints: Path, **how: Any) -> None:
        """Start it; its stderr goes to a file: a pipe, which nobody reads meanwhile, would stop it when full (Wine: at 4096 bytes)."""
        command = [sys.executable, "-W", "error", str(HERE / "child.py"), str(HARNESS)]
        self._complaints = complaints
        with complaints.open("w") as stderr:
            pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": stderr}
            self.process = subprocess.Popen(command, text=True, **pipes, **how)

    def send(self, **request: str) -> None:
        """Send a request without waiting for its answer."""
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps(request) + "\n")
        self.process.stdin.flush()

    def answer(self) -> Any:
        """The answer that is due; ChildError if it is an error. A child that gives none in time is killed."""
        assert self.process.stdout is not None
        began, alarm = time.monotonic(), threading.Timer(ANSWER_SECONDS, self.process.kill)
        alarm.start()
        try:
            line = self.process.stdout.readline()
        finally:
            alarm.cancel()
            alarm.join()  # tests fork, without a thread more than they know of
        if not line:
            late = time.monotonic() - began >= ANSWER_SECONDS
            self.process.wait(ANSWER_SECONDS)
            what = f"gave no answer within {ANSWER_SECONDS} s and was killed" if late else "ended"
            raise AssertionError(f"the child {what}: {self._complaints.read_text()}")
        found = json.loads(line)
        if "error" in found:
            raise ChildError(found["error"], found["message"])
        return found["value"]

    def run(self, source: str) -> None:
        self.send(run=source)
        self.answer()

    def ask(self, expression: str) -> Any:
        self.send(ask=expression)
        return self.answer()

    def kill(self, reap: bool = True) -> None:
        """SIGKILL, or TerminateProcess."""
        self.process.kill()
        if reap:
            self.process.wait(ANSWER_SECONDS)

    def end(self) -> None:
        """Let the child end by itself."""
        assert self.process.stdin is not None
        self.process.stdin.close()
        self.process.wait(ANSWER_SECONDS)

    def clean(self) -> None:
        self.process.kill()
        self.process.wait(ANSWER_SECONDS)
        for pipe in (self.process.stdin, self.process.stdout):
            assert pipe is not None
            with contextlib.suppress(OSError):  # what was still to be written to a dead child
                pipe.close()


class ChildError(Exception):
    """An exception in a child: `kinds` are the names of its class and bases."""

    def __init__(self, kinds: list[str], message: str) -> None:
        super().__init__(f"{kinds[0]}: {message}")
        self.kinds = kinds


@pytest.fixture
def spawn(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., Child]]:
    """Starts children; whatever becomes of the test, they end with it."""
    children: list[Child] = []
    complaints = tmp_path_factory.mktemp("complaints")

    def start(**how: Any) -> Child:
        children.append(Child(complaints / str(len(children)), **how))
        return children[-1]

    yield start
    for child in children:
        child.clean()


@pytest.fixture
def child(spawn: Callable[..., Child]) -> Child:
    """One other process."""
    return spawn()


@pytest.fixture
def refused() -> type[ChildError]:
    """The exception for an exception in a child."""
    return ChildError


@pytest.fixture
def harness() -> Path:
    """The folder to import samebytes from."""
    return HARNESS


@pytest.fixture
def files() -> None:
    """For tests of what segments are on Linux."""
    if sys.platform != "linux":
        pytest.skip("segments are not files on this system")


@pytest.fixture
def sections() -> None:
    """For tests of what only Windows has."""
    if sys.platform != "win32":
        pytest.skip("this system has no sections, mutexes and sessions")


@pytest.fixture
def forks() -> None:
    if not hasattr(os, "fork"):
        pytest.skip("this system has no fork")


@pytest.fixture
def stranger(files: None, spawn: Callable[..., Child]) -> Child:  # noqa: ARG001 - it skips
    """A process of another user."""
    if os.geteuid() != 0:
        pytest.skip("only root can become another user")
    child = spawn()
    child.run("import ctypes; os.setgroups([]); os.setgid(65534); os.setuid(65534)")
    child.run("assert ctypes.CDLL(None).prctl(4, 1) == 0")  # PR_SET_DUMPABLE: its own /proc is its own again
    return child


def _wine() -> bool:
    if sys.platform != "win32":
        return False
    return hasattr(ctypes.WinDLL("ntdll"), "wine_get_version")


@pytest.fixture
def wine_differs(request: pytest.FixtureRequest) -> Callable[[str], None]:
    """`wine_differs(how)`: the rest of the test is known to fail under Wine, and reported if it does not."""

    def mark(how: str) -> None:
        if _wine():
            request.applymarker(pytest.mark.xfail(strict=True, reason=f"Wine differs from Windows: {how}"))

    return mark


@pytest.fixture
def on_wine() -> bool:
    return _wine()
