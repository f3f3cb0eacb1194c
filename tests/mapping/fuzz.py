"""Random sequences of operations on maps, views, windows and streams, against plain bytes as the model; quickly, and many.

    python tests/mapping/fuzz.py [--sequences N] [--seed WORD] [--first NUMBER]

Each sequence follows from its number and the seed alone, so the one that is told as failing is run again by
`--first NUMBER --sequences 1`. A failure is shortened before it is told; the exit code is 1 then. On CPython
for Windows under Wine, in pieces of 5,000:

    SAMEBYTES_FUZZ=N python ci/wine_tests.py tests/mapping/test_fuzz.py
"""

from __future__ import annotations

import argparse
import faulthandler
import os
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "harness"))
from fuzzing.driver import STEPS, fuzz

TOLD = 5000
"""After how many sequences to say how far it is: a process that dies has come that far."""


def run(seed: str, first: int, count: int) -> int:
    """Follow the sequences, in this process; the exit code."""
    for begin in range(first, first + count, TOLD):
        failure = fuzz(seed, begin, min(TOLD, first + count - begin))
        if failure:
            print(failure)
            return 1
        print(f"{min(begin + TOLD, first + count) - first} sequences of {STEPS} steps, nothing wrong", flush=True)
    return 0


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sequences", type=int, default=1000, metavar="N", help="how many (1000)")
    parser.add_argument("--seed", default="0", metavar="WORD", help="which (0)")
    parser.add_argument("--first", type=int, default=0, metavar="NUMBER", help="the first of them (0)")
    asked = parser.parse_args()
    faulthandler.enable()
    if sys.platform != "linux":
        return run(asked.seed, asked.first, asked.sequences)
    with tempfile.TemporaryDirectory(prefix="samebytes-fuzz-", dir="/dev/shm") as place:
        os.environ["SAMEBYTES_SHM_DIR"] = place
        return run(asked.seed, asked.first, asked.sequences)


if __name__ == "__main__":
    sys.exit(main())
