"""`samebytes lock`: writes a lock file of a record's bytes, or says what has happened since it was written."""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from samebytes.cli.records import add_file_options, chosen_abis, naming, read_records
from samebytes.errors import LayoutError, UsageError
from samebytes.layout import Abi, Record
from samebytes.layout.lock import Lock, read_lock
from samebytes.layout.locking import changed, changed_words, layouts_on, severity, source_lock_text
from samebytes.scarcity import cannot_write

__all__ = ["add_to"]

SAME, BREAKING, COMPATIBLE = 0, 1, 4


def add_to(commands: Any) -> None:
    """Add the command to the parser."""
    parser = commands.add_parser(
        "lock",
        help="write a lock file of records' bytes, or verify one; a readable diff when something moved",
        description="Writes FILE.lock: on each ABI (x86_64 Linux and Windows, if none is named) every field's offset, size, "
        "type and path, holes shown, and golden bytes. With --check, compares: LOCK with the file it was made from, or FILE.",
        epilog="examples:\n  samebytes lock telemetry.toml\n  samebytes lock --check telemetry.toml.lock\n\n"
        "exit codes: 0 written, or the same; 1 a breaking change; 4 only compatible changes (appended, renamed, in former\n"
        "padding); 2 usage, or a file that cannot be read; 3 something is missing on this machine",
    )
    add_file_options(parser, optional=True)
    parser.add_argument("--check", type=Path, metavar="LOCK", help="verify this lock file instead of writing one")
    parser.add_argument(
        "-o", "--output", type=Path, metavar="LOCK", help="where to write it, - for standard output; else FILE.lock"
    )
    parser.add_argument("--json", action="store_true", help="with --check: print one JSON object")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Write or check."""
    if options.check is None and options.file is None:
        raise UsageError("lock what?", hint="samebytes lock FILE, or samebytes lock --check FILE.lock")
    with naming(None if options.check else options.file):
        return _write(options) if options.check is None else _check(options)


# --- writing ----------------------------------------------------------------------------------------------------------


def _write(options: argparse.Namespace) -> int:
    refused: list[LayoutError] = []
    read = _reader(options, options.type)
    layouts = [layout for abi in chosen_abis(options) for layout in layouts_on(abi, read, refused)]
    if refused and (options.abi or not layouts):
        raise refused[0]
    output = options.output or options.file.with_name(f"{options.file.name}.lock")
    to_screen = str(output) == "-"
    text = source_lock_text(layouts, options.file, Path() if to_screen else output.parent)
    if to_screen:
        print(text, end="")
        return SAME
    try:
        output.write_text(text, "utf-8", newline="\n")
    except OSError as error:
        raise cannot_write(f"cannot write {output}: {error.strerror}", error) from error
    names = list(dict.fromkeys(layout.record.name for layout in layouts))
    print(
        f"wrote {output}: {', '.join(names[:6])}{' …' * (len(names) > 6)} on {len({one.abi for one in layouts})} ABIs"
    )
    return SAME


def _reader(options: argparse.Namespace, types: list[str] | None) -> Callable[[Abi], list[Record]]:
    return lambda abi: read_records(options, types, abi)


# --- checking ---------------------------------------------------------------------------------------------------------


def _check(options: argparse.Namespace) -> int:
    lock = _read(options.check)
    if options.file is None:
        options.file = options.check.parent / lock.source
    read = _reader(options, None)
    found = list(changed(lock, str(options.check), read, options.type or (), options.abi or ()))
    status = severity(found)
    if options.json:
        changes = [
            {"record": name, "abi": abi, "severity": change.severity, "change": change.text}
            for name, abi, change in found
        ]
        print(json.dumps({"status": status, "changes": changes}, ensure_ascii=False))
    else:
        print("\n".join((*changed_words(found), _conclusion(status, options))))
    return {"same": SAME, "breaking": BREAKING, "compatible": COMPATIBLE}[status]


def _read(path: Path) -> Lock:
    try:
        return read_lock(path.read_text("utf-8"), str(path))
    except FileNotFoundError as error:
        raise UsageError(f"{path}: no such file", hint="samebytes lock FILE writes one") from error
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{path}: cannot be read: {error}") from error


def _conclusion(status: str, options: argparse.Namespace) -> str:
    words = {
        "same": f"{options.file} is as {options.check} has it",
        "compatible": f"{options.file} has only compatible changes; samebytes lock writes them down",
        "breaking": f"{options.file} breaks what was built against {options.check}",
    }
    return words[status]
