"""Microsoft's rules, as its compiler's documentation and clang for its targets have them.

Sources: Microsoft's C language reference ("Storage and Alignment of Structures", `align`, "pack pragma", "C Bit Fields").
"""

from __future__ import annotations

from samebytes.layout.record import Field
from samebytes.layout.rules.shape import Placer, Shape, round_up

__all__ = ["Microsoft"]


class Microsoft(Placer):
    """Units of the declared type, shared by neighbours whose types have its size; what is asked for wins over `#pragma pack`."""

    _unit = 0
    """Size in bits of the type of the bit-field before, if it was one of more than 0 bits; else 0."""
    _left = 0

    def finish(self) -> tuple[int, int]:
        """Return size and alignment; the size is a multiple of what was asked for, even beyond `pack`, and at least 4 bytes if empty."""
        size = round_up(-(-self.end // 8), self.align)
        self.align = max(self.align, self.asked)
        size = round_up(size, max(self._capped(self.align), self.asked))
        return size or max(4, self.align if self.asked >= 4 else 1), self.align

    def _capped(self, align: int) -> int:
        """Return the alignment, capped; a pragma above the width of a pointer is not heeded."""
        if self.record.packed:
            return 1
        return align if (self.record.pack or 0) > self.abi.pointer else super()._capped(align)

    def _alignment(self, part: Field, shape: Shape) -> int:
        asked = self._asked(part, shape)
        natural = shape.natural
        if part.bits is not None:
            natural = max(natural, asked)
        else:
            self.asked = max(self.asked, asked)
        return max(1 if part.packed else self._capped(natural), asked)

    def _asked(self, part: Field, shape: Shape) -> int:
        return max(shape.asked if part.bits is None else 1, part.align or 1, part.type_align or 1)

    def _close_run(self) -> None:
        self._unit = self._left = 0

    def _place_bits(self, part: Field, shape: Shape, bits: int) -> int:
        """Return the field's bit. One in the open unit ends it no further; the position is always the end of the unit."""
        unit = shape.unit * 8
        if self.record.union:
            return self._place_in_union(unit, bits)
        if bits and self._unit == unit and bits <= self._left:
            self._left -= bits
            return self._position - self._left - bits
        if not bits and not self._unit:
            return self._position
        align = self._alignment(part, shape)
        self.align = max(self.align, align)
        at = round_up(self._position, align * 8)
        self._unit, self._left = (unit, unit - bits) if bits else (0, 0)
        self._position = at + (unit if bits else 0)
        return at

    def _place_in_union(self, unit: int, bits: int) -> int:
        """Place it in a union: its whole unit counts, its alignment does not. One of 0 bits counts only right behind one with some."""
        self._position = unit if bits or self._unit else 0
        self._unit = unit if bits else 0
        return 0
