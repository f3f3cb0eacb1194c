"""Tokens of a source text, without blanks and comments; the same for every language but for what its comments and strings look like."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

__all__ = ["CLOSING", "Token", "closing", "split", "tokens"]

CLOSING = {"(": ")", "[": "]", "{": "}"}
WORD = r"[^\W\d]\w*|\d[\w.]*?(?=\.\.)|\d[\w.]*"
_C_STRINGS = (r'"(?:[^"\\\n]|\\.)*"', r"'(?:[^'\\\n]|\\.[^'\n]*)'")


class Token(NamedTuple):
    """A word, a number, a text or a sign."""

    text: str
    start: int
    end: int


def tokens(text: str, comments: Sequence[str], strings: Sequence[str] = _C_STRINGS) -> list[Token]:
    """Return the tokens of a text. `comments` and `strings` are regular expressions; `..` and `::` are one sign each."""
    pattern = re.compile(
        f"(?P<skip>\\s+|{'|'.join(comments)})|(?P<token>{'|'.join(strings)}|{WORD}|\\.\\.|::|.)", re.DOTALL
    )
    return [
        Token(found[0], found.start(), found.end()) for found in pattern.finditer(text) if found.lastgroup == "token"
    ]


def closing(found: Sequence[Token], opening: int) -> int:
    """Return the index of the bracket that closes one; the last index where none does."""
    depth = 0
    for index in range(opening, len(found)):
        if found[index].text in CLOSING:
            depth += 1
        elif found[index].text in CLOSING.values():
            depth -= 1
            if depth == 0:
                return index
    return len(found) - 1


def split(found: Sequence[Token], separator: str, angles: bool = False) -> list[list[Token]]:
    """Return the parts between separators that stand in no brackets; `angles`: `<` and `>` are brackets too."""
    parts: list[list[Token]] = [[]]
    depth = 0
    for token in found:
        if token.text in CLOSING or (angles and token.text == "<"):
            depth += 1
        elif token.text in CLOSING.values() or (angles and token.text == ">"):
            depth -= 1
        if token.text == separator and depth == 0:
            parts.append([])
        else:
            parts[-1].append(token)
    return parts
