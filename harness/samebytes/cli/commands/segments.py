"""`samebytes segments`: the named segments there are, and freeing those that nobody holds."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterable, Iterator
from typing import Any

from samebytes.mapping import SegmentInfo, list_segments, reap

__all__ = ["add_to"]

_STATES = {True: "alive", False: "abandoned", None: "unknown"}


def add_to(commands: Any) -> None:
    """Add the command to the parser."""
    parser = commands.add_parser(
        "segments",
        help="list named segments, and free those that nobody holds",
        description=(
            "Lists this user's named segments and the machine-wide ones. An abandoned segment is one whose last holder was"
            " killed: its name is free, its memory is freed by the next open or create of the name, or by --reap."
            " On Windows the system keeps no list, and nothing is ever abandoned."
        ),
        epilog="example:\n  samebytes segments --reap\n",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--reap", action="store_true", help="free the abandoned ones, and list those instead")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """List or reap; always exit code 0."""
    found = reap() if options.reap else list_segments()
    if options.json:
        key = "reaped" if options.reap else "segments"
        print(json.dumps({key: [segment._asdict() for segment in found]}, ensure_ascii=False))
    else:
        print("\n".join(_lines(found, options.reap)))
    return 0


def _lines(found: Iterable[SegmentInfo], reaped: bool) -> Iterator[str]:
    segments = sorted(found)
    for segment in segments:
        state = "freed" if reaped else _STATES[segment.alive]
        yield f"{state:<9} {segment.size:>12}  {segment.name}"
    if not segments:
        yield "nothing to free" if reaped else "no segments"
