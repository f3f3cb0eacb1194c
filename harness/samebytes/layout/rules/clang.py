"""Clang's rules, for Apple's platforms, and to know where it differs from GCC on the others.

Sources: clang's documentation of `ms_struct` and of attributes, the psABIs, and measurements with libclang for every target.
"""

from __future__ import annotations

from samebytes.layout.record import Field
from samebytes.layout.rules.shape import Placer, Shape, round_up

__all__ = ["Clang"]


class Clang(Placer):
    """A bit-field goes to the next free bit unless it would not fit its type from there; on mingw, units as Microsoft has them."""

    _unit = 0
    """On mingw: size in bits of the open unit; 0: none is open."""
    _unfilled = 0
    """On mingw: bits of it that are free. The position is then the end of the unit."""

    @property
    def _ms(self) -> bool:
        return self.abi.bitfields == "ms"

    def _alignment(self, part: Field, shape: Shape) -> int:
        if self._ms and shape.builtin and shape.unit & (shape.unit - 1) == 0 and not self._packed(part):
            natural = max(shape.align, shape.unit)
            return self._capped(max(natural, part.align or 1))
        return super()._alignment(part, shape)

    def _close_run(self) -> None:
        self._unit = self._unfilled = 0

    def _place_bits(self, part: Field, shape: Shape, bits: int) -> int:
        return self._place_in_unit(part, shape, bits) if self._ms else self._place_bit(part, shape, bits)

    def _bit_align(self, part: Field, shape: Shape, bits: int) -> int:
        """Return a bit-field's alignment in bits: its type's, or 1 when packed; what it asks for; capped, unless it is of 0 bits."""
        asked = (part.align or 0) * 8
        unpacked = max(shape.align * 8, asked)
        if not bits:
            return unpacked
        align = max(1, asked) if self._packed(part) else unpacked
        if self.record.pack is None:
            return align
        return min(unpacked if self._packed(part) else align, self.record.pack * 8)

    def _place_bit(self, part: Field, shape: Shape, bits: int) -> int:
        align, at = self._bit_align(part, shape, bits), self._position
        tight = self.record.pack is not None
        if bits == 0 or (not tight and at % align + bits > shape.unit * 8):
            at = round_up(at, align)
        elif part.align and (not tight or part.align <= (self.record.pack or 0)):
            at = round_up(at, part.align * 8)
        if part.name or self.abi.bitfields == "aapcs":
            self.align = max(self.align, align // 8)
        self._position = at + bits
        return at

    def _place_in_unit(self, part: Field, shape: Shape, bits: int) -> int:
        unit = align = shape.unit * 8
        if self._unit != unit or self._unfilled < bits:
            align = (
                align if self._unit or bits else 1
            )  # one of 0 bits behind a field that is no bit-field counts nothing
            self._close_run()
        align = 1 if self.record.union else self._unit_align(part, align, bits)
        at = self._position - self._unfilled
        if bits == 0 or bits > self._unfilled:
            at = round_up(at, align)
            self._unfilled = 0
        self.align = max(self.align, align // 8)
        self._take(at, unit, bits)
        return at

    def _unit_align(self, part: Field, align: int, bits: int) -> int:
        """Return a unit's alignment in bits; a pragma does not hold for a field of 0 bits."""
        asked = max(align, (part.align or 0) * 8)
        return min(asked, self.record.pack * 8) if bits and self.record.pack is not None else asked

    def _take(self, at: int, unit: int, bits: int) -> None:
        """Move behind a field that has been placed at `at`."""
        if self.record.union:
            self._position, self._unit, self._unfilled = unit if bits else 8, unit if bits else 0, 0
        elif bits and self._unfilled:
            self._unfilled -= bits
        elif bits:
            self._position, self._unit, self._unfilled = at + unit, unit, unit - bits
        else:
            self._position, self._unit = round_up(at, 8), 0
            self._unfilled = self._position - at
