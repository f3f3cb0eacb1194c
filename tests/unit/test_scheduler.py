"""Work between pairs side by side: everything is done once, no process is shared, and what fails ends the rest."""

from __future__ import annotations

import itertools
import os
import threading
import time

import pytest

from samebytes.checks.matrix.scheduler import at_once, spread

PEERS = ("c", "csharp", "nim", "python")
SECONDS = 10


def test_everything_is_done_once_and_no_two_with_an_end_in_common_are_at_work():
    pairs = list(itertools.product(PEERS, PEERS))
    busy, done, shared, lock = [], [], [], threading.Lock()

    def work(pair, _worker):
        with lock:
            shared.extend(other for other in busy if pair[0] == other[0] or pair[1] == other[1])
            busy.append(pair)
        time.sleep(0.001)  # long enough for another to begin beside it
        with lock:
            busy.remove(pair)
            done.append(pair)

    spread([(pair, pair) for pair in pairs], work, 3)
    assert (sorted(done), shared) == (pairs, [])


def test_pairs_with_nothing_in_common_are_at_work_side_by_side_each_with_a_number_of_its_own():
    both, seen = threading.Barrier(2, timeout=SECONDS), []

    def work(pair, worker):
        both.wait()  # broken, and the test with it, unless the other is there too
        seen.append((pair, worker))

    spread([(pair, pair) for pair in (("a", "b"), ("b", "a"))], work, 2)
    assert sorted(worker for _, worker in seen) == [0, 1]


@pytest.mark.parametrize("sharing", [("a", "b"), ("b", "a")])
def test_a_worker_waits_for_an_end_that_becomes_free_and_takes_others_first(sharing):
    begun, order = threading.Event(), []

    def work(pair, _worker):
        if pair == ("a", "a"):
            assert begun.wait(SECONDS)
        order.append(pair)
        if pair == ("b", "b"):
            begun.set()

    spread([(pair, pair) for pair in (("a", "a"), sharing, ("b", "b"))], work, 2)
    assert order[0] == ("b", "b")
    assert sorted(order) == sorted([("a", "a"), sharing, ("b", "b")])


@pytest.mark.parametrize("workers", [1, 2])
def test_what_fails_is_raised_and_ends_the_rest(workers):
    done = []

    def work(pair, _worker):
        if pair == ("a", "a"):
            raise OSError("the disk is full")
        done.append(pair)

    with pytest.raises(OSError, match="the disk is full"):
        spread([(pair, pair) for pair in (("a", "a"), ("a", "b"), ("a", "c"), ("b", "a"))], work, workers)
    assert len(done) <= workers - 1


@pytest.mark.skipif(not hasattr(os, "sched_getaffinity"), reason="this system does not say which cores are ours")
@pytest.mark.parametrize(
    ("cores", "peers", "expected"), [(1, 4, 1), (2, 4, 2), (2, 1, 1), (2, 0, 1), (64, 9, 4), (64, 3, 3)]
)
def test_as_many_as_there_are_cores_and_peers_and_not_too_many(monkeypatch, cores, peers, expected):
    monkeypatch.setattr(os, "sched_getaffinity", lambda _pid: set(range(cores)))
    assert at_once(peers) == expected
