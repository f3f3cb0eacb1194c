"""From a laid-out record to what a language can declare: slots in memory order, gaps named, bit-fields as storage units.

A `Plan` holds the `Struct`s of an emission, those that others need first. Every slot's offset is the layout's own; `Struct.pack` and
the padding slots are chosen so that the language's own rules (natural alignment, capped by `pack`) arrive at exactly these offsets.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from samebytes.errors import LayoutError
from samebytes.layout.abi import Abi
from samebytes.layout.emit.names import Names
from samebytes.layout.kinds import KINDS, Enum, Kind
from samebytes.layout.placing import round_up
from samebytes.layout.record import Record, Text
from samebytes.layout.rules import Layout, Member, lay_out

__all__ = ["BitSlot", "Dialect", "Plan", "Slot", "Struct", "stored"]


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
        """How many there are."""
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
    """The kind that holds it: an enum's base."""
    return kind.stored_as(abi) if isinstance(kind, Enum) else kind


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
        """The struct that stands for the record."""
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
        """The name an enum is declared under."""
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
        slots = _Slots(self, layout, names, name).all(record.union, self.dialect.overlaps or literal is not None)
        if literal is not None:
            return Struct(name, layout.size, layout.align, tuple(slots), record.union, literal.pack, 0, layout, literal)
        if self.dialect.overlaps:
            struct = self._explicit(name, slots, layout)
        else:
            struct = self.placed(name, slots, layout.size, layout.align, record.union, names, record.pack)
        return replace(struct, layout=layout)

    def _explicit(self, name: str, slots: list[Slot], layout: Layout) -> Struct:
        """As it is when the language's own order finds the offsets, else every slot says its own."""
        slots = [replace(slot, align=1) if slot.inner is not None and slot.counts else slot for slot in slots]
        tight = [slot for slot in slots if slot.role != "tail"]
        if not layout.record.union:
            for pack in (None, *self.dialect.packs):
                placed = _place(tight, layout.size, pack)
                if placed is not None and not any(slot.role == "padding" for slot in placed[0]):
                    return Struct(name, layout.size, placed[1], tuple(slots), pack=pack)
        return Struct(name, layout.size, 1, tuple(slots), union=True, pack=1)

    def _literal(self, record: Record, layout: Layout) -> Record | None:
        if record.body or any(isinstance(part.type, Text) for part in record.fields) or not record.fields:
            return None
        if not layout.size or not any(part.name and not part.flexible for part in record.fields):
            return None  # C++ gives it a byte; nothing but an array of open length is no struct
        if not all(self._plain(part.type) for part in record.fields) or any(p.bits and p.align for p in record.fields):
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
        """A record inside must keep its alignment, and an anonymous one its place in line."""
        if not isinstance(kind, Record):
            return True
        inner = self.struct(kind)
        return inner.align == lay_out(kind, self.abi).align

    # --- placing ------------------------------------------------------------------------------------------------------

    def placed(
        self, name: str, slots: list[Slot], size: int, align: int, union: bool, names: Names, first: int | None = None
    ) -> Struct:
        """The struct with the packing and the padding that put every slot at its offset."""
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
        """A struct or union that no record stands for."""
        return self._keep(self.placed(self._types.new(name), slots, size, 1, union, names))


def _same(one: Layout, other: Layout) -> bool:
    def shape(layout: Layout) -> list[tuple[int, int | None, int]]:
        return [(member.offset, member.bit, member.size) for member in layout.members]

    return (one.size, one.align) == (other.size, other.align) and shape(one) == shape(other)


def _place(slots: list[Slot], size: int, pack: int | None) -> tuple[list[Slot], int] | None:
    """The slots with padding between them, and the alignment; None when natural alignment overshoots an offset."""
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


class _Slots:
    """The slots of one record, by offset."""

    def __init__(self, plan: Plan, layout: Layout, names: Names, type_name: str) -> None:
        self.plan, self.layout, self.names, self.type_name = plan, layout, names, type_name
        for name in layout.record.names:
            names.new(name)

    def all(self, union: bool, overlapping: bool) -> list[Slot]:
        """The slots; those that share bytes as one, unless they may overlap."""
        if self.layout.record.body:
            return self._body()
        whole = [slot for member in self.layout.members for slot in self._of(member)]
        if union:
            units = [unit for member in self._bit_members() for unit in self._units([member], [])]
            return [*whole, *units]
        slots = [*whole, *self._units(self._bit_members(), whole)]
        slots.sort(key=lambda slot: (slot.offset, slot.size > 0))
        return slots if overlapping else self._clustered(slots)

    def _body(self) -> list[Slot]:
        prefix = self.layout.record.prefix
        assert prefix is not None
        return [
            self._scalar("length", prefix, 0, (), field=""),
            Slot("body", self.layout.size, 0, 1, KINDS["char8"], counts=(0,), role="tail", note="a JSON object, UTF-8"),
        ]

    def _bit_members(self) -> list[Member]:
        return [member for member in self.layout.members if member.field.bits and member.field.name]

    def _of(self, member: Member) -> Iterator[Slot]:
        part, name = member.field, member.field.name
        if part.bits is not None:
            return
        spelled = self.names.of(name) if name else self.names.new("anonymous0")
        if isinstance(part.type, Text):
            yield from self._text(part.type, member, spelled)
        elif isinstance(part.type, Record):
            inner = self.plan.struct(part.type)
            empty = part.flexible or not part.elements or not inner.size
            if not inner.size and not self.plan.dialect.literal:
                return
            counts = (0, *part.counts) if part.flexible else part.counts
            size = 0 if empty else member.size
            role: Literal["tail", "field"] = "tail" if empty else "field"
            yield Slot(spelled, member.offset, size, inner.align, None, inner, counts, role, name)
        else:
            counts = (0, *part.counts) if part.flexible else part.counts
            yield self._scalar(spelled, part.type, member.offset, counts, name)

    def _text(self, text: Text, member: Member, spelled: str) -> Iterator[Slot]:
        assert text.prefix is not None
        unit = KINDS["char16" if text.unit == 2 else "char8"]
        yield self._scalar(self.names.new(f"{spelled}_length"), text.prefix, member.offset, (), "")
        yield replace(
            self._scalar(spelled, unit, member.offset + member.stride, (0,), member.field.name),
            note=f"{text.encoding}, as many bytes as the length says",
        )

    def _scalar(self, name: str, kind: Kind, offset: int, counts: tuple[int, ...], field: str) -> Slot:
        abi, dialect = self.plan.abi, self.plan.dialect
        real = stored(kind, abi)
        width, align, total = real.width(abi), real.align(abi), 1
        note = ""
        for count in counts:
            total *= count
        if not dialect.knows(real, abi):
            note, kind, counts, align, width = f"a {kind.name}", KINDS["u8"], (*counts, width), 1, width
        role: Literal["field", "tail"] = "field" if total else "tail"
        return Slot(name, offset, width * total, align, kind, None, counts, role, field, note=note)

    # --- bit-fields ---------------------------------------------------------------------------------------------------

    def _units(self, members: list[Member], solid: list[Slot]) -> Iterator[Slot]:
        for member in members:
            if (member.field.bits or 0) > 64 and not self.plan.dialect.literal:
                raise LayoutError(
                    f"{self.layout.record.name}.{member.field.name}: bit-fields of more than 64 bits have no accessor"
                )
        for start, end, inside in _containers(members, solid, self.layout.size):
            size = end - start
            whole = size in (1, 2, 4, 8) and start % size == 0
            kind = KINDS[f"u{size * 8}"] if whole else KINDS["u8"]
            bits = tuple(
                BitSlot(self.names.of(m.field.name), m.field.name, _kind_of(m), (m.offset - start) * 8 + (m.bit or 0), m.field.bits or 0)
                for m in inside
            )  # fmt: skip
            align = kind.align(self.plan.abi)
            counts = () if whole else (size,)
            yield Slot(self.names.new("bits0"), start, size, align, kind, counts=counts, role="unit", bits=bits)

    # --- fields that share bytes --------------------------------------------------------------------------------------

    def _clustered(self, slots: list[Slot]) -> list[Slot]:
        """Slots that share bytes become one slot, a union of them."""
        found: list[list[Slot]] = []
        end = -1
        for slot in slots:
            if found and slot.offset < end:
                found[-1] += [slot] if slot.size else []  # what takes no room has none in the middle of another either
            else:
                found.append([slot])
            end = max(end, slot.offset + slot.size)
        return [group[0] if len(group) == 1 else self._overlap(group) for group in found]

    def _overlap(self, group: list[Slot]) -> Slot:
        start = group[0].offset
        size = max(slot.offset + slot.size for slot in group) - start
        name = self.names.new("overlap0")
        ways = [self._way(slot, start) for slot in group]
        struct = self.plan.helper(f"{self.type_name}_{name}", ways, size, True, self.plan.dialect.names())
        return Slot(name, start, size, struct.align, None, struct)

    def _way(self, slot: Slot, start: int) -> Slot:
        if slot.offset == start:
            return replace(slot, offset=0)
        moved = replace(slot, offset=slot.offset - start)
        size = moved.offset + moved.size
        name = f"{self.type_name}_{slot.name}_at"
        struct = self.plan.helper(name, [moved], size, False, self.plan.dialect.names())
        return Slot(f"at_{slot.name}", 0, size, struct.align, None, struct)


def _kind_of(member: Member) -> Kind:
    assert isinstance(member.field.type, Kind)
    return member.field.type


def _containers(members: list[Member], solid: list[Slot], size: int) -> Iterator[tuple[int, int, list[Member]]]:
    """Stretches of bytes that hold the bit-fields: whole units of their declared types where nothing else is in them."""
    groups: list[tuple[int, int, list[Member]]] = []
    for member in sorted(members, key=lambda one: (one.offset, one.bit or 0)):
        start, end = _container(member, solid, size)
        if groups and start < groups[-1][1]:
            before = groups.pop()
            groups.append((min(start, before[0]), max(end, before[1]), [*before[2], member]))
        else:
            groups.append((start, end, [member]))
    yield from groups


def _container(member: Member, solid: list[Slot], size: int) -> tuple[int, int]:
    start = member.offset - member.offset % member.stride
    end = start + member.stride
    touched = member.offset, member.offset + member.size
    free = all(slot.offset >= end or slot.offset + slot.size <= start for slot in solid)
    return (start, end) if free and end <= size and touched[1] <= end else touched
