"""Traps of bit-fields: 15 to 20. GCC puts them one after another, Microsoft's compilers open a unit per declared size."""

from __future__ import annotations

from collections.abc import Iterator

from samebytes.layout.hazards.scene import Group, Scene, spread
from samebytes.layout.hazards.traps import Hazard, hazard
from samebytes.layout.kinds import Kind
from samebytes.layout.laid_out import Layout
from samebytes.layout.record import Field, Record

__all__ = ["bit_traps"]


def bit_traps(scene: Scene) -> Iterator[Hazard]:
    """Yield the traps of every record that has bit-fields."""
    for group in scene.groups:
        if not any(part.bits is not None for part in group.owner.fields):
            continue
        if len(scene.orders) > 1:
            yield _bit_order(scene, group)
        if group.owner.union:
            yield from _union(scene, group)
        else:
            yield from _Run(scene, group).traps()


def _bit_order(scene: Scene, group: Group) -> Hazard:
    first = next(number for number, part in enumerate(group.owner.fields) if part.bits is not None)
    ends = {abi.name: "low" if abi.order == "little" else "high" for abi in scene.company}
    return hazard(20, group.path(first), f"the first bit-field is at the unit's end of {spread(ends)} bits")


def _union(scene: Scene, group: Group) -> Iterator[Hazard]:
    layouts = scene.layouts(group.owner)
    shapes = {name: (found.size, found.align) for name, found in layouts.items()}
    disputed = [name for name, found in layouts.items() if found.disputed]
    if disputed or len(set(shapes.values())) > 1:
        who = f"; compilers for {disputed[0]} disagree among themselves" if disputed else ""
        words = spread({name: f"{size} bytes aligned to {align}" for name, (size, align) in shapes.items()})
        yield hazard(19, group.place, f"union {group.owner.name} with bit-fields is {words}{who}")


class _Run:
    """The fields of one record, compared between the ABIs of the same byte order."""

    def __init__(self, scene: Scene, group: Group) -> None:
        self.group, self.fields = group, group.owner.fields
        order = scene.company[0].order
        self.layouts = {
            abi.name: layout
            for abi, layout in zip(scene.company, scene.layouts(group.owner).values(), strict=True)
            if abi.order == order
        }

    def traps(self) -> Iterator[Hazard]:
        found = [*self._units(), *self._then(), *self._packed(), *self._mixed()]
        yield from found
        if not found:
            yield from self._other()

    def _units(self) -> Iterator[Hazard]:
        """Yield trap 15: the declared type changes."""
        for number, part in enumerate(self.fields):
            before = self.fields[number - 1] if number else None
            changes = before is None or before.bits is None or self._widths(before) != self._widths(part)
            if part.bits and number and changes and self._moves(number):
                yield hazard(15, self.group.path(number), f"the bit-field begins at {self._where(number)}")

    def _then(self) -> Iterator[Hazard]:
        """Yield trap 17: what follows a bit-field goes to the next free byte, or behind the unit."""
        for number, part in enumerate(self.fields):
            before = self.fields[number - 1] if number else None
            if part.bits is None and before is not None and before.bits is not None and self._moves(number):
                yield hazard(17, self.group.path(number), f"behind the bit-field it begins at {self._where(number)}")

    def _packed(self) -> Iterator[Hazard]:
        """Yield trap 16: packed, GCC lets a bit-field cross its unit's end, Microsoft's compilers never."""
        owner = self.group.owner
        numbers = [number for number, part in enumerate(self.fields) if part.bits and self._moves(number)]
        if (owner.packed or owner.pack is not None) and (numbers or self._sizes_differ):
            number = numbers[0] if numbers else self._first
            where = f"it begins at {self._where(number)}; " if numbers else ""
            yield hazard(16, self.group.path(number), f"a bit-field in a packed record: {where}{self._sizes()}")

    def _mixed(self) -> Iterator[Hazard]:
        """Yield trap 18: neighbours of several declared widths share a unit or do not."""
        for start, end in _runs(self.group.owner):
            widths = {self._widths(part) for part in self.fields[start:end] if part.bits}
            moved = any(self._moves(number) for number in range(start, end))
            if len(widths) > 1 and (moved or self._sizes_differ):
                names = ", ".join(dict.fromkeys(_kind(part) for part in self.fields[start:end]))
                yield hazard(18, self.group.path(start), f"a run of bit-fields of {names}: {self._sizes()}")

    def _other(self) -> Iterator[Hazard]:
        moved = [number for number in range(len(self.fields)) if self.fields[number].bits and self._moves(number)]
        if moved or (self._sizes_differ and self._only_bits_explain):
            number = moved[0] if moved else self._first
            yield hazard(15, self.group.path(number), f"its unit is not the same everywhere: {self._sizes()}")

    @property
    def _first(self) -> int:
        return next(number for number, part in enumerate(self.fields) if part.bits is not None)

    @property
    def _only_bits_explain(self) -> bool:
        return all(part.bits is not None for part in self.fields) and len(set(map(self._widths, self.fields))) > 0

    @property
    def _sizes_differ(self) -> bool:
        return len({layout.size for layout in self.layouts.values()}) > 1

    def _sizes(self) -> str:
        name = self.group.owner.name or "the record"
        return f"{name} is {spread({abi: layout.size for abi, layout in self.layouts.items()}, ' bytes')}"

    def _moves(self, number: int) -> bool:
        return len({_position(layout, number) for layout in self.layouts.values()}) > 1

    def _where(self, number: int) -> str:
        bits = self.fields[number].bits is not None
        return spread({abi: _place(layout, number, bits) for abi, layout in self.layouts.items()})

    def _widths(self, part: Field) -> tuple[int, ...]:
        kind = part.type
        assert isinstance(kind, Kind) or part.bits is None
        return tuple(kind.width(layout.abi) for layout in self.layouts.values()) if isinstance(kind, Kind) else ()


def _runs(owner: Record) -> Iterator[tuple[int, int]]:
    """Yield the first and one after the last of each run of at least two neighbouring bit-fields."""
    start = None
    for number, part in enumerate((*owner.fields, None)):
        if part is not None and part.bits is not None:
            start = number if start is None else start
        elif start is not None:
            if number - start > 1:
                yield start, number
            start = None


def _position(layout: Layout, number: int) -> int:
    member = layout.members[number]
    return member.offset * 8 + (member.bit or 0)


def _place(layout: Layout, number: int, bits: bool) -> str:
    at = _position(layout, number)
    return f"byte {at // 8}" + (f" bit {at % 8}" if bits else "")


def _kind(part: Field) -> str:
    return part.type.name if isinstance(part.type, Kind) else ""
