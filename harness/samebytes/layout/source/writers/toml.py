"""TOML: the fields of a layout file."""

from __future__ import annotations

import re
from collections.abc import Sequence

from samebytes.layout.kinds import Kind
from samebytes.layout.source.parts import SourceRecord

SUFFIXES = (".toml",)
SEPARATOR = ","
NAMES_FIRST = False


def scalars(kind: Kind, key: tuple[str, int], text: str) -> Sequence[str]:
    """Return a kind's name."""
    return [f'"{kind.name}"']


def field(name: str, type_: str, counts: tuple[int, ...], bits: int | None, like: str, text: str) -> Sequence[str]:
    """Return an inline table."""
    many = f", count = {counts[0] if len(counts) == 1 else list(counts)}" if counts else ""
    width = f", bits = {bits}" if bits is not None else ""
    return [f'{{ name = "{name}", type = {type_}{many}{width} }}']


def count(number: int, was: str) -> str:
    """Return a dimension."""
    return str(number)


def packed(text: str, record: SourceRecord, pack: int | None) -> str | None:
    """Return the text with the record's `pack`."""
    found = re.compile(r"^[ \t]*pack[ \t]*=[ \t]*(?P<number>\d+)[^\n]*\n?", re.MULTILINE).search(text, *record.whole)
    if found is not None:
        if pack is None:
            return text[: found.start()] + text[found.end() :]
        return text[: found.start("number")] + str(pack) + text[found.end("number") :]
    line = text.find("\n", record.whole[0]) + 1
    return None if pack is None or not line else f"{text[:line]}pack = {pack}\n{text[line:]}"
