"""Programs: which layouts two peers exchange, through what kind of view, with which values. Read from `fixtures/programs`.

Every other layout of `fixtures/layouts` is a program of its own: a column of the matrix, in the group of its file.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from samebytes.checks.data.values import ValueSet, graffiti, value_set
from samebytes.errors import LayoutError, UsageError
from samebytes.layout import Record, abi_named, lay_out, records_from_toml
from samebytes.pages import PAGE
from samebytes.toml import TomlError, read_toml

__all__ = ["DataSubject", "read_programs", "read_records"]

_DESCRIBING_ABI = abi_named("x86_64-linux")
"""Written values are bit patterns of fixed kinds, the same on every ABI; any one serves to read them."""
ROOM_FOR_TEXT = 1 << 18
"""Bytes that a text of variable length may take in the values that are tried."""
_KEYS = {"title", "layouts", "segment", "size", "create", "views", "polls", "copy_on_write", "values"}


@dataclass(frozen=True)
class DataSubject:
    """One seed program: a column of the matrix."""

    name: str
    title: str
    records: tuple[Record, ...]
    segment: str
    """How its segments are named; every case adds something unique."""
    size: int
    """Bytes asked for at creation."""
    create: str
    """`create_new` or `create_or_open`."""
    views: tuple[str, ...]
    """Forms of view, each run once: `accessor`, `stream`. A peer without streams uses an accessor instead."""
    polls: bool
    """Whether the consumer waits for the length before the producer stores."""
    copy_on_write: bool
    """Whether a copy-on-write view of the consumer must stay private."""
    values: Mapping[str, tuple[ValueSet, ...]]
    """Value sets by layout name."""
    group: str = ""
    """Of a program that is one layout and nothing besides: the name of its file. It takes part with the peers that declare it."""

    @property
    def plain(self) -> bool:
        """Return whether it is one layout and nothing besides."""
        return bool(self.group)


def read_records(folder: Path) -> dict[str, Record]:
    """Return every record of `layouts/*.toml` below `folder`, by name."""
    records: dict[str, Record] = {}
    for path in sorted((folder / "layouts").glob("*.toml")):
        for name, record in records_from_toml(path).items():
            if name in records:
                raise LayoutError(f"{path}: the record {name} is described twice")
            records[name] = record
    return records


def read_programs(folder: Path, records: Mapping[str, Record]) -> tuple[DataSubject, ...]:
    """Read every program of `programs/*.toml` below `folder`, in order of file name, then the other layouts.

    `2-struct.toml` is `struct`. UsageError names the file and what is wrong in it.
    """
    written = tuple(_program(path, records) for path in sorted((folder / "programs").glob("*.toml")))
    used = {record.name for program in written for record in program.records}
    return (*written, *(_plain(record) for record in records.values() if record.name not in used))


def _plain(record: Record) -> DataSubject:
    layout = lay_out(record, _DESCRIBING_ABI)
    group = Path(record.origin.source).stem if record.origin else ""
    room = layout.size + ROOM_FOR_TEXT if record.variable else layout.size
    return DataSubject(
        name=record.name,
        title=record.doc or record.name,
        records=(record,),
        segment=record.name,
        size=-(-room // PAGE) * PAGE,
        create="create_new",
        views=("accessor",),
        polls=False,
        copy_on_write=False,
        values={record.name: (graffiti(layout),)},
        group=group or "layouts",
    )


def _program(path: Path, records: Mapping[str, Record]) -> DataSubject:
    try:
        tree = read_toml(path)
        return _from_tree(path.stem.partition("-")[2] or path.stem, tree, records)
    except (TomlError, KeyError, TypeError, LayoutError) as error:
        words = f"the key {error} is missing" if isinstance(error, KeyError) else error
        raise UsageError(f"{path}: {words}", hint="compare it with the other files in that folder") from error


def _from_tree(name: str, tree: Mapping[str, Any], records: Mapping[str, Record]) -> DataSubject:
    unknown = sorted(set(tree) - _KEYS)
    if unknown:
        raise LayoutError(f"unknown key {unknown[0]!r} (keys: {' '.join(sorted(_KEYS))})")
    for layout in tree["layouts"]:
        if layout not in records:
            raise LayoutError(f"no layout {layout!r} (layouts: {' '.join(records)})")
    for layout in tree["values"]:
        if layout not in tree["layouts"]:
            raise LayoutError(f"values for {layout!r}, which is not among its layouts: {' '.join(tree['layouts'])}")
    values = {layout: _values(records[layout], tree["values"].get(layout, {})) for layout in tree["layouts"]}
    for layout, sets in values.items():
        if not sets:
            raise LayoutError(f"nothing to exchange as {layout!r}: write values below [values.{layout}.NAME]")
    return DataSubject(
        name=name,
        title=tree["title"],
        records=tuple(records[layout] for layout in tree["layouts"]),
        segment=tree["segment"],
        size=tree["size"],
        create=tree["create"],
        views=tuple(tree.get("views", ["accessor"])),
        polls=tree.get("polls", False),
        copy_on_write=tree.get("copy_on_write", False),
        values=values,
    )


def _values(record: Record, sets: Mapping[str, Mapping[str, Any]]) -> tuple[ValueSet, ...]:
    layout = lay_out(record, _DESCRIBING_ABI)
    written = tuple(value_set(name, layout, values) for name, values in sets.items())
    return written if record.variable else (*written, graffiti(layout))
