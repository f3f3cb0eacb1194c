"""The languages whose sources are read, found by file, and a record in one of their texts."""

from __future__ import annotations

import importlib
import pkgutil
import re
from functools import cache
from typing import cast

from samebytes.layout.source import languages
from samebytes.layout.source.parts import Language, SourceRecord

__all__ = ["language_for", "record_in", "record_of"]


@cache
def _languages() -> dict[str, Language]:
    """Return each language by the endings of its files."""
    found: dict[str, Language] = {}
    for info in pkgutil.iter_modules(languages.__path__, f"{languages.__name__}."):
        module = cast(Language, importlib.import_module(info.name))
        found |= dict.fromkeys(module.SUFFIXES, module)
    return found


def language_for(suffix: str) -> Language | None:
    """Return the language of files with that ending; None where their lines cannot be told."""
    return _languages().get(suffix.lower())


def record_of(records: list[SourceRecord], type_: str) -> SourceRecord | None:
    """Return the record that a field's type means: `struct Vec`, `std::array<Wheel`, `"Vec"`; None where none of them has its name."""
    words = re.findall(r"[^\W\d]\w*", type_)
    return next((found for word in reversed(words) if (found := record_in(records, word)) is not None), None)


def record_in(records: list[SourceRecord], name: str) -> SourceRecord | None:
    """Return the record that a name means, `Outer+Inner` or `Namespace::Name` by its last part.

    Pascal's `TName` is found for `Name`; of several the last is meant, for the first may be that of another scope.
    """
    last = name.replace("::", ".").replace("+", ".").rpartition(".")[2]
    for wanted in (last, last.casefold(), f"t{last}".casefold()):
        for record in reversed(records):
            if wanted in record.names or wanted in [one.casefold() for one in record.names]:
                return record
    return None
