"""Any actor of any scenario, killed before any step: the verdict says who died and where, or that it did not matter; nothing is left.

SAMEBYTES_KILLS is how many kills are tried, chosen by SAMEBYTES_KILLS_SEED; without it there are a few. The rule of what must
come of each stands in killing.py.
"""

from __future__ import annotations

import os
import random
import sys
from collections import Counter
from pathlib import Path
from uuid import uuid4

import pytest

from samebytes import mapping
from samebytes.checks.data.subjects import read_records
from samebytes.checks.lifecycle.playback import Playback
from samebytes.checks.lifecycle.scenarios import read_scenarios
from samebytes.errors import MissingToolError
from samebytes.peers.lab import Lab
from samebytes.peers.manifest import discover
from samebytes.peers.paths import fixtures_folder, peers_folder

sys.path.insert(0, str(Path(__file__).parent))
from killing import TELLING, UNANSWERED, Blow, Director, Fate, Watched, blows, fate

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="kills as Linux does")

SCENARIOS = [one for one in read_scenarios(fixtures_folder()) if one.check == "lifecycle"]
KILLS = int(os.environ.get("SAMEBYTES_KILLS", "0"))
SEED = os.environ.get("SAMEBYTES_KILLS_SEED", "0")
FEW, PIECE = 60, 15
PAIRS = [("c", "c"), ("c", "python"), ("python", "c"), ("python", "python")]
CHOSEN = [
    (blow, pair)
    for turn in range(-(-(KILLS or FEW) // len(blows(SCENARIOS))))
    for number, blow in enumerate(random.Random(f"{SEED} {turn}").sample(blows(SCENARIOS), len(blows(SCENARIOS))))
    for pair in [PAIRS[(number + turn) % len(PAIRS)]]
][: KILLS or FEW]


@pytest.fixture
def shm(shm, monkeypatch):
    """The segments of everybody who takes part lie there, those of this process too."""
    monkeypatch.setenv("SAMEBYTES_SHM_DIR", str(shm))
    return shm


@pytest.fixture
def cast(shm):  # noqa: ARG001 - the peers are started with it
    """Peers by part and language, started anew when they have died."""
    with Lab(read_records(fixtures_folder())) as lab:
        company = Company(lab)
        yield company
        for peer in company.peers.values():
            peer.process.end()


class Company:
    """The peers of a test. `call` gives three of them, alive, each with the name of its part."""

    def __init__(self, lab: Lab) -> None:
        self._site = lab.prepared("linux")
        self._manifests = discover((peers_folder(),))
        self.peers = {}

    def call(self, first: str, second: str):
        return [self._live(*key) for key in (("A", first), ("B", second), ("O", "python"))]

    def _live(self, part: str, language: str):
        peer = self.peers.get((part, language))
        if peer is None or not peer.process.alive:
            if peer is not None:
                peer.process.end()
            peer = self.peers[part, language] = self._start(self._manifests[language])
            peer.name = peer.process.name = f"{language} as {part}"
        return peer

    def _start(self, manifest):
        face = next(face for face in manifest.faces if face.kind == "program")
        try:
            return self._site.start(self._site.face_of(manifest, face.name))
        except MissingToolError as error:
            pytest.skip(f"{error}; to add it: {error.add}")


def play(blow: Blow, peers) -> Fate:
    """Perform the scenario with that blow: what came of it."""
    director = Director(blow, {part: peer.process.pid for part, peer in zip("ABO", peers, strict=True)})
    watched = [
        Watched(peer, TELLING, lambda absence, part=part: director.before(part, absence))
        for part, peer in zip("ABO", peers, strict=True)
    ]
    run = Playback(blow.scenario, f"kill-{uuid4().hex}", tuple(watched)).run()
    assert director.struck or blow.step > len(blow.scenario.steps), f"{blow}: nobody was killed"
    if run.verdict == "agreed":
        return Fate("agreed")
    assert "was ended by SIGKILL" in run.message, f"{blow}: {run.verdict}: {run.message} {run.differences}"
    step, found = 0, ""
    for difference in run.differences:
        step, found = int(difference.path.split()[1]), difference.found
    return Fate(str(run.verdict), str(run.stage), run.message.split()[2], step, found)


def left_behind(shm: Path, peers) -> list[str]:
    """Segments, and memory of theirs that somebody who lives still has mapped or open."""
    mapping.reap()
    found = [segment.name for segment in mapping.list_segments()]
    for peer in peers:
        if peer.process.alive:
            place = Path(f"/proc/{peer.process.pid}")
            lines = [
                *(place / "maps").read_text().splitlines(),
                *(str(link.readlink()) for link in (place / "fd").iterdir()),
            ]
            found += [f"{peer.name}: {line}" for line in lines if f"{shm}/" in line and "kill-" in line]
    return found


@pytest.mark.parametrize("first", range(0, len(CHOSEN), PIECE))
def test_whoever_is_killed_whenever_the_verdict_says_so_and_nothing_is_left(cast, shm, first):
    came = Counter()
    for blow, languages in CHOSEN[first : first + PIECE]:
        peers = cast.call(*languages)
        found = play(blow, peers)
        assert found == fate(blow), f"{blow}, {languages}, seed {SEED}"
        assert left_behind(shm, peers) == [], f"{blow}, {languages}, seed {SEED}"
        came[found.verdict] += 1
    print(dict(came))


def test_nobody_is_left_when_all_is_over(cast, shm):
    peers = cast.call("c", "python")
    pids = [peer.process.pid for peer in peers]
    for blow in blows(SCENARIOS[:1])[:3]:
        play(blow, cast.call("c", "python"))
    for peer in cast.peers.values():
        peer.process.end()
    assert not any(
        Path(f"/proc/{pid}").exists() for pid in (*pids, *(peer.process.pid for peer in cast.peers.values()))
    )
    assert left_behind(shm, []) == []


# --- the rule itself --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.name)
def test_the_model_plays_every_scenario_to_its_end(scenario):
    """Killed only when everything is over, A and B fail nothing but the closing of what they still have."""
    for victim in "AB":
        assert fate(Blow(scenario, victim, len(scenario.steps) + 1)) in (
            Fate("agreed"),
            Fate("crashed", "close", victim),
        )


def test_a_dead_actor_never_makes_a_step_come_out():
    """Wherever a step that needs an answer of the victim is still to come, nothing agrees."""
    for blow in blows(SCENARIOS):
        needed = [step for step in blow.scenario.steps[blow.step - 1 :] if step.actor == blow.victim]
        if any(step.action not in UNANSWERED for step in needed):
            assert fate(blow).verdict != "agreed", blow


RULE = [
    ("last-close", "A", 1, Fate("crashed", "create", "A")),
    ("last-close", "A", 2, Fate("crashed", "close", "A", 2, "not_found")),
    ("last-close", "O", 2, Fate("crashed", "open", "O")),
    ("last-close", "B", 5, Fate("crashed", "open", "B")),
    ("exclusive", "A", 2, Fate("crashed", "close", "A", 2, "created")),
    ("exclusive", "A", 5, Fate("agreed")),
    ("join", "A", 7, Fate("crashed", "load", "A")),
    ("creator-closes", "A", 5, Fate("crashed", "close", "A")),
    ("creator-closes", "A", 7, Fate("agreed")),
    ("creator-closes", "B", 7, Fate("crashed", "close", "B", 7, "not_found")),
    ("creator-closes", "B", 8, Fate("crashed", "open", "B")),
    ("creator-closes", "O", 12, Fate("crashed", "close", "O")),
    ("killed-creator", "A", 4, Fate("crashed", "close", "A", 4, "not_found")),
    ("killed-last-holder", "A", 4, Fate("agreed")),
    ("view-is-no-hold", "B", 5, Fate("crashed", "close", "B")),
]


@pytest.mark.parametrize(("name", "victim", "step", "wanted"), RULE)
def test_the_rule(name, victim, step, wanted):
    (scenario,) = (scenario for scenario in SCENARIOS if scenario.name == name)
    assert fate(Blow(scenario, victim, step)) == wanted
