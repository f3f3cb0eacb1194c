"""A record on an ABI: size, alignment, members, leaves, padding.

`lay_out(record, abi)` gives a `Layout`. Its `members` say where each field of the record begins (cheap, whatever the arrays hold); its
`leaves` are every scalar, expanded on demand.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from itertools import product
from typing import TYPE_CHECKING, Any, NamedTuple

from samebytes.errors import LayoutError
from samebytes.layout.abi import Abi
from samebytes.layout.kinds import Kind
from samebytes.layout.placing import Shape, placer_for
from samebytes.layout.record import MAX_SIZE, Field, Record, Text
from samebytes.layout.spans import check_overlap, covered, mask_of, padding_of, shared_paths

if TYPE_CHECKING:
    from samebytes.layout.plain import Codec

__all__ = ["MAX_LEAVES", "Layout", "Leaf", "Member", "lay_out"]

MAX_LEAVES = 1 << 20
"""Leaves that are listed one by one; a larger array is read through its member instead."""


class Leaf(NamedTuple):
    """One scalar (or text) of a laid-out record. Offset and width are in bytes; width 0 means variable.

    A bit-field's `offset` and `width` are the bytes it touches, `bit` (0–7) its first bit, counted from the start of
    byte `offset` in the ABI's bit order: low bits first on little-endian ABIs, high bits first on big-endian ones.
    """

    path: str
    offset: int
    width: int
    kind: Kind | Text
    bit: int | None = None
    bits: int | None = None

    @property
    def variable(self) -> bool:
        """Whether it is text of variable length."""
        return isinstance(self.kind, Text)

    @property
    def field(self) -> str:
        """The top-level field it belongs to: `wheels` of `wheels[2].slip`."""
        return self.path.partition(".")[0].partition("[")[0]


@dataclass(frozen=True)
class Member:
    """Where a field of a record is. `offset` is of its first byte, or the byte that holds a bit-field's first bit."""

    field: Field
    offset: int
    stride: int
    """Bytes of one element; for a bit-field, of its declared type; for a text, of its prefix."""
    bit: int | None = None
    """A bit-field's first bit in byte `offset`, as in `Leaf`."""
    layout: Layout | None = None
    """Of a nested record."""

    @property
    def size(self) -> int:
        """Bytes it takes; for a bit-field, those it touches."""
        if self.field.bits is not None:
            return -(-((self.bit or 0) + self.field.bits) // 8)
        return self.stride * self.field.elements


@dataclass(frozen=True)
class Layout:
    """A record on an ABI. For a record of variable size, `size` ends where its first variable byte begins (for a flexible
    array: it is C's sizeof)."""

    record: Record
    abi: Abi
    size: int
    align: int
    members: tuple[Member, ...]
    asked: int = field(default=1, repr=False, compare=False)
    """The alignment that `alignas` asks for, in it or in what it contains: Microsoft's rules need it."""
    disputed: tuple[str, ...] = ()
    """Records in it that compilers of this ABI lay out differently, each with who does what: arbitrate, do not trust."""
    source: str = field(default="model", compare=False)
    """Who says so: `model`, or what was measured (`libclang 19.1 x86_64-pc-linux-gnu`, `DWARF`, `reflection`)."""

    def __hash__(self) -> int:
        return hash((self.record, self.abi.name, self.size))

    @cached_property
    def count(self) -> int:
        """How many leaves it has."""
        return sum(_leaf_count(member) for member in self.members)

    @cached_property
    def leaves(self) -> tuple[Leaf, ...]:
        """Every scalar, in order of declaration. LayoutError when there are more than MAX_LEAVES."""
        if self.count > MAX_LEAVES:
            raise LayoutError(
                f"{self.record.name} has {self.count} leaves", hint=f"{MAX_LEAVES} are listed at most; use its members"
            )
        return tuple(leaf for member in self.members for leaf in _leaves(member))

    @cached_property
    def by_path(self) -> dict[str, Leaf]:
        """Its leaves by path."""
        return {leaf.path: leaf for leaf in self.leaves}

    @cached_property
    def shared(self) -> frozenset[str]:
        """Paths of the leaves that share bytes with others: those of unions, and of fields pinned onto each other."""
        return frozenset(shared_paths(self))

    @property
    def padding(self) -> tuple[tuple[int, int], ...]:
        """Holes of whole bytes as (offset, length), in order. Their content is undefined: never compare it."""
        return self._holes[0]

    @property
    def bit_padding(self) -> tuple[tuple[int, int], ...]:
        """Bytes that are partly undefined, as (offset, mask of the undefined bits)."""
        return self._holes[1]

    @cached_property
    def mask(self) -> bytes:
        """As many bytes as it has: 1 bits belong to a field, 0 bits are padding."""
        return mask_of(self)

    @cached_property
    def _holes(self) -> tuple[tuple[tuple[int, int], ...], tuple[tuple[int, int], ...]]:
        return padding_of(self)

    @cached_property
    def covered(self) -> list[tuple[int, int]]:
        """The bits that belong to its fields, as merged stretches (first bit, bit after the last)."""
        return covered(self, MAX_LEAVES)

    @cached_property
    def codec(self) -> Codec:
        """Reads and writes it as plain Python values. LayoutError for arrays too large to decode at once."""
        from samebytes.layout.plain import Codec

        return Codec(self)

    def overlay(self, buffer: Any) -> Any:
        """A live record on the first bytes of a writable buffer; see `samebytes.layout.overlay`."""
        from samebytes.layout.overlay import overlay_on

        return overlay_on(self, buffer)

    @property
    def dtype(self) -> Any:
        """Its numpy dtype; see `samebytes.layout.arrays`. LayoutError without numpy."""
        from samebytes.layout.arrays import dtype_of

        return dtype_of(self)

    def leaf_at(self, offset: int) -> Leaf | None:
        """The first leaf that owns the byte at `offset`, or None for padding and beyond."""
        for leaf in self.leaves:
            if leaf.offset <= offset and (leaf.variable or offset < leaf.offset + leaf.width):
                return leaf
        return None


def lay_out(record: Record | type, abi: Abi) -> Layout:
    """Size, alignment and every leaf of `record` on `abi`. LayoutError when fields overlap or do not fit its size.

    Computed once per record and ABI. `type` is there for type checkers, to whom a class under `@record` is still a class.
    """
    if not isinstance(record, Record):
        raise LayoutError(f"{record!r} is no record", hint="@record makes one of a class")
    if abi not in record.layouts:
        record.layouts[abi] = _body(record, abi) if record.body else _lay_out_fields(record, abi)
    layout: Layout = record.layouts[abi]
    return layout


def _body(record: Record, abi: Abi) -> Layout:
    assert record.prefix is not None
    start = record.prefix.width(abi)
    members = tuple(Member(part, start, 0) for part in record.fields)
    return Layout(record, abi, start, record.prefix.align(abi), members)


def _lay_out_fields(record: Record, abi: Abi) -> Layout:
    placer = placer_for(record, abi)
    members = []
    for part in record.fields:
        shape, inner = _shape(record, part, abi)
        at = placer.place(part, shape)
        members.append(Member(part, at // 8, shape.unit, at % 8 if part.bits is not None else None, inner))
        if placer.end > MAX_SIZE * 8:
            raise LayoutError(f"{record.name}.{part.name} ends beyond {MAX_SIZE} bytes", path=part.name)
    end = -(-placer.end // 8)
    size, align = placer.finish()
    size = end if record.variable and isinstance(record.fields[-1].type, Text) else _total(record, end, size)
    layout = Layout(
        record, abi, size, align, tuple(members), placer.asked, tuple(dict.fromkeys(_disputes(record, abi, members)))
    )
    if record.pinned and not record.union and not record.overlap:
        check_overlap(layout)
    return layout


def _total(record: Record, end: int, size: int) -> int:
    """An explicit size stands as it is, unrounded, as .NET takes `StructLayout(Size=…)`."""
    if record.size is None:
        return size
    if record.size < end:
        raise LayoutError(f"{record.name}: size = {record.size}, but its fields end at {end}")
    return record.size


def _shape(record: Record, part: Field, abi: Abi) -> tuple[Shape, Layout | None]:
    inner = lay_out(part.type, abi) if isinstance(part.type, Record) else None
    if inner is not None:
        return Shape(inner.size * part.elements, inner.align, inner.size, inner.asked), inner
    kind = part.type.prefix if isinstance(part.type, Text) else part.type
    assert isinstance(kind, Kind)
    try:
        unit, align = kind.width(abi), kind.align(abi)
    except LayoutError as error:
        raise LayoutError(f"{record.name}.{part.name}: {error.message}", hint=error.hint, path=part.name) from error
    if part.bits is not None and part.bits > unit * 8:
        raise LayoutError(
            f"{record.name}.{part.name}: {part.bits} bits of {kind.name}, which has {unit * 8} on {abi.name}",
            path=part.name,
        )
    return Shape(unit * part.elements, align, unit), None


def _disputes(record: Record, abi: Abi, members: list[Member]) -> Iterator[str]:
    if abi.bitfields == "ms" and any(part.bits is not None for part in record.fields):
        if record.union:
            yield (
                f"{record.name}: a union with bit-fields; mingw GCC counts the alignment of their declared types, "
                "Microsoft's rules do not"
            )
        elif abi.compiler == "gnu" and (
            record.packed or (record.pack and any(part.bits == 0 for part in record.fields))
        ):
            yield f"{record.name}: packed bit-fields; clang for mingw counts alignments that GCC does not"
    seen = {id(member.layout): member.layout for member in members if member.layout is not None}
    for inner in seen.values():
        yield from inner.disputed


def _leaf_count(member: Member) -> int:
    if member.layout is not None:
        return member.layout.count * member.field.elements
    unnamed = member.field.bits is not None and not member.field.name
    return 0 if unnamed else member.field.elements


def _leaves(member: Member) -> Iterator[Leaf]:
    part = member.field
    if isinstance(part.type, Text):
        yield Leaf(part.name, member.offset + member.stride, 0, part.type)
    elif part.bits is not None:
        if part.name and isinstance(part.type, Kind):
            yield Leaf(part.name, member.offset, member.size, part.type, member.bit, part.bits)
    elif not part.flexible:
        yield from _elements(member)


def _elements(member: Member) -> Iterator[Leaf]:
    part, start, stride = member.field, member.offset, member.stride
    inner = member.layout.leaves if member.layout is not None else None
    for number, index in enumerate(product(*map(range, part.counts))):
        path = part.name + "".join(f"[{i}]" for i in index)
        at = start + number * stride
        if inner is None:
            assert isinstance(part.type, Kind)
            yield Leaf(path, at, stride, part.type)
            continue
        prefix = f"{path}." if path else ""
        for leaf in inner:
            yield Leaf(prefix + leaf.path, at + leaf.offset, leaf.width, leaf.kind, leaf.bit, leaf.bits)
