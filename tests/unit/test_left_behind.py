"""What a peer leaves behind when it ends: processes of its own, its output in their hands, or itself."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

import pytest

from samebytes.errors import PeerCrashedError
from samebytes.peers.process import PeerProcess
from samebytes.peers.processes import Processes

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="forks, and looks for processes in /proc")

FORKS = """
import os, sys, time
for line in sys.stdin:
    number, verb, *_ = line.split()
    if verb in ("child", "runaway"):
        child = os.fork()
        if not child:
            if verb == "runaway": os.setsid()
            time.sleep(600)
        time.sleep(0.05)
        print('{"seq":%s,"ok":{"pid":%d}}' % (number, child), flush=True)
    elif verb == "exit":
        os._exit(7)
    else:
        print('{"seq":%s,"ok":{}}' % number, flush=True)
        if verb == "bye": time.sleep(600)
"""


@pytest.fixture
def processes():
    group = Processes()
    yield group
    group.kill_all()


@pytest.fixture
def peer(processes):
    with PeerProcess("forks", [sys.executable, "-c", FORKS], dict(os.environ), processes) as process:
        yield process


def _gone(pid: int) -> bool:
    """Whether a process that is not our child has ended: whoever inherits it may take a moment to bury it."""
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        try:
            if Path(f"/proc/{pid}/stat").read_bytes().rpartition(b")")[2].split()[0] in (b"Z", b"X"):
                return True
        except FileNotFoundError:
            return True
        time.sleep(0.01)
    return False


def test_the_child_of_a_peer_ends_with_it(peer):
    pid = peer.request("child", seconds=20)["pid"]
    peer.end()
    assert _gone(pid)


def test_the_child_of_a_peer_that_has_ended_by_itself_ends_too(peer):
    pid = peer.request("child", seconds=20)["pid"]
    peer.send("exit")
    assert peer.wait(20)
    assert not peer.alive
    peer.end()
    assert _gone(pid)


def test_a_peer_that_died_is_crashed_though_its_child_holds_its_output_open(peer):
    peer.request("child", seconds=20)
    with pytest.raises(PeerCrashedError, match="exited with 7") as caught:
        peer.request("exit", seconds=1)
    assert caught.value.status == 7


def test_a_process_that_left_its_group_ends_with_the_run(peer, processes):
    pid = peer.request("runaway", seconds=20)["pid"]
    peer.end()
    processes.kill_all()
    assert _gone(pid)


def test_processes_of_others_are_left_alone(peer, processes):
    others = Processes()
    with PeerProcess("other", [sys.executable, "-c", FORKS], dict(os.environ), others) as other:
        processes.kill_all()
        assert other.request("count", seconds=20) == {}
    others.kill_all()
    assert not peer.alive


def test_a_peer_that_says_goodbye_and_stays_is_ended(peer):
    peer.say_goodbye()
    assert not peer.alive
