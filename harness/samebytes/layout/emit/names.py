"""Names that a language accepts: keywords avoided, collisions numbered, by the language's own idea of sameness."""

from __future__ import annotations

import re
from collections.abc import Callable

__all__ = ["Names"]


class Names:
    """The names of one scope. `keywords` are separated by blanks; `fold` maps names that the language takes for one to the same text."""

    def __init__(
        self,
        keywords: str,
        fold: Callable[[str], str] = str,
        tidy: Callable[[str], str] = str,
    ) -> None:
        self._keywords = frozenset(fold(word) for word in keywords.split())
        self._fold, self._tidy = fold, tidy
        self._given: dict[str, str] = {}
        self._taken: set[str] = set()

    def new(self, wanted: str) -> str:
        """Return a name not given yet, as near to the wanted one as possible; a number at its end counts up."""
        name = self._tidy(re.sub(r"[^A-Za-z0-9_]", "_", wanted))
        if not name or not (name[0].isalpha() or name[0] == "_"):
            name = f"x{name}"
        if self._fold(name) in self._keywords:
            name += "_" if self._tidy(f"{name}_") == f"{name}_" else "0"
        stem, number = name.rstrip("0123456789"), 0
        while self._fold(name) in self._taken:
            number += 1
            name = f"{stem}{number}"
        self._taken.add(self._fold(name))
        self._given.setdefault(wanted, name)
        return name

    def of(self, wanted: str) -> str:
        """Return the name that was given for it."""
        return self._given[wanted] if wanted in self._given else self.new(wanted)
