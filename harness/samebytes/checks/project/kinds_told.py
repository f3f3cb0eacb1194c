"""Which kinds a declaration's language tells apart: the table is `kinds.toml`."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from samebytes.toml import read_toml

__all__ = ["alike_in"]


@cache
def _table() -> dict[str, frozenset[tuple[str, str]]]:
    tree = read_toml(Path(__file__).with_name("kinds.toml"))
    return {
        suffix: frozenset(_pair(words) for words in (*tree["always"], *language["alike"]))
        for language in tree["language"]
        for suffix in language["suffixes"]
    }


def _pair(words: str) -> tuple[str, str]:
    kind, _, told = words.partition(" from ")
    return kind, told


def alike_in(suffix: str) -> frozenset[tuple[str, str]] | None:
    """Return what the language of files with that ending declares alike; None where nothing is known of it."""
    return _table().get(suffix.casefold())
