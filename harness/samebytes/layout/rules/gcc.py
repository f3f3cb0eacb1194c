"""GCC's rules for bit-fields where the platform has no others: System V's psABIs, and Arm's procedure call standard (`aapcs`).

C17 6.7.2.1 leaves bit-fields to the implementation. Sources: the GCC manual ("Common Type Attributes", "Structure-Layout Pragmas"),
AAPCS32 and AAPCS64 ("Bit-fields"), and measurements: every rule here is compared with the compilers themselves.
"""

from __future__ import annotations

from samebytes.layout.record import Field
from samebytes.layout.rules.shape import Placer, Shape, round_up

__all__ = ["Gcc", "is_mode", "lowest_bit"]

_GREATEST = {"s390x-linux": 8, "armv7-linux-gnueabihf": 8}
"""Greatest alignment in bytes that a type of the machine has, where it is not 16 (`__BIGGEST_ALIGNMENT__`)."""


def lowest_bit(position: int) -> int:
    """Return the alignment in bits that a position happens to have."""
    return position & -position


def is_mode(bits: int) -> bool:
    """Return whether a machine integer has exactly that many bits: GCC treats such a bit-field as one where it is aligned."""
    return bits in (8, 16, 32, 64, 128)


class Gcc(Placer):
    """A bit-field goes to the next free bit unless it would cross one boundary of its type more than the type itself does."""

    def _place_bits(self, part: Field, shape: Shape, bits: int) -> int:
        desired, whole = self._desired(part, shape, bits)
        at = round_up(self._position, desired)
        if bits and not whole and self._crosses(part, shape, at):
            at = self._rounded(at, shape.align)
        self._raise(part, shape, desired)
        self._position = at + bits
        return at

    def _desired(self, part: Field, shape: Shape, bits: int) -> tuple[int, bool]:
        """Return the alignment in bits that the field itself wants, and whether it counts as a whole integer."""
        desired = (part.align or 0) * 8 or 1
        if bits == 0:  # neither a pragma nor `packed` holds for it
            return max(desired, shape.align * 8), False
        whole = False
        if is_mode(bits) and (bits == 8 or not self._packed(part)):
            align = self._mode_align(bits)
            whole = not self._position or lowest_bit(self._position) >= align
            desired = max(desired, align) if whole else desired
        return min(desired, self._capped(1 << 16) * 8), whole

    def _mode_align(self, bits: int) -> int:
        return {64: self.abi.eight * 8, 128: self.abi.int128 * 8}.get(bits, bits)

    def _rounded(self, at: int, align: int) -> int:
        """Round up to an alignment in bytes; beyond the machine's greatest, GCC counts from the last multiple of that."""
        greatest = max(_GREATEST.get(self.abi.name, 16), self.record.align or 1) * 8
        base = at // greatest * greatest if align * 8 > greatest else 0
        return base + round_up(at - base, align * 8)

    def _crosses(self, part: Field, shape: Shape, at: int) -> bool:
        if self.record.pack is not None or self._packed(part):
            return False
        units = shape.align * 8
        return -(-(at % units + (part.bits or 0)) // units) > shape.unit * 8 // units

    def _raise(self, part: Field, shape: Shape, desired: int) -> None:
        """Raise the record's alignment. An unnamed field does so on Arm only."""
        if not part.name and self.abi.bitfields != "aapcs":
            return
        align = shape.align
        if part.bits and self.record.pack is not None:
            align = self._capped(align)
        elif part.bits and self._packed(part):
            align = 1
        self.align = max(self.align, align, desired // 8)
