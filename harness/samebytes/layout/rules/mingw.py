"""GCC's version of Microsoft's bit-fields, for mingw: runs of fields whose declared types have one size share units of that size.

Source: the GCC manual ("x86 Variable Attributes", `ms_struct`), and measurements; where the two differ, what GCC does.
"""

from __future__ import annotations

from samebytes.layout.record import Field
from samebytes.layout.rules.gcc import Gcc, lowest_bit
from samebytes.layout.rules.shape import Shape, round_up

__all__ = ["MingwGcc"]


class MingwGcc(Gcc):
    """The state is a run: the bit-field that began it (its bits and the size of its type), and the bits left in its unit."""

    _run: tuple[int, int] | None = None
    _left = 0

    def finish(self) -> tuple[int, int]:
        """Return size and alignment as for every record, but a unit that is open at the end counts whole."""
        if self._run is not None and self._run[0] and not self.record.union:
            self.end = max(self.end, self._position + self._left)
        return super().finish()

    def _place_whole(self, part: Field, shape: Shape) -> int:
        align = self._alignment(part, shape)
        self.align = max(self.align, align)
        return self._put(part, shape, None, align * 8)

    def _place_bits(self, part: Field, shape: Shape, bits: int) -> int:
        desired = self._wanted(part, shape, bits)
        run = self._run
        follows = run is not None and run[0] > 0
        if follows if bits == 0 else not self._packed(part):
            self.align = max(self.align, self._capped(max(shape.align, desired // 8)))
        if self.record.union:
            self._position = bits
            return 0
        return self._put(part, shape, bits, desired)

    def _wanted(self, part: Field, shape: Shape, bits: int) -> int:
        if bits:
            return self._desired(part, shape, bits)[0]
        desired = (part.align or 0) * 8 or 1
        return min(desired, self._capped(1 << 16) * 8)

    def _put(self, part: Field, shape: Shape, bits: int | None, desired: int) -> int:
        """Place a field of a struct: inside the run, or behind what is left of it, at the alignment it wants."""
        before, at, unit = self._run, self._position, shape.unit * 8
        misaligned = bool(at) and lowest_bit(at) < desired
        if before and bits and before[0] and before[1] == unit:
            at, misaligned = self._continue(at, unit, bits, misaligned)
        elif before:
            at += self._left if before[0] else 0
            before = before if before[0] else None  # one of 0 bits has ended the run already
            self._run = self._run if bits else None
        at = round_up(at, desired) if misaligned else at
        if bits is None or (before[1] != unit if before else bits):
            self._left = unit - bits if bits is not None else 0
            at = self._rounded(at, self._capped(1 if self._packed(part) else shape.align))
            self._run = None
        if self._run is None and bits is not None:
            self._run = (bits, unit)
        self._position = at + (shape.size * 8 if bits is None else bits)
        return at

    def _continue(self, at: int, unit: int, bits: int, misaligned: bool) -> tuple[int, bool]:
        """Return where the next field of a run goes, and whether it is to be aligned: it is if it needs another unit."""
        if self._left >= bits:
            self._left -= bits
            return at, False
        at += self._left
        self._left = unit - bits
        self._run = (bits, unit)
        return at, misaligned

    def _close_run(self) -> None:
        self._run = None
