"""The whole default matrix, warm: every peer, both realms, every layout and every scenario.

    python tests/bench/bench_matrix.py [--rounds 2] [-- OPTIONS OF samebytes matrix]     # exit code 1 when the bar is missed

The first run builds what has to be built and is not counted; of the others the fastest is. The bar is for 2 cores with nothing else
on them. Beside the clock stand the seconds of all cores that were not idle meanwhile, whoever used them (Linux): a machine that is
busy with something else shows there.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

BAR = 30.0
"""Seconds by the clock."""
LIMIT = 900.0
"""Seconds after which a run is given up."""


@dataclass
class Timed:
    """One run: by the clock, of all cores, and its footer."""

    wall: float
    core: float
    footer: dict[str, Any]


def timed(options: list[str]) -> Timed:
    """Run it once; stop if something did not agree: a wrong run has no speed."""
    began, busy = time.perf_counter(), busy_seconds()
    done = subprocess.run(
        [sys.executable, "-m", "samebytes", "matrix", "--json", *options], capture_output=True, text=True, timeout=LIMIT
    )
    wall, core = time.perf_counter() - began, busy_seconds() - busy
    if done.returncode != 0:
        raise SystemExit(f"samebytes matrix exited with {done.returncode}: {done.stderr[-2000:]}")
    return Timed(wall, core, json.loads(done.stdout.splitlines()[-1]))


def busy_seconds() -> float:
    """What the cores have done since the machine was started: user, nice, system and interrupts, as proc_stat(5) has them."""
    try:
        ticks = [int(word) for word in Path("/proc/stat").read_text("ascii").split("\n", 1)[0].split()[1:8]]
    except OSError:
        return 0.0
    user, nice, system, _idle, _iowait, irq, softirq = ticks
    return (user + nice + system + irq + softirq) / os.sysconf("SC_CLK_TCK")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("options", nargs="*")
    given = parser.parse_args()
    timed(given.options)
    rounds = [timed(given.options) for _ in range(given.rounds)]
    best = min(rounds, key=lambda one: one.wall)
    for realm, phases in best.footer["phases"].items():
        print(f"{realm:8} " + ", ".join(f"{name} {seconds:.1f} s" for name, seconds in phases.items()))
    verdict = "ok" if best.wall <= BAR else "MISSED"
    print(f"{best.footer['cells']} cells: {best.wall:.1f} s (bar {BAR:g} s), {best.core:.1f} s of cores  {verdict}")
    return 0 if best.wall <= BAR else 1


if __name__ == "__main__":
    sys.exit(main())
