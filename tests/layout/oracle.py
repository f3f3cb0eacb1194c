"""Compare the layout model with every C compiler at hand, and with libclang, on random structs.

    python tests/layout/oracle.py --seed 1 --count 10000

Prints a line per oracle: structs compared, differences, arbitration cases (records that compilers of one ABI lay out differently).
Exit code 1 when there is a difference that is no arbitration case. `--show N` prints the struct of a number as C.
"""

from __future__ import annotations

import argparse
import sys

from oracles.compilers import available
from oracles.csource import declaration, enums
from oracles.run import compare, report
from oracles.structs import struct_of


def main(words: list[str]) -> int:
    """The command; its exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--count", type=int, default=1000, help="structs per compiler")
    parser.add_argument("--triples", type=int, default=None, help="structs per libclang triple (default: as many)")
    parser.add_argument("--only", default="", help="oracles whose name contains this")
    parser.add_argument("--show", type=int, help="print the struct of that number as C")
    chosen = parser.parse_args(words)
    if chosen.show is not None:
        record = struct_of(chosen.show)
        print(enums([record]) + declaration(record))
        return 0
    return run(chosen)


def run(chosen: argparse.Namespace) -> int:
    """Compare with all oracles chosen."""
    from oracles import clangs

    failed = False
    counts = [(oracle, chosen.count) for oracle in available()]
    counts += [(oracle, chosen.count if chosen.triples is None else chosen.triples) for oracle in clangs.available()]
    for oracle, count in counts:
        if count and chosen.only in f"{oracle} {oracle.abi}":
            result = compare(oracle, chosen.seed, count)
            failed |= bool(result.differences)
            print(report(result), flush=True)
    return int(failed)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
