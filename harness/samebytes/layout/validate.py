"""What makes a record well formed, whatever the ABI. Every refusal is a LayoutError with the field's place and the reason."""

from __future__ import annotations

import codecs
from collections.abc import Iterator
from typing import TYPE_CHECKING, TypeGuard

from samebytes.errors import LayoutError
from samebytes.layout.kinds import Kind
from samebytes.layout.texts import Text

if TYPE_CHECKING:
    from samebytes.layout.record import Field, Record, Type

__all__ = ["MAX_ALIGN", "MAX_DEPTH", "MAX_SIZE", "check_record"]

MAX_SIZE = (1 << 32) - 1
"""Bytes a record may have: 4 GiB and more is a mistake in a description, not a record people share."""
MAX_DEPTH = 64
"""Records inside records; C compilers promise 63 levels (C17 5.2.4.1)."""
MAX_ALIGN = 1 << 16

_BIT_FAMILIES = ("signed", "unsigned", "plain", "bool", "char", "enum")
_PACKS = (1, 2, 4, 8, 16, 32, 64, 128)


def check_record(record: Record) -> None:
    """Raise LayoutError for a record that no ABI can lay out. It looks at its own fields only: nested ones have been checked."""
    if not record.fields and record.size is None:
        raise LayoutError(f"record {record.name} has no fields")
    if record.depth > MAX_DEPTH:
        raise LayoutError(
            f"record {record.name} has records inside records {record.depth} deep", hint=f"at most {MAX_DEPTH}"
        )
    _check_options(record)
    _check_names(record)
    for part in record.fields:
        _check_counts(record, part)
        _check_place(record, part)
        if part.bits is not None:
            _check_bits(record, part)
        if part.chars is not None:
            _check_chars(record, part)
    _check_tails(record)


def _is_record(type_: Type) -> TypeGuard[Record]:
    return not isinstance(type_, (Kind, Text))


def _wrong(record: Record, part: Field, what: str, hint: str = "") -> LayoutError:
    return LayoutError(f"{record.name}.{part.name or '(unnamed)'}: {what}", hint=hint, path=part.name)


def _check_options(record: Record) -> None:
    if record.pack is not None and record.pack not in _PACKS:
        raise LayoutError(
            f"{record.name}: pack = {record.pack}", hint="compilers take 1, 2, 4, 8 and 16; .NET 32, 64 and 128, too"
        )
    _check_align(record.align, record.name, "")
    if record.size is not None and not 0 <= record.size <= MAX_SIZE:
        raise LayoutError(f"{record.name}: size = {record.size}", hint=f"0 to {MAX_SIZE} bytes")


def _check_align(align: int | None, where: str, path: str) -> None:
    if align is not None and (not 1 <= align <= MAX_ALIGN or align & (align - 1)):
        raise LayoutError(f"{where}: align = {align}", hint=f"a power of two, at most {MAX_ALIGN}", path=path)


def _check_names(record: Record) -> None:
    seen: set[str] = set()
    for part, name in _names(record):
        if not name.isidentifier():
            raise _wrong(record, part, f"{name!r} is not a field name")
        if name in seen:
            raise LayoutError(f"{record.name} has two fields named {name}", path=name)
        seen.add(name)


def _names(record: Record) -> Iterator[tuple[Field, str]]:
    for part in record.fields:
        if part.name:
            yield part, part.name
        elif _is_record(part.type) and not part.counts and not part.flexible:
            yield from ((part, name) for name in part.type.names)
        elif part.bits is None:
            raise _wrong(record, part, "'' is not a field name", "only bit-fields, records and unions may have none")


def _check_counts(record: Record, part: Field) -> None:
    total = 1
    for count in part.counts:
        total *= count
        if count < 0 or total > MAX_SIZE:
            raise _wrong(record, part, f"array length {count}", f"1 to {MAX_SIZE} elements in all")


def _check_place(record: Record, part: Field) -> None:
    for align in (part.align, part.type_align):
        _check_align(align, f"{record.name}.{part.name}", part.name)
    if part.offset is None:
        return
    if part.offset < 0:
        raise _wrong(record, part, f"offset {part.offset} is negative")
    if part.offset > MAX_SIZE:
        raise _wrong(record, part, f"offset {part.offset} is too far", f"at most {MAX_SIZE}")
    if record.union and part.offset:
        raise _wrong(record, part, f"offset {part.offset} in a union: all its fields are at 0")


def _check_bits(record: Record, part: Field) -> None:
    if not isinstance(part.type, Kind) or part.type.family not in _BIT_FAMILIES:
        raise _wrong(record, part, "a bit-field needs an integer, enum or bool type")
    if part.counts or part.flexible:
        raise _wrong(record, part, "a bit-field cannot be an array")
    if part.bits is None or part.bits < 0 or part.bits > 128:
        raise _wrong(record, part, f"{part.bits} bits")
    if part.bits == 0 and part.name:
        raise _wrong(record, part, "a bit-field of 0 bits has no name")
    if part.bit is not None and (part.offset is None or not 0 <= part.bit < 128):
        raise _wrong(record, part, f"bit = {part.bit}", "with an offset, 0 to 127")


def _check_chars(record: Record, part: Field) -> None:
    texts = isinstance(part.type, Kind) and part.type.family in ("char", "plain", "signed", "unsigned")
    if not texts or part.bits is not None or not (part.counts or part.flexible):
        raise _wrong(record, part, "only an array of characters can be read as text")
    if part.chars is None:
        return
    if part.chars.end == "counted" and (part.flexible or not 2 <= part.counts[-1] <= 256 or _unit(part) != 1):
        raise _wrong(record, part, "a counted text is 2 to 256 bytes: a length byte and what it counts")
    if part.chars.encoding:
        _check_encoding(record, part, part.chars.encoding)


def _unit(part: Field) -> object:
    return part.type.measure if isinstance(part.type, Kind) else None


def _check_encoding(record: Record, part: Field, name: str) -> None:
    """Refuse a code page unless Python has it, it is of text, and its units are single bytes."""
    try:
        known = codecs.lookup(name)
        "".encode(name)
    except (LookupError, ValueError):
        raise _wrong(
            record, part, f"{name!r} is not an encoding", 'a code page: "windows-1252", "shift_jis", …'
        ) from None
    wide = known.name.startswith(("utf-16", "utf-32"))
    if _unit(part) != 1 or wide:
        raise _wrong(record, part, f"encoding {name!r}: units of one byte have one; wider ones are UTF-16 and UTF-32")


def _check_tails(record: Record) -> None:
    if record.body:
        if record.prefix is None or not all(isinstance(part.type, Text) for part in record.fields):
            raise LayoutError(f"{record.name} has a {record.body} body: it needs a prefix, and only text fields")
        return
    for part in record.fields:
        if isinstance(part.type, Text):
            _check_text(record, part, part.type)
        elif _is_record(part.type) and part.type.variable:
            _check_variable(record, part, part.type)
        elif part.flexible and (part is not record.fields[-1] or record.union):
            raise _wrong(record, part, "an array of open length must be the last field of a struct")


def _check_variable(record: Record, part: Field, inner: Record) -> None:
    """Refuse a nested record of variable size, but for GNU C's: a last field with a flexible array. Text tails stay outermost."""
    last = part is record.fields[-1] and not record.union and not part.counts
    if not last or inner.body or not inner.fields[-1].flexible:
        raise _wrong(record, part, "a record of variable size cannot be nested")


def _check_text(record: Record, part: Field, text: Text) -> None:
    single = part is record.fields[-1] and not part.counts and not record.union
    if not single or record.size is not None:
        raise _wrong(record, part, "text of variable length must be the last field, single, in a record without a size")
    if text.prefix is None:
        raise _wrong(record, part, "text needs a prefix (its length in bytes)")
