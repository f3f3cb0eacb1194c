"""Where the fields of one record go: natural alignment, `pack` as a cap, `alignas`, and the three families of bit-field rules.

C17 6.7.2.1 leaves padding and bit-fields to the implementation. What stands here is what compilers do, by their documentation and
measured against them: GCC (and clang for its targets), GCC with Microsoft's bit-fields (mingw), Microsoft's own (as clang has them
for its MSVC targets), and AAPCS (Procedure Call Standard for the Arm Architecture, "Bit-fields"; AAPCS64 8.1.8).
Positions are in bits, sizes and alignments in bytes.
"""

from __future__ import annotations

from dataclasses import dataclass

from samebytes.layout.abi import Abi
from samebytes.layout.record import Field, Record

__all__ = ["Placer", "Shape", "placer_for", "round_up"]


def round_up(number: int, multiple: int) -> int:
    """The next multiple at or above `number`."""
    return -(-number // multiple) * multiple


@dataclass(frozen=True)
class Shape:
    """What placing needs to know of a field's type on the ABI, in bytes. `asked` is what `alignas` in it asks for."""

    size: int
    align: int
    unit: int
    """Size of one element: for a bit-field, of its declared type."""
    asked: int = 1


class Placer:
    """GNU rules: the alignment a field asks for is capped by `#pragma pack`; bit-fields go to the next free bit."""

    def __init__(self, record: Record, abi: Abi) -> None:
        self.record, self.abi = record, abi
        self.end = 0
        self.align = 1
        self.asked = record.align or 1
        self._position = 0

    def place(self, part: Field, shape: Shape) -> int:
        """The bit at which the field begins."""
        if self.record.union:
            self._position = 0
        whole = part.bits is None or part.offset is not None
        at = self._place_whole(part, shape) if whole else self._place_bits(part, shape, part.bits or 0)
        self.end = max(self.end, self._position)
        return at

    def finish(self) -> tuple[int, int]:
        """Size and alignment of the record, in bytes."""
        self.align = max(self.align, self.asked)
        return round_up(-(-self.end // 8), self.align), self.align

    def _restart(self) -> None:
        """Forget an open bit-field unit."""

    def _next(self, align: int) -> int:
        """Where a field that is no bit-field begins, if nobody pinned it."""
        return round_up(self._position, align * 8)

    def _alignment(self, part: Field, shape: Shape) -> int:
        """Of a field that is no bit-field: asked for or natural, capped by the pragma."""
        natural = 1 if self.record.packed else shape.align
        return self._capped(max(natural, part.align or 1))

    def _capped(self, align: int) -> int:
        return min(align, self.record.pack or align)

    def _place_whole(self, part: Field, shape: Shape) -> int:
        align = self._alignment(part, shape)
        self.align = max(self.align, align)
        pinned = None if part.offset is None else part.offset * 8 + (part.bit or 0)
        at = self._next(align) if pinned is None else pinned
        self._position = at + (shape.size * 8 if part.bits is None else part.bits)
        self._restart()
        return at

    @property
    def _tight(self) -> bool:
        """Whether bit-fields may cross the boundaries of their declared type."""
        return self.record.packed or self.record.pack is not None

    def _place_bits(self, part: Field, shape: Shape, bits: int) -> int:
        align = self._alignment(part, shape)
        if bits == 0:
            at = round_up(self._position, shape.align * 8)
        elif part.align is not None:
            at = round_up(self._position, self._capped(part.align) * 8)
        elif not self._tight and self._position % (align * 8) + bits > shape.unit * 8:
            at = round_up(self._position, align * 8)
        else:
            at = self._position
        if part.name or (self.abi.bitfields == "aapcs" and bits):
            self.align = max(self.align, align)
        elif self.abi.bitfields == "aapcs":  # not influenced by pack (GCC, update_alignment_for_field)
            self.align = max(self.align, shape.align)
        self._position = at + bits
        return at


class _MsBits(Placer):
    """GCC's version of Microsoft's bit-fields: a unit of the declared type, shared only by neighbours whose types have its size."""

    _bits_in_unions = True
    """In a union GCC counts a field's own bits, and its alignment; Microsoft's compiler the unit, and no alignment."""
    _unit = 0
    _left = 0
    _open = False

    def _restart(self) -> None:
        self._open = False

    def _next(self, align: int) -> int:
        """GCC looks whether the free bit is aligned, then skips the rest of the unit (stor-layout.cc, `realign_p`)."""
        free = self._position - self._left
        if self._open and self.record.packed and free % (align * 8) == 0:
            return self._position
        return super()._next(align)

    def _place_bits(self, part: Field, shape: Shape, bits: int) -> int:
        if bits == 0:
            return self._close(part, shape)
        if self._open and self._unit == shape.unit and bits <= self._left and not self.record.union:
            at = self._position - self._left
            self._left -= bits
            return at
        align = self._bit_alignment(part, shape)
        at = round_up(self._position, align * 8)
        self._open, self._unit, self._left = True, shape.unit, shape.unit * 8 - bits
        self._position = at + (bits if self.record.union and self._bits_in_unions else shape.unit * 8)
        if self._bits_in_unions or not self.record.union:
            self.align = max(self.align, align)
        return at

    def _close(self, part: Field, shape: Shape) -> int:
        """A bit-field of 0 bits counts only right behind one that has some, and not in a union; then even `packed` bows to it."""
        if self._open and not self.record.union:
            self._position = round_up(self._position, self._bit_alignment(part, shape) * 8)
            self.align = max(self.align, self._capped(shape.align))
        self._open = False
        return self._position

    def _bit_alignment(self, part: Field, shape: Shape) -> int:
        return self._alignment(part, shape)


class _Msvc(_MsBits):
    """Microsoft's compiler: `__declspec(align)` and `alignas` win over `#pragma pack`; unions ignore bit-fields' alignment."""

    _bits_in_unions = False

    def finish(self) -> tuple[int, int]:
        """As Placer, but the size is a multiple of what was asked for, even beyond `pack`; 4 bytes at least."""
        size = round_up(-(-self.end // 8), self.align)
        self.align = max(self.align, self.asked)
        size = round_up(size, max(self._capped(self.align), self.asked))
        return size or max(4, self.align if self.asked >= 4 else 1), self.align

    def _alignment(self, part: Field, shape: Shape) -> int:
        asked = max(shape.asked, part.align or 1)
        self.asked = max(self.asked, asked)
        natural = 1 if self.record.packed else self._capped(shape.align)
        return max(natural, asked)

    def _bit_alignment(self, part: Field, shape: Shape) -> int:
        natural = max(shape.align, part.align or 1)
        return 1 if self.record.packed else self._capped(natural)

    def _next(self, align: int) -> int:
        return round_up(self._position, align * 8)

    def _close(self, part: Field, shape: Shape) -> int:
        align = self._bit_alignment(part, shape)
        if self._open and self.record.union:
            self._position = shape.unit * 8
        elif self._open:
            self._position = round_up(self._position, align * 8)
            self.align = max(self.align, align)
        self._open = False
        return 0 if self.record.union else self._position


def placer_for(record: Record, abi: Abi) -> Placer:
    """The rules of the ABI, ready for the record's fields in order."""
    if abi.bitfields != "ms":
        return Placer(record, abi)
    return _Msvc(record, abi) if abi.compiler == "msvc" else _MsBits(record, abi)
