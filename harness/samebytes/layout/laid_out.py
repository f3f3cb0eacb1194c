"""A laid-out record as data: size, alignment, members, leaves, padding.

A `Layout`'s `members` say where each field of the record begins (cheap, whatever the arrays hold); its `leaves` are every scalar,
expanded on demand. `samebytes.layout.rules` makes them; codec, overlay and numpy dtype are functions of one.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from itertools import product
from typing import NamedTuple

from samebytes.errors import LayoutError
from samebytes.layout.abi import Abi
from samebytes.layout.kinds import Kind
from samebytes.layout.record import Field, Record, Text
from samebytes.layout.spans import covered, mask_of, padding_of, shared_paths

__all__ = ["MAX_LEAVES", "Layout", "Leaf", "Member"]

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
        """Return whether it is text of variable length."""
        return isinstance(self.kind, Text)

    @property
    def field(self) -> str:
        """Return the top-level field it belongs to: `wheels` of `wheels[2].slip`."""
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
        """Return the bytes it takes; for a bit-field, those it touches."""
        if self.field.bits is not None:
            return -(-((self.bit or 0) + self.field.bits) // 8)
        return self.stride * self.field.elements


@dataclass(frozen=True)
class Layout:
    """A record on an ABI.

    For a record of variable size, `size` ends where its first variable byte begins (for a flexible array: it is C's sizeof).
    """

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
        """Return how many leaves it has."""
        return sum(_leaf_count(member) for member in self.members)

    @cached_property
    def leaves(self) -> tuple[Leaf, ...]:
        """Return every scalar, in order of declaration. LayoutError when there are more than MAX_LEAVES."""
        if self.count > MAX_LEAVES:
            raise LayoutError(
                f"{self.record.name} has {self.count} leaves", hint=f"{MAX_LEAVES} are listed at most; use its members"
            )
        return tuple(leaf for member in self.members for leaf in _leaves(member))

    @cached_property
    def by_path(self) -> dict[str, Leaf]:
        """Return its leaves by path."""
        return {leaf.path: leaf for leaf in self.leaves}

    @cached_property
    def shared(self) -> frozenset[str]:
        """Return the paths of the leaves that share bytes with others: those of unions, and of fields pinned onto each other."""
        return frozenset(shared_paths(self))

    @property
    def padding(self) -> tuple[tuple[int, int], ...]:
        """Return the holes of whole bytes as (offset, length), in order. Their content is undefined: never compare it."""
        return self._holes[0]

    @property
    def bit_padding(self) -> tuple[tuple[int, int], ...]:
        """Return the bytes that are partly undefined, as (offset, mask of the undefined bits)."""
        return self._holes[1]

    @cached_property
    def mask(self) -> bytes:
        """Return as many bytes as it has: 1 bits belong to a field, 0 bits are padding."""
        return mask_of(self)

    @cached_property
    def _holes(self) -> tuple[tuple[tuple[int, int], ...], tuple[tuple[int, int], ...]]:
        return padding_of(self)

    @cached_property
    def covered(self) -> list[tuple[int, int]]:
        """Return the bits that belong to its fields, as merged stretches (first bit, bit after the last)."""
        return covered(self, MAX_LEAVES)

    def leaf_at(self, offset: int) -> Leaf | None:
        """Return the first leaf that owns the byte at `offset`, or None for padding and beyond."""
        for leaf in self.leaves:
            if leaf.offset <= offset and (leaf.variable or offset < leaf.offset + leaf.width):
                return leaf
        return None


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
