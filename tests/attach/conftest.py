"""Producers for the tests: this process itself, and programs that are followed, killed, started again."""

from __future__ import annotations

import json
import os
import queue
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

ROOT = Path(__file__).resolve().parents[2]
SEED = ROOT / "fixtures" / "layouts" / "seed.toml"
HEADERS = ROOT / "fixtures" / "headers"
LINE_SECONDS = 60

# Obeys words on its input: each line is a number to put at offset 0 of its segment; `bye` closes, the end of input does not matter.
OBEDIENT = """
import sys
from samebytes.mapping import MemoryMappedFile
with MemoryMappedFile.create_new(sys.argv[1], 208) as map_, map_.create_view_accessor() as view:
    print("ready", flush=True)
    for line in sys.stdin:
        if line.strip() == "bye":
            break
        view.write_int32(0, int(line))
        print("done", flush=True)
"""


@pytest.fixture
def name() -> str:
    """A name that nobody else has."""
    return f"attach-{uuid4().hex}"


class Program:
    """A process whose output is read line by line, each with a deadline; ended with the test."""

    def __init__(self, *arguments: object, environment: dict[str, str] | None = None) -> None:
        self.process = subprocess.Popen(
            [str(word) for word in arguments],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, encoding="utf-8",
            env={**os.environ, **(environment or {})},
        )  # fmt: skip
        self._lines: queue.Queue[str] = queue.Queue()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        with self.process.stdout:
            for line in self.process.stdout:
                self._lines.put(line)
        self._lines.put("")

    def line(self) -> str:
        """The next line of its output; empty at its end."""
        return self._lines.get(timeout=LINE_SECONDS).rstrip("\r\n")

    def until(self, good: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        """The first JSON line for which it holds."""
        while line := self.line():
            found: dict[str, Any] = json.loads(line)
            if good(found):
                return found
        raise AssertionError("its output ended")

    def tell(self, line: str) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(f"{line}\n")
        self.process.stdin.flush()

    def end(self) -> int:
        """Its exit status, when it ends by itself."""
        return self.process.wait(LINE_SECONDS)

    def interrupt(self) -> None:
        self.process.send_signal(signal.SIGINT)

    def close(self) -> None:
        self.process.kill()
        self.process.wait()
        self._reader.join()
        for pipe in (self.process.stdin, self.process.stderr):
            if pipe is not None:
                pipe.close()


@pytest.fixture
def start() -> Iterator[Callable[..., Program]]:
    """Start a program; it is ended with the test."""
    programs: list[Program] = []

    def begin(*arguments: object, environment: dict[str, str] | None = None) -> Program:
        programs.append(Program(*arguments, environment=environment))
        return programs[-1]

    yield begin
    for program in programs:
        program.close()


@pytest.fixture
def producer(start: Callable[..., Program], name: str) -> Program:
    """A process that has created the segment and does as it is told."""
    program = start(sys.executable, "-c", OBEDIENT, name)
    assert program.line() == "ready"
    return program


@pytest.fixture
def watcher(start: Callable[..., Program], name: str) -> Callable[..., Program]:
    """`samebytes attach --watch --json` of the name, which has seen the first state."""

    def watch(*more: object, of: str = "") -> Program:
        program = start(
            sys.executable, "-m", "samebytes", "attach", of or name, "--layout", f"{SEED}:MySharedData",
            "--watch", "--json", "--rate", 50, *more,
        )  # fmt: skip
        program.until(lambda line: line["type"] == "start")
        return program

    return watch
