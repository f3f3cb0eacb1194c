"""Description: how somebody else sees a record, as a compiler, a runtime or a peer tells it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

__all__ = ["KINDS_TOLD", "Description"]

KINDS_TOLD = frozenset(
    ("signed", "unsigned", "float", "bool", "char", "pointer", "enum", "signed enum", "unsigned enum", "text")
)
"""What a leaf may be told to be. A `char` is a character type of the language; an `enum` may say how it is stored."""


@dataclass(frozen=True)
class Description:
    """Bytes, and what stands in them, by path. What is None, or has no entry, is not told."""

    size: int
    align: int
    """0: not told."""
    leaves: Mapping[str, tuple[int, int]]
    """Offset and width of each leaf (0: variable), in the teller's order."""
    kinds: Mapping[str, str] | None = None
    """What each leaf is: a word of KINDS_TOLD."""
    members: Mapping[str, tuple[int, int]] | None = None
    """Offset and size of each field as a whole, those of records in it included."""
    enums: Mapping[str, Mapping[str, int]] | None = None
    """An enumeration's constants, by its name or by the path of a leaf of it."""
    alike: frozenset[tuple[str, str]] = frozenset()
    """Kinds of a layout that the teller cannot tell from another: (`char16`, `unsigned`)."""

    def aligned_to(self, align: int) -> bool:
        """Return whether that is its alignment, as far as it is told."""
        return self.align in (0, align)

    @property
    def untold(self) -> tuple[str, ...]:
        """Return what of all this is not told of any field, in words."""
        parts = {"kinds": self.kinds, "sizes of whole fields": self.members, "constants of enumerations": self.enums}
        return tuple(words for words, part in parts.items() if part is None)
