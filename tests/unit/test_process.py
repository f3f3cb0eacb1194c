"""Conversations with a process: answers, deadlines, crashes, and that nobody is left."""

from __future__ import annotations

import os
import sys
import time

import pytest

from samebytes.errors import PeerCrashedError, PeerRefusedError, PeerTimeoutError, ProtocolError, StartError
from samebytes.peers.process import PeerProcess
from samebytes.peers.processes import Processes

ECHO = """
import sys
for line in sys.stdin:
    number, verb, *words = line.split()
    if verb == "sleep":
        import time; time.sleep(60)
    elif verb == "die":
        print("last words", file=sys.stderr, flush=True); sys.exit(7)
    elif verb == "raw":
        print(" ".join(words), flush=True)
    elif verb == "refuse":
        print('{"seq":%s,"error":{"kind":"access","code":5,"native":"E","message":"no"}}' % number, flush=True)
    else:
        print('{"seq":%s,"ok":{"words":%d}}' % (number, len(words)), flush=True)
"""


@pytest.fixture
def processes():
    group = Processes()
    yield group
    group.kill_all()


@pytest.fixture
def peer(processes):
    with PeerProcess("echo", [sys.executable, "-c", ECHO], dict(os.environ), processes) as process:
        yield process


def gone(pid: int) -> bool:
    """Whether no process has this id any more, not even as a zombie."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    return False


def test_an_answer_comes_back(peer):
    assert peer.request("count", "a", "b", seconds=10) == {"words": 2}


def test_a_refusal_carries_kind_code_and_the_languages_word(peer):
    with pytest.raises(PeerRefusedError) as caught:
        peer.request("refuse", seconds=10)
    assert (caught.value.kind, caught.value.code, caught.value.native) == ("access", 5, "E")
    assert peer.request("count", seconds=10) == {"words": 0}


def test_a_deadline_ends_the_peer(peer):
    started = time.monotonic()
    with pytest.raises(PeerTimeoutError, match=r"within 0\.3 s"):
        peer.request("sleep", seconds=0.3)
    assert time.monotonic() - started < 10
    assert gone(peer.pid)


def test_a_crash_has_its_status_and_last_words(peer):
    with pytest.raises(PeerCrashedError, match="exited with 7") as caught:
        peer.request("die", seconds=10)
    assert caught.value.status == 7
    assert caught.value.evidence == "last words"


@pytest.mark.parametrize(
    "line",
    ["nonsense", "[]", "5", "{}", '{"seq":1}', '{"seq":2,"ok":{}}', '{"seq":1,"ok":5}', '{"seq":1,"error":"no"}', '{"seq":true,"ok":[]}'],
)  # fmt: skip
def test_an_unreadable_answer_is_an_error_that_shows_it(peer, line):
    with pytest.raises(ProtocolError) as caught:
        peer.request("raw", line, seconds=10)
    assert line in str(caught.value)
    assert gone(peer.pid)


def test_a_program_that_does_not_exist_is_named(processes):
    with pytest.raises(StartError, match="no-such-program"):
        PeerProcess("x", ["/no-such-program"], {}, processes)


def test_killing_all_ends_everything_and_starts_nothing_more(processes):
    process = processes.start([sys.executable, "-c", "import time; time.sleep(60)"])
    processes.kill_all()
    assert process.wait(10) != 0
    processes.end(process)
    with pytest.raises(StartError, match="ending"):
        processes.start([sys.executable, "-c", ""])


@pytest.mark.skipif(os.name == "nt", reason="process groups are POSIX's")
def test_what_a_child_started_ends_with_it(processes, tmp_path):
    script = f"import subprocess, sys; p = subprocess.Popen(['sleep', '60']); open(r'{tmp_path / 'pid'}', 'w').write(str(p.pid)); p.wait()"
    process = processes.start([sys.executable, "-c", script])
    deadline = time.monotonic() + 10
    while not (tmp_path / "pid").exists() or not (tmp_path / "pid").read_text():
        assert time.monotonic() < deadline
        time.sleep(0.01)
    grandchild = int((tmp_path / "pid").read_text())
    processes.end(process)
    while not gone(grandchild):  # init reaps it
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_a_commands_output_and_status_come_back(processes):
    done = processes.run(
        [sys.executable, "-c", "print(); print('one', flush=True); import sys; sys.exit('two')"], seconds=30
    )
    assert (done.status, done.first_line) == (1, "one")
    assert "two" in done.output


def test_a_command_is_ended_at_its_deadline(processes):
    assert processes.run([sys.executable, "-c", "import time; time.sleep(60)"], seconds=0.3).status is None


def test_many_requests_are_answered_in_order_and_a_refusal_is_one_of_the_answers(peer):
    words = [f"count {'x ' * (number % 5)}" for number in range(20_000)]
    words[777] = "refuse"
    answers = peer.request_all(words, seconds=30)
    assert isinstance(answers[777], PeerRefusedError)
    assert answers[777].kind == "access"
    del answers[777], words[777]
    assert answers == [{"words": number % 5} for number in range(20_000) if number != 777]


def test_a_death_among_many_requests_is_a_crash(peer):
    with pytest.raises(PeerCrashedError, match="exited with 7") as caught:
        peer.request_all(["count"] * 50 + ["die"] + ["count"] * 50_000, seconds=10)
    assert "last words" in caught.value.evidence


def test_a_long_request_that_nobody_reads_is_a_hang(processes):
    arguments = [sys.executable, "-c", "import time; time.sleep(60)"]
    with PeerProcess("deaf", arguments, dict(os.environ), processes) as process:
        pid = process.pid
        with pytest.raises(PeerTimeoutError, match=r"did not answer within 0\.5 s"):
            process.request_all(["poke " + "00" * 500_000], seconds=0.5)
    assert gone(pid)


def test_a_peer_that_floods_its_output_is_ended(processes):
    flood = "import sys\nsys.stdin.readline()\nwhile True: sys.stdout.write('x' * 65536)"
    with PeerProcess("flood", [sys.executable, "-c", flood], dict(os.environ), processes) as process:
        pid = process.pid
        with pytest.raises(ProtocolError, match="invalid answer, which is not JSON: 'xxx"):
            process.request("hello", seconds=20)
    assert gone(pid)
