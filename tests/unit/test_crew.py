"""The crew: a replacement that does not start is told and tried again, within bounds; one that never starts is an error."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from samebytes.checks.crew import PRODUCER, Crew
from samebytes.errors import PeerRefusedError, StartError
from samebytes.peers.peer import Peer


class Started(Peer):
    """A live peer that refuses nonsense."""

    def __init__(self):
        self.name = "fake"
        self.process = SimpleNamespace(alive=True, end=lambda: None)

    def refuses(self, *_):
        return PeerRefusedError("no", peer="fake", kind="unsupported")


class Starter:
    """Starts a peer, or fails where it was told to: `outcomes` in order, then for ever the last."""

    def __init__(self, *outcomes):
        self.outcomes, self.starts = list(outcomes), 0

    def start(self):
        self.starts += 1
        works = self.outcomes.pop(0) if len(self.outcomes) > 1 else self.outcomes[0]
        if not works:
            raise StartError("fake exited with 1", peer="fake")
        return Started()


def crew_of(*outcomes):
    told = []
    starter = Starter(*outcomes)
    crew = Crew({"fake": starter}, "fake", told.append)
    crew.start_all([("fake", PRODUCER)])
    return crew, starter, told


def test_a_replacement_that_fails_is_told_and_tried_again():
    crew, starter, told = crew_of(True, False, True)
    crew.replace("fake", PRODUCER)
    assert crew.peer("fake", PRODUCER).process.alive
    assert told == ["fake did not start as producer, and is started again: fake exited with 1"]
    assert starter.starts == 3


def test_one_that_never_starts_again_is_an_error_and_not_tried_for_ever():
    crew, starter, told = crew_of(True, False)
    crew.replace("fake", PRODUCER)
    for _ in range(3):
        with pytest.raises(StartError, match="exited with 1"):
            crew.peer("fake", PRODUCER)
    assert (starter.starts, len(told)) == (3, 1)


def test_one_that_did_not_start_at_first_is_not_tried_again():
    crew, starter, _ = crew_of(False, True)
    with pytest.raises(StartError):
        crew.peer("fake", PRODUCER)
    assert starter.starts == 1
