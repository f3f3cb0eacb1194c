"""`samebytes init`: a commented first `samebytes.toml`."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from samebytes.checks.attach.place import find, looking
from samebytes.checks.attach.snapshot import copied
from samebytes.checks.project.project import FILE_NAME, native_realm
from samebytes.checks.project.promised import realm_abi
from samebytes.checks.project.scaffold import Needs, Seen, first_project
from samebytes.cli.looking import note
from samebytes.cli.records import add_header_options, defines_of
from samebytes.errors import UsageError
from samebytes.scarcity import cannot_write

__all__ = ["add_to"]

EXAMPLE = """example:
  samebytes init include/car_state.h --type CarState --segment CarState
  samebytes init include/car_state.h --attach /car_state
"""


def add_to(commands: Any) -> None:
    """Add the command to the parser."""
    parser = commands.add_parser(
        "init",
        help=f"write a commented first {FILE_NAME}, from a header or another description",
        description=f"Writes a commented first {FILE_NAME} into this folder; samebytes check accepts it as it is. Never overwrites one.",
        epilog=EXAMPLE,
    )
    parser.add_argument("file", type=Path, metavar="FILE", help="a C or C++ header, a .toml description, or a .py file")
    parser.add_argument("--type", action="append", default=[], metavar="T", help="the shared record (may be repeated)")
    parser.add_argument("--segment", default="", metavar="NAME", help="the name under which a program shares it")
    parser.add_argument(
        "--attach",
        default="",
        metavar="NAME",
        help="look at a running program's segment: what it holds goes into the file",
    )
    parser.add_argument(
        "-o", "--output", type=Path, metavar="FILE", help=f"where to write it, instead of {FILE_NAME} here"
    )
    add_header_options(parser)
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Write the file and return 0."""
    target: Path = options.output or Path(FILE_NAME)
    if not options.file.is_file():
        what = "is a folder" if options.file.is_dir() else "no such file"
        raise UsageError(f"{options.file}: {what}", hint="name the header that declares what is shared")
    folder = target.absolute().parent
    include = tuple(Path(name).absolute() for name in options.include)
    header = Needs(include, defines_of(options), options.language)
    abi = realm_abi(native_realm())
    seen = _seen(options.attach) if options.attach else None
    text = first_project(options.file.absolute(), folder, options.type, options.segment, abi, header, seen)
    try:
        with target.open("x", encoding="utf-8", newline="\n") as file:
            file.write(text)
    except FileExistsError as error:
        raise UsageError(
            f"{target} is there already, and is not overwritten", hint="remove it, or write to another: -o FILE"
        ) from error
    except OSError as error:
        raise cannot_write(f"cannot write {target}: {error.strerror}", error) from error
    print(f"wrote {target}: samebytes check holds everything in it to its layout; now add your own programs")
    return 0


def _seen(name: str) -> Seen:
    """Copy the segment; it is closed at once, and nothing is written to it."""
    with looking(name, "", note) as place:
        shot = copied(place, find(place, 0), None)
    return Seen(name, shot.data)
