"""Reads `samebytes.toml`. Every complaint is a UsageError with file, line and key, what was found, and what is allowed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from samebytes.checks.project.producers import layout_of, read_producer
from samebytes.checks.project.project import FILE_NAME, REALMS, Declaration, LayoutSource, Library, Project
from samebytes.checks.project.table import PYPROJECT, Table, own_table, read_table
from samebytes.errors import UsageError
from samebytes.layout import ABIS
from samebytes.peers.host import SIGNATURES
from samebytes.toml import TomlError, read_toml

__all__ = ["find_project", "read_project"]

TOP = ("realms", "layout", "declaration", "producer", "library", "peers", "expectations")
FROM = ("header", "toml", "python")
LAYOUT_KEYS = (*FROM, "type", "language", "include", "define", "abi", "portable")
DECLARATION_KEYS = ("layout", "source", "type", "read", "include", "define", "abi")
LIBRARY_KEYS = ("layout", *REALMS, "exports")
DOTNET = (".cs", ".dll", ".exe")


def find_project(folder: Path) -> Path:
    """Return the `samebytes.toml` of a folder, or of the nearest one above it. UsageError when there is none."""
    for place in (folder, *folder.parents):
        if (place / FILE_NAME).is_file():
            return place / FILE_NAME
        if (place / PYPROJECT).is_file() and _has_table(place / PYPROJECT):
            return place / PYPROJECT
    raise UsageError(
        f"there is no {FILE_NAME} in {folder}, nor above it, nor a {PYPROJECT} with [tool.samebytes]",
        hint="samebytes init HEADER writes a first one",
    )


def read_project(path: Path) -> Project:
    """Read the project of a file. UsageError for everything that is not as it must be; files that it names exist."""
    top = read_table(path).spelled({"platforms": "realms"})
    top.only(TOP)
    layouts = {name: _layout(name, table) for name, table in top.tables("layout")}
    realms = _among(top, "realms", REALMS) or REALMS
    project = Project(
        file=path,
        realms=realms,
        layouts=layouts,
        declarations={name: _declaration(name, table, layouts) for name, table in top.tables("declaration")},
        producers={name: read_producer(name, table, layouts) for name, table in top.tables("producer")},
        libraries={name: _library(name, table, layouts) for name, table in top.tables("library")},
        peers=_peers(top),
        expectations=_expectations(top),
    )
    _refuse_twins(top)
    if not layouts:
        raise UsageError(f"{path} has no [layout.NAME]", hint="say what was promised: [layout.CarState] header = …")
    return project


def _has_table(path: Path) -> bool:
    """Return whether a pyproject.toml has a table of ours; one that cannot be read is somebody else's to mend."""
    try:
        return own_table(read_toml(path)) is not None
    except TomlError:
        return False


def _layout(name: str, table: Table) -> LayoutSource:
    table.only(LAYOUT_KEYS)
    given = [key for key in FROM if key in table.tree]
    if len(given) != 1:
        found = f"has {' and '.join(given)}" if given else "names no file"
        raise UsageError(f"{table.place} {found}", hint=f"give one of: {', '.join(FROM)}")
    table.text(given[0])
    for key in ("include", "define", "language"):
        if key in table.tree and given[0] != "header":
            raise UsageError(f"{table.where(key)} is for headers only", hint=f"the layout is from a {given[0]} file")
    language = table.one_of("language", ("c", "c++"), "")
    return LayoutSource(
        name=name,
        file=table.existing(given[0]),
        type=table.text("type", name),
        place=table.place,
        language=language,  # type: ignore[arg-type] # one of the words that were allowed
        include=_folders(table),
        define=_defines(table),
        abis=_among(table, "abi", tuple(ABIS)),
        portable=table.switch("portable", None),
    )


def _declaration(name: str, table: Table, layouts: Mapping[str, LayoutSource]) -> Declaration:
    table.only(DECLARATION_KEYS)
    layout = layout_of(table, layouts)
    sources = _sources(table)
    read = table.one_of("read", ("pointer", "marshal"), "")
    if read and sources[0].suffix.lower() not in DOTNET:
        raise UsageError(
            f"{table.where('read')} is for C# and .NET assemblies", hint=f"leave it out: {sources[0].name}"
        )
    found = Declaration(
        name=name,
        layout=layout,
        sources=sources,
        type=table.text("type", layout.type),
        place=table.place,
        read=read,  # type: ignore[arg-type] # one of the words that were allowed
        include=_folders(table),
        define=_defines(table),
        abis=_among(table, "abi", tuple(ABIS)),
    )
    if found.original:
        if sources[0].suffix.lower() in (".toml", ".py"):
            hint = "name a copy of it, in another file or language"
            raise UsageError(f"{table.where('source')} is the layout itself, which is always right", hint=hint)
        return replace(found, include=found.include or layout.include, define=found.define or layout.define)
    return found


def _sources(table: Table) -> tuple[Path, ...]:
    if isinstance(table.tree.get("source"), list):
        names = table.texts("source")
        if not names:
            raise table.wrong("source", "a file, or a list of files with the declaration's first")
        paths = tuple(table.existing("source", index) for index in range(len(names)))
    else:
        table.text("source")
        paths = (table.existing("source"),)
    return paths


def _library(name: str, table: Table, layouts: Mapping[str, LayoutSource]) -> Library:
    table.only(LIBRARY_KEYS)
    files = {}
    for realm in REALMS:
        if realm in table.tree:
            table.text(realm)
            files[realm] = (table.folder / table.tree[realm]).absolute()
    if not files:
        hint = 'give linux = "build/lib….so" or windows = "….dll", or both'
        raise UsageError(f"{table.place} names no file", hint=hint)
    exports = table.table("exports")
    if exports is not None:
        exports.only(tuple(SIGNATURES))
    return Library(name, layout_of(table, layouts), files, table.mapping("exports"), table.place)


def _peers(top: Table) -> tuple[Path, ...]:
    table = top.table("peers")
    if table is None:
        return ()
    table.only(("folders",))
    found = tuple(table.existing("folders", index) for index in range(len(table.texts("folders"))))
    for index, folder in enumerate(found):
        if not folder.is_dir():
            raise table.wrong("folders", "folders", index)
    return found


def _expectations(top: Table) -> Path | None:
    table = top.table("expectations")
    if table is None:
        return None
    table.only(("file",))
    table.text("file")
    return table.existing("file")


def _refuse_twins(top: Table) -> None:
    """Refuse a name given twice: alone it selects one thing, and stands in the identity of its cells."""
    seen: dict[str, str] = {}
    for kind in ("declaration", "producer", "library"):
        for name, table in top.tables(kind):
            if name in seen:
                raise UsageError(
                    f"{table.place}: the name {name!r} is taken by {seen[name]}", hint="rename one of them"
                )
            seen[name] = table.place


def _folders(table: Table) -> tuple[Path, ...]:
    return tuple(table.existing("include", index) for index in range(len(table.texts("include"))))


def _defines(table: Table) -> dict[str, str | None]:
    """Return macros given as `NAME` or `NAME=VALUE`."""
    found: dict[str, str | None] = {}
    for index, word in enumerate(table.texts("define")):
        name, equals, value = word.partition("=")
        if not name.isidentifier():
            raise table.wrong("define", 'a macro such as "NAME" or "NAME=1"', index)
        found[name] = value if equals else None
    return found


def _among(table: Table, key: str, known: tuple[str, ...]) -> tuple[str, ...]:
    """Return a list of words that are known, each once."""
    names = table.texts(key)
    for index, name in enumerate(names):
        if name not in known:
            raise table.wrong(key, f"one of {', '.join(known)}", index)
    if key in table.tree and not names:
        raise table.wrong(key, f"a list with at least one of {', '.join(known)}")
    return tuple(dict.fromkeys(names))
