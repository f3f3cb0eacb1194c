"""`samebytes attach`: look at a segment that a running program owns, decoded and as a hexdump; follow it; keep it as an image."""

from __future__ import annotations

import argparse
import sys
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

from samebytes.checks.attach.page import Look
from samebytes.checks.attach.place import Place, find, looking
from samebytes.checks.attach.snapshot import copied
from samebytes.checks.attach.watch import watched
from samebytes.checks.images.capture import captured
from samebytes.checks.images.file import write_image
from samebytes.checks.producers.explaining import explain_sense, plausible
from samebytes.checks.producers.segment_reader import OpenSegment
from samebytes.cli.exit_codes import exit_code
from samebytes.cli.following import follow
from samebytes.cli.looking import add_view_options, note, paint_for, print_look
from samebytes.cli.records import add_header_options, naming, read_records
from samebytes.diagnosis.sizes import LIKELY, RecordOn, SizeCheck, check_size
from samebytes.errors import LayoutError, MissingError, UsageError
from samebytes.layout import Abi, Layout, Record, abi_named, lay_out
from samebytes.peers.realms import REALMS

__all__ = ["add_to"]

RATE = 10.0
WITHOUT_LAYOUT = 1 << 20
"""Bytes of a segment that are looked at when no record says how many matter."""
READ = 1 << 14
"""Bytes from the record's first on that are looked at, at least: another layout of it may be longer."""
FASTEST = 1000.0


def add_to(commands: Any) -> None:
    """Add the command to the parser."""
    parser = commands.add_parser(
        "attach",
        help="look at a segment that a running program owns: decode, hexdump, follow, capture",
        description="Copies what a running program shares, lets go of it at once, and shows it: every field with its value, and an "
        "annotated hexdump. Nothing is ever written to it. NAME is as open_existing takes it; /NAME is a raw POSIX object, {uid} in it "
        "this user's number. On Linux, --realm windows looks into the Wine prefix that WINEPREFIX names (else ~/.wine).",
        epilog="examples:\n  samebytes attach CarState --layout include/car_state.h:CarState\n"
        "  samebytes attach '/MumbleLink.{uid}' --layout mumble_link.h --type LinkedMem --watch\n\n"
        "exit codes: 0 shown, 1 the record and the segment do not go together, 2 usage or no such segment, 3 something is missing here",
    )
    parser.add_argument("name", metavar="NAME", help="the segment's name")
    _add_layout_options(parser)
    add_view_options(parser)
    parser.add_argument(
        "--realm", default="", help=f"where the name lives: {' or '.join(REALMS)}; this system's own, if left out"
    )
    parser.add_argument(
        "--wait", type=float, default=0.0, metavar="SECONDS", help="wait so long for the name to appear"
    )
    parser.add_argument(
        "--watch",
        action="store_true",
        help="follow it until its producer is gone, or Ctrl-C (with the extra `watch` as a live page on a terminal; "
        "with --json an object for every change)",
    )
    parser.add_argument(
        "--rate", type=float, default=RATE, metavar="HZ", help=f"with --watch: looks a second (default {RATE:g})"
    )
    parser.add_argument("--save", type=Path, metavar="IMAGE", help="keep what is there as an image (samebytes image)")
    parser.set_defaults(run=run)


def _add_layout_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--layout", metavar="FILE[:TYPE]", help="the record: a .toml, header, .py, binary or assembly")
    parser.add_argument("--type", metavar="TYPE", help="the record's name in that file")
    parser.add_argument("--abi", metavar="ABI", help="as this ABI lays it out; the realm's own, if left out")
    parser.add_argument("--offset", type=int, default=0, metavar="N", help="bytes in front of the record")
    add_header_options(parser)


def run(options: argparse.Namespace) -> int:
    """Find, copy, show; or follow."""
    _check(options)
    with looking(options.name, options.realm, note) as place:
        record_on = _record_reader(options)
        layout = _layout(options, place, record_on)
        sight = find(place, options.wait)
        size = _size(options, layout, record_on, sight)
        if not options.abi and not size.fits and size.better is not None:
            layout = size.better
            size.words.append(f"shown as on {layout.abi.name}; --abi {layout.abi.name} says that this is meant")
        if options.watch:
            return _watch(options, place, sight, layout, size)
        return _show(options, place, sight, layout, size)


def _check(options: argparse.Namespace) -> None:
    """Raise UsageError for options that make no sense together."""
    if options.offset < 0 or options.wait < 0:
        raise UsageError("--offset and --wait are not negative")
    if not 0 < options.rate <= FASTEST:
        raise UsageError(f"--rate {options.rate:g}", hint=f"more than 0, at most {FASTEST:g} looks a second")
    if options.layout is None and (options.watch or options.save or options.fields or options.type):
        raise UsageError("--layout is missing", hint="only a plain hexdump does without")
    if options.watch and options.save:
        raise UsageError("--watch and --save: one or the other", hint="an image is of one moment")
    if options.abi:
        abi_named(options.abi)


def _record_reader(options: argparse.Namespace) -> RecordOn:
    """Return a function that reads the record for an ABI.

    It returns None without a layout, or where the file cannot be read for that ABI.
    """
    if options.layout is None:
        return lambda _abi: None
    path, type_ = _split(options.layout)
    chosen = argparse.Namespace(file=path, define=options.define, include=options.include, language=options.language)
    name = options.type or type_

    def read(abi: Abi) -> Record | None:
        with naming(path):
            return _only(path, read_records(chosen, [name] if name else None, abi), bool(name))

    return read


def _split(words: str) -> tuple[Path, str]:
    """Split `FILE:TYPE`, the type perhaps `ns::Type`. A file of that whole name, and a drive's letter, are not taken apart."""
    colons = [at for at in range(2, len(words)) if words[at] == ":"]
    if Path(words).exists() or not colons:
        return Path(words), ""
    at = next((at for at in colons if Path(words[:at]).exists()), colons[0])
    return Path(words[:at]), words[at + 1 :]


def _only(path: Path, records: list[Record], named: bool) -> Record:
    """Return the record that was named, or the only one that is not part of another."""
    parts = {one for record in records for one in record.nested()}
    roots = records if named else [record for record in records if record not in parts]
    if len(roots) == 1 or (named and roots):
        return roots[0]
    names = ", ".join(record.name for record in records[:20])
    raise UsageError(f"{path} has several records", hint=f"--type says which: {names}")


def _layout(options: argparse.Namespace, place: Place, record_on: RecordOn) -> Layout | None:
    abi = abi_named(options.abi or place.abi)
    record = record_on(abi)
    return lay_out(record, abi) if record is not None else None


def _size(options: argparse.Namespace, layout: Layout | None, record_on: RecordOn, sight: OpenSegment) -> SizeCheck:
    if layout is None:
        return SizeCheck(True)

    def elsewhere(abi: Abi) -> Record | None:
        with suppress(LayoutError, UsageError, MissingError):
            return record_on(abi)
        return None

    data = sight.read(options.offset, max(layout.size, READ))
    found = check_size(
        layout, elsewhere, options.offset, sight.size, sight.exact, data,
        lambda way: not any(data) or plausible(layout, way, data),
    )  # fmt: skip
    cause = explain_sense(layout, data, sight.size - options.offset, sight.exact) if found.fits else ""
    return replace(found, words=[*found.words, f"{LIKELY}{cause}"]) if cause else found


def _show(options: argparse.Namespace, place: Place, sight: OpenSegment, layout: Layout | None, size: SizeCheck) -> int:
    end = None if options.save else options.offset + (layout.size if layout is not None else WITHOUT_LAYOUT)
    shot = copied(place, sight, end)
    fields = [name for name in options.fields.split(",") if name]
    look = Look(shot, layout, options.offset, size, fields, options.hexdump)
    print_look(look, options.json)
    if options.save and layout is not None:
        write_image(options.save, captured(shot, layout, options.offset))
        print(f"image: {options.save}", file=sys.stderr if options.json else sys.stdout)
    return exit_code(size.fits)


def _watch(
    options: argparse.Namespace, place: Place, sight: OpenSegment, layout: Layout | None, size: SizeCheck
) -> int:
    assert layout is not None
    fields = [name for name in options.fields.split(",") if name]
    moments = watched(
        place, sight, options.offset, max(layout.size, 1 << 16 if layout.record.variable else 0), options.rate
    )
    follow(place, layout, moments, size, fields, options.json, paint_for(sys.stdout))
    return exit_code(size.fits)
