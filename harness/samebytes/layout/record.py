"""Records: what is shared, described once, independent of language and ABI."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from samebytes.errors import LayoutError
from samebytes.layout.kinds import Kind

__all__ = ["Encoding", "Field", "Record", "Text"]

Encoding = Literal["utf-8", "utf-16"]

MAX_ELEMENTS = 1 << 20
"""Leaves a field may have: a description larger than this is a mistake, not a record people share."""


@dataclass(frozen=True)
class Text:
    """Text of variable length. `prefix` is the integer kind that holds its length in bytes; None inside a serialised body."""

    encoding: Encoding
    prefix: Kind | None

    @property
    def unit(self) -> int:
        """Bytes in a code unit."""
        return 2 if self.encoding == "utf-16" else 1


@dataclass(frozen=True)
class Field:
    """A named part of a record: a scalar kind, a nested record or a text, and how many of them."""

    name: str
    type: Kind | Record | Text
    counts: tuple[int, ...] = ()
    """Array dimensions, outermost first; empty for a single value."""
    offset: int | None = None
    """Explicit offset in bytes, where the record's authors pin it."""


@dataclass(frozen=True)
class Record:
    """An ordered list of fields with packing. Immutable; compare by value."""

    name: str
    fields: tuple[Field, ...]
    pack: int | None = None
    """Upper limit of every field's alignment, in bytes (`#pragma pack(n)`, `Pack=n`)."""
    size: int | None = None
    """Explicit total size in bytes (`StructLayout(Size=…)`)."""
    body: Literal["", "json"] = ""
    """`json`: the fields travel as one length-prefixed JSON object."""
    prefix: Kind | None = None
    """With `body`: the integer kind that holds the body's length in bytes."""
    doc: str = field(default="", compare=False)

    def __post_init__(self) -> None:
        if not self.fields:
            raise LayoutError(f"record {self.name} has no fields")
        _check_names(self)
        _check_texts(self)
        _check_numbers(self)

    @property
    def variable(self) -> bool:
        """Whether its size in memory depends on its values."""
        return bool(self.body) or isinstance(self.fields[-1].type, Text)


def _check_names(record: Record) -> None:
    seen: set[str] = set()
    for part in record.fields:
        if not part.name.isidentifier():
            raise LayoutError(f"{record.name}.{part.name}: {part.name!r} is not a field name", path=part.name)
        if part.name in seen:
            raise LayoutError(f"{record.name} has two fields named {part.name}", path=part.name)
        seen.add(part.name)


def _check_texts(record: Record) -> None:
    if record.body:
        if record.prefix is None or not all(isinstance(part.type, Text) for part in record.fields):
            raise LayoutError(f"{record.name} has a {record.body} body: it needs a prefix, and only text fields")
        return
    for part in record.fields:
        if isinstance(part.type, Text):
            _check_tail(record, part, part.type)
        elif isinstance(part.type, Record) and part.type.variable:
            raise LayoutError(f"{record.name}.{part.name}: a record of variable size cannot be nested", path=part.name)


def _check_tail(record: Record, part: Field, text: Text) -> None:
    if part is not record.fields[-1] or part.counts or record.size is not None:
        raise LayoutError(
            f"{record.name}.{part.name}: text of variable length must be the last field, single, in a record without a size",
            path=part.name,
        )
    if text.prefix is None:
        raise LayoutError(f"{record.name}.{part.name}: text needs a prefix (its length in bytes)", path=part.name)


def _check_numbers(record: Record) -> None:
    if record.pack is not None and record.pack not in (1, 2, 4, 8, 16):
        raise LayoutError(f"{record.name}: pack = {record.pack}", hint="use 1, 2, 4, 8 or 16")
    for part in record.fields:
        total = 1
        for count in part.counts:
            total *= count
            if count < 1 or total > MAX_ELEMENTS:
                raise LayoutError(
                    f"{record.name}.{part.name}: array length {count}",
                    hint=f"1 to {MAX_ELEMENTS} elements",
                    path=part.name,
                )
        if part.offset is not None and part.offset < 0:
            raise LayoutError(f"{record.name}.{part.name}: offset {part.offset} is negative", path=part.name)
