"""The recipes of `declarations.toml`: which languages there are, and how a declaration in one is compiled."""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from samebytes.errors import MissingToolError
from samebytes.toml import read_toml

__all__ = ["Language", "Recipe", "compilers_of_headers", "language_of"]

Command = tuple[str, ...]


@dataclass(frozen=True)
class Recipe:
    """One way to compile a declaration. `declarations.toml` says what each part means."""

    name: str
    abis: tuple[str, ...]
    probe: Command
    files: Mapping[str, str]
    build: tuple[Command, ...]
    product: str
    add: Mapping[str, str]
    """The command that adds it, by system."""
    decides: bool = False
    """Whether its words count where others fail too."""

    @property
    def adding(self) -> str:
        """Return the command that adds it on this system; empty if none is known."""
        return self.add.get({"win32": "windows", "darwin": "macos"}.get(sys.platform, "debian"), "")

    def serves(self, abi: str, native: str) -> bool:
        """Return whether it builds for an ABI; `native` is this machine's own."""
        return abi in self.abis or "*" in self.abis or (abi == native and "native" in self.abis)

    @property
    def probed(self) -> str:
        """Return what is looked for, in short."""
        return self.name.partition(",")[0]

    @property
    def portable(self) -> bool:
        """Return whether what it makes is the same on every ABI."""
        return "*" in self.abis


@dataclass(frozen=True)
class Language:
    """A language whose declarations are compiled."""

    name: str
    suffixes: tuple[str, ...]
    recipes: tuple[Recipe, ...]
    strip: tuple[tuple[str, str], ...] = ()
    """Patterns of what a source holds besides declarations, each with what is to stand there instead."""
    types: str = ""
    """The pattern of a declaration, with its name as the first group."""
    prefix: str = ""
    """What the names of types begin with by custom."""
    called: str = "{type}"
    """A type's name in what is compiled."""

    def bare(self, text: str) -> str:
        """Return a source without what needs other files, or does something: its declarations are left."""
        for pattern, instead in self.strip:
            text = re.sub(pattern, instead, text)
        return text

    def types_in(self, text: str) -> list[str]:
        """Return the types that a source declares, as far as their pattern finds them."""
        return list(dict.fromkeys(re.findall(self.types, text))) if self.types else []

    def missing(self, abi: str, native: str) -> MissingToolError:
        """Return the error that no compiler for an ABI is here, with the command that adds one."""
        able = [recipe for recipe in self.recipes if recipe.serves(abi, native)]
        if not able:
            return MissingToolError(
                f"no {self.name} compiler here builds for {abi}",
                add="run samebytes check there, or name a binary of it",
            )
        looked = ", ".join(dict.fromkeys(recipe.probed for recipe in able))
        add = next((recipe.adding for recipe in able if recipe.adding), "")
        return MissingToolError(f"no {self.name} compiler for {abi} (looked for {looked})", add=add)


def language_of(suffix: str) -> Language | None:
    """Return the language of files with that ending; None for what is read without compiling."""
    return next((one for one in _languages().values() if suffix.lower() in one.suffixes), None)


def compilers_of_headers() -> Language:
    """Return how a layout's own header is compiled and measured."""
    return _languages()["header"]


@cache
def _languages() -> dict[str, Language]:
    tree = read_toml(Path(__file__).with_name("declarations.toml"))
    return {
        key: Language(
            table["name"],
            tuple(table["suffixes"]),
            tuple(
                Recipe(
                    one["name"],
                    tuple(one["abis"]),
                    tuple(one["probe"]),
                    one.get("files", {}),
                    tuple(map(tuple, one["build"])),
                    one["product"],
                    one["add"],
                    one.get("decides", False),
                )
                for one in table["toolchain"]
            ),
            tuple((one, "") if isinstance(one, str) else (one[0], one[1]) for one in table.get("strip", ())),
            table.get("types", ""),
            table.get("prefix", ""),
            table.get("called", "{type}"),
        )
        for key, table in tree.items()
    }
