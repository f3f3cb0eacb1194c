"""`samebytes cache`: the folder of builds and fetched runtimes: where it is, how large, and how to be rid of it."""

from __future__ import annotations

import argparse
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from samebytes.cli.exit_codes import exit_code
from samebytes.errors import MissingError
from samebytes.peers.paths import cache_folder
from samebytes.printable import printable

__all__ = ["add_to"]

EXAMPLE = """examples:
  samebytes cache dir
  samebytes cache size
  samebytes cache clean

What is there is made or fetched again when it is needed. SAMEBYTES_CACHE names another folder.
"""
UNITS = ("bytes", "KiB", "MiB", "GiB")


def add_to(commands: Any) -> None:
    """Add the command to the parser."""
    parser = commands.add_parser(
        "cache",
        help="the folder of builds and fetched runtimes: where it is, how large, and empty it",
        description="Builds of peers, Wine prefixes, and what was fetched to run them are kept in one folder.",
        epilog=EXAMPLE,
    )
    parser.add_argument(
        "what", choices=("dir", "size", "clean"), metavar="dir|size|clean",
        help="dir: print the folder; size: how much is in it; clean: remove what is in it, while no other samebytes runs",
    )  # fmt: skip
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Print the folder, or what is in it; or empty it."""
    folder = cache_folder()
    if options.what == "dir":
        print(printable(str(folder)))
    elif options.what == "size":
        sizes = {path.name: _bytes(path) for path in _entries(folder)}
        for name, size in sorted(sizes.items(), key=lambda pair: -pair[1]):
            print(f"{_told(size):>12}  {printable(name)}")
        print(f"{_told(sum(sizes.values())):>12}  {printable(str(folder))}")
    else:
        _clean(folder)
    return exit_code(True)


def _clean(folder: Path) -> None:
    """Remove what is in the folder, and say how much it was. MissingError for what cannot be removed."""
    freed = 0
    for path in _entries(folder):
        size = _bytes(path)
        try:
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path)
            else:
                path.unlink()
        except OSError as error:
            raise MissingError(
                f"{printable(str(path))} cannot be removed: {error.strerror}",
                hint="end what runs from there, or give yourself rights",
            ) from error
        freed += size
    print(f"removed {_told(freed)} from {printable(str(folder))}")


def _entries(folder: Path) -> list[Path]:
    try:
        return sorted(folder.iterdir())
    except FileNotFoundError:
        return []
    except OSError as error:
        raise MissingError(
            f"the cache folder {printable(str(folder))} cannot be read: {error.strerror}",
            hint="set SAMEBYTES_CACHE to another folder",
        ) from error


def _bytes(path: Path) -> int:
    """Return the bytes of a file, or of all files in a folder; links are not followed."""
    return sum(one.lstat().st_size for one in _files(path))


def _files(path: Path) -> Iterator[Path]:
    if not path.is_dir() or path.is_symlink():
        yield path
        return
    for folder, _, names in os.walk(path):
        yield from (Path(folder, name) for name in names)


def _told(size: float) -> str:
    for unit in UNITS:
        if size < 1024 or unit == UNITS[-1]:
            break
        size /= 1024
    return f"{size:.0f} {unit}" if unit == UNITS[0] else f"{size:.1f} {unit}"
