"""Two processes hammer one locked block, in every ordered pair of peers: no torn record, no lost count, nobody stuck.

    python tests/bench/stress_locks.py [--seconds 60] [--realm linux] [--peer NAME …] [--rounds 20000]    # exit code 1 when one is

Each pair makes a block of its own and hammers it in bursts, both at once, until its seconds are over. After each burst the word must be
free, and every number in the block be what both have added. Peers without the verb `lock` are named and left out.
"""

from __future__ import annotations

import argparse
import itertools
import sys
import time
from collections.abc import Sequence
from dataclasses import replace

from samebytes.checks.data.subjects import read_records
from samebytes.errors import MissingError, MissingToolError, SamebytesError
from samebytes.peers.lab import Lab
from samebytes.peers.manifest import discover
from samebytes.peers.paths import fixtures_folder, peers_folder
from samebytes.peers.peer import Peer, Starter

WORD, NUMBERS = 4, 15
BURST_SECONDS = 60.0


def hammer(first: Peer, second: Peer, name: str, seconds: float, rounds: int) -> int:
    """Hammer one block from both until the time is over; return how many rounds there were. AssertionError says what was wrong."""
    one, _, _ = first.open_measured("create_new", name, 4096)
    other, _ = second.open("open_existing", name)
    views = (first.view(one, 0, "read_write"), second.view(other, 0, "read_write"))
    assert first.lock(views[0], 0, "new") == ("ok", 0)
    until, done = time.monotonic() + seconds, 0
    while not done or time.monotonic() < until:
        begun = [
            peer.begin_hammer(view, 0, rounds, BURST_SECONDS) for peer, view in zip((first, second), views, strict=True)
        ]
        outcomes = [finish()[0] for finish in begun]
        done += 2 * rounds
        assert outcomes == ["ok", "ok"], f"after {done} rounds: {' and '.join(outcomes)}"
        seen = first.peek(views[0], 0, WORD * (1 + NUMBERS))
        wanted = bytes(WORD) + (done // 2).to_bytes(WORD, "little") * NUMBERS
        assert seen == wanted, f"after {done} rounds: {seen.hex()} instead of {wanted.hex()}"
    for peer, view, map_ in ((first, views[0], one), (second, views[1], other)):
        peer.close_view(view)
        peer.close_map(map_)
    return done


def starters(lab: Lab, realm: str, wanted: Sequence[str]) -> dict[str, Starter]:
    """Return one face of each peer that can be built here, its program if it has one; name those that cannot."""
    found = {}
    for name, manifest in discover((peers_folder(),)).items():
        if manifest.reduced or (wanted and name not in wanted):
            continue
        try:
            faces = lab.prepared(realm).starters(manifest, lab.records)
        except (MissingError, MissingToolError) as error:
            print(f"not run: {name}: {error}")
            continue
        ordered = sorted(faces.values(), key=lambda starter: starter.face.kind != "program")
        found[name] = replace(ordered[0])
    return found


def run(lab: Lab, realm: str, wanted: Sequence[str], seconds: float, rounds: int) -> int:
    """Hammer in every ordered pair; return how many failed."""
    failed, peers = 0, starters(lab, realm, wanted)
    for number, (one, other) in enumerate(itertools.product(peers, peers)):
        pair = [peers[one].start(), peers[other].start()]
        try:
            lacking = [peer.name for peer in pair if "lock" not in peer.hello.verbs]
            if lacking:
                print(f"not run: {one} and {other}: {' and '.join(dict.fromkeys(lacking))} has no lock")
                continue
            done = hammer(pair[0], pair[1], f"stress-locks-{time.time_ns()}-{number}", seconds, rounds)
            print(f"{one} and {other}: {done:,} rounds, no torn record, no lost count")
        except AssertionError as error:
            failed += 1
            print(f"{one} and {other}: WRONG: {error}")
        finally:
            for peer in pair:
                peer.process.say_goodbye()
    return failed


def main() -> int:
    """Return 1 if a pair failed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=60.0, help="for each pair")
    parser.add_argument("--realm", default="linux")
    parser.add_argument("--peer", action="append", default=[], help="only this one (may be repeated)")
    parser.add_argument("--rounds", type=int, default=20_000, help="of each process in a burst; an even number")
    said = parser.parse_args()
    try:
        with Lab(read_records(fixtures_folder())) as lab:
            return 1 if run(lab, said.realm, said.peer, said.seconds, said.rounds + said.rounds % 2) else 0
    except SamebytesError as error:
        print(error, file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
