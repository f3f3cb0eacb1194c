"""Records from a TOML file.

[record.Telemetry]
pack = 1                                   # optional; so are size, doc
fields = [
  { name = "tick",   type = "u32" },
  { name = "wheels", type = "Wheel", count = 4 },      # a record of this file; count may be a list: [3, 4]
  { name = "label",  type = "text", encoding = "utf-16", prefix = "i32" },   # last field only
]
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from samebytes.errors import LayoutError
from samebytes.layout.kinds import Kind, kind_named
from samebytes.layout.record import Field, Record, Text

__all__ = ["records_from_toml", "records_from_tree"]

_RECORD_KEYS = {"doc", "fields", "pack", "size", "body", "prefix"}
_FIELD_KEYS = {"name", "type", "count", "offset", "encoding", "prefix"}


def records_from_toml(path: Path) -> dict[str, Record]:
    """Every record of the file, by name. LayoutError names the file, the place and the reason."""
    try:
        tree = tomllib.loads(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise LayoutError(f"cannot read {path}: {error}") from error
    try:
        return records_from_tree(tree)
    except LayoutError as error:
        raise LayoutError(f"{path}: {error.message}", hint=error.hint, path=error.path) from error


def records_from_tree(tree: Mapping[str, Any]) -> dict[str, Record]:
    """The records of a tree as TOML reads it. LayoutError for anything that is not one."""
    tables = tree.get("record")
    if set(tree) != {"record"} or not isinstance(tables, dict) or not tables:
        raise LayoutError(f"found {sorted(tree) or 'nothing'} at the top", hint="write tables named [record.NAME]")
    records: dict[str, Record] = {}
    for name in tables:
        _record(name, tables, records, ())
    return records


def _record(name: str, tables: Mapping[str, Any], records: dict[str, Record], above: tuple[str, ...]) -> Record:
    if name in records:
        return records[name]
    if name in above:
        raise LayoutError(f"record {name} contains itself ({' → '.join((*above, name))})")
    table = _table(tables[name], f"record.{name}", _RECORD_KEYS)
    parts = table.get("fields")
    if not isinstance(parts, list):
        raise LayoutError(f"record.{name} has no list of fields")
    body = table.get("body", "")
    if body not in ("", "json"):
        raise LayoutError(f"record.{name}: body = {body!r}", hint='the body there is: "json"')
    fields = tuple(_field(part, f"{name}.fields[{i}]", tables, records, (*above, name)) for i, part in enumerate(parts))
    records[name] = Record(
        name,
        fields,
        pack=_number(table, "pack", name),
        size=_number(table, "size", name),
        body=body,
        prefix=_prefix(table, name),
        doc=str(table.get("doc", "")),
    )
    return records[name]


def _field(
    part: Any, where: str, tables: Mapping[str, Any], records: dict[str, Record], above: tuple[str, ...]
) -> Field:
    table = _table(part, where, _FIELD_KEYS)
    name, kind = table.get("name"), table.get("type")
    if not isinstance(name, str) or not isinstance(kind, str):
        raise LayoutError(f"{where} needs a name and a type, both texts", path=where)
    return Field(
        name, _type(kind, table, where, tables, records, above), _counts(table, where), _number(table, "offset", where)
    )


def _type(
    kind: str,
    table: Mapping[str, Any],
    where: str,
    tables: Mapping[str, Any],
    records: dict[str, Record],
    above: tuple[str, ...],
) -> Kind | Record | Text:
    if kind in tables:
        return _record(kind, tables, records, above)
    if kind != "text":
        return kind_named(kind, where)
    encoding = table.get("encoding")
    if encoding not in ("utf-8", "utf-16"):
        raise LayoutError(f"{where}: encoding = {encoding!r}", hint='"utf-8" or "utf-16"', path=where)
    return Text(encoding, _prefix(table, where))


def _prefix(table: Mapping[str, Any], where: str) -> Kind | None:
    name = table.get("prefix")
    if name is None:
        return None
    kind = kind_named(name, where) if isinstance(name, str) else None
    if kind is None or kind.family not in ("signed", "unsigned"):
        raise LayoutError(f"{where}: prefix = {name!r} is no integer kind", path=where)
    return kind


def _counts(table: Mapping[str, Any], where: str) -> tuple[int, ...]:
    count = table.get("count", [])
    counts = count if isinstance(count, list) else [count]
    if any(isinstance(number, bool) or not isinstance(number, int) for number in counts):
        raise LayoutError(f"{where}: count = {count!r} is no whole number", path=where)
    return tuple(counts)


def _number(table: Mapping[str, Any], key: str, where: str) -> int | None:
    number = table.get(key)
    if number is not None and (isinstance(number, bool) or not isinstance(number, int)):
        raise LayoutError(f"{where}: {key} = {number!r} is no whole number", path=where)
    return number


def _table(value: Any, where: str, keys: set[str]) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise LayoutError(f"{where} is no table", path=where)
    unknown = sorted(set(value) - keys)
    if unknown:
        raise LayoutError(
            f"{where} has an unknown key {unknown[0]!r}", hint=f"keys: {' '.join(sorted(keys))}", path=where
        )
    return value
