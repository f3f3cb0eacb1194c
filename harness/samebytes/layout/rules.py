"""The layout rules: natural alignment, `pack` as a cap, explicit offsets and sizes, arrays, nesting.

C17 6.7.2.1 leaves padding to the implementation; the platforms' ABI documents fix it to what stands here.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import product

from samebytes.errors import LayoutError
from samebytes.layout.abi import Abi
from samebytes.layout.kinds import Kind
from samebytes.layout.record import Field, Record, Text

__all__ = ["Layout", "Leaf", "lay_out"]


@dataclass(frozen=True)
class Leaf:
    """One scalar (or text) of a laid-out record. Offset and width are in bytes; width 0 means variable."""

    path: str
    offset: int
    width: int
    kind: Kind | Text

    @property
    def variable(self) -> bool:
        """Whether it is text of variable length."""
        return isinstance(self.kind, Text)

    @property
    def field(self) -> str:
        """The top-level field it belongs to: `wheels` of `wheels[2].slip`."""
        return self.path.partition(".")[0].partition("[")[0]


@dataclass(frozen=True)
class Layout:
    """A record on an ABI. For a record of variable size, `size` ends where its first variable byte begins."""

    record: Record
    abi: Abi
    size: int
    align: int
    leaves: tuple[Leaf, ...]

    @cached_property
    def by_path(self) -> dict[str, Leaf]:
        """Its leaves by path."""
        return {leaf.path: leaf for leaf in self.leaves}

    @cached_property
    def padding(self) -> tuple[tuple[int, int], ...]:
        """Holes as (offset, length), in order. Their content is undefined: never compare it."""
        return tuple(_holes(self))

    def leaf_at(self, offset: int) -> Leaf | None:
        """The leaf that owns the byte at `offset`, or None for padding and beyond."""
        for leaf in self.leaves:
            if leaf.offset <= offset and (leaf.variable or offset < leaf.offset + leaf.width):
                return leaf
        return None


@lru_cache(maxsize=1024)
def lay_out(record: Record, abi: Abi) -> Layout:
    """Size, alignment and every leaf of `record` on `abi`. LayoutError when fields overlap or do not fit its size."""
    if record.body:
        assert record.prefix is not None
        start = record.prefix.width(abi)
        texts = (Leaf(part.name, start, 0, part.type) for part in record.fields if isinstance(part.type, Text))
        return Layout(record, abi, start, record.prefix.align(abi), tuple(texts))
    return _lay_out_fields(record, abi)


def _lay_out_fields(record: Record, abi: Abi) -> Layout:
    leaves: list[Leaf] = []
    end, align = 0, 1
    for part in record.fields:
        part_align = min(_align(part, abi), record.pack or 16)
        align = max(align, part_align)
        offset = part.offset if part.offset is not None else _round_up(end, part_align)
        leaves += _leaves(part, offset, abi)
        end = max(end, offset + _size(part, abi))
    if not record.variable:
        end = _total(record, end, align)
    layout = Layout(record, abi, end, align, tuple(leaves))
    _check_overlap(layout)
    return layout


def _total(record: Record, end: int, align: int) -> int:
    """An explicit size stands as it is, unrounded, as .NET takes `StructLayout(Size=…)`."""
    if record.size is None:
        return _round_up(end, align)
    if record.size < end:
        raise LayoutError(f"{record.name}: size = {record.size}, but its fields end at {end}")
    return record.size


def _size(part: Field, abi: Abi) -> int:
    single = _element(part, abi)
    for count in part.counts:
        single *= count
    return single


def _element(part: Field, abi: Abi) -> int:
    """Bytes of one element; for a text, of its prefix."""
    if isinstance(part.type, Record):
        return lay_out(part.type, abi).size
    if isinstance(part.type, Text):
        assert part.type.prefix is not None
        return part.type.prefix.width(abi)
    return part.type.width(abi)


def _align(part: Field, abi: Abi) -> int:
    if isinstance(part.type, Record):
        return lay_out(part.type, abi).align
    if isinstance(part.type, Text):
        assert part.type.prefix is not None
        return part.type.prefix.align(abi)
    return part.type.align(abi)


def _leaves(part: Field, offset: int, abi: Abi) -> Iterator[Leaf]:
    if isinstance(part.type, Text):
        yield Leaf(part.name, offset + _element(part, abi), 0, part.type)
        return
    stride = _element(part, abi)
    for number, index in enumerate(product(*(range(count) for count in part.counts))):
        path = part.name + "".join(f"[{i}]" for i in index)
        start = offset + number * stride
        if isinstance(part.type, Record):
            for leaf in lay_out(part.type, abi).leaves:
                yield Leaf(f"{path}.{leaf.path}", start + leaf.offset, leaf.width, leaf.kind)
        else:
            yield Leaf(path, start, stride, part.type)


def _check_overlap(layout: Layout) -> None:
    last: Leaf | None = None
    for leaf in sorted(layout.leaves, key=lambda leaf: leaf.offset):
        if last is not None and leaf.offset < last.offset + last.width:
            raise LayoutError(
                f"{layout.record.name}: {leaf.path} at {leaf.offset} overlaps {last.path} at {last.offset}",
                path=leaf.path,
            )
        last = leaf


def _holes(layout: Layout) -> Iterator[tuple[int, int]]:
    end = 0
    for leaf in sorted(layout.leaves, key=lambda leaf: leaf.offset):
        if leaf.variable:
            return
        if leaf.offset > end:
            yield end, leaf.offset - end
        end = leaf.offset + leaf.width
    if layout.size > end:
        yield end, layout.size - end


def _round_up(number: int, multiple: int) -> int:
    return -(-number // multiple) * multiple
