"""A table of `samebytes.toml` that knows where it stands: every complaint names the file, the line, the key and what is allowed."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from samebytes.checks.project.key_lines import Path as KeyPath
from samebytes.checks.project.key_lines import key_lines
from samebytes.errors import UsageError
from samebytes.suggesting import there_are
from samebytes.toml import TomlError, toml_text, toml_tree

__all__ = ["PYPROJECT", "Table", "nearest", "own_table", "read_table"]

PYPROJECT = "pyproject.toml"

SHOWN = 60
"""Characters of a wrong value that are shown."""
_SYNTAX = re.compile(r"(?P<what>.*) \(at (?:line (?P<line>\d+), column (?P<column>\d+)|end of document)\)", re.DOTALL)


@dataclass(frozen=True)
class _File:
    path: Path
    lines: Mapping[KeyPath, int]


@dataclass(frozen=True)
class Table:
    """One table. `path` are the keys that lead to it from the top of the file."""

    tree: Mapping[str, Any]
    file: _File
    path: KeyPath = ()
    called: Mapping[str, str] = field(default_factory=dict)
    """Keys that stand there under another name, which means the same: `environment` as `env`."""

    def spelled(self, others: Mapping[str, str]) -> Table:
        """Return the same with other names of its keys understood, each given as {other: own}. UsageError where both stand there."""
        called = {own: other for other, own in others.items() if other in self.tree}
        for own, other in called.items():
            if own in self.tree:
                raise UsageError(f"{self.where(other)} and {own} mean the same", hint="keep one of them")
        return replace(self, tree={others.get(key, key): value for key, value in self.tree.items()}, called=called)

    @property
    def folder(self) -> Path:
        """Return where the file stands: paths in it are relative to that."""
        return self.file.path.parent

    @property
    def place(self) -> str:
        """Return where the table stands, for messages: `samebytes.toml:12: [layout.CarState]`."""
        return f"{self._line(self.path)}: [{_dotted(self.path)}]"

    def where(self, *keys: str | int) -> str:
        """Return where one of its values stands: `samebytes.toml:14: layout.CarState.header`."""
        path = self._path(*keys)
        return f"{self._line(path)}: {_dotted(path)}"

    def wrong(self, key: str, wanted: str, *more: str | int) -> UsageError:
        """Return the complaint that a value is not what it must be."""
        value: Any = self.tree.get(key)
        for step in more:
            value = value[step]
        found = "is missing" if key not in self.tree else f"is {_shown(value)}"
        return UsageError(f"{self.where(key, *more)} {found}", hint=f"it must be {wanted}")

    def only(self, known: Sequence[str]) -> None:
        """Raise UsageError for a key that is none of these, with the nearest of them."""
        for key in self.tree:
            if key not in known:
                raise UsageError(f"{self.where(key)} is an unknown key", hint=nearest(key, known, "keys here"))

    def text(self, key: str, default: str | None = None) -> str:
        """Return a text that is not empty; without a default it must be there."""
        value = self.tree.get(key, default)
        if not isinstance(value, str) or (key in self.tree and not value) or value is None:
            raise self.wrong(key, "a text")
        return value

    def one_of(self, key: str, allowed: Sequence[str], default: str) -> str:
        """Return one of a few words."""
        value = self.tree.get(key, default)
        if not isinstance(value, str) or (key in self.tree and value not in allowed):
            raise self.wrong(key, " or ".join(f'"{word}"' for word in allowed))
        return value

    def texts(self, key: str) -> tuple[str, ...]:
        """Return a list of texts; empty if it is not there."""
        return tuple(self._list(key, "a list of texts", lambda value: isinstance(value, str) and bool(value)))

    def command(self, key: str) -> tuple[str, ...]:
        """Return an argument list; empty if it is not there."""
        wanted = 'an argument list such as ["./sim", "--port", "0"], never a shell string'
        found = tuple(self._list(key, wanted, lambda value: isinstance(value, str)))
        if key in self.tree and not (found and found[0]):
            raise self.wrong(key, wanted)
        return found

    def number(self, key: str, default: float, least: float, most: float) -> float:
        """Return a number between two others."""
        value = self.tree.get(key, default)
        if not _is_number(value) or not least <= value <= most:
            raise self.wrong(key, f"a number from {least:g} to {most:g}")
        return float(value)

    def whole(self, key: str, default: int) -> int:
        """Return a whole number that is not negative."""
        value = self.tree.get(key, default)
        if not isinstance(value, int) or isinstance(value, bool) or value < 0:
            raise self.wrong(key, "a whole number, 0 or more")
        return value

    def switch(self, key: str, default: bool | None) -> bool | None:
        """Return true or false; the default if it is not there."""
        value = self.tree.get(key)
        if key not in self.tree:
            return default
        if not isinstance(value, bool):
            raise self.wrong(key, "true or false")
        return value

    def mapping(self, key: str) -> dict[str, str]:
        """Return a table of texts; empty if it is not there."""
        table = self.table(key)
        return {} if table is None else {name: table.text(name) for name in table.tree}

    def existing(self, key: str, *more: int) -> Path:
        """Return the file that a text names. UsageError when there is none."""
        value = self.tree[key]
        for step in more:
            value = value[step]
        path = (self.folder / str(value)).absolute()
        if not path.exists():
            near = difflib.get_close_matches(path.name, _siblings(path), 1)
            hint = f"did you mean {near[0]}?" if near else f"paths are relative to {self.folder}"
            raise UsageError(f"{self.where(key, *more)} names {value!r}, and there is no such file", hint=hint)
        return path

    def table(self, key: str) -> Table | None:
        """Return a table in it; None if it is not there."""
        if key not in self.tree:
            return None
        if not isinstance(self.tree[key], dict):
            raise self.wrong(key, f"a table: [{_dotted((*self.path, key))}]")
        return Table(self.tree[key], self.file, self._path(key))

    def tables(self, key: str) -> Iterator[tuple[str, Table]]:
        """Yield the named tables in a table, `[layout.NAME]`, by name."""
        outer = self.table(key)
        for name in outer.tree if outer else ():
            assert outer is not None
            if not isinstance(outer.tree[name], dict):
                raise outer.wrong(name, f"a table: [{_dotted((*self.path, key, name))}]")
            if not re.fullmatch(r"[A-Za-z0-9_+-]+", name):  # it stands in the identities of cells
                raise UsageError(f"{outer.where(name)} is no name", hint="a name has letters, digits, _, + and - in it")
            yield name, Table(outer.tree[name], self.file, (*self.path, key, name))

    def _list(self, key: str, wanted: str, good: Callable[[Any], bool]) -> list[Any]:
        value = self.tree.get(key, [])
        if not isinstance(value, list):
            raise self.wrong(key, wanted)
        for index, item in enumerate(value):
            if not good(item):
                raise self.wrong(key, "a text", index)
        return value

    def _path(self, *keys: str | int) -> KeyPath:
        """Return where a value stands, under the names that stand there."""
        first = keys[:1]
        return (*self.path, *(self.called.get(key, key) if isinstance(key, str) else key for key in first), *keys[1:])

    def _line(self, path: KeyPath) -> str:
        """Return the line of a key; for one that is not there, its table's."""
        while path and path not in self.file.lines:
            path = path[:-1]
        return f"{self.file.path}:{self.file.lines[path]}"


def read_table(path: Path) -> Table:
    """Read the top of a TOML file. UsageError, with the line, for what is not TOML."""
    try:
        text = toml_text(path)
    except TomlError as error:
        if isinstance(error.__cause__, FileNotFoundError):
            raise UsageError(f"{path}: no such file", hint="samebytes init HEADER writes a first one") from error
        raise UsageError(f"{path}: cannot be read: {error}", hint="it must be a text file in UTF-8") from error
    try:
        tree = toml_tree(text)
    except TomlError as error:
        raise _syntax(path, str(error), text) from error
    file = _File(path, key_lines(text))
    if path.name != PYPROJECT:
        return Table(tree, file)
    own = own_table(tree)
    if own is None:
        raise UsageError(f"{path} has no [tool.samebytes]", hint="samebytes init HEADER writes a samebytes.toml")
    return Table(own, file, ("tool", "samebytes"))


def own_table(tree: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """Return the `[tool.samebytes]` of a pyproject.toml; None where it has none."""
    tools = tree.get("tool")
    own = tools.get("samebytes") if isinstance(tools, dict) else None
    return own if isinstance(own, dict) else None


def nearest(word: str, known: Sequence[str], title: str) -> str:
    """Return what somebody may have meant, and all there is."""
    return there_are(word, known, title)


def _syntax(path: Path, words: str, text: str) -> UsageError:
    found = _SYNTAX.fullmatch(words)
    if found is None:
        return UsageError(f"{path}: {words}", hint="it must be TOML: https://toml.io")
    line = int(found["line"]) if found["line"] else text.count("\n") + 1
    column = f", column {found['column']}" if found["column"] else ", at the end"
    return UsageError(f"{path}:{line}{column}: {found['what']}", hint="it must be TOML: https://toml.io")


def _siblings(path: Path) -> list[str]:
    return [one.name for one in path.parent.iterdir()] if path.parent.is_dir() else []


def _dotted(path: KeyPath) -> str:
    """Return keys as one writes them: `layout.CarState.include[1]`."""
    words = ""
    for key in path:
        if isinstance(key, int):
            words += f"[{key}]"
        else:
            words += ("." if words else "") + (key if re.fullmatch(r"[A-Za-z0-9_-]+", key) else f'"{key}"')
    return words


def _shown(value: Any) -> str:
    words = str(value).lower() if isinstance(value, bool) else repr(value)
    return words if len(words) <= SHOWN else words[:SHOWN] + "…"


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
