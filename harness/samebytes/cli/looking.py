"""How a record in memory or in an image is shown: the options, and what they make of it."""

from __future__ import annotations

import argparse
import json
import sys
from typing import TextIO

from samebytes.checks.attach.page import Look, look_json, look_lines
from samebytes.checks.attach.paint import Paint
from samebytes.cli.colour import coloured

__all__ = ["add_view_options", "note", "paint_for", "print_look"]


def add_view_options(parser: argparse.ArgumentParser) -> None:
    """Add the options of what to show of a record, and how: also for images."""
    parser.add_argument("--fields", default="", metavar="A,B.C", help="only these fields, and what is in them")
    parser.add_argument(
        "--hexdump",
        action=argparse.BooleanOptionalAction,
        default=None,
        help="all of the hexdump, or none; else its beginning",
    )
    parser.add_argument("--json", action="store_true", help="one JSON object")


def print_look(look: Look, as_json: bool) -> None:
    """Print the text, or one JSON object."""
    if as_json:
        print(json.dumps(look_json(look), ensure_ascii=False))
    else:
        print("\n".join(look_lines(look, paint_for(sys.stdout))))


def note(line: str) -> None:
    """Say on standard error what takes a while."""
    print(f"samebytes: {line}", file=sys.stderr)


def paint_for(stream: TextIO) -> Paint:
    """Return colours, where the stream gets some."""
    return Paint(coloured(stream))
