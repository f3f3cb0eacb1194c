"""The reaper on Windows, tried on Windows CPython under Wine: its processes die with it."""

from __future__ import annotations

import subprocess
import time
import uuid
from pathlib import Path

from samebytes.peers.paths import package_root
from samebytes.peers.wine import WineRealm
from samebytes.peers.wine_prefix import processes_of

SECONDS = 60.0

HARNESS = """
import subprocess, sys
sys.path.insert(0, sys.argv[1])
from samebytes.peers.reaper import Reaper
pipe = subprocess.PIPE
def sleeper():
    command = [sys.executable, "-c", "print(1, flush=True); import time; time.sleep(120)", sys.argv[2]]
    child = subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe)
    child.stdout.readline()
    return child
reaper = Reaper()
reaper.start()
child = sleeper()
reaper.watch(child.pid)
if sys.argv[3] == "bye":
    reaper.ended(child.pid)
    reaper.bye()
    print("alive" if child.poll() is None else "dead", flush=True)
    child.kill()
else:
    print("running", flush=True)
input()
"""


def run(realm: WineRealm, token: str, end: str) -> subprocess.Popen[bytes]:
    """Start a harness on Windows CPython; `end` says whether it takes leave of its reaper."""
    arguments = [*realm.python(), "-c", HARNESS, realm.path(package_root()), token, end]
    return subprocess.Popen(
        realm.command(arguments), env=dict(realm.environment()),
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip


def marked(prefix: Path, token: str) -> list[int]:
    """The processes whose command line holds the token."""
    found = []
    for pid in processes_of(prefix):
        try:
            if token.encode() in Path(f"/proc/{pid}/cmdline").read_bytes():
                found.append(pid)
        except OSError:
            continue  # it ended meanwhile
    return found


def test_child_dies_with_its_harness(realm: WineRealm, wine_cache: Path) -> None:
    token = uuid.uuid4().hex
    with run(realm, token, "die") as harness:
        assert harness.stdout is not None
        assert harness.stdout.readline() == b"running\r\n"
        assert len(marked(wine_cache, token)) == 2
        harness.kill()
    deadline = time.monotonic() + SECONDS
    while marked(wine_cache, token) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert marked(wine_cache, token) == []


def test_bye_kills_nothing(realm: WineRealm) -> None:
    with run(realm, uuid.uuid4().hex, "bye") as harness:
        out, err = harness.communicate(b"\n", timeout=SECONDS)
    assert out == b"alive\r\n", err.decode()
