"""What a source file has of a record: stretches of its text, as (first character, character after the last)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

__all__ = ["Item", "Language", "SourceMember", "SourceRecord", "Span", "line_of", "plain"]

Span = tuple[int, int]


@dataclass(frozen=True)
class SourceMember:
    """One field. `type` is the type of an element, `whole` the type with its arrays, where a language writes them together."""

    name: str
    at: Span
    """Of the name."""
    type: Span
    whole: Span
    counts: tuple[Span, ...] = ()
    """Of each dimension, outermost first."""
    bits: Span | None = None
    inner: SourceRecord | None = None
    """A record that is declared in place."""


@dataclass(frozen=True)
class Item:
    """One statement, or element of a list, that declares fields: `uint32_t a, b;`."""

    core: Span
    """Without what separates it from the next."""
    end: int
    """Behind the separator, where there is one."""
    members: tuple[SourceMember, ...]


@dataclass(frozen=True)
class SourceRecord:
    """One record."""

    names: tuple[str, ...]
    keyword: int
    """Where the word stands that says what it is: `struct`, `record`, `class`."""
    whole: Span
    """From its first attribute to its end."""
    body: Span
    """What stands between its braces, or what a language has for them."""
    items: tuple[Item, ...]

    @property
    def members(self) -> Iterator[SourceMember]:
        """Yield every field, in order; those of anonymous records in place of these."""
        for item in self.items:
            for member in item.members:
                if member.name or member.inner is None:
                    yield member
                else:
                    yield from member.inner.members

    def named(self, name: str) -> SourceMember | None:
        """Return the field of that name, or else the only one that has it but for case and underscores."""
        every = list(self.members)
        same = [one for one in every if one.name == name] or [one for one in every if plain(one.name) == plain(name)]
        return same[0] if len(same) == 1 else None


class Language(Protocol):
    """What a module of `languages` has: the endings of its files, and its reader."""

    SUFFIXES: tuple[str, ...]

    def records(self, text: str) -> list[SourceRecord]:
        """Return every record in a text, also those inside others. What cannot be understood is left out; nothing is raised."""


def plain(name: str) -> str:
    """Return a name without what languages and people do to it: case, underscores, escapes of keywords."""
    return name.removeprefix("r#").strip("`@&").replace("_", "").casefold()


def line_of(text: str, at: int) -> int:
    """Return the line, from 1, of a character."""
    return text.count("\n", 0, at) + 1
