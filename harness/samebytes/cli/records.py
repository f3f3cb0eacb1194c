"""The options that name a file of records, and reading it: TOML, headers, binaries, assemblies."""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from samebytes.cli.compiled import compiled
from samebytes.errors import LayoutError, UsageError
from samebytes.layout import ABIS, Abi, Record
from samebytes.layout.importers import load
from samebytes.layout.locking import DEFAULT_ABIS

__all__ = [
    "add_file_options",
    "add_header_options",
    "chosen_abis",
    "defines_of",
    "naming",
    "read_records",
]


def add_file_options(parser: argparse.ArgumentParser, *, optional: bool = False) -> None:
    """Add FILE, --type, --abi, and what a header needs."""
    what = "a .toml description, C or C++ header, binary, assembly, or a source in C#, Nim, Rust or Object Pascal"
    parser.add_argument("file", type=Path, nargs="?" if optional else None, metavar="FILE", help=what)
    parser.add_argument("--type", action="append", metavar="T", help="only this record (may be repeated)")
    parser.add_argument("--abi", action="append", metavar="A", help=f"on this ABI (may be repeated): {', '.join(ABIS)}")
    add_header_options(parser)


def add_header_options(parser: argparse.ArgumentParser) -> None:
    """Add what a header needs: -I, -D and --language."""
    parser.add_argument(
        "-I", dest="include", action="append", default=[], metavar="DIR", help="where a header looks for others"
    )
    parser.add_argument(
        "-D", dest="define", action="append", default=[], metavar="NAME[=VALUE]", help="a macro for a header"
    )
    parser.add_argument(
        "--language", choices=("c", "c++"), default="", help="read a header as this; by its name, if left out"
    )


def chosen_abis(options: argparse.Namespace) -> list[Abi]:
    """Return the ABIs asked for, else x86_64 Linux and Windows. UsageError for one that does not exist."""
    names = list(dict.fromkeys(options.abi or DEFAULT_ABIS))
    for name in names:
        if name not in ABIS:
            raise UsageError(f"--abi {name}: there is none of that name", hint=f"there are: {', '.join(ABIS)}")
    return [ABIS[name] for name in names]


def read_records(options: argparse.Namespace, types: Iterable[str] | None, abi: Abi) -> list[Record]:
    """Return the file's records as they are on that ABI, those asked for in that order. UsageError when there is no file."""
    path: Path = options.file
    if not path.exists():
        raise UsageError(f"{path}: no such file")
    defines = defines_of(options)
    names: list[str | None] = list(dict.fromkeys(types or ())) or [None]
    try:
        return [record for name in names for record in _read(path, name, abi, defines, options)]
    except (OSError, UnicodeDecodeError, RecursionError) as error:
        raise UsageError(f"{path}: cannot be read: {error}") from error


def _read(
    path: Path, name: str | None, abi: Abi, defines: Mapping[str, str | int | None], options: argparse.Namespace
) -> list[Record]:
    """Read the records of a file. What is said of the file that a source was compiled to is said of the source."""
    built = compiled(path, [name], abi.name)
    try:
        return load(built, name, abi=abi, defines=defines or None, include=options.include, language=options.language)
    except LayoutError as error:
        message, hint = (words.replace(str(built), str(path)) for words in (error.message, error.hint))
        raise type(error)(message, hint=hint, path=error.path) from error


def defines_of(options: argparse.Namespace) -> dict[str, str | int | None]:
    """Return the macros of -D. UsageError for what cannot be a macro's name."""
    return dict(map(_define, options.define))


@contextmanager
def naming(path: Path | None) -> Iterator[None]:
    """Name the file in a LayoutError that comes out of the block."""
    try:
        yield
    except LayoutError as error:
        if path is None or str(path) in error.message:
            raise
        raise LayoutError(f"{path}: {error.message}", hint=error.hint, path=error.path) from error


def _define(word: str) -> tuple[str, str | None]:
    name, equals, value = word.partition("=")
    if not name.isidentifier():
        raise UsageError(f"-D {word}: not a macro's name")
    return name, value if equals else None
