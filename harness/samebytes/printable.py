"""Text from outside, made fit to be shown: nothing in it moves a cursor, changes a colour, ends a line or turns what is written."""

from __future__ import annotations

import unicodedata
from collections.abc import Collection
from typing import Any

__all__ = ["printable", "printable_all", "printable_lines"]

SHORT = {"\n": r"\n", "\r": r"\r", "\t": r"\t"}


def printable(text: str) -> str:
    r"""Return `text` on one line, with whatever is not a visible character as an escape: `\x1b`, `\n`, `\u202e`, `\ud800`.

    Unicode's control, format, surrogate, private and unassigned characters and its line separators are escaped; spaces of all kinds stay.
    A backslash stays as it is: paths are full of them. JSON text stays JSON text of the same meaning: it holds no character below a space.
    """
    return text if text.isprintable() else "".join(map(_shown, text))


def printable_lines(text: str) -> str:
    r"""Return the same of a text of several lines: `\n` and tabs stay, and `\r\n` is a line's end too."""
    if text.isprintable():
        return text
    return "\n".join("\t".join(map(printable, line.split("\t"))) for line in text.replace("\r\n", "\n").split("\n"))


def printable_all(value: Any, several: Collection[str] = (), name: str = "") -> Any:
    """Return JSON's value with every text in it printable, the names of members too; those of `several` may have several lines."""
    if isinstance(value, str):
        return printable_lines(value) if name in several else printable(value)
    if isinstance(value, list | tuple):
        return [printable_all(item, several, name) for item in value]
    if isinstance(value, dict):
        return {printable(key): printable_all(member, several, key) for key, member in value.items()}
    return value


def _shown(letter: str) -> str:
    if letter.isprintable() or unicodedata.category(letter) == "Zs":
        return letter
    code = ord(letter)
    if code < 0x20:
        return SHORT.get(letter) or f"\\x{code:02x}"
    if code < 0x10000:
        return f"\\u{code:04x}"
    high, low = divmod(code - 0x10000, 0x400)
    return f"\\u{0xD800 + high:04x}\\u{0xDC00 + low:04x}"
