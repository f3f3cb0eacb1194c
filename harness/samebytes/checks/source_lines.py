"""Lines of source files that results name, with paths as a repository has them: what CI systems show a finding at."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from samebytes.checks.result import SourceLine
from samebytes.layout.source import SourceRecord, language_for, line_of, plain, record_in, record_of

__all__ = ["field_line", "read_source", "record_line", "repository_path"]

CHECKOUTS = ("GITHUB_WORKSPACE", "CI_PROJECT_DIR")
"""Variables that name the top of the checkout on CI machines."""
_NAMES = re.compile(r"`([^`]+)`")


def repository_path(path: Path) -> str:
    """Return a path relative to the top of its repository, or else to the working folder; as it is, if it is in neither."""
    path = Path(os.path.abspath(path))  # noqa: PTH100 - links stay what they are called
    tops = [Path(os.environ[name]) for name in CHECKOUTS if os.environ.get(name)]
    tops += [folder for folder in path.parents if (folder / ".git").exists()][:1]
    for top in (*tops, Path.cwd()):
        with suppress(ValueError):
            return path.relative_to(top).as_posix()
    return path.as_posix()


def read_source(path: Path) -> str:
    """Return a source's text with its line ends, without a byte order mark; empty if it is none.

    Bytes that are not UTF-8 become lone surrogates, as PEP 383 has them.
    """
    try:
        data = path.read_bytes()
    except OSError:
        return ""
    return data.decode("utf-8-sig", "surrogateescape") if b"\0" not in data else ""


def record_line(path: Path, type_: str, about: str) -> SourceLine | None:
    """Return the line of a record; None where its source has none of that name."""
    return _line(path, type_, (), about)


def field_line(paths: Iterable[Path], type_: str, words: str, about: str) -> SourceLine | None:
    """Return the line of the field that words name in backticks, in the first of these sources that declares the record.

    Where the field is not found in it, the record's own line. A field of a record inside is looked for there.
    """
    names = [part for name in _NAMES.findall(words) for part in re.split(r"\.|\[.*?\]", name) if part]
    for path in paths:
        found = _line(path, type_, names, about)
        if found is not None:
            return found
    return None


def _line(path: Path, type_: str, names: Iterable[str], about: str) -> SourceLine | None:
    language = language_for(path.suffix)
    text = read_source(path) if language is not None else ""
    records = language.records(text) if language is not None else []
    record = record_in(records, type_)
    if record is None:
        return None
    at = _place(text, records, record, list(names))
    return SourceLine(repository_path(path), line_of(text, at), about)


def _place(text: str, records: list[SourceRecord], record: SourceRecord, names: list[str]) -> int:
    """Return where the first of the names is declared, in the record or in those it has; else where the record is."""
    for name in names:
        member = record.named(name)
        if member is not None and len(names) > 1 and member.type[0] != member.type[1]:
            inner = member.inner or record_of(records, text[slice(*member.type)])
            deeper = next((found for one in names[1:] if inner is not None and (found := inner.named(one))), None)
            if deeper is not None:
                return deeper.at[0]
        if member is not None:
            return member.at[0]
    inside = [one for one in records if any(one.named(name) for name in names) and _uses(text, record, one)]
    for one in inside:
        for name in names:
            if (found := one.named(name)) is not None:
                return found.at[0]
    return record.keyword


def _uses(text: str, record: SourceRecord, other: SourceRecord) -> bool:
    """Return whether a record has a field of another one's type."""
    words = {plain(word) for member in record.members for word in re.findall(r"\w+", text[slice(*member.type)])}
    return any(plain(name) in words for name in other.names)
