"""Colours for a terminal: each field its own, padding dim; nothing at all when the output is piped."""

from __future__ import annotations

__all__ = ["Paint"]

_COLOURS = (36, 33, 32, 35, 34, 31)
"""Cyan, yellow, green, magenta, blue, red (ECMA-48 SGR)."""
_BOLD, _DIM = 1, 2


class Paint:
    """Wraps text into escape sequences, if `on`."""

    def __init__(self, on: bool) -> None:
        self.on = on

    def field(self, text: str, number: int | None) -> str:
        """Return the text in the colour of the field of that number; dim for None, as bytes are that nobody owns."""
        return self._sgr(text, _DIM if number is None else _COLOURS[number % len(_COLOURS)])

    def strong(self, text: str) -> str:
        """Return the text in bold: what a reader should not overlook."""
        return self._sgr(text, _BOLD)

    def dim(self, text: str) -> str:
        """Return the text dimmed: it matters less than the rest."""
        return self._sgr(text, _DIM)

    def _sgr(self, text: str, code: int) -> str:
        return f"\x1b[{code}m{text}\x1b[0m" if self.on and text else text
