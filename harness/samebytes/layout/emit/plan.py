"""From laid-out records to what a language can declare: structs in order of need, slots in memory order, gaps named.

Every slot's offset is the layout's own; `Struct.pack` and the padding slots are chosen so that the language's own rules (natural
alignment, capped by `pack`) arrive at exactly these offsets.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from samebytes.errors import LayoutError
from samebytes.layout.abi import Abi
from samebytes.layout.emit.names import Names
from samebytes.layout.emit.shapes import Dialect, Slot, Struct
from samebytes.layout.emit.slots import Slots
from samebytes.layout.kinds import KINDS, Enum
from samebytes.layout.laid_out import Layout
from samebytes.layout.record import Field, Record, Text
from samebytes.layout.rules import lay_out
from samebytes.layout.rules.shape import round_up

__all__ = ["Plan"]


class Plan:
    """The structs of one emission, in order of need. LayoutError for what the language cannot hold at all."""

    def __init__(self, records: Iterable[Record], abi: Abi, dialect: Dialect) -> None:
        self.abi, self.dialect = abi, dialect
        self.structs: list[Struct] = []
        self.enums: dict[str, Enum] = {}
        self._types = dialect.names()
        self._done: dict[Record, Struct] = {}
        self.tops = [self.struct(record) for record in records]
        for struct in self.tops:
            if not struct.size and not dialect.literal:
                raise LayoutError(f"{dialect.name} cannot declare {struct.name}: it has no bytes")

    def struct(self, record: Record) -> Struct:
        """Return the struct that stands for the record."""
        if record not in self._done:
            layout = lay_out(record, self.abi)
            self._see_enums(record)
            struct = self._planned(record, layout)
            self._done[record] = self._keep(struct) if struct.size or self.dialect.literal else struct
        return self._done[record]

    def _keep(self, struct: Struct) -> Struct:
        self.structs.append(struct)
        return struct

    def _see_enums(self, record: Record) -> None:
        for part in record.fields:
            if isinstance(part.type, Enum) and part.type not in self.enums.values():
                self.enums[self._types.new(part.type.name or "Enum")] = part.type

    def enum_name(self, kind: Enum) -> str:
        """Return the name an enum is declared under."""
        return next(name for name, known in self.enums.items() if known == kind)

    # --- slots --------------------------------------------------------------------------------------------------------

    def _planned(self, record: Record, layout: Layout) -> Struct:
        for part in record.fields:  # those it needs come first
            if isinstance(part.type, Record):
                self.struct(part.type)
        name = self._types.new(record.name or "Part")
        if not layout.size and not self.dialect.literal:
            return Struct(name, 0, 1, (), record.union, layout=layout)
        literal = self._literal(record, layout) if self.dialect.literal else None
        names = self.dialect.names()
        made = Slots(layout, self.dialect, names, name, self.struct, self.helper)
        slots = made.all(record.union, self.dialect.overlaps or literal is not None)
        if literal is not None:
            return Struct(name, layout.size, layout.align, tuple(slots), record.union, literal.pack, 0, layout, literal)
        if self.dialect.overlaps:
            struct = self._explicit(name, slots, layout)
        else:
            struct = self.placed(name, slots, layout.size, layout.align, record.union, names, record.pack)
        return replace(struct, layout=layout)

    def _explicit(self, name: str, slots: list[Slot], layout: Layout) -> Struct:
        """Return the struct as it is when the language's own order finds the offsets, else with an offset for every slot."""
        slots = [replace(slot, align=1) if slot.inner is not None and slot.counts else slot for slot in slots]
        tight = [slot for slot in slots if slot.role != "tail"]
        if not layout.record.union:
            ordered = [(pack, _place(tight, layout.size, pack)) for pack in (None, *self.dialect.packs)]
            found = [(pack, placed[1]) for pack, placed in ordered if placed is not None and _unpadded(placed[0])]
            # Where several do, the one with the layout's own alignment: records that contain it are then right, too.
            for pack, align in sorted(found, key=lambda one: one[1] != layout.align)[:1]:
                return Struct(name, layout.size, align, tuple(slots), pack=pack)
        return Struct(name, layout.size, 1, tuple(slots), union=True, pack=1)

    def _literal(self, record: Record, layout: Layout) -> Record | None:
        if record.body or any(isinstance(part.type, Text) for part in record.fields) or not record.fields:
            return None
        if not layout.size or not any(part.name and part.elements for part in record.fields):
            return None  # C++ gives it a byte; nothing but an array of open length is no struct
        if not all(self._plain(part.type) and not _attributed(part) for part in record.fields):
            return None
        parts = tuple(replace(part, offset=None, bit=None) for part in record.fields)
        plain: dict[str, Any] = {"fields": parts, "size": None, "overlap": False}
        ways = [plain, plain | {"packed": False, "pack": 1}] if record.packed else [plain]
        if record.pinned and record.align:
            ways.append(plain | {"packed": False, "align": None})
        for way in reversed(ways):
            if way.get("packed", record.packed) and self.abi.compiler == "msvc":
                continue
            try:
                candidate = replace(record, **way)
                if _same(lay_out(candidate, self.abi), layout):
                    return candidate
            except LayoutError:
                continue
        return None

    def _plain(self, kind: object) -> bool:
        """Return whether a record inside keeps its alignment, and so an anonymous one its place in line; kinds always do."""
        if not isinstance(kind, Record):
            return True
        inner = self.struct(kind)
        return inner.align == lay_out(kind, self.abi).align

    # --- placing ------------------------------------------------------------------------------------------------------

    def placed(
        self, name: str, slots: list[Slot], size: int, align: int, union: bool, names: Names, first: int | None = None
    ) -> Struct:
        """Return the struct with the packing and the padding that put every slot at its offset."""
        solid = [slot for slot in slots if slot.role != "tail" or self._declarable(slot, slots, size, union)]
        packs = dict.fromkeys((*([first] if first in self.dialect.packs else []), None, *self.dialect.packs))
        around = self.dialect.packs_around and any(slot.inner is not None and slot.inner.pack for slot in solid)
        for pack in [pack for pack in packs if pack or not around]:
            found = _place_union(solid, size, pack) if union else _place(solid, size, pack)
            if found is not None:
                parts = [
                    replace(slot, name=names.new("padding0")) if slot.role == "padding" else slot for slot in found[0]
                ]
                raised = (
                    align if found[1] < align and size % align == 0 and self.dialect.raises(align, bool(pack)) else 0
                )
                return Struct(name, size, raised or found[1], tuple(parts), union, pack, raised)
        raise LayoutError(f"{self.dialect.name} cannot declare {name}: no packing puts its fields where they are")

    def _declarable(self, slot: Slot, slots: list[Slot], size: int, union: bool) -> bool:
        if self.dialect.empties == "last":
            return slot is slots[-1] and slot.offset == size and not union
        return self.dialect.empties == "anywhere"

    def helper(self, name: str, slots: list[Slot], size: int, union: bool, names: Names) -> Struct:
        """Return a struct or union that no record stands for."""
        return self._keep(self.placed(self._types.new(name), slots, size, 1, union, names))


def _attributed(part: Field) -> bool:
    """Return whether it has attributes that not every compiler takes: its offset is then written out instead."""
    return part.packed or part.type_align is not None or (part.bits is not None and part.align is not None)


def _same(one: Layout, other: Layout) -> bool:
    def shape(layout: Layout) -> list[tuple[int, int | None, int]]:
        return [(member.offset, member.bit, member.size) for member in layout.members]

    return (one.size, one.align) == (other.size, other.align) and shape(one) == shape(other)


def _place(slots: list[Slot], size: int, pack: int | None) -> tuple[list[Slot], int] | None:
    """Return the slots with padding between them, and the alignment; None when natural alignment overshoots an offset."""
    at, align, found = 0, 1, []
    for slot in slots:
        step = min(slot.align, pack or slot.align)
        align = max(align, step)
        if slot.offset % step or slot.offset < at:
            return None
        if round_up(at, step) != slot.offset:
            found.append(_padding(at, slot.offset - at))
        found.append(slot)
        at = slot.offset + slot.size
    return _closed(found, at, align, size)


def _unpadded(slots: list[Slot]) -> bool:
    return not any(slot.role == "padding" for slot in slots)


def _place_union(slots: list[Slot], size: int, pack: int | None) -> tuple[list[Slot], int] | None:
    align = max((min(slot.align, pack or slot.align) for slot in slots), default=1)
    end = max((slot.size for slot in slots), default=0)
    if round_up(end, align) < size:
        slots = [*slots, _padding(0, size)]
        end = size
    return None if round_up(end, align) != size else (slots, align)


def _closed(found: list[Slot], at: int, align: int, size: int) -> tuple[list[Slot], int] | None:
    if round_up(at, align) < size:
        found.append(_padding(at, size - at))
        at = size
    return (found, align) if round_up(at, align) == size else None


def _padding(offset: int, length: int) -> Slot:
    return Slot("", offset, length, 1, KINDS["u8"], counts=(length,), role="padding")
