"""What the rules of every compiler have in common: what is known of a field's type, and fields whose authors said where they are.

Positions are in bits, sizes and alignments in bytes.
"""

from __future__ import annotations

from dataclasses import dataclass

from samebytes.layout.abi import Abi
from samebytes.layout.record import Field, Record

__all__ = ["Placer", "Shape", "round_up"]


def round_up(number: int, multiple: int) -> int:
    """Return the next multiple at or above `number`."""
    return -(-number // multiple) * multiple


@dataclass(frozen=True)
class Shape:
    """What placing needs to know of a field's type on the ABI, in bytes."""

    size: int
    align: int
    """Of the type as it is named: an aligned typedef's, else the natural one."""
    unit: int
    """Size of one element: for a bit-field, of its declared type."""
    natural: int
    """Without what a typedef says."""
    asked: int = 1
    """The alignment that `alignas`, in the type or in what it contains, asks for."""
    builtin: bool = False
    """Whether the (element) type is an arithmetic one."""


class Placer:
    """Places the fields of one record in order. Subclasses are the rules of one compiler each."""

    def __init__(self, record: Record, abi: Abi) -> None:
        self.record, self.abi = record, abi
        self.end = 0
        """The bit behind the last one in use."""
        self.align = 1
        self.asked = record.align or 1
        self._position = 0

    def place(self, part: Field, shape: Shape) -> int:
        """Return the bit at which the field begins."""
        if self.record.union:
            self._position = 0
        if part.offset is not None:
            at = self._pinned(part, part.offset * 8 + (part.bit or 0), shape)
        elif part.bits is None:
            at = self._place_whole(part, shape)
        else:
            at = self._place_bits(part, shape, part.bits)
        self.end = max(self.end, self._position)
        return at

    def finish(self) -> tuple[int, int]:
        """Return the record's size and alignment."""
        self.align = max(self.align, self.asked)
        return round_up(-(-self.end // 8), self.align), self.align

    def _pinned(self, part: Field, at: int, shape: Shape) -> int:
        """Place a field where its authors say; it raises the record's alignment as one that nobody pinned."""
        self.align = max(self.align, self._alignment(part, shape))
        self._position = at + (shape.size * 8 if part.bits is None else part.bits)
        self._close_run()
        return at

    def _place_whole(self, part: Field, shape: Shape) -> int:
        align = self._alignment(part, shape)
        self.align = max(self.align, align)
        at = round_up(self._position, align * 8)
        self._position = at + shape.size * 8
        self._close_run()
        return at

    def _packed(self, part: Field) -> bool:
        return self.record.packed or part.packed

    def _capped(self, align: int) -> int:
        return min(align, self.record.pack or align)

    def _alignment(self, part: Field, shape: Shape) -> int:
        """Return the alignment of a field that is not a bit-field: what it asks for, or natural, capped by the pragma."""
        natural = 1 if self._packed(part) else shape.align
        return self._capped(max(natural, part.align or 1))

    def _close_run(self) -> None:
        """Forget an open unit of bit-fields."""

    def _place_bits(self, part: Field, shape: Shape, bits: int) -> int:
        raise NotImplementedError
