"""What an emission consists of: structs, their slots, and what a language's declarations can say."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

from samebytes.layout.abi import Abi
from samebytes.layout.emit.names import Names
from samebytes.layout.kinds import Enum, Kind
from samebytes.layout.laid_out import Layout
from samebytes.layout.record import Record

__all__ = ["BitSlot", "Dialect", "Slot", "Struct", "stored"]


@dataclass(frozen=True)
class BitSlot:
    """A bit-field in a storage unit. `first` counts from the unit's first bit in the ABI's bit order."""

    name: str
    field: str
    kind: Kind
    first: int
    bits: int


@dataclass(frozen=True)
class Slot:
    """A member of an emitted struct. Offset and size are in bytes."""

    name: str
    offset: int
    size: int
    align: int
    kind: Kind | None = None
    inner: Struct | None = None
    counts: tuple[int, ...] = ()
    role: Literal["field", "padding", "unit", "tail", "align"] = "field"
    """`unit`: storage of bit-fields; `tail`: of open length, takes no room; `align`: takes no room, raises the alignment."""
    field: str = ""
    """The record's own name for it; empty for what the record has no name for."""
    bits: tuple[BitSlot, ...] = ()
    note: str = ""

    @property
    def elements(self) -> int:
        """Return how many elements there are."""
        total = 1
        for count in self.counts:
            total *= count
        return total


@dataclass(frozen=True, eq=False)
class Struct:
    """A type to declare. `align` is the alignment it has as emitted, which may be lower than the record's own."""

    name: str
    size: int
    align: int
    slots: tuple[Slot, ...]
    union: bool = False
    pack: int | None = None
    raised: int = 0
    """Alignment to ask for with the language's own means; 0: none."""
    layout: Layout | None = None
    """Of the record it stands for; None for a helper type."""
    literal: Record | None = field(default=None, repr=False)
    """The record as a C compiler should read it, if it arrives at the same offsets without help."""


@dataclass(frozen=True)
class Dialect:
    """What a language's declarations can say."""

    name: str
    knows: Callable[[Kind, Abi], bool]
    """Whether it has a type of that kind; others become bytes."""
    packs: tuple[int, ...]
    """Values of `pack` besides none."""
    raises: Callable[[int, bool], bool]
    """Whether a struct's alignment can be raised to that, packed or not."""
    names: Callable[[], Names]
    empties: Literal["anywhere", "last", "never"] = "anywhere"
    """Where a slot without bytes can be declared."""
    literal: bool = False
    """C and C++: bit-fields, anonymous members and `alignas` as they are."""
    packs_around: bool = False
    """Whether a struct must be packed when one in it is: Free Pascal's packed records are aligned by rules of their own."""
    overlaps: bool = False
    """C#: every field says its own offset."""


def stored(kind: Kind, abi: Abi) -> Kind:
    """Return the kind that holds it: an enum's base."""
    return kind.stored_as(abi) if isinstance(kind, Enum) else kind
