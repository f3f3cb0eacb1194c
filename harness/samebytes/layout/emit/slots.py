"""The slots of one record: fields by offset, bit-fields as storage units, fields that share bytes as unions."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Literal, Protocol

from samebytes.errors import LayoutError
from samebytes.layout.emit.names import Names
from samebytes.layout.emit.shapes import BitSlot, Dialect, Slot, Struct, stored
from samebytes.layout.kinds import KINDS, Kind
from samebytes.layout.laid_out import Layout, Member
from samebytes.layout.record import Record, Text
from samebytes.layout.texts import VARINT

__all__ = ["Slots"]


class Helper(Protocol):
    """Declares a struct or union that no record stands for."""

    def __call__(self, name: str, slots: list[Slot], size: int, union: bool, names: Names) -> Struct: ...


class Slots:
    """The slots of one record, by offset. `struct` gives the type declared for a record inside it, `helper` any other type."""

    def __init__(
        self,
        layout: Layout,
        dialect: Dialect,
        names: Names,
        type_name: str,
        struct: Callable[[Record], Struct],
        helper: Helper,
    ) -> None:
        self.layout, self.dialect, self.names, self.type_name = layout, dialect, names, type_name
        self._struct, self._helper = struct, helper
        for name in layout.record.names:
            names.new(name)

    def all(self, union: bool, overlapping: bool) -> list[Slot]:
        """Return the slots; those that share bytes as one, unless they may overlap."""
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
            inner = self._struct(part.type)
            empty = part.flexible or not part.elements or not inner.size
            if not inner.size and not self.dialect.literal:
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
        if text.prefix == VARINT:
            raise LayoutError(
                f"{self.layout.record.name}.{member.field.name}: a length of 7 bits a byte has no type in {self.dialect.name}",
                hint="read it as .NET's BinaryReader.ReadString does",
            )
        unit = KINDS["char16" if text.unit == 2 else "char8"]
        yield self._scalar(self.names.new(f"{spelled}_length"), text.prefix, member.offset, (), "")
        yield replace(
            self._scalar(spelled, unit, member.offset + member.stride, (0,), member.field.name),
            note=f"{text.encoding}, as many bytes as the length says",
        )

    def _scalar(self, name: str, kind: Kind, offset: int, counts: tuple[int, ...], field: str) -> Slot:
        abi, dialect = self.layout.abi, self.dialect
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
            if (member.field.bits or 0) > 64 and not self.dialect.literal:
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
            align = kind.align(self.layout.abi)
            counts = () if whole else (size,)
            yield Slot(self.names.new("bits0"), start, size, align, kind, counts=counts, role="unit", bits=bits)

    # --- fields that share bytes --------------------------------------------------------------------------------------

    def _clustered(self, slots: list[Slot]) -> list[Slot]:
        """Return the slots, those that share bytes as one: a union of them."""
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
        struct = self._helper(f"{self.type_name}_{name}", ways, size, True, self.dialect.names())
        return Slot(name, start, size, struct.align, None, struct)

    def _way(self, slot: Slot, start: int) -> Slot:
        if slot.offset == start:
            return replace(slot, offset=0)
        moved = replace(slot, offset=slot.offset - start)
        size = moved.offset + moved.size
        name = f"{self.type_name}_{slot.name}_at"
        struct = self._helper(name, [moved], size, False, self.dialect.names())
        return Slot(f"at_{slot.name}", 0, size, struct.align, None, struct)


def _kind_of(member: Member) -> Kind:
    assert isinstance(member.field.type, Kind)
    return member.field.type


def _containers(members: list[Member], solid: list[Slot], size: int) -> Iterator[tuple[int, int, list[Member]]]:
    """Yield stretches of bytes that hold the bit-fields: whole units of their declared types where nothing else is in them."""
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
