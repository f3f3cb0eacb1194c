"""A table of a manifest that knows where it stands, so that every complaint names the place."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from samebytes.errors import ManifestError

__all__ = ["Command", "Table"]

Command = tuple[str, ...]


class Table:
    """A table of the manifest that knows where it stands, so that every complaint names the place."""

    def __init__(self, tree: Mapping[str, Any], path: Path, place: str) -> None:
        self.tree, self.path, self.place = tree, path, place

    def wrong(self, key: str, wanted: str) -> ManifestError:
        found = repr(self.tree[key]) if key in self.tree else "nothing"
        return ManifestError(f"{self.path}: {self.place}{key} is {found[:80]}", hint=f"it must be {wanted}")

    def only(self, *keys: str) -> None:
        for key in self.tree:
            if key not in keys:
                raise ManifestError(f"{self.path}: unknown key {self.place}{key}", hint=f"keys here: {' '.join(keys)}")

    def text(self, key: str, default: str | None = None) -> str:
        value = self.tree.get(key, default)
        if not isinstance(value, str) or (default is None and not value):
            raise self.wrong(key, "a text")
        return value

    def flag(self, key: str) -> bool:
        value = self.tree.get(key, False)
        if not isinstance(value, bool):
            raise self.wrong(key, "true or false")
        return value

    def words(self, key: str) -> Command:
        return self._words(key, self.tree.get(key, []))

    def _words(self, key: str, value: Any) -> Command:
        if not isinstance(value, list) or not all(isinstance(word, str) for word in value):
            raise self.wrong(key, "a list of texts (a command is an argument list, never a shell string)")
        return tuple(value)

    def commands(self, key: str) -> tuple[Command, ...]:
        value = self.tree.get(key, [])
        if not isinstance(value, list):
            raise self.wrong(key, "a list of commands")
        return tuple(self._words(key, command) for command in value)

    def texts(self, key: str) -> dict[str, str]:
        return self._mapped(key, "a table of texts", lambda value: isinstance(value, str))

    def command_by_abi(self, key: str) -> dict[str, Command]:
        found = self._mapped(key, "a table from ABI to command", lambda value: isinstance(value, list))
        return {abi: self._words(key, command) for abi, command in found.items()}

    def _mapped(self, key: str, wanted: str, good: Callable[[Any], bool]) -> dict[str, Any]:
        value = self.tree.get(key, {})
        if not isinstance(value, dict) or not all(good(item) for item in value.values()):
            raise self.wrong(key, wanted)
        return dict(value)

    def inner(self, key: str) -> Table:
        """Return the table of that key, empty where there is none."""
        return self.table(key) or Table({}, self.path, f"{self.place}{key}.")

    def table(self, key: str) -> Table | None:
        if key not in self.tree:
            return None
        value = self.tree[key]
        if not isinstance(value, dict):
            raise self.wrong(key, "a table")
        return Table(value, self.path, f"{self.place}{key}.")

    def tables(self, key: str) -> Iterator[Table]:
        value = self.tree.get(key, [])
        if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
            raise self.wrong(key, f"tables written as [[{self.place}{key}]]")
        return (Table(item, self.path, f"{self.place}{key}[{number}].") for number, item in enumerate(value))
