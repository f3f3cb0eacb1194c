"""`samebytes lock`: writes a lock file of a record's bytes, or says what has happened since it was written."""

from __future__ import annotations

import argparse
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from samebytes.cli.records import add_file_options, chosen_abis, naming, read_records
from samebytes.errors import LayoutError, UsageError
from samebytes.layout import ABIS, Abi, Layout, lay_out
from samebytes.layout.diff import Change, differences
from samebytes.layout.lock import Lock, Locked, lock_text, locked, read_lock

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
        formatter_class=argparse.RawDescriptionHelpFormatter,
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
    layouts = [layout for abi in chosen_abis(options) for layout in _layouts(options, options.type, abi, refused)]
    if refused and (options.abi or not layouts):
        raise refused[0]
    order = list(dict.fromkeys(layout.record.name for layout in layouts))
    layouts.sort(key=lambda layout: order.index(layout.record.name))
    output = options.output or options.file.with_name(f"{options.file.name}.lock")
    to_screen = str(output) == "-"
    text = lock_text(layouts, _relative(options.file, Path() if to_screen else output.parent))
    if to_screen:
        print(text, end="")
        return SAME
    try:
        output.write_text(text, "utf-8", newline="\n")
    except OSError as error:
        raise UsageError(f"cannot write {output}: {error.strerror}") from error
    print(
        f"wrote {output}: {', '.join(order[:6])}{' …' * (len(order) > 6)} on {len({one.abi for one in layouts})} ABIs"
    )
    return SAME


def _layouts(
    options: argparse.Namespace, types: list[str] | None, abi: Abi, refused: list[LayoutError]
) -> Iterator[Layout]:
    for record in read_records(options, types, abi):
        try:
            yield lay_out(record, abi)
        except LayoutError as error:
            refused.append(error)


def _relative(path: Path, folder: Path) -> str:
    try:
        return Path(os.path.relpath(path, folder)).as_posix()
    except ValueError:  # another drive, on Windows
        return path.resolve().as_posix()


# --- checking ---------------------------------------------------------------------------------------------------------


def _check(options: argparse.Namespace) -> int:
    lock = _read(options.check)
    if options.file is None:
        options.file = options.check.parent / lock.source
    found = list(_changes(options, lock))
    status = "breaking" if any(one.severity == "breaking" for _, _, one in found) else "compatible" if found else "same"
    if options.json:
        changes = [
            {"record": name, "abi": abi, "severity": change.severity, "change": change.text}
            for name, abi, change in found
        ]
        print(json.dumps({"status": status, "changes": changes}, ensure_ascii=False))
    else:
        print("\n".join(_report(found, options, status)))
    return {"same": SAME, "breaking": BREAKING, "compatible": COMPATIBLE}[status]


def _read(path: Path) -> Lock:
    try:
        return read_lock(path.read_text("utf-8"), str(path))
    except FileNotFoundError as error:
        raise UsageError(f"{path}: no such file", hint="samebytes lock FILE writes one") from error
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{path}: cannot be read: {error}") from error


def _changes(options: argparse.Namespace, lock: Lock) -> Iterator[tuple[str, str, Change]]:
    wanted = [one for one in lock.records if _asked(options, one)]
    if not wanted:
        raise UsageError(f"{options.check} locks nothing of what was asked for")
    for abi in dict.fromkeys(one.abi for one in wanted):
        if abi not in ABIS:
            first = next(one for one in wanted if one.abi == abi)
            raise LayoutError(
                f"{options.check}:{first.line}: there is no ABI {abi!r}", hint=f"known: {', '.join(ABIS)}"
            )
        now = {one.name: one for one in map(locked, _layouts(options, None, ABIS[abi], []))}
        here = [one for one in wanted if one.abi == abi]
        for old in here:
            if old.name not in now:
                yield old.name, abi, Change("breaking", f"{old.name} is no longer there")
                continue
            yield from ((old.name, abi, change) for change in differences(old, now[old.name]))
        if not options.type:
            known = {one.name for one in lock.records if one.abi == abi}
            yield from (
                (name, abi, Change("compatible", f"{name} is new, and not locked")) for name in now if name not in known
            )


def _asked(options: argparse.Namespace, one: Locked) -> bool:
    return (not options.type or one.name in options.type) and (not options.abi or one.abi in options.abi)


def _report(found: list[tuple[str, str, Change]], options: argparse.Namespace, status: str) -> Iterator[str]:
    """The same change on several ABIs stands once."""
    grouped: dict[tuple[str, Change], list[str]] = {}
    for name, abi, change in found:
        grouped.setdefault((name, change), []).append(abi)
    told = None
    for (name, change), abis in grouped.items():
        if (name, abis) != told:
            told = (name, abis)
            yield f"{name} on {', '.join(abis)}"
        yield f"  {change.severity:<10}  {change.text}"
    words = {
        "same": f"{options.file} is as {options.check} has it",
        "compatible": f"{options.file} has only compatible changes; samebytes lock writes them down",
        "breaking": f"{options.file} breaks what was built against {options.check}",
    }
    yield words[status]
