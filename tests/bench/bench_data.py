"""Verified data cases a second, on one core: store, compare, load, compare, each side in a process of its own.

    python tests/bench/bench_data.py [--realm linux] [--seconds 3]      # exit code 1 when a bar is missed

A case is one record with one set of values: the producer stores it, the bytes in memory are compared, the consumer loads it, every
leaf is compared. All fixture layouts that both sides declare take part, in the proportion they have in the matrix.
Everything is pinned to one core. Counted are seconds of that core's time, of the harness and the peers together, so that
another load on the machine does not show; the wall clock stands beside it. The floor is the same number of lines sent and
answered through the same pipes without a record in them.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass

from samebytes.checks.data.batch import DataCase, cases_of, run_cases
from samebytes.checks.data.subjects import read_records
from samebytes.checks.data.testbed import Testbed
from samebytes.errors import SamebytesError
from samebytes.layout import abi_named, lay_out
from samebytes.peers import proc
from samebytes.peers.availability import meet, realms_here, target_for
from samebytes.peers.build import Builder
from samebytes.peers.manifest import discover
from samebytes.peers.paths import fixtures_folder, peers_folder
from samebytes.peers.peer import Peer, Starter
from samebytes.peers.pool import OBSERVER, Pool
from samebytes.peers.processes import Processes
from samebytes.peers.realms import Realm

PAIRS = (
    ("c.program", "c.program", 10_000),
    ("python", "c.program", 3_000),
    ("c.program", "python", 3_000),
    ("csharp.pythonnet", "c.program", 3_000),
    ("c.program", "csharp.pythonnet", 3_000),
    ("csharp.pythonnet", "csharp.pythonnet", 3_000),
)
"""Producer, consumer, and how many verified cases a second are expected."""


@dataclass
class Spent:
    """What something took: seconds by the clock, and of the core's time."""

    wall: float
    core: float


def starters(realm: Realm, processes: Processes) -> dict[str, Starter]:
    """Every face of the three languages, built."""
    builder = Builder(processes, (sys.executable,), read_records(fixtures_folder()))
    found = {}
    manifests = discover((peers_folder(),))
    for name in ("c", "python", "csharp"):
        manifest = manifests[name]
        target = target_for(manifest, realm)
        for requirement in target.requirements:
            meet(requirement, manifest, realm, processes, print)
        build = builder.build(manifest, target, print)
        for face in manifest.faces_on(target.abi):
            label = f"{name}.{face.name}" if len(manifest.faces) > 1 else name
            found[label] = Starter(manifest, face, realm, build, processes)
    return found


def measured(peers: list[Peer], work: Callable[[], object]) -> Spent:
    """Run it once."""
    wall, core = time.perf_counter(), core_seconds(peers)
    work()
    return Spent(time.perf_counter() - wall, core_seconds(peers) - core)


def core_seconds(peers: list[Peer]) -> float:
    """Processor time of this process and of the peers'."""
    return time.process_time() + sum(proc.core_seconds(peer.process.pid) for peer in peers)


def cases_for(pair: tuple[Peer, Peer], realm: Realm) -> list[DataCase]:
    """Every set of values of every layout that both declare as it is."""
    abi = abi_named(realm.abi)
    layouts = [lay_out(record, abi) for record in read_records(fixtures_folder()).values()]
    shared = [one for one in layouts if all(one.record.name in peer.hello.layouts for peer in pair)]
    return [case for layout in shared for case in cases_of(layout, 0)]


def verified(testbed: Testbed, cases: list[DataCase]) -> None:
    """Run them, and stop if one did not agree: a wrong case has no speed."""
    wrong = [outcome for outcome in run_cases(testbed, cases) if outcome.wrong]
    if wrong:
        raise SystemExit(f"{wrong[0].case.layout.record.name}, {wrong[0].case.values.name}: {wrong[0].wrong}")


def lines_only(pair: tuple[Peer, Peer], count: int) -> None:
    """The floor: as many lines to each side, answered without a look at memory."""
    for peer in pair:
        peer.ask_all(["describe Integer"] * count)


def row(pool: Pool, first: str, second: str, bar: int, realm: Realm, seconds: float) -> tuple[str, bool]:
    """Measure a pair for so long, and take the best round."""
    producer, consumer, _ = peers = pool.three(first, second)
    cases = cases_for((producer, consumer), realm)
    with Testbed(f"bench-{os.getpid()}-{first}-{second}", peers) as testbed:
        verified(testbed, cases)  # what is made once for all is made now
        floor = measured([*peers], lambda: lines_only((producer, consumer), len(cases)))
        rounds, until = [], time.perf_counter() + seconds
        while not rounds or time.perf_counter() < until:
            rounds.append(measured([*peers], lambda: verified(testbed, cases)))
    best = min(rounds, key=lambda spent: spent.core)
    rate = len(cases) / best.core
    words = f"{first + ' → ' + second:<40} {len(cases):>6} {rate:>10,.0f} {bar:>8,} {len(cases) / best.wall:>10,.0f}"
    return f"{words} {best.core / floor.core:>8.1f}  {'ok' if rate >= bar else 'MISSED'}", rate >= bar


def main() -> int:
    options = _options()
    realm = next(realm for realm in realms_here() if realm.name == options.realm)
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    processes = Processes()
    good = True
    try:
        realm.prepare(print)
        pool = Pool(starters(realm, processes), "python")
        pool.start_all([("python", OBSERVER)])
        print(f"{'pair':<40} {'cases':>6} {'per second':>10} {'bar':>8} {'by clock':>10} {'× floor':>8}")
        for first, second, bar in PAIRS:
            words, met = row(pool, first, second, bar, realm, options.seconds)
            print(words, flush=True)
            good &= met
        pool.close()
    except SamebytesError as error:
        print(error, file=sys.stderr)
        return 3
    finally:
        processes.kill_all()
        realm.close()
    return 0 if good else 1


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--realm", default="linux")
    parser.add_argument("--seconds", type=float, default=3.0, help="how long each pair is measured")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
