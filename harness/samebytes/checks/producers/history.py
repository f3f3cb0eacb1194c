"""What a record was over time: which fields were ever written, which changed, and looks enough to show and to explain it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from samebytes.checks.producers.judging import Look
from samebytes.checks.producers.reading import Part, parts_of
from samebytes.layout import Layout, Leaf

__all__ = ["History"]

LOOKS, KEPT = 400, 32 << 20
"""How many looks are kept at most, and how many bytes of them: of more, every second one is let go."""


@dataclass
class History:
    """Everything that looks at one record have shown. However many there are, what is kept of them stays small."""

    layout: Layout
    count: int = 0
    """How many looks there were."""
    looks: list[Look] = field(default_factory=list)
    """Some of them, in order: the first, the last, and others evenly between."""
    _first: int = 0
    _moved: int = 0
    _written: int = 0
    _step: int = 1
    _last_kept: bool = True

    def add(self, look: Look) -> None:
        """Take in one more look."""
        bits = int.from_bytes(look.data[: self.layout.size], "little")
        if not self.count:
            self._first = bits
        self._moved |= bits ^ self._first
        self._written |= bits
        if not self._last_kept:
            self.looks.pop()
        self._last_kept = self.count % self._step == 0
        self.looks.append(look)
        self.count += 1
        if len(self.looks) > 2 and len(self.looks) > min(LOOKS, KEPT // max(len(look.data), 1)):
            self.looks = self.looks[::2]
            self._step *= 2
            self._last_kept = self.looks[-1] is look
            if not self._last_kept:
                self.looks.append(look)

    @property
    def seconds(self) -> float:
        """Return the seconds from the first look to the last."""
        return self.looks[-1].at - self.looks[0].at if self.looks else 0.0

    def changed(self) -> Iterator[Part]:
        """Yield the parts that did not have the same bytes in every look."""
        return self._touched(self._moved, True)

    def changed_leaves(self) -> Iterator[Leaf]:
        """Yield the scalars that did not have the same bytes in every look."""
        moved = self._bytes(self._moved)
        return (leaf for leaf in self.layout.leaves if any(moved[leaf.offset : leaf.offset + leaf.width]))

    def unwritten(self) -> Iterator[Part]:
        """Yield the parts that were zero in every look: nobody wrote them, or only zeros."""
        return self._touched(self._written, False)

    def fields(self) -> dict[str, str]:
        """Return, by top-level field, what became of it: `changed`, `never changed`, or `zero all the time`."""
        moved, written = self._bytes(self._moved), self._bytes(self._written)
        found: dict[str, str] = {}
        for leaf in self.layout.leaves:
            own = slice(leaf.offset, leaf.offset + leaf.width)
            words = "changed" if any(moved[own]) else "never changed" if any(written[own]) else "zero all the time"
            found[leaf.field] = min(
                found.get(leaf.field, words), words
            )  # which of them comes first in the alphabet, too
        return found

    def _touched(self, bits: int, wanted: bool) -> Iterator[Part]:
        data = self._bytes(bits)
        for part in parts_of(self.layout):
            if part.size and any(data[part.offset : part.offset + part.size]) is wanted:
                yield part

    def _bytes(self, bits: int) -> bytes:
        return bits.to_bytes(self.layout.size, "little")

    def constant(self) -> dict[str, bytes]:
        """Return, by path, the bytes of the parts that never changed."""
        changed = {part.path for part in self.changed()}
        first = self.looks[0].data if self.looks else b""
        return {
            part.path: first[part.offset : part.offset + part.size]
            for part in parts_of(self.layout)
            if part.path not in changed
        }
