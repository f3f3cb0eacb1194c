"""The pool: a replacement that does not start is told and tried again, within bounds; one that never starts is an error."""

from __future__ import annotations

import time
from collections import Counter
from types import SimpleNamespace

import pytest

from samebytes.checks.lifecycle import checks
from samebytes.checks.lifecycle.checks import LifecycleChecks
from samebytes.checks.lifecycle.scenarios import read_scenarios
from samebytes.checks.result import Run, Stage, Verdict
from samebytes.errors import PeerCrashedError, PeerRefusedError, StartError
from samebytes.peers.paths import fixtures_folder
from samebytes.peers.peer import Peer
from samebytes.peers.pool import CONSUMER, MAX_STARTS, PRODUCER, Pool


class Started(Peer):
    """A live peer that refuses nonsense."""

    def __init__(self):
        self.name = "fake"
        self.process = SimpleNamespace(alive=True, end=self._end, say_goodbye=self._end)
        self.ended = False

    def _end(self):
        self.ended, self.process.alive = True, False

    def refuses(self, *_):
        return PeerRefusedError("no", peer="fake", kind="unsupported")


class Starter:
    """Starts a peer, or fails where it was told to: `outcomes` in order, then for ever the last."""

    def __init__(self, *outcomes):
        self.outcomes, self.starts, self.started = list(outcomes), 0, []

    def start(self):
        self.starts += 1
        works = self.outcomes.pop(0) if len(self.outcomes) > 1 else self.outcomes[0]
        if not works:
            raise StartError("fake exited with 1", peer="fake")
        self.started.append(Started())
        return self.started[-1]


def crew_of(*outcomes):
    told = []
    starter = Starter(*outcomes)
    pool = Pool({"fake": starter}, "fake", told.append)
    pool.start_all([("fake", PRODUCER)])
    return pool, starter, told


def test_a_replacement_that_fails_is_told_and_tried_again():
    pool, starter, told = crew_of(True, False, True)
    pool.replace("fake", PRODUCER)
    assert pool.peer("fake", PRODUCER).process.alive
    assert told == ["fake did not start as producer, and is started again: fake exited with 1"]
    assert starter.starts == 3


def test_one_that_never_starts_again_is_an_error_and_not_tried_for_ever():
    pool, starter, told = crew_of(True, False)
    pool.replace("fake", PRODUCER)
    for _ in range(3):
        with pytest.raises(StartError, match="exited with 1"):
            pool.peer("fake", PRODUCER)
    assert (starter.starts, len(told)) == (3, 1)


def test_one_that_did_not_start_at_first_is_not_tried_again():
    pool, starter, _ = crew_of(False, True)
    with pytest.raises(StartError):
        pool.peer("fake", PRODUCER)
    assert starter.starts == 1


def test_one_that_was_foreseen_takes_over_and_no_other_is_started():
    pool, starter, told = crew_of(True)
    first = pool.peer("fake", PRODUCER)
    pool.foresee("fake", PRODUCER)
    assert pool.peer("fake", PRODUCER) is first
    pool.replace("fake", PRODUCER)
    assert pool.peer("fake", PRODUCER) is not first
    assert (first.ended, starter.starts, told) == (True, 2, [])


def test_those_that_were_ended_on_purpose_do_not_count_as_deaths_and_those_that_died_do():
    pool, starter, _ = crew_of(True)
    for _ in range(3 * MAX_STARTS):
        pool.foresee("fake", PRODUCER)
        pool.replace("fake", PRODUCER)
        pool.peer("fake", PRODUCER)
    assert starter.starts == 1 + 3 * MAX_STARTS
    for _ in range(MAX_STARTS):
        pool.foresee("fake", PRODUCER)
        pool.peer("fake", PRODUCER).process.alive = False
    with pytest.raises(StartError, match=f"died {MAX_STARTS} times as producer"):
        pool.peer("fake", PRODUCER)


@pytest.mark.parametrize("end", [Pool.close, Pool.kill])
def test_those_that_wait_to_take_over_are_ended_with_the_others(end):
    pool, starter, _ = crew_of(True)
    pool.foresee("fake", PRODUCER)
    while len(starter.started) < 2:
        time.sleep(0.001)
    time.sleep(0.05)  # until it has been found honest
    end(pool)
    assert [peer.ended for peer in starter.started] == [True, True]


class Noting:
    """A pool that only notes who is foreseen."""

    def __init__(self):
        self.foreseen = []

    def foresee(self, *who):
        self.foreseen.append(who)


def test_as_many_are_foreseen_as_die_before_the_last_death_and_of_one_peer_that_is_five():
    pool = Noting()
    scenarios = read_scenarios(fixtures_folder())
    LifecycleChecks(pool, lambda: False).foresee([("fake", "fake", scenario) for scenario in scenarios])
    assert Counter(pool.foreseen) == {("fake", PRODUCER): 2, ("fake", CONSUMER): 3}


class Played:
    """A playback that comes out right alone; the first of many breaks, or leaves its segment."""

    number = 0

    def __init__(self, breaks):
        Played.number += 1
        self.first, self.breaks = Played.number == 1, breaks
        self.name, self.result = f"segment-{Played.number}-", Run("", "", "fake", "fake")
        self.broken, self.dying, self.ended = False, None, set()

    def advance(self):
        if self.first and self.breaks:
            self.broken = True
            self.result.break_off(Stage.OPEN, PeerCrashedError("fake was ended by SIGSEGV", peer="fake"))

    run = advance


@pytest.mark.parametrize(("breaks", "verdict"), [(True, Verdict.CRASHED), (False, Verdict.LEAKED)])
def test_what_goes_wrong_only_among_many_stands_with_the_scenario_that_it_came_of(monkeypatch, breaks, verdict):
    monkeypatch.setattr(Played, "number", 0)
    pool = SimpleNamespace(three=lambda *_: (), retire=lambda *_: None)
    told = iter([] if breaks else ["fake still holds a mapping of /dev/shm/samebytes-0/segment-1-"])
    monkeypatch.setattr(checks, "ReleaseOracle", lambda _: SimpleNamespace(leaks=lambda: next(told, "")))
    monkeypatch.setattr(checks, "Playback", lambda *_: Played(breaks))
    (scenario, *_) = (one for one in read_scenarios(fixtures_folder()) if not one.deaths)
    found = LifecycleChecks(pool, lambda: False).run([("fake", "fake", scenario)] * 2)
    assert [run.verdict for _, run, _ in found] == [verdict, Verdict.AGREED]
