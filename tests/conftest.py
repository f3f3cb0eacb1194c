"""What every test may use: the command line as a process, and a folder with a peer that misbehaves."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import settings

if TYPE_CHECKING:
    from samebytes.peers.build import Build
    from samebytes.peers.peer import Peer

pytest_plugins = ("pytester",)  # only the topmost conftest may say so; tests/plugin uses it

# A machine that judges a change must not stumble over a bug that was there before: there, fuzzing is the same every time.
settings.register_profile("repeatable", derandomize=True, print_blob=True)
if os.environ.get("CI"):
    settings.load_profile("repeatable")

# A shell without job control starts what is in the background deaf to Ctrl-C, and so would be everything that is tested.
if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

ROOT = Path(__file__).resolve().parent.parent
COMMAND_SECONDS = 500


@dataclass(frozen=True)
class Ran:
    """A finished command."""

    status: int
    out: str
    err: str

    @property
    def lines(self) -> list[dict[str, Any]]:
        """Its output as JSON lines."""
        return [json.loads(line) for line in self.out.splitlines()]

    @property
    def cells(self) -> dict[str, dict[str, Any]]:
        """The report's cells by identity."""
        return {line["id"]: line for line in self.lines if line["type"] == "cell"}


@pytest.fixture(scope="session")
def samebytes() -> Callable[..., Ran]:
    """Run `samebytes ARGUMENT…` as a user does, in a process of its own."""

    def run(*arguments: object, environment: dict[str, str] | None = None, folder: Path | None = None) -> Ran:
        done = subprocess.run(
            [sys.executable, "-m", "samebytes", *map(str, arguments)],
            capture_output=True,
            encoding="utf-8",
            timeout=COMMAND_SECONDS,
            env={**os.environ, **(environment or {})},
            cwd=folder,
            check=False,
        )
        assert "Traceback" not in done.stderr, done.stderr
        return Ran(done.returncode, done.stdout, done.stderr)

    return run


@pytest.fixture
def peer_folder(tmp_path: Path) -> Callable[[str, Sequence[str]], Path]:
    """Make a folder with one program peer of that name and command, on Linux and on Windows; it declares the seed records."""

    def make(name: str, command: Sequence[str]) -> Path:
        folder = tmp_path / "peers" / name
        folder.mkdir(parents=True)
        words = json.dumps(list(command))
        layouts = "\n".join(f'{layout} = "{layout}"' for layout in ("Integer", "MySharedData", "Message", "SomeData"))
        abis = ("x86_64-linux", "aarch64-linux", "x86_64-windows")
        targets = "".join(f'[[target]]\nabi = "{abi}"\n' for abi in abis)
        runs = "\n".join(f"{abi} = {words}" for abi in abis)
        (folder / "peer.toml").write_text(
            f'name = "{name}"\nlanguage = "Python"\nsources = []\n[layouts]\n{layouts}\n{targets}'
            f'[[face]]\nname = "program"\nkind = "program"\n[face.run]\n{runs}\n',
            "utf-8",
        )
        return folder.parent

    return make


@pytest.fixture
def misbehaving(peer_folder: Callable[[str, Sequence[str]], Path]) -> Callable[[str], Path]:
    """Make a folder with the peer `bad`, which misbehaves as `WHAT@VERB` says."""

    def make(behaviour: str) -> Path:
        script = ROOT / "fixtures" / "misbehaving" / "peer.py"
        return peer_folder("bad", ["{python}", "{launch}", str(script), behaviour, str(ROOT / "peers" / "python")])

    return make


@pytest.fixture
def changed_peer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., tuple[Build, Peer]]]:
    """Build a copy of a peer in which one declaration is changed, with one record to measure, and start it here."""
    # Not above: the tests of the mapping library run where nothing that the rest of the package needs is installed.
    from samebytes.checks.data.subjects import read_records
    from samebytes.errors import MissingToolError
    from samebytes.peers.lab import Lab
    from samebytes.peers.manifest import read_manifest

    monkeypatch.setenv("SAMEBYTES_CACHE", str(tmp_path / "cache"))
    lab, peers = Lab(read_records(ROOT / "fixtures")), []

    def change(peer: str, file: str, old: str, new: str, record: str) -> tuple[Build, Peer]:
        shutil.copytree(ROOT / "peers", tmp_path / "peers", ignore=shutil.ignore_patterns("__pycache__"))
        folder = tmp_path / "peers" / peer
        text = (folder / file).read_text("utf-8")
        assert text.count(old) == 1, f"{file} has not one {old!r}"
        (folder / file).write_text(text.replace(old, new), "utf-8")
        declared = (folder / "peer.toml").read_text("utf-8").replace('layouts = ["*"]', f'layouts = ["{record}"]')
        (folder / "peer.toml").write_text(declared, "utf-8")
        try:
            starter = next(
                iter(lab.prepared(lab.realms[0].name).starters(read_manifest(folder / "peer.toml")).values())
            )
        except MissingToolError as error:
            pytest.skip(f"{error}; to add it: {error.add}")
        peers.append(starter.start())
        return starter.build, peers[-1]

    with lab:
        yield change
        for peer in peers:
            peer.process.say_goodbye()


@pytest.fixture(scope="session")
def make_shm() -> Iterator[Callable[[], Path]]:
    """Make a place for segments, in memory. Whoever makes it removes it; when these tests are killed before, the reaper does."""
    from samebytes.peers.reaper import Reaper

    with Reaper() as reaper:

        def make() -> Path:
            folder = Path(tempfile.mkdtemp(prefix="samebytes-test-", dir="/dev/shm"))
            reaper.remove(folder)
            return folder

        yield make


@pytest.fixture
def shm(make_shm: Callable[[], Path]) -> Iterator[Path]:
    """A place of its own for segments, in memory, removed at the end."""
    folder = make_shm()
    yield folder
    shutil.rmtree(folder)


@pytest.fixture
def nothing_left() -> Callable[[str, Path, float], None]:
    """Wait until no process has a mark in its environment, and no segment lies in a folder; at most so many seconds."""

    def wait(mark: str, shm: Path, seconds: float) -> None:
        deadline = time.monotonic() + seconds
        while left := (_processes_with(mark) or [str(path) for path in shm.rglob("*") if path.is_file()]):
            assert time.monotonic() < deadline, left
            time.sleep(0.05)

    return wait


def _processes_with(mark: str) -> list[str]:
    """Command lines of live processes whose environment carries the mark. The harness' own eyes are not used to judge it."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if mark.encode() in (folder / "environ").read_bytes():
                found.append((folder / "cmdline").read_bytes().replace(b"\0", b" ").decode("utf-8", "replace"))
    return [line for line in found if line.strip()]
