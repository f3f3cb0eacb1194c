"""Records from a TOML file.

[record.Telemetry]
pack = 1                  # optional; so are size, align, packed, union, overlap, doc (see `Record`), body and prefix (a JSON body)
fields = [
  { name = "tick",   type = "u32" },
  { name = "wheels", type = "Wheel", count = 4 },      # a record of this file; count may be a list: [3, 4]; or type = "Wheel[3][4]"
  { name = "colour", type = "Colour", bits = 3 },      # a bit-field; of an enum of this file
  { type = "u32", bits = 0 },                          # without a name: unnamed bit-fields, anonymous records and unions
  { name = "driver", type = "char16", count = 32, text = "padded" },  # or "nul" (the default), "full", false: plain units
  { name = "next",   type = "pointer", to = "Telemetry" },
  { name = "at",     type = "f64", align = 16 },       # or offset = 32; with bits also bit = 3
  { name = "near",   type = "u32", packed = true },    # the attribute on one field; with align: exactly that alignment
  { name = "loose",  type = "u32", type_align = 2 },   # of an aligned typedef, lower or higher than natural
  { name = "id",       type = "guid" },                # a type of another language: see `samebytes.layout.foreign`
  { name = "label",  type = "text", encoding = "utf-16", prefix = "i32" },   # last field only; prefix = "varint": 7 bits a byte
  { name = "title",  type = "char8", count = 32, encoding = "windows-1252" },  # text in a code page
  { name = "note",   type = "string[20]" },            # Pascal's: a length byte and 20 more; as text = "counted" on 21 char8
  { name = "rest",   type = "u8", flexible = true },                         # last field only
]

[enum.Colour]
base = "u8"               # optional: else as the ABI's C compiler has it; packed = true: the smallest that fits
values = { RED = 0, GREEN = 1 }
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from samebytes.errors import LayoutError
from samebytes.layout.foreign import FOREIGN
from samebytes.layout.kinds import Enum, Kind, Pointer, kind_named
from samebytes.layout.record import Chars, Field, Origin, Record, Text, Type
from samebytes.layout.texts import VARINT
from samebytes.toml import TomlError, read_toml

__all__ = ["records_from_toml", "records_from_tree"]

_FIELD_NUMBERS = ("offset", "align", "bits", "bit", "type_align")
_FIELD_SWITCHES = ("flexible", "packed")
_FIELD_KEYS = {"name", "type", "count", "encoding", "prefix", "text", "to", "doc", *_FIELD_NUMBERS, *_FIELD_SWITCHES}
_RECORD_NUMBERS = ("pack", "size", "align")
_RECORD_SWITCHES = ("union", "packed", "overlap")
_RECORD_KEYS = {"doc", "fields", "body", "prefix", *_RECORD_NUMBERS, *_RECORD_SWITCHES}
_ENUM_KEYS = {"doc", "base", "values", "packed"}
_DIMENSIONS = re.compile(r"(?P<of>[^\[\]]+?)\s*(?P<counts>(\[\s*\d{1,20}\s*\])+)")
_MAX_NESTING = 100


def records_from_toml(path: Path) -> dict[str, Record]:
    """Return every record of the file, by name. LayoutError names the file, the place and the reason."""
    try:
        tree = read_toml(path)
    except TomlError as error:
        raise LayoutError(f"cannot read {path}: {error}") from error
    try:
        return records_from_tree(tree, str(path))
    except LayoutError as error:
        raise LayoutError(f"{path}: {error.message}", hint=error.hint, path=error.path) from error


def records_from_tree(tree: Mapping[str, Any], source: str = "") -> dict[str, Record]:
    """Return the records of a tree as TOML reads it, by name. LayoutError for anything that is not a record."""
    tables, enums = tree.get("record"), tree.get("enum", {})
    if set(tree) - {"record", "enum"} or not isinstance(tables, dict) or not tables or not isinstance(enums, dict):
        raise LayoutError(f"found {sorted(tree) or 'nothing'} at the top", hint="write tables named [record.NAME]")
    both = sorted(set(tables) & set(enums))
    if both:
        raise LayoutError(f"{both[0]} is both a record and an enum")
    reader = _Reader(tables, {name: _enum(name, table) for name, table in enums.items()}, source)
    return {name: reader.record(name, ()) for name in tables}


class _Reader:
    """The tables of one file, and the records made of them so far."""

    def __init__(self, tables: Mapping[str, Any], enums: Mapping[str, Enum], source: str) -> None:
        self._tables, self._enums, self._source = tables, enums, source
        self._records: dict[str, Record] = {}

    def record(self, name: str, above: tuple[str, ...]) -> Record:
        if name not in self._records:
            if name in above:
                raise LayoutError(f"record {name} contains itself ({' → '.join((*above, name))})")
            if len(above) > _MAX_NESTING:
                raise LayoutError(f"record {name} is more than {_MAX_NESTING} records deep")
            self._records[name] = self._made(name, (*above, name))
        return self._records[name]

    def _made(self, name: str, above: tuple[str, ...]) -> Record:
        where = f"record.{name}"
        table = _table(self._tables[name], where, _RECORD_KEYS)
        parts = table.get("fields")
        if not isinstance(parts, list):
            raise LayoutError(f"{where} has no list of fields")
        body = table.get("body", "")
        if body not in ("", "json"):
            raise LayoutError(f"{where}: body = {body!r}", hint='the body there is: "json"')
        options: dict[str, Any] = {key: _number(table, key, name) for key in _RECORD_NUMBERS}
        options |= {key: _switch(table, key, name) for key in _RECORD_SWITCHES}
        return Record(
            name,
            tuple(self._field(part, f"{name}.fields[{i}]", above) for i, part in enumerate(parts)),
            body=body,
            prefix=_prefix(table, name),
            doc=str(table.get("doc", "")),
            origin=Origin("toml", self._source),
            **options,
        )

    def _field(self, part: Any, where: str, above: tuple[str, ...]) -> Field:
        table = _table(part, where, _FIELD_KEYS)
        name, kind = table.get("name", ""), table.get("type")
        if not isinstance(name, str) or not isinstance(kind, str):
            raise LayoutError(f"{where} needs a name and a type, both texts", path=where)
        kind, counts = _dimensions(kind, _counts(table, where))
        if kind == "string" and "string" not in self._tables and counts:
            table, kind = dict(table) | {"text": "counted"}, "char8"
            counts = (*counts[:-1], counts[-1] + 1)
        type_ = self._type(kind, table, where, above)
        switches = {key: _switch(table, key, where) for key in _FIELD_SWITCHES}
        return Field(
            name,
            type_,
            counts,
            chars=_chars(table, type_, bool(counts) or switches["flexible"], where),
            doc=str(table.get("doc", "")),
            flexible=switches["flexible"],
            packed=switches["packed"],
            **{key: _number(table, key, where) for key in _FIELD_NUMBERS},
        )

    def _type(self, kind: str, table: Mapping[str, Any], where: str, above: tuple[str, ...]) -> Type:
        if kind in self._tables:
            return self.record(kind, above)
        if kind in self._enums:
            return self._enums[kind]
        if kind == "pointer":
            return Pointer(to=str(table.get("to", "")))
        if kind in FOREIGN:
            return FOREIGN[kind]
        if kind != "text":
            return kind_named(kind, where)
        encoding = table.get("encoding")
        if encoding not in ("utf-8", "utf-16"):
            raise LayoutError(f"{where}: encoding = {encoding!r}", hint='"utf-8" or "utf-16"', path=where)
        return Text(encoding, _prefix(table, where))


def _enum(name: str, value: Any) -> Enum:
    where = f"enum.{name}"
    table = _table(value, where, _ENUM_KEYS)
    values = table.get("values", {})
    if not isinstance(values, dict) or any(isinstance(v, bool) or not isinstance(v, int) for v in values.values()):
        raise LayoutError(f"{where}: values = {values!r} is no table of whole numbers", path=where)
    base = table.get("base")
    kind = kind_named(base, where) if isinstance(base, str) else None
    if base is not None and kind is None:
        raise LayoutError(f"{where}: base = {base!r} is no integer kind", path=where)
    return Enum(name, values=tuple(values.items()), base=kind, packed=_switch(table, "packed", where))


def _dimensions(kind: str, counts: tuple[int, ...]) -> tuple[str, tuple[int, ...]]:
    """Return the type's name and its dimensions: `u8[4][2]` is 4 rows of 2; with a count as well, that comes first."""
    found = _DIMENSIONS.fullmatch(kind)
    if found is None:
        return kind, counts
    return found["of"], counts + tuple(int(number) for number in re.findall(r"\d+", found["counts"]))


def _chars(table: Mapping[str, Any], type_: Type, array: bool, where: str) -> Chars | None:
    """Return how an array is read as text, None if it is not: arrays of characters are text unless `text = false`."""
    by_default = array and isinstance(type_, Kind) and type_.family in ("char", "plain") and "bits" not in table
    end = table.get("text", "nul" if by_default else False)
    if end is False or isinstance(type_, Text):
        return None
    if end not in ("nul", "padded", "full", "counted"):
        raise LayoutError(f"{where}: text = {end!r}", hint='"nul", "padded", "full", "counted" or false', path=where)
    return Chars(end, str(table.get("encoding", "")))


def _prefix(table: Mapping[str, Any], where: str) -> Kind | None:
    name = table.get("prefix")
    if name is None:
        return None
    if name == VARINT.name:
        return VARINT
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


def _switch(table: Mapping[str, Any], key: str, where: str) -> bool:
    value = table.get(key, False)
    if not isinstance(value, bool):
        raise LayoutError(f"{where}: {key} = {value!r} is neither true nor false", path=where)
    return value


def _table(value: Any, where: str, keys: set[str]) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise LayoutError(f"{where} is no table", path=where)
    unknown = sorted(set(value) - keys)
    if unknown:
        raise LayoutError(
            f"{where} has an unknown key {unknown[0]!r}", hint=f"keys: {' '.join(sorted(keys))}", path=where
        )
    return value
