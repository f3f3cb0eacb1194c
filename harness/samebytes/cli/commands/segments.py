"""`samebytes segments`: the named segments there are, freeing those that nobody holds, and the folder that all users share."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from samebytes.errors import MissingError, UsageError
from samebytes.mapping import SegmentInfo, list_segments, reap
from samebytes.peers.paths import shm_folder
from samebytes.printable import printable

__all__ = ["add_to"]

_STATES = {True: "alive", False: "abandoned", None: "unknown"}
_SHOWN_HOLDERS = 4
_TMPFILES = Path("/etc/tmpfiles.d/samebytes.conf")
_RULE = "d /dev/shm/samebytes-global 1777 root root - -\n"
"""A line of systemd's tmpfiles.d: the folder of Global names is there, and root's, from the start of the machine on."""


def add_to(commands: Any) -> None:
    """Add the command to the parser."""
    parser = commands.add_parser(
        "segments",
        help="list named segments, and free those that nobody holds",
        description=(
            "Lists this user's named segments and the machine-wide ones. An abandoned segment is one whose last holder was"
            " killed: its name is free, its memory is freed by the next open or create of the name, or by --reap."
            " With --all it lists shared memory of every kind, whoever made it, with its owner, age and holders: posix"
            " (shm_open), multiprocessing, boost, sysv, memfd, wine. What this library has not made is removed only by --remove."
            " On Windows the system keeps no list, and nothing is ever abandoned."
        ),
        epilog="examples:\n  samebytes segments --reap\n  samebytes segments --all\n  samebytes segments --remove /psm_1234 sysv:7\n",
    )
    act = parser.add_mutually_exclusive_group()
    act.add_argument("--all", action="store_true", help="list shared memory of every kind")
    act.add_argument("--reap", action="store_true", help="free the abandoned ones, and list those instead")
    act.add_argument("--remove", nargs="+", metavar="NAME", help="remove these, whoever made and holds them")
    act.add_argument(
        "--install",
        action="store_true",
        help=f"as root: make the folder of Global names, now and at every start ({_TMPFILES})",
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """List, reap, remove or install; always exit code 0."""
    if options.install:
        print("\n".join(_installed()))
        return 0
    key, found = _found(options)
    if options.json:
        print(json.dumps({key: [segment._asdict() for segment in found]}, ensure_ascii=False))
    else:
        print("\n".join(_all_lines(found) if options.all else _lines(found, key)))
    return 0


def _found(options: argparse.Namespace) -> tuple[str, list[SegmentInfo]]:
    if options.remove:
        return "removed", reap(*options.remove)
    return ("reaped", reap()) if options.reap else ("segments", list_segments(all=options.all))


def _lines(found: Iterable[SegmentInfo], key: str) -> Iterator[str]:
    segments = sorted(found)
    for segment in segments:
        state = {"reaped": "freed", "removed": "removed"}.get(key) or _STATES[segment.alive]
        yield f"{state:<9} {segment.size:>12}  {printable(segment.name)}"
    if not segments:
        yield "nothing to free" if key == "reaped" else "no segments"


def _all_lines(found: Iterable[SegmentInfo]) -> Iterator[str]:
    segments = sorted(found, key=lambda one: (one.kind, one.name))
    if not segments:
        yield "no shared memory"
        return
    yield f"{'state':<9} {'kind':<15} {'bytes':>12} {'owner':>6} {'age':>6}  name, and who holds it"
    for one in segments:
        yield (
            f"{_STATES[one.alive]:<9} {one.kind:<15} {one.size:>12} {one.owner:>6} {_age(one.age):>6}  {printable(one.name)}{_holders(one)}"
        )


def _age(seconds: float | None) -> str:
    if seconds is None:
        return "?"
    for unit, length in (("d", 86400), ("h", 3600), ("m", 60)):
        if seconds >= length:
            return f"{seconds / length:.0f}{unit}"
    return f"{max(0.0, seconds):.0f}s"


def _holders(one: SegmentInfo) -> str:
    if not one.holders:
        return ""
    more = f" and {len(one.holders) - _SHOWN_HOLDERS} more" if len(one.holders) > _SHOWN_HOLDERS else ""
    return f"  ({', '.join(map(_process, one.holders[:_SHOWN_HOLDERS]))}{more})"


def _process(number: int) -> str:
    try:
        return f"{number} {printable(Path(f'/proc/{number}/comm').read_text(errors='replace').strip())}"
    except OSError:
        return str(number)


# --- the folder of all users -----------------------------------------------------------------------------------------


def _installed() -> Iterator[str]:
    """Make the folder of Global names root's own and sticky, and see to it that it is so after every start of the machine."""
    if sys.platform == "win32":
        raise UsageError("there is nothing to install on Windows", hint="Global names are the system's own there")
    folder = shm_folder() / "samebytes-global"
    if os.geteuid() != 0:
        raise MissingError(
            f"only root can make {folder} safe for all users", hint=f"as root, or by this line in {_TMPFILES}: {_RULE}"
        )
    if folder.is_symlink() or (folder.exists() and not folder.is_dir()):
        raise UsageError(f"{folder} is not a directory", hint="somebody planted it: look at it, and remove it")
    folder.mkdir(exist_ok=True)
    os.chown(folder, 0, 0, follow_symlinks=False)
    folder.chmod(0o1777)
    yield f"{folder}: root's, and sticky"
    if "SAMEBYTES_SHM_DIR" not in os.environ:
        _TMPFILES.parent.mkdir(parents=True, exist_ok=True)
        _TMPFILES.write_text(_RULE)
        yield f"{_TMPFILES}: {_RULE.strip()}"
