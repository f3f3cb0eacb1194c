"""`samebytes emit`: a record's declaration in another language, holding its size and offsets by itself."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

from samebytes.cli.records import add_file_options, chosen_abis, naming, read_records
from samebytes.errors import LayoutError, UsageError
from samebytes.layout import Abi, Layout, Record, lay_out
from samebytes.layout.emit import ALIASES, LANGUAGES, PLAIN, VIEWS, emit, emitter_of
from samebytes.layout.holding import Source, hold, source_of
from samebytes.layout.outline import Line, outline
from samebytes.scarcity import cannot_write

__all__ = ["add_to"]


def add_to(commands: Any) -> None:
    """Add the command to the parser."""
    parser = commands.add_parser(
        "emit",
        help="a record's declaration in C, C++, C#, Nim, Rust, Pascal, Python, Go, with checks of size and offsets",
        description="Writes the declaration of a file's records in another language, with static asserts (or a check at "
        "start-up) of every size and offset. One declaration is for ABIs on which the record is the same: without --abi "
        "x86_64 Linux, and x86_64 Windows if it is the same there. With --check-only, the asserts alone, for a declaration "
        "that somebody keeps by hand.",
        epilog="example:\n  samebytes emit telemetry.toml --type Telemetry --to rust -o telemetry.rs\n"
        "  samebytes emit telemetry.toml --type Telemetry --to c --check-only --in telemetry.h -o telemetry_check.c\n\n"
        "exit codes: 0 written, 2 usage, or a record that cannot be declared, 3 something is missing on this machine",
    )
    add_file_options(parser)
    parser.add_argument(
        "--to",
        required=True,
        metavar="LANGUAGE",
        choices=[*LANGUAGES, *PLAIN, *VIEWS, *ALIASES],
        help=f"one of {', '.join([*LANGUAGES, *PLAIN, *VIEWS])}",
    )
    parser.add_argument(
        "--check-only",
        action="store_true",
        help="only the asserts, for a declaration that exists: its build then fails",
    )
    parser.add_argument(
        "--in",
        dest="source",
        type=Path,
        metavar="SOURCE",
        help="with --check-only: the file that declares it, for its names",
    )
    parser.add_argument(
        "--as", dest="name", default="", metavar="NAME", help="with --check-only: what the type is called there"
    )
    parser.add_argument("-o", "--output", type=Path, metavar="FILE", help="where to write it; else to standard output")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Read, emit, write."""
    with naming(options.file):
        text = _emitted(options)
    if options.output is None:
        sys.stdout.write(text)
        return 0
    try:
        options.output.write_text(text, "utf-8")
    except OSError as error:
        raise cannot_write(f"cannot write {options.output}: {error.strerror}", error) from error
    return 0


def _emitted(options: argparse.Namespace) -> str:
    language = emitter_of(options.to) or options.to
    if not options.check_only and (options.source or options.name):
        raise UsageError("--in and --as are about a declaration that exists", hint="add --check-only")
    abis, records = _agreeing(options)
    names = ", ".join(record.name for record in records[:4]) + (" …" if len(records) > 4 else "")
    title = f"{names} as on {', '.join(abi.name for abi in abis)}; made by samebytes emit from {options.file.name}"
    if options.check_only:
        if options.name and len(records) > 1:
            raise UsageError(
                f"--as {options.name}: there are {len(records)} records", hint="say with --type which is meant"
            )
        return hold(records, language, abis[0], title, _source(options, language), options.name)
    return emit(records, language, abis[0], title, _scope(options.output, language, records))


def _source(options: argparse.Namespace, language: str) -> Source | None:
    """Return the source whose names count: what --in names, or the header itself where its own language asks."""
    if options.source is not None:
        return source_of(options.source)
    headers = (".h", ".hh", ".hpp", ".hxx")
    return source_of(options.file) if language in ("c", "c++") and options.file.suffix.lower() in headers else None


def _scope(output: Path | None, language: str, records: list[Record]) -> str:
    """Return the full name that the file asks for: a Pascal unit must have its file's name. UsageError for one that it cannot have."""
    if output is None or language != "pascal":
        return ""
    unit = output.stem
    if not unit.isidentifier() or not unit.isascii():
        raise UsageError(
            f"{output}: a Pascal unit is called as its file is, and {unit!r} is no name", hint="name it Lap.pas"
        )
    if unit.lower() in {record.name.lower() for record in records}:
        raise UsageError(
            f"{output}: the unit would have the name of the record in it, and Pascal knows no case",
            hint=f"name the file {unit}s.pas, or the like",
        )
    return f"{unit}.{records[0].name}"


def _agreeing(options: argparse.Namespace) -> tuple[list[Abi], list[Record]]:
    """Return the ABIs that the declaration is for, and the records as they are there. UsageError when those asked for part.

    Microsoft's come first: what its compiler accepts, GCC accepts too.
    """
    abis = chosen_abis(options)
    first = read_records(options, options.type, abis[0])
    for record in first:
        lay_out(record, abis[0])
    agreeing, found = [abis[0]], {abis[0]: first}
    for abi in abis[1:]:
        parts = _parts(options, abi, found, first, abis[0])
        if not parts:
            agreeing.append(abi)
        elif options.abi:
            raise UsageError(
                parts, hint="one declaration cannot be both: emit one ABI at a time, or heed samebytes explain"
            )
        else:
            print(f"samebytes emit: for {abis[0].name} only: {parts}", file=sys.stderr)
    agreeing.sort(key=lambda abi: abi.compiler != "msvc")
    return agreeing, found[agreeing[0]]


def _parts(
    options: argparse.Namespace, abi: Abi, found: dict[Abi, list[Record]], first: list[Record], other: Abi
) -> str:
    """Return where the records part on `abi` from what they are on `other`, in words."""
    try:
        here = found[abi] = read_records(options, options.type, abi)
        for one, same in zip(first, here, strict=False):
            if (words := _difference(one, other, same, abi)) != "":
                return words
    except LayoutError as error:
        if options.abi:
            raise
        return f"{abi.name}: {error.message}"
    return "" if len(here) == len(first) else f"{options.file.name} has other records on {abi.name}"


def _difference(one: Record, on: Abi, other: Record, at: Abi) -> str:
    here, there = lay_out(one, on), lay_out(other, at)
    for left, right in zip(_fields(here), _fields(there), strict=False):
        if left != right:
            path = left.path
            where = f"is at {left.offset} on {on.name}, {left.size} bytes; at {right.offset} on {at.name}, {right.size} bytes"
            return f"{path} of {one.name} {where}"
    if (here.size, here.align, on.order) != (there.size, there.align, at.order):
        return f"{one.name} has {here.size} bytes on {on.name}, {there.size} on {at.name}"
    return ""


def _fields(layout: Layout) -> list[Line]:
    return [line for line in outline(layout) if line.what != "padding"]
