"""A first `samebytes.toml`, commented, of a header or another description that is already there."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from math import ceil, floor, isfinite
from pathlib import Path, PurePath
from typing import NamedTuple

from samebytes.errors import UsageError
from samebytes.layout import ABIS, Kind, Layout, Leaf, Record, decode, lay_out
from samebytes.layout.importers import Imported, header_records, load

__all__ = ["Needs", "Seen", "first_project", "records_in"]

KEYS = {".toml": "toml", ".py": "python"}
SHOWN = 6
"""Records that are named where one must be chosen."""
NUMBERS = ("signed", "unsigned")


class Seen(NamedTuple):
    """A segment of a running program, as it was a moment ago."""

    name: str
    data: bytes


class Needs(NamedTuple):
    """What a header needs to be read: folders with other headers, macros, and the language where its name does not say it."""

    include: Sequence[Path] = ()
    define: Mapping[str, str | int | None] = {}
    language: str = ""


def records_in(file: Path, abi: str, needs: Needs) -> list[Record]:
    """Return the records of a description, the last one of a header first: what contains others stands behind them."""
    if KEYS.get(file.suffix.lower()):
        return list(reversed(load(file)))
    found: Imported = header_records(
        file, abi=abi, defines=needs.define or None, include=needs.include, language=needs.language
    )
    return list(reversed(found.values()))


def first_project(
    file: Path, folder: Path, types: Sequence[str], segment: str, abi: str, needs: Needs, seen: Seen | None = None
) -> str:
    """Return the text of a project file that is to stand in `folder`; with what a running program shares now, if it was `seen`.

    UsageError for a type that is not in the file, or larger than the segment that was seen.
    """
    chosen = _chosen(file, records_in(file, abi, needs), types)
    name, told = _from(folder, file), list(_needed(needs, folder))
    as_language = [f"language = {json.dumps(needs.language)}"] if needs.language else []
    layouts = [lay_out(record, ABIS[abi]) for record in chosen]
    lines = [*_head(), *(line for layout in layouts for line in _layout(layout, name, file, told + as_language))]
    if seen is not None and len(seen.data) < layouts[0].size:
        raise UsageError(
            f"{seen.name} has {len(seen.data)} bytes, {layouts[0].record.name} has {layouts[0].size} on {abi}",
            hint=f"samebytes attach {seen.name} --layout {file} says what would fit",
        )
    lines += [*_declaration(layouts[0], name, file, told), *_producer(layouts[0], segment, seen), *_rest()]
    return "\n".join(lines) + "\n"


def _from(folder: Path, file: Path) -> str:
    """Return a path as the project file in that folder has it."""
    return PurePath(file).relative_to(folder).as_posix() if file.is_relative_to(folder) else file.as_posix()


def _needed(needs: Needs, folder: Path) -> Iterator[str]:
    """Yield the keys that say what a header needs."""
    if needs.include:
        yield f"include = {json.dumps([_from(folder, path) for path in needs.include], ensure_ascii=False)}"
    if needs.define:
        words = [name if value is None else f"{name}={value}" for name, value in needs.define.items()]
        yield f"define = {json.dumps(words, ensure_ascii=False)}"


def _chosen(file: Path, records: Sequence[Record], types: Sequence[str]) -> list[Record]:
    by_name = {record.name: record for record in records}
    for name in types:
        if name not in by_name:
            raise UsageError(f"--type {name}: {file} has no such record", hint=f"its records: {', '.join(by_name)}")
    if types:
        return [by_name[name] for name in types]
    inner = {one.name for record in records for one in record.nested() if one is not record}
    tops = [record for record in records if record.name not in inner]
    if len(tops) > 1:
        names = ", ".join(record.name for record in tops[:SHOWN]) + (" …" if len(tops) > SHOWN else "")
        raise UsageError(f"{file} has more than one record: {names}", hint="--type says which are shared")
    if not tops:
        raise UsageError(f"{file} has no record", hint="name the header that declares what is shared")
    return tops


def _head() -> Iterator[str]:
    yield "# What shares memory here, and what it was promised. `samebytes check` holds everything in this file to its layout;"
    yield "# `samebytes check --list` says what that is. Paths are relative to this file. Editors that know JSON schemas complete and check"
    yield "# it: samebytes check --schema > samebytes.schema.json, and a first line that reads #:schema samebytes.schema.json"
    yield ""
    yield "# The systems whose programs share it. Leave one out if nothing is built for it."
    yield 'realms = ["linux", "windows"]'
    yield ""


def _layout(layout: Layout, name: str, file: Path, needed: Sequence[str]) -> Iterator[str]:
    key = KEYS.get(file.suffix.lower(), "header")
    yield f"# What was promised: {layout.size} bytes on {layout.abi.name}. Everything else is held to this."
    yield f"[layout.{layout.record.name}]"
    yield f"{key} = {json.dumps(name, ensure_ascii=False)}"
    yield f'# type = "{layout.record.name}"          # where the type has another name than the layout'
    yield from needed
    if key == "header" and not needed:
        yield '# include = ["include"]       # folders in which it looks for other headers'
        yield '# define = ["NAME=1"]         # macros'
    yield ""


def _declaration(layout: Layout, name: str, file: Path, needed: Sequence[str]) -> Iterator[str]:
    record = layout.record.name
    if file.suffix.lower() not in KEYS:
        yield "# What the C compilers here make of the same header: gcc, and mingw-w64 for Windows."
        yield "[declaration.compiled]"
        yield f'layout = "{record}"'
        yield f"source = {json.dumps(name, ensure_ascii=False)}"
        yield from needed
        yield ""
    yield "# A copy that somebody keeps by hand, in any language: .h .hpp .cs .nim .rs .pas .go .py .toml, a .NET assembly, or a program"
    yield "# with debug information."
    yield "# [declaration.reader]"
    yield f'# layout = "{record}"'
    yield f'# source = "reader/{record}.cs"'
    yield f'# type = "Telemetry.{record}"'
    yield '# read = "pointer"            # C# only: pointer, or marshal for Marshal.PtrToStructure; left out: both are judged'
    yield ""


def _producer(layout: Layout, segment: str, seen: Seen | None) -> Iterator[str]:
    record = layout.record.name
    segment = segment or (seen.name if seen else "")
    yield "# A program that writes it: started, watched and ended, never changed."
    yield "# [producer.sim]"
    yield '# command = ["./sim", "--port", "0"]   # a list, never a shell string; windows = [...] and linux = [...] for each'
    yield f"# segment = {json.dumps(segment or record, ensure_ascii=False)}{_segment_note(segment)}"
    yield f'# layout = "{record}"'
    yield "# deadline = 10                # seconds until the segment must be there"
    yield "# watch = 10                   # seconds that it is watched at least; left out: some 1.5 s, and until the last reader is done"
    yield '# restart = ["after-kill", "while-read", "stale"]   # what it must serve in spite of when it is started again'
    yield "# guard = true                 # what is behind the record stays zero: left out, to the end of its page; true, of the segment;"
    yield "#                              or a table of two counters, begin and end: values are whole whenever these are the same"
    if seen is not None:
        yield f"# What {seen.name} held when this was written; keep what always holds:"
    for path, words in _expectations(layout) if seen is None else _held(layout, seen.data):
        yield f"# expect.{path} = {words}"
    yield ""


def _segment_note(segment: str) -> str:
    return "" if segment else '           # "/Name" is a raw POSIX object; {uid} is replaced'


def _plain(layout: Layout) -> list[Leaf]:
    """Return the fields that are numbers of their own, among the first."""
    return [leaf for leaf in layout.leaves[:64] if "[" not in leaf.path and "." not in leaf.path]


def _held(layout: Layout, data: bytes) -> Iterator[tuple[str, str]]:
    """Yield an expectation for each plain number, true of what was seen."""
    values = decode(layout, data) if not layout.record.variable else {}
    for leaf in _plain(layout):
        bits = values.get(leaf.path)
        if isinstance(leaf.kind, Kind) and isinstance(bits, int):
            number = leaf.kind.value(bits, layout.abi)
            if isinstance(number, bool) or leaf.kind.family in NUMBERS:
                yield leaf.path, f"{{ equals = {str(number).lower()} }}"
            elif isinstance(number, float) and isfinite(number):
                yield leaf.path, f"{{ min = {floor(number)}, max = {ceil(number)} }}"


def _expectations(layout: Layout) -> Iterator[tuple[str, str]]:
    """Yield an example for the first plain number, and for the first floating one."""
    plain = _plain(layout)
    for families, words in ((NUMBERS, "{ advances = true, within = 2.0 }"), (("float",), "{ min = 0, max = 500 }")):
        found = next((leaf for leaf in plain if getattr(leaf.kind, "family", "") in families), None)
        if found is not None:
            yield found.path, words


def _rest() -> Iterator[str]:
    yield "# A library that writes and reads it, with the functions of peers/README.md under these names."
    yield "# [library.share]"
    yield '# linux = "build/libshare.so"'
    yield '# windows = "build/share.dll"'
    yield '# exports = { Write = "share_write", Read = "share_read" }'
