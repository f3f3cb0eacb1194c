"""Two images field by field, whatever ABI each is of."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from samebytes.checks.attach.rows import EVERY, Row, decoded, rows_of
from samebytes.checks.attach.values import Decoded
from samebytes.checks.images.file import Image

__all__ = ["FieldDifference", "differences"]

NONE = "no such field"


class FieldDifference(NamedTuple):
    """A field, and what each image says of it: its value, or its place where only that differs."""

    path: str
    one: str
    other: str

    def __str__(self) -> str:
        return f"{self.path}: {self.one} → {self.other}"


def differences(one: Image, other: Image) -> list[FieldDifference]:
    """Return the fields that differ, in the order of the first image, then those that only the second has.

    Padding is not compared, and where a field stands is not either: the same value elsewhere is the same value.
    """
    return [*_values(one, other), *_missing(other, one)]


def _fields(image: Image) -> dict[str, Row]:
    return {row.path: row for row in rows_of(image.layout, EVERY) if row.what != "padding"}


def _values(one: Image, other: Image) -> Iterator[FieldDifference]:
    theirs = _fields(other)
    same_order = one.layout.abi.order == other.layout.abi.order
    for path, row in _fields(one).items():
        if path not in theirs:
            yield FieldDifference(path, decoded(row, one.record).text, NONE)
            continue
        here, there = decoded(row, one.record), decoded(theirs[path], other.record)
        if _says(here, same_order) != _says(there, same_order):
            yield FieldDifference(path, *_told_apart(here, there))


def _missing(one: Image, other: Image) -> Iterator[FieldDifference]:
    known = _fields(other)
    for path, row in _fields(one).items():
        if path not in known:
            yield FieldDifference(path, NONE, decoded(row, one.record).text)


def _says(found: Decoded, same_order: bool) -> tuple[str, bytes]:
    """Return what is compared: the value; also the bytes where the value is not enough (none could be read, NaN's payload)."""
    value = repr(found.value)
    vague = found.value is None or "nan" in value
    return value, found.raw if vague and same_order else b""


def _told_apart(one: Decoded, other: Decoded) -> tuple[str, str]:
    """Return both values in words; where shortening makes those the same, the bytes from the first that differs."""
    if one.text != other.text:
        return one.text, other.text
    at = next((at for at, pair in enumerate(zip(one.raw, other.raw, strict=False)) if pair[0] != pair[1]), 0)
    return tuple(f"{found.text} ({found.raw[at : at + 8].hex()} at byte {at})" for found in (one, other))  # type: ignore[return-value]
