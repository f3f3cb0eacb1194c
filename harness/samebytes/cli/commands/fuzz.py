"""`samebytes fuzz`: random structs through every compiler at hand; a difference is shrunk to the least that differs."""

from __future__ import annotations

import argparse
import math
from typing import Any

from samebytes.errors import MissingError, UsageError
from samebytes.layout.fuzz import clangs, compilers, languages
from samebytes.layout.fuzz.c_source import declarations
from samebytes.layout.fuzz.comparing import Result, compare, laid_out
from samebytes.layout.fuzz.shrink import shrunk
from samebytes.layout.fuzz.structs import FULL, PLAIN, Grammar

__all__ = ["add_to"]


def add_to(commands: Any) -> None:
    """Add the command to the parser."""
    parser = commands.add_parser(
        "fuzz",
        help="random structs through every compiler at hand, against the layout rules",
        description="Compares the layout rules with C compilers for every ABI, with libclang for all of them, and with what other "
        "languages make of plain structs. Every struct has a number, small numbers are small structs. A difference is shrunk to the "
        "smallest struct that keeps it, and printed with that struct's number. The same seed gives the same structs.",
        epilog="examples:\n  samebytes fuzz --count 10000\n  samebytes fuzz --only mingw --seconds 60 --seed 7\n"
        "  samebytes fuzz --struct 41284435\n\n"
        "exit codes: 0 no difference, 1 some, 2 usage, 3 no compiler is here",
    )
    parser.add_argument(
        "--count", type=int, default=1000, metavar="N", help="structs for each compiler (default: 1000)"
    )
    parser.add_argument(
        "--seconds", type=float, default=math.inf, metavar="S", help="at most so long for each compiler"
    )
    parser.add_argument("--seed", type=int, default=1, metavar="N")
    parser.add_argument(
        "--only", default="", metavar="WORD", help="compilers, languages and ABIs whose name has this word in it"
    )
    parser.add_argument("--struct", type=int, metavar="NUMBER", help="print the struct of that number as C")
    parser.add_argument(
        "--plain", action="store_true", help="with --struct: of the structs that other languages have, too"
    )
    parser.add_argument("--list", action="store_true", help="list the compilers that are here")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Compare, shrink, print, and return the exit code."""
    if options.struct is not None:
        return _show(options.struct, PLAIN if options.plain else FULL)
    if options.count < 1 or options.seconds <= 0:
        raise UsageError("--count and --seconds are above 0")
    oracles = [one for one in _oracles() if options.only in _name(one)]
    if not oracles:
        raise MissingError(
            f"no compiler here has {options.only!r} in its name" if options.only else "no compiler is here",
            hint="samebytes fuzz --list; pip install 'samebytes[clang]' has libclang for every ABI",
            add="pip install 'samebytes[clang]'",
        )
    if options.list:
        print("\n".join(_name(one) for one in oracles))
        return 0
    results = [_compared(one, options) for one in oracles]
    total, wrong = sum(one.compared for one in results), sum(len(one.differences) for one in results)
    print(f"{total} structs compared, {wrong} differences")
    return int(wrong > 0)


def _show(number: int, grammar: Grammar) -> int:
    if number < 0:
        raise UsageError("a struct's number is 0 or above")
    record = grammar.struct_of(number)
    print(declarations([record]), end="")
    return 0


def _oracles() -> list[Any]:
    return [*compilers.available(), *clangs.available(), *languages.available()]


def _name(oracle: Any) -> str:
    return f"{oracle.version()} for {oracle.abi}"


def _compared(oracle: Any, options: argparse.Namespace) -> Result:
    result = compare(oracle, options.seed, options.count, options.seconds)
    rate = result.compared / result.seconds if result.seconds else 0.0
    disputed = f", {len(result.disputed)} of them disputed between compilers of the ABI" if result.disputed else ""
    print(
        f"{result.name}: {result.compared} structs{disputed}, {len(result.differences)} differences, {rate:.0f}/s",
        flush=True,
    )
    if result.disputed:
        smallest = min(result.disputed)
        print(f"  disputed, struct {smallest}: {result.disputed[smallest]}")
    if result.differences:
        _explain(oracle, min(result.differences), result)
    return result


def _explain(oracle: Any, number: int, result: Result) -> None:
    """Print the smallest difference, shrunk."""
    record = shrunk(oracle.grammar.struct_of(number, "S0"), oracle)
    least = oracle.grammar.number_of(record)
    words = _words_of(oracle, least) or result.differences[number]
    print(f"  struct {number} differs, and so does struct {least}: {words}")
    print("  " + declarations([record]).rstrip().replace("\n", "\n  "))


def _words_of(oracle: Any, number: int) -> str:
    """Return what the oracle says otherwise about one struct; empty when it agrees."""
    layout = laid_out(oracle.grammar.struct_of(number), oracle)
    if layout is None:
        return ""
    return next((words for _, words in oracle.differences([layout])), "")
