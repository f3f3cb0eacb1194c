"""Over pytest-xdist's workers: a group's cells stay together, other tests go anywhere, an end in the middle leaves nothing."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections import defaultdict
from pathlib import Path

import pytest

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="starts peers natively on Linux, and reads /proc")

PEERS = ("--samebytes-matrix", "--samebytes-realm", "linux", "--samebytes-peer", "c", "--samebytes-peer", "python")


AS_AT_A_TERMINAL = (
    "import signal, sys, pytest; signal.signal(signal.SIGINT, signal.default_int_handler); "
    "sys.exit(pytest.main(sys.argv[1:]))"
)
"""Whoever starts the tests in the background makes them, and their children, ignore Ctrl-C."""


def group(name: str) -> str:
    producer, _, _, realm, check = name.removeprefix("samebytes::").split("/")
    return f"{realm} {check} {producer if check == 'data' else ''}"


@pytest.mark.parametrize("dist", [(), ("--dist", "loadgroup")], ids=["n2", "loadgroup"])
def test_cells_that_share_peers_run_on_one_worker_and_every_worker_has_work(run_pytest, dist):
    Path("test_own.py").write_text(
        "import pytest\n@pytest.mark.parametrize('n', range(6))\ndef test_own(n): pass\n", "utf-8"
    )
    ran = run_pytest(
        *PEERS, "--samebytes-layout", "struct", "--samebytes-layout", "integer",
        "--samebytes-check", "all", "--samebytes-scenario", "join", "-n", "2", *dist,
    )  # fmt: skip
    assert ran.status == 0
    workers = defaultdict(set)
    for one in ran.seen:
        if one["id"].startswith("samebytes::"):
            workers[group(one["id"])].add(one["worker"])
    assert set(workers) == {"linux data c", "linux data python", "linux lifecycle "}
    assert all(len(names) == 1 for names in workers.values()), workers
    assert {one["worker"] for one in ran.seen} == {"gw0", "gw1"}
    assert sum(name.startswith("test_own") for name in ran.outcomes) == 6


def test_items_have_the_same_names_with_and_without_workers(run_pytest):
    plain = run_pytest(*PEERS, "--samebytes-layout", "integer")
    spread = run_pytest(*PEERS, "--samebytes-layout", "integer", "-n", "2")
    assert set(plain.outcomes) == set(spread.outcomes)
    assert len(plain.outcomes) == 4


@pytest.mark.parametrize("spread", [(), ("-n", "2")], ids=["plain", "n2"])
def test_ctrl_c_leaves_nothing_behind(pytester, monkeypatch, misbehaving, shm, nothing_left, spread):
    """A producer hangs with a segment open; the terminal's Ctrl-C reaches every process of the group."""
    key, value = "SAMEBYTES_TEST_MARK", os.urandom(8).hex()
    monkeypatch.setenv(key, value)
    monkeypatch.setenv("SAMEBYTES_SHM_DIR", str(shm))
    command = [
        sys.executable, "-c", AS_AT_A_TERMINAL, "--samebytes-matrix", "--samebytes-realm", "linux",
        "--samebytes-layout", "struct", f"--samebytes-peers-folder={misbehaving('hang@store')}",
        "--samebytes-peer", "bad", "--samebytes-peer", "python", "--samebytes-deadline", "300", *spread,
    ]  # fmt: skip
    run = subprocess.Popen(
        command, cwd=pytester.path, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, process_group=0
    )
    try:
        deadline = time.monotonic() + 120
        while not any(path.is_file() for path in shm.rglob("*")):
            assert time.monotonic() < deadline, "no segment appeared"
            assert run.poll() is None, run.communicate()
            time.sleep(0.02)
        time.sleep(0.3)
        os.killpg(run.pid, signal.SIGINT)
        output, _ = run.communicate(timeout=60)
        nothing_left(f"{key}={value}", shm, 20)
    finally:
        run.kill()
        run.wait()
    assert run.returncode == pytest.ExitCode.INTERRUPTED, output.decode()
