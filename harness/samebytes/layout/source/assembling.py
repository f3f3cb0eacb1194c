"""A record's fields put together again: statements changed, taken out, put in or moved, and every other character as it was."""

from __future__ import annotations

import re
from dataclasses import dataclass

from samebytes.layout.source.parts import SourceMember, SourceRecord
from samebytes.layout.source.writing import Writer

__all__ = ["Body", "Piece"]

_TRAIL = re.compile(r"[ \t]*(?:(?://|#|--)[^\n\r]*|/\*[^\n\r]*?\*/|\{[^\n\r}]*\}|\(\*[^\n\r]*?\*\))?[ \t]*(?=[\r\n])")
"""What stands behind a statement on its line: blanks and a comment. `#` is looked for only where it begins a comment."""


@dataclass
class Piece:
    """One statement: its text, what stands behind it on its line, and in front of it up to the statement before."""

    core: str
    trail: str = ""
    gap: str | None = None
    """None: it is new here, and stands as its neighbours do."""
    members: tuple[SourceMember, ...] = ()


class Body:
    """The statements of a record, to be changed; `text()` puts them together."""

    def __init__(self, text: str, record: SourceRecord, writer: Writer) -> None:
        self._text, self._record, self._writer = text, record, writer
        self.pieces: list[Piece] = []
        self._end = record.body[0]
        self._last_separated = True
        for item in record.items:
            found = _TRAIL.match(text, item.end)
            stop = min(found.end() if found else item.end, max(record.body[1], item.end))
            gap = text[self._end : item.core[0]]
            self.pieces.append(Piece(text[slice(*item.core)], text[item.end : stop], gap, item.members))
            self._last_separated = item.end > item.core[1]
            self._end = stop

    def of(self, member: SourceMember) -> Piece | None:
        """Return the statement of a field; None where it stands in a record of its own."""
        return next((piece for piece in self.pieces if any(one is member for one in piece.members)), None)

    def put(self, piece: Piece, behind: Piece | None) -> None:
        """Put a statement in, behind another or in front of all."""
        at = 0 if behind is None else self.pieces.index(behind) + 1
        self.pieces.insert(at, piece)

    def text(self) -> str:
        """Return the whole file."""
        parts = []
        separator = self._writer.SEPARATOR
        for number, piece in enumerate(self.pieces):
            last = number == len(self.pieces) - 1
            core = piece.core
            if not separator and not last and core and self._ends_with_semicolon and not core.endswith(";"):
                core += ";"
            behind = separator if separator and (not last or self._last_separated) else ""
            parts.append(f"{self._gap(number, piece)}{core}{behind}{piece.trail}")
        start = self._record.body[0]
        return self._text[:start] + "".join(parts) + self._text[self._end :]

    @property
    def _ends_with_semicolon(self) -> bool:
        return any(piece.core.endswith(";") for piece in self.pieces)

    def _gap(self, number: int, piece: Piece) -> str:
        own = piece.gap
        first = self._text[self._record.body[0] : self._record.items[0].core[0]] if self._record.items else "\n"
        if number == 0:
            return first
        if own is not None and own is not self._first_gap(piece):
            return own
        return self._usual(first)

    def _first_gap(self, piece: Piece) -> str | None:
        """Return the gap of the statement that was the first: in front of it stands what opens the record."""
        return piece.gap if self._record.items and piece.members == self._record.items[0].members else None

    def _usual(self, first: str) -> str:
        """Return what stands between statements here: a new line with its indentation, or a blank."""
        gaps = [first, *(piece.gap for piece in self.pieces if piece.gap is not None)]
        lines = [found[0] for gap in gaps for found in [re.search(r"\r?\n[ \t]*$", gap)] if found]
        return lines[-1] if lines else " "
