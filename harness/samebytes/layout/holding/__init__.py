"""Static asserts for a declaration that exists: its own build then fails where it is not what was promised."""

from __future__ import annotations

import importlib
import pkgutil
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Protocol, cast

from samebytes.errors import LayoutError, UsageError
from samebytes.layout.abi import Abi
from samebytes.layout.holding import languages
from samebytes.layout.holding.facts import Held, Source, facts_of
from samebytes.layout.laid_out import Layout
from samebytes.layout.record import Record
from samebytes.layout.rules import lay_out
from samebytes.layout.source import SourceRecord, language_for, record_in

__all__ = ["Source", "hold", "languages_held", "source_of"]


class Language(Protocol):
    """What a module of `languages` has."""

    NAME: str
    """As `samebytes emit --to` calls it."""

    def head(self, source: Source | None) -> Iterator[str]:
        """Yield what stands before the asserts: where the text belongs, what it imports."""

    def tail(self) -> Iterator[str]:
        """Yield what closes it."""

    def spelled(self, name: str, declared: SourceRecord | None, source: Source | None) -> str:
        """Return the type's name as it stands in an expression."""

    def asserts(self, type_: str, layout: Layout, facts: list[Held]) -> Iterator[str]:
        """Yield the asserts of one record, one a line; a comment for what cannot be held."""


@cache
def _languages() -> dict[str, Language]:
    modules = (
        importlib.import_module(f"{languages.__name__}.{info.name}")
        for info in pkgutil.iter_modules(languages.__path__)
    )
    found = (module.LANGUAGES for module in modules)
    return {language.NAME: cast(Language, language) for several in found for language in several}


def languages_held() -> tuple[str, ...]:
    """Return the languages that asserts can be written in."""
    return tuple(sorted(_languages()))


def source_of(path: Path) -> Source:
    """Read the source that declares a record. UsageError if it is none, or cannot be read."""
    language = language_for(path.suffix)
    if language is None:
        raise UsageError(
            f"{path}: a source of an unknown language", hint="its ending says which: .h, .hpp, .cs, .rs, …"
        )
    try:
        text = path.read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        words = getattr(error, "strerror", None) or "it is not UTF-8"
        raise UsageError(f"{path}: cannot be read: {words}") from error
    return Source(path.name, text, language.records(text))


def hold(
    records: list[Record], language: str, abi: Abi, title: str, source: Source | None = None, name: str = ""
) -> str:
    """Return the asserts of records for their declaration in `language`, under the names that `source` has.

    `name` is what the type is called in an expression, if it is not called as the record is. UsageError if the source does not declare a
    record; LayoutError for a language without asserts.
    """
    if language not in _languages():
        known = ", ".join(languages_held())
        raise LayoutError(f"--check-only cannot be written in {language}", hint=f"it can in: {known}")
    writer = _languages()[language]
    lines = list(writer.head(source))
    for record in records:
        lines += _asserts(record, writer, abi, source, name)
    lines += writer.tail()
    return writer_comment(language, title) + "\n" + "\n".join(lines) + "\n"


def _asserts(record: Record, writer: Language, abi: Abi, source: Source | None, name: str) -> Iterator[str]:
    layout = lay_out(record, abi)
    declared = None if source is None else record_in(source.records, name or record.name)
    if source is not None and declared is None:
        known = ", ".join(one.names[0] for one in source.records if one.names)
        raise UsageError(
            f"{source.file} declares no {name or record.name}",
            hint=f"--as NAME says what it is called there; it has: {known}",
        )
    spelled = name or writer.spelled(re.sub(r"\W", "_", record.name), declared, source)
    yield from writer.asserts(spelled, layout, list(facts_of(layout, source, declared)))


def writer_comment(language: str, title: str) -> str:
    """Return the title as a comment of the language."""
    title = title.replace("*/", "* /").replace("}", ")").replace("\n", " ")
    return {"nim": f"# {title}", "pascal": f"{{ {title} }}", "c": f"/* {title} */"}.get(language, f"// {title}")
