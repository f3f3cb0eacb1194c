r"""The C# peer as a process, for tests that need nothing else of the harness.

SAMEBYTES_CSHARP_HOST, a JSON list, is the command to test instead of this Python with `host.py` and a fresh assembly:
`["wine", "python.exe", "Z:\\\\…\\\\host.py", "Z:\\\\…\\\\SameBytesPeer.dll"]`.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

FOLDER = Path(__file__).resolve().parents[2] / "peers" / "csharp"


class Refused(Exception):  # noqa: N818
    """An answer that is an error."""

    def __init__(self, error: dict[str, Any]) -> None:
        super().__init__(error)
        self.kind, self.code, self.native = error["kind"], error["code"], error["native"]


class Peer:
    """A conversation with one process."""

    def __init__(self, command: list[str]) -> None:
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.sequence = 0

    def __call__(self, verb: str, *words: object) -> dict[str, Any]:
        self.sequence += 1
        answer = self.line(" ".join(map(str, (self.sequence, verb, *words))).encode())
        assert answer["seq"] == self.sequence
        if "error" in answer:
            raise Refused(answer["error"])
        return dict(answer["ok"])

    def line(self, line: bytes) -> dict[str, Any]:
        """The answer to a raw line."""
        self.send(line)
        return dict(json.loads(self.process.stdout.readline()))

    def send(self, line: bytes) -> None:
        self.process.stdin.write(line + b"\n")
        self.process.stdin.flush()

    def refusal(self, verb: str, *words: object) -> Refused:
        with pytest.raises(Refused) as caught:
            self(verb, *words)
        return caught.value

    def opened(self, verb: str, *words: object) -> int:
        return int(self(verb, *words)["map"])

    def viewed(self, *words: object) -> int:
        return int(self("view", *words)["view"])

    def end(self) -> None:
        """End its input, on which it closes what it holds and exits."""
        try:
            self.process.communicate(timeout=20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.communicate()


@pytest.fixture(scope="session")
def command() -> list[str]:
    if "SAMEBYTES_CSHARP_HOST" in os.environ:
        return list(json.loads(os.environ["SAMEBYTES_CSHARP_HOST"]))
    host = [sys.executable, str(FOLDER / "host.py")]
    probe = subprocess.run([*host, "--probe"], capture_output=True, encoding="utf-8", timeout=60, check=False)
    if probe.returncode != 0:
        pytest.skip(f"{probe.stderr.strip()}: pip install 'samebytes[clr]'")
    return [*host, str(FOLDER / "prebuilt" / "SameBytesPeer.dll")]


@pytest.fixture
def start(command: list[str]) -> Iterator[Callable[..., Peer]]:
    peers: list[Peer] = []

    def start(*options: str) -> Peer:
        peers.append(Peer([*command, *options]))
        return peers[-1]

    yield start
    for peer in peers:
        peer.end()


@pytest.fixture(scope="module")
def peer(command: list[str]) -> Iterator[Peer]:
    """One for all the tests that do not end it."""
    peer = Peer(command)
    yield peer
    peer.end()


@pytest.fixture
def name() -> str:
    return f"csharp-{uuid.uuid4().hex}"
