"""`samebytes explain`: a record's bytes on every ABI, where ABIs part, and every portability hazard with its fix."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from samebytes.cli.records import add_file_options, chosen_abis, naming, read_records
from samebytes.errors import LayoutError, UsageError
from samebytes.layout import Abi, Layout, Record, lay_out
from samebytes.layout.explain import Explanation, as_json, as_text
from samebytes.layout.hazards import Hazard, dropped_fields, hazards
from samebytes.layout.hazards.commented import LONGEST
from samebytes.layout.importers import notes_of
from samebytes.layout.picture import as_html, as_svg

__all__ = ["add_to"]

_TEXTS = (".toml", ".h", ".hpp", ".hh", ".hxx", ".h++", ".inc", ".c", ".cpp", ".cc", ".cxx")


def add_to(commands: Any) -> None:
    """Add the command to the parser."""
    parser = commands.add_parser(
        "explain",
        help="a record on every ABI: offsets, padding, and every portability hazard in it",
        description="Shows a record's bytes on each ABI (x86_64 Linux and Windows, if none is named), where the ABIs part, "
        "and every portability hazard with its fix. With two --abi or more, hazards are those between exactly these; "
        "else those between all little-endian ABIs.",
        epilog="example:\n  samebytes explain telemetry.toml --type Telemetry --abi x86_64-linux --abi i686-linux\n\n"
        "exit codes: 0 explained, 2 usage or a record that cannot be laid out, 3 something is missing on this machine",
    )
    add_file_options(parser)
    parser.add_argument("--json", action="store_true", help="one JSON object; a list of them for several ABIs or types")
    parser.add_argument("--svg", type=Path, metavar="FILE", help="draw the record, its holes and the ABIs side by side")
    parser.add_argument("--html", type=Path, metavar="FILE", help="the same as a page, of all records of the file")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Read, lay out, print."""
    with naming(options.file):
        return _explain(options)


def _explain(options: argparse.Namespace) -> int:
    abis = chosen_abis(options)
    found = list(_explanations(options, abis))
    if options.svg is not None or options.html is not None:
        _draw(options, found)
    if options.json:
        objects = [as_json(layout, one.hazards) for one in found for layout in one.layouts]
        single = len(abis) == 1 and len(found) == 1 and bool(options.type)
        print(json.dumps(objects[0] if single else objects, ensure_ascii=False))
        return 0
    print("\n\n".join("\n".join(as_text(one)) for one in found))
    return 0


def _draw(options: argparse.Namespace, found: list[Explanation]) -> None:
    """Write the pictures. UsageError for one picture of several records."""
    if options.svg is not None:
        if len(found) != 1:
            raise UsageError(
                f"--svg draws one record, {options.file.name} has {len(found)}",
                hint="name it with --type, or use --html",
            )
        options.svg.write_text(as_svg(found[0].layouts), "utf-8")
    if options.html is not None:
        pictures = [(one.name, as_svg(one.layouts)) for one in found]
        options.html.write_text(as_html(pictures, f"Records of {options.file.name}"), "utf-8")


def _explanations(options: argparse.Namespace, abis: list[Abi]) -> Iterator[Explanation]:
    records = _records(options, abis)
    texts = _source(options)
    for name, by_abi in records.items():
        layouts, refused = _layouts(by_abi, strict=bool(options.abi))
        record = layouts[0].record
        found = _hazards(layouts, abis if options.abi else [])
        dropped = tuple(dropped_fields(texts, record.name, "toml" if options.file.suffix == ".toml" else "c"))
        notes = tuple(dict.fromkeys(note for layout in layouts for note in notes_of(layout.record)))
        yield Explanation(name, layouts, _merged(found, dropped), refused, notes)


def _hazards(layouts: list[Layout], asked: list[Abi]) -> tuple[Hazard, ...]:
    """Return the record's hazards; where a header differs by ABI, those of each of its readings on its own ABIs alone."""
    same: dict[Record, list[Abi]] = {}
    for layout in layouts:
        same.setdefault(layout.record, []).append(layout.abi)
    if len(same) == 1:
        return hazards(layouts[0].record, asked)
    return tuple(dict.fromkeys(one for record, abis in same.items() for one in hazards(record, abis)))


def _merged(found: tuple[Hazard, ...], more: tuple[Hazard, ...]) -> list[Hazard]:
    return sorted((*found, *more), key=lambda one: one.trap.number)


def _records(options: argparse.Namespace, abis: list[Abi]) -> dict[str, dict[Abi, Record]]:
    """Return every record by name, as it is on each ABI: a header may say different things."""
    found: dict[str, dict[Abi, Record]] = {}
    for abi in abis:
        for record in read_records(options, options.type, abi):
            found.setdefault(record.name, {})[abi] = record
    return found


def _layouts(by_abi: dict[Abi, Record], strict: bool) -> tuple[list[Layout], dict[str, str]]:
    """Return the layouts, and for other ABIs why not. LayoutError when an ABI that was asked for cannot, or none can."""
    layouts: list[Layout] = []
    refused: dict[str, str] = {}
    last: LayoutError | None = None
    for abi, record in by_abi.items():
        try:
            layouts.append(lay_out(record, abi))
        except LayoutError as error:
            if strict:
                raise
            refused[abi.name] = str(error)
            last = error
    if not layouts and last is not None:
        raise last
    return layouts, refused


def _source(options: argparse.Namespace) -> str:
    """Return the file's text, if it is one that people write."""
    if options.file.suffix.lower() not in _TEXTS or options.file.stat().st_size > LONGEST:
        return ""
    return str(options.file.read_text("utf-8", "replace"))
