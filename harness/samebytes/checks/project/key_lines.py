"""Lines of a TOML file: on which one each key stands, so that a complaint about a value names the place.

tomllib has positions for syntax only. This reads the keys of a text that tomllib has accepted, and nothing but those (TOML 1.0).
"""

from __future__ import annotations

import re
import tomllib
from bisect import bisect_right
from collections.abc import Iterator

__all__ = ["Path", "key_lines"]

Path = tuple[str | int, ...]
"""Keys from the top, with the index of an element of an array: `("declaration", "reader", "source", 1)`."""

_BLANK = re.compile(r"(?:[ \t\r\n]+|#[^\n]*)*")
_SPACE = re.compile(r"[ \t]*")
_BARE = re.compile(r"[A-Za-z0-9_-]+")
_STRINGS = (
    re.compile(r'"""(?:[^"\\]|\\.|"{1,2}(?!"))*"""("{0,2})', re.DOTALL),
    re.compile(r"'''(?:[^']|'{1,2}(?!'))*'''('{0,2})"),
    re.compile(r'"(?:[^"\\\n]|\\.)*"'),
    re.compile(r"'[^'\n]*'"),
)
_OTHER = re.compile(r"[^,\]}#\n]*")


def key_lines(text: str) -> dict[Path, int]:
    """Return the line, from 1, of every table, key and element of an array in a text that tomllib accepts."""
    return _Scanner(text).scan()


class _Scanner:
    """Goes through the text once."""

    def __init__(self, text: str) -> None:
        self._text, self._at = text, 0
        self._breaks = [found.start() for found in re.finditer("\n", text)]
        self._lines: dict[Path, int] = {(): 1}
        self._counts: dict[Path, int] = {}
        """How many tables each array of tables has so far."""

    def scan(self) -> dict[Path, int]:
        table: Path = ()
        self._skip(_BLANK)
        while self._at < len(self._text):
            if self._text[self._at] == "[":
                table = self._header()
            else:
                self._pair(table)
            self._skip(_BLANK)
        return self._lines

    def _header(self) -> Path:
        array = self._text.startswith("[[", self._at)
        line = self._line()
        self._at += 2 if array else 1
        *above, last = self._key()
        self._at += 2 if array else 1
        path = self._resolved((), above)
        path = (*path, last)
        self._note(path, line)
        if array:
            self._counts[path] = self._counts.get(path, 0) + 1
        if path in self._counts:
            path = (*path, self._counts[path] - 1)
            self._note(path, line)
        return path

    def _resolved(self, path: Path, keys: list[str]) -> Path:
        """Return the path of a table: for an array of tables, of the last one in it."""
        for key in keys:
            path = (*path, key)
            self._note(path, self._line())
            if path in self._counts:
                path = (*path, self._counts[path] - 1)
        return path

    def _pair(self, table: Path) -> None:
        line = self._line()
        path = table
        for key in self._key():
            path = (*path, key)
            self._note(path, line)
        self._skip(_SPACE)
        self._at += 1  # the equals sign
        self._skip(_SPACE)
        self._value(path)

    def _value(self, path: Path) -> None:
        start = self._text[self._at]
        if start == "[":
            for index, _ in enumerate(self._parts("]")):
                self._note((*path, index), self._line())
                self._value((*path, index))
        elif start == "{":
            for _ in self._parts("}"):
                self._pair(path)
        elif start in "\"'":
            self._string()
        else:
            self._skip(_OTHER)

    def _parts(self, end: str) -> Iterator[None]:
        """Stop at each part of an array or an inline table; whoever asks reads it."""
        self._at += 1
        self._skip(_BLANK)
        while self._text[self._at] != end:
            yield
            self._skip(_BLANK)
            if self._text[self._at] == ",":
                self._at += 1
                self._skip(_BLANK)
        self._at += 1

    def _key(self) -> list[str]:
        """Return a key, dotted or not, as its parts."""
        parts = []
        while True:
            self._skip(_SPACE)
            quoted = self._text[self._at] in "\"'"
            raw = self._string() if quoted else self._skip(_BARE)
            parts.append(str(tomllib.loads(f"key = {raw}")["key"]) if quoted else raw)
            self._skip(_SPACE)
            if self._text[self._at] != ".":
                return parts
            self._at += 1

    def _string(self) -> str:
        return next(self._skip(pattern) for pattern in _STRINGS if pattern.match(self._text, self._at))

    def _skip(self, pattern: re.Pattern[str]) -> str:
        found = pattern.match(self._text, self._at)
        assert found is not None  # tomllib has accepted the text
        self._at = found.end()
        return found[0]

    def _note(self, path: Path, line: int) -> None:
        self._lines.setdefault(path, line)

    def _line(self) -> int:
        return bisect_right(self._breaks, self._at - 1) + 1
