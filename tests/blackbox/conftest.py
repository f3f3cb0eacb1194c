"""Producers to be judged: programs in C, built once, each with a segment of its own; afterwards nothing of them may be left."""

from __future__ import annotations

import os
import secrets
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from samebytes.checks.producers.producer import Expectation, Producer
from samebytes.checks.producers.run import run_producer
from samebytes.checks.producers.segment_reader import segment_reader_for
from samebytes.checks.result import Result
from samebytes.errors import MissingError
from samebytes.layout import KINDS, Chars, Field, Record
from samebytes.peers.lab import Lab
from samebytes.peers.site import Site

ROOT = Path(__file__).resolve().parent.parent.parent
SOURCES = ROOT / "tests" / "producers"

TELEMETRY = Record(
    "Telemetry",
    (
        Field("version", KINDS["u32"]),
        Field("packet", KINDS["u32"]),
        Field("speed", KINDS["f64"]),
        Field("wheels", KINDS["f32"], (4,)),
        Field("gear", KINDS["i16"]),
        Field("driver", KINDS["char"], (10,), chars=Chars()),
        Field("checksum", KINDS["u32"]),
    ),
)
PROMISED = (
    Expectation("version", equals=3),
    Expectation("speed", minimum=0, maximum=500),
    Expectation("packet", advances=True, within=5),
    Expectation("driver", text="Ada"),
)


@pytest.fixture(scope="session")
def build(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Path]:
    """Build a fixture producer; skipped where there is no compiler for that system."""
    folder = tmp_path_factory.mktemp("producers")

    def make(source: str, *options: str, windows: bool = False) -> Path:
        compiler = "x86_64-w64-mingw32-gcc" if windows else "gcc"
        if shutil.which(compiler) is None:
            pytest.skip(f"no {compiler}")
        program = folder / ("-".join((source, *options)).replace("/", "") + (".exe" if windows else ""))
        if not program.exists():
            command = [compiler, "-O2", "-I", str(ROOT / "fixtures" / "headers"), *options, "-o", str(program)]
            subprocess.run([*command, str(SOURCES / f"{source}.c")], check=True, timeout=120)
        return program

    return make


@pytest.fixture(scope="session")
def wine() -> Iterator[Site]:
    """The Windows realm in a lab; skipped where there is none."""
    if sys.platform != "linux":
        pytest.skip("Wine is for Linux")
    with Lab() as lab:
        try:
            site = lab.prepared("windows")
            lab.keep(segment_reader_for, site)
        except MissingError as error:
            pytest.skip(str(error))
        yield site


@pytest.fixture
def here() -> Iterator[Site]:
    """The machine's own realm, in a lab of a test."""
    with Lab() as lab:
        yield lab.prepared(lab.realms[0].name)


@dataclass
class Stage:
    """Where a producer is judged; `token` is in its segment's name and its command line, and in nobody else's."""

    site: Site
    folder: Path
    token: str
    record: Record = TELEMETRY
    promised: tuple[Expectation, ...] = PROMISED

    def judge(self, *command: object, **other: Any) -> Result:
        """Judge a program whose first argument is the segment's name (`{name}` in the command)."""
        name = other.pop("segment", self.name)
        words = tuple(str(word).replace("{name}", name) for word in command)
        said: dict[str, Any] = {
            "layout": TELEMETRY,
            "expectations": PROMISED,
            "deadline": 20.0,
            "folder": self.folder,
        } | other
        producer = Producer("sim", {"": words}, name, **said)
        return run_producer(producer, self.site)

    @property
    def name(self) -> str:
        """The segment's name as this realm's plainest calls take it."""
        return f"/{self.token}" if self.site.name == "linux" else self.token


@pytest.fixture
def native(here: Site, tmp_path: Path) -> Iterator[Stage]:
    """The machine's own realm."""
    if sys.platform != "linux":
        pytest.skip("the fixture producers use shm_open")
    stage = Stage(here, tmp_path, f"samebytes-test-{os.getpid()}-{secrets.token_hex(4)}")
    yield stage
    _nothing_left(stage.token)


@pytest.fixture
def windows(wine: Site, tmp_path: Path) -> Iterator[Stage]:
    """The Windows realm."""
    stage = Stage(wine, tmp_path, f"samebytes-test-{os.getpid()}-{secrets.token_hex(4)}")
    yield stage
    assert not wine.lab.keep(segment_reader_for, wine).exists(stage.name)
    _nothing_left(stage.token)


def _nothing_left(token: str) -> None:
    """No process and no object of shared memory. Whoever inherits a killed process may take a moment to bury it."""
    deadline = time.monotonic() + 10
    while (left := [*_processes(token), *_objects(token)]) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert left == []


def _processes(token: str) -> Iterator[str]:
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            line = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode("utf-8", "replace")
        except OSError:
            continue
        if token in line:
            yield f"{folder.name}: {line}"


def _objects(token: str) -> list[str]:
    return [str(path) for path in Path("/dev/shm").rglob(f"*{token}*")]
