"""Builds the C, Nim, Go and Pascal peers as their manifests say, and drives them."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import uuid
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from samebytes.checks.data.subjects import read_records
from samebytes.layout import abi_named
from samebytes.peers.build import expanded
from samebytes.peers.manifest import Manifest, read_manifest
from samebytes.peers.probe import ProbeLayout, probe_layouts, render

ROOT = Path(__file__).parents[2]
ABI = "x86_64-windows" if os.name == "nt" else "x86_64-linux"


def layouts(manifest: Manifest, without: str) -> list[ProbeLayout]:
    """What a probe's template is given; `without` names a field that is left out."""
    records = read_records(ROOT / "fixtures")
    types = manifest.layouts.items()
    declared = probe_layouts(((records[name], type_) for name, type_ in types), abi_named(ABI), manifest.constants)
    return [layout.without({without}) for layout in declared]


def build(source: Path, out: Path, without: str = "") -> Path:
    """Build the peer in `source` into `out` with the first toolchain that is there; skip if none is."""
    manifest = read_manifest(source / "peer.toml")
    assert manifest.probe is not None
    out.mkdir(parents=True, exist_ok=True)
    rendered = render(source / manifest.probe.template, layouts(manifest, without), ABI)
    (out / manifest.probe.output).write_text(rendered, encoding="utf-8")

    def command(words: Sequence[str]) -> list[str]:
        return list(expanded(words, {"python": [sys.executable]}, {"source": str(source), "out": str(out)}))

    target = manifest.targets[ABI]
    for toolchain in target.toolchains:
        if not answers(command(toolchain.probe)):
            continue
        for words in toolchain.build:
            done = subprocess.run(command(words), cwd=out, capture_output=True, text=True, timeout=300, check=False)
            assert done.returncode == 0, done.stdout + done.stderr
        return out
    pytest.skip(f"no compiler for {manifest.language}: {target.add}")


def answers(command: list[str]) -> bool:
    try:
        return subprocess.run(command, capture_output=True, timeout=60, check=False).returncode == 0
    except OSError:
        return False


class Peer:
    """A running program peer."""

    def __init__(self, program: Path) -> None:
        self.process = subprocess.Popen([program], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.sequence = 0

    def send(self, request: str) -> None:
        self.sequence += 1
        assert self.process.stdin is not None
        self.process.stdin.write(f"{self.sequence} {request}\n".encode())
        self.process.stdin.flush()

    def receive(self) -> dict[str, Any]:
        """The answer's `ok`, or its `error`, which has a `kind`."""
        assert self.process.stdout is not None
        answer = json.loads(self.process.stdout.readline())
        assert answer["seq"] == self.sequence
        return answer["ok"] if "ok" in answer else answer["error"]

    def ask(self, request: str) -> dict[str, Any]:
        self.send(request)
        return self.receive()

    def kill(self) -> None:
        self.process.kill()
        self.end()

    def end(self) -> int:
        """Close its input, as a harness that died would, and wait for it to go."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.close()
        self.process.stdout.close()
        return self.process.wait(10)


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """`built("c")`: the folder in which that peer stands, built once."""
    folders: dict[str, Path] = {}

    def folder(language: str) -> Path:
        if language not in folders:
            folders[language] = build(ROOT / "peers" / language, tmp_path_factory.mktemp(language) / "builds" / "out")
        return folders[language]

    return folder


@pytest.fixture(params=["c", "go", "pascal"])
def peer(built: Callable[[str], Path], request: pytest.FixtureRequest) -> Iterator[Callable[[], Peer]]:
    """Starts program peers of a language; ends those that are left."""
    peers: list[Peer] = []

    def start() -> Peer:
        peers.append(Peer(built(request.param) / ("peer.exe" if os.name == "nt" else "peer")))
        return peers[-1]

    yield start
    for one in peers:
        if one.process.poll() is None:
            one.kill()


@pytest.fixture
def name() -> str:
    """A segment's name that nobody else uses."""
    return f"peers-c-{uuid.uuid4().hex}"


@pytest.fixture
def rebuild(tmp_path: Path) -> Callable[..., Path]:
    """Builds a copy of a peer after an edit of its declarations."""

    def rebuilt(language: str, old: str, new: str, without: str = "") -> Path:
        for folder in ("c", "nim"):
            shutil.copytree(ROOT / "peers" / folder, tmp_path / folder)
        (declarations,) = (tmp_path / language).glob("declarations.*")
        text = declarations.read_text(encoding="utf-8")
        assert old in text
        declarations.write_text(text.replace(old, new), encoding="utf-8")
        return build(tmp_path / language, tmp_path / "out", without)

    return rebuilt
