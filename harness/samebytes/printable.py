"""Text from outside, made fit to be shown: nothing in it moves a cursor, changes a colour, ends a line or turns what is written."""

from __future__ import annotations

import unicodedata
from typing import Any

__all__ = ["printable", "printable_all", "printable_lines"]

SHORT = {"\n": r"\n", "\r": r"\r", "\t": r"\t"}


def printable(text: str) -> str:
    r"""Return `text` on one line, with whatever is not a visible character as an escape: `\x1b`, `\n`, `\u202e`, `\ud800`.

    Unicode's control, format, surrogate, private and unassigned characters and its line separators are escaped; spaces of all kinds stay.
    A backslash stays as it is: paths are full of them.
    """
    return text if text.isprintable() else "".join(map(_shown, text))


def printable_lines(text: str) -> str:
    r"""Return the same of a text of several lines: `\n` and tabs stay, and `\r\n` is a line's end too."""
    if text.isprintable():
        return text
    return "\n".join("\t".join(map(printable, line.split("\t"))) for line in text.replace("\r\n", "\n").split("\n"))


def printable_all(value: Any) -> Any:
    """Return JSON's value with every text in it on one line and printable, the names of members too."""
    if isinstance(value, str):
        return printable(value)
    if isinstance(value, list):
        return [printable_all(item) for item in value]
    if isinstance(value, dict):
        return {printable_all(name): printable_all(member) for name, member in value.items()}
    return value


def _shown(letter: str) -> str:
    if letter.isprintable() or unicodedata.category(letter) == "Zs":
        return letter
    code = ord(letter)
    return SHORT.get(letter) or (
        f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
    )
