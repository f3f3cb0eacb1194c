"""A record as the text of a TOML file that `records_from_toml` reads as the same record."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from samebytes.layout import Enum, Field, Kind, Pointer, Record, Text

__all__ = ["record_as_toml"]


def record_as_toml(record: Record) -> str:
    """Return the TOML of the record and of the records and enums it is made of.

    Those without a name of their own, or with one that another has, get one.
    """
    return "\n".join(_File(record).lines())


class _File:
    def __init__(self, record: Record) -> None:
        self._names: dict[Record | Enum, str] = {record: record.name}
        for one in record.nested():
            self._names.setdefault(one, self._free(one.name or "Part"))

    def _free(self, wanted: str) -> str:
        taken, name, number = set(self._names.values()), wanted, 1
        while name in taken:
            number += 1
            name = f"{wanted}{number}"
        return name

    def lines(self) -> Iterator[str]:
        for one, name in self._names.items():
            if isinstance(one, Enum):
                yield from self._enum(one, name)
        for one, name in self._names.items():
            if isinstance(one, Record):
                yield from self._record(one, name)

    def _enum(self, enum: Enum, name: str) -> Iterator[str]:
        yield f"[enum.{_text(name)}]"
        yield from _pairs({"base": enum.base and enum.base.name, "packed": enum.packed or None})
        yield f"values = {_inline(dict(enum.values))}"
        yield ""

    def _record(self, record: Record, name: str) -> Iterator[str]:
        yield f"[record.{_text(name)}]"
        switches = {key: getattr(record, key) or None for key in ("packed", "union", "overlap")}
        numbers = {key: getattr(record, key) for key in ("pack", "size", "align")}
        yield from _pairs({**numbers, **switches, "body": record.body or None})
        yield from _pairs({"prefix": record.prefix and record.prefix.name, "doc": record.doc or None})
        yield "fields = ["
        yield from (f"  {_inline(self._field(part))}," for part in record.fields)
        yield "]"
        yield ""

    def _field(self, part: Field) -> dict[str, Any]:
        table: dict[str, Any] = {"name": part.name, "type": self._type(part), "count": list(part.counts) or None}
        table |= {key: getattr(part, key) for key in ("offset", "align", "bits", "bit")}
        table |= {"flexible": part.flexible or None, "doc": part.doc or None}
        if isinstance(part.type, Text):
            table |= {"encoding": part.type.encoding, "prefix": part.type.prefix and part.type.prefix.name}
        elif part.chars is not None:
            table |= {"text": part.chars.end, "encoding": part.chars.encoding or None}
        elif isinstance(part.type, Kind) and part.type.family in ("char", "plain") and (part.counts or part.flexible):
            table["text"] = False
        if isinstance(part.type, Pointer):
            table["to"] = part.type.to or None
        return {key: value for key, value in table.items() if value is not None}

    def _type(self, part: Field) -> str:
        if isinstance(part.type, Text):
            return "text"
        if isinstance(part.type, Record | Enum):
            return self._names[part.type]
        return part.type.name


def _pairs(table: Mapping[str, Any]) -> Iterator[str]:
    return (f"{key} = {_text(value)}" for key, value in table.items() if value is not None)


def _inline(table: Mapping[str, Any]) -> str:
    return "{ " + ", ".join(f"{_key(key)} = {_text(value)}" for key, value in table.items()) + " }"


def _key(name: str) -> str:
    return name if name.isascii() and name.replace("_", "").isalnum() else _text(name)


def _text(value: Any) -> str:
    """Quote a value: JSON's texts, numbers, lists and truth values are TOML's too; DEL is not, and cannot stand in a name."""
    return json.dumps(value, ensure_ascii=False)
