"""The cost of twice the peers: the same peers once more under other names, in one matrix with the first ones.

    python tests/bench/bench_peers.py [--rounds 3] [--realm linux] [--peer NAME …]     # exit code 1 when the bar is missed

Both matrices run in turn in every round, so that a busy machine hits both. The bar is for the ratio of the best rounds, by the
clock. Beside it stands the processor time of the runs and all they started, which others at work do not change much.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

from samebytes.peers.paths import peers_folder

PEERS = ("c", "csharp", "nim", "python")
BAR = 2.2
"""How many times as long eight peers may take as four: their pairs are four times as many."""
LIMIT = 3600.0
"""Seconds after which a run is given up."""
PATIENT = ("--deadline", "600")
"""A machine on which others are at work makes nobody hang."""


class Spent(NamedTuple):
    """One run: seconds by the clock and of processors, cells and data cases."""

    wall: float
    core: float
    cells: int
    cases: int


def twins(peers: list[str], folder: Path) -> list[str]:
    """Make a folder with each of these peers under another name, and return the names. What they share stands beside them."""
    shutil.copytree(peers_folder(), folder, ignore=shutil.ignore_patterns("__pycache__"))
    for manifest in folder.glob("*/peer.toml"):
        text, number = re.subn(
            r'^name = "([^"]+)"', r'name = "\1-twin"', manifest.read_text("utf-8"), count=1, flags=re.M
        )
        assert number == 1, f"{manifest} has no name"
        manifest.write_text(text, "utf-8")
    return [f"{name}-twin" for name in peers]


def run(peers: list[str], folder: Path, realm: str) -> Spent:
    """Run the matrix of these peers; stop if something did not agree: a wrong run has no speed."""
    named = [word for peer in peers for word in ("--peer", peer)]
    command = [sys.executable, "-m", "samebytes", "matrix", "--json", "--realm", realm, *named, *PATIENT]
    before, began = os.times(), time.perf_counter()
    done = subprocess.run([*command, "--peers-folder", str(folder)], capture_output=True, text=True, timeout=LIMIT)
    wall, after = time.perf_counter() - began, os.times()
    if done.returncode != 0:
        raise SystemExit(f"samebytes matrix exited with {done.returncode}: {done.stderr[-2000:]}")
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    cases = sum(line["cases"] for line in lines if line["type"] == "cell" and line["check"] == "data")
    core = after.children_user + after.children_system - before.children_user - before.children_system
    return Spent(wall, core, lines[-1]["cells"], cases)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--realm", default="linux")
    parser.add_argument("--peer", action="append", metavar="NAME")
    given = parser.parse_args()
    few = list(given.peer or PEERS)
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place) / "peers"
        many = [*few, *twins(few, folder)]
        run(many, folder, given.realm)  # builds what has to be built
        rounds = [(run(few, folder, given.realm), run(many, folder, given.realm)) for _ in range(given.rounds)]
    best = [min(one, key=lambda spent: spent.wall) for one in zip(*rounds, strict=True)]
    for peers, spent in zip((few, many), best, strict=True):
        words = (
            f"{spent.wall:7.1f} s, {spent.core:7.1f} s of cores, {spent.cells:>6,} cells, {spent.cases:>7,} data cases"
        )
        print(f"{len(peers):2} peers: {words}")
    wall, core = (min(many[at] for _, many in rounds) / min(few[at] for few, _ in rounds) for at in (0, 1))
    verdict = "ok" if wall <= BAR else "MISSED"
    print(f"ratio {wall:.2f} by the clock (bar {BAR}), {core:.2f} of cores  {verdict}")
    return 0 if wall <= BAR else 1


if __name__ == "__main__":
    sys.exit(main())
