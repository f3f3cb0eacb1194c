"""Which bits of a record belong to its fields, and which to nobody."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import TYPE_CHECKING

from samebytes.errors import LayoutError
from samebytes.layout.record import Text

if TYPE_CHECKING:
    from samebytes.layout.laid_out import Layout, Member

__all__ = ["check_overlap", "covered", "mask_of", "padding_of", "shared_paths"]

Span = tuple[int, int]
"""First bit and the bit after the last, counted from the start of the record."""
Holes = tuple[tuple[int, int], ...]


def check_overlap(layout: Layout) -> None:
    """Raise LayoutError, naming both, when two members share a bit. Padding inside a nested record may be shared: C++ does."""
    spans = sorted((*_extent(member), number) for number, member in enumerate(layout.members))
    if all(before[1] <= after[0] for before, after in pairwise(spans)):
        return
    last: tuple[int, int, str] | None = None
    for start, end, path in sorted(_leaf_spans(layout)):
        if last is not None and start < last[1]:
            raise LayoutError(
                f"{layout.record.name}: {path} at {start // 8} overlaps {last[2]} at {last[0] // 8}", path=path
            )
        last = (start, end, path)


def shared_paths(layout: Layout) -> Iterator[str]:
    """Yield the paths of leaves that share a bit with another one."""
    end, last = -1, ""
    for start, stop, path in sorted(_leaf_spans(layout)):
        if start < end:
            yield path
            yield last
        if stop > end:
            end, last = stop, path


def padding_of(layout: Layout) -> tuple[Holes, Holes]:
    """Return undefined whole bytes as (offset, length), and partly undefined ones as (offset, mask)."""
    whole: list[tuple[int, int]] = []
    partly: list[tuple[int, int]] = []
    end = 0
    for start, stop in (*layout.covered, (layout.size * 8, layout.size * 8)):
        if start > end:
            _hole(end, start, layout.abi.order == "big", whole, partly)
        end = max(end, stop)
    return tuple(whole), tuple(partly)


def mask_of(layout: Layout) -> bytes:
    """Return a byte for each of the record's, whose 1 bits are somebody's."""
    mask = bytearray(layout.size)
    big = layout.abi.order == "big"
    for start, end in layout.covered:
        first, last = -(-start // 8), end // 8
        if first > last:
            mask[start // 8] |= _mask(start % 8, end % 8, big)
            continue
        if start % 8:
            mask[start // 8] |= _mask(start % 8, 8, big)
        mask[first:last] = b"\xff" * (last - first)
        if end % 8:
            mask[last] |= _mask(0, end % 8, big)
    return bytes(mask)


def _hole(start: int, end: int, big: bool, whole: list[tuple[int, int]], partly: list[tuple[int, int]]) -> None:
    first, last = -(-start // 8), end // 8
    if first > last:  # inside one byte
        partly.append((start // 8, _mask(start % 8, end % 8, big)))
        return
    if start % 8:
        partly.append((start // 8, _mask(start % 8, 8, big)))
    if last > first:
        whole.append((first, last - first))
    if end % 8:
        partly.append((last, _mask(0, end % 8, big)))


def _mask(first: int, last: int, big: bool) -> int:
    low = (1 << last) - (1 << first)
    return int(f"{low:08b}"[::-1], 2) if big else low


def covered(layout: Layout, limit: int) -> list[Span]:
    """Return the bits that are somebody's, merged and in order. LayoutError when there are more than `limit` stretches."""
    spans = sorted(span for member in layout.members for span in _of_member(layout, member, limit))
    merged: list[Span] = []
    for start, end in spans:
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    if len(merged) > limit:
        raise LayoutError(f"{layout.record.name} has more than {limit} stretches of padding")
    return merged


def _of_member(layout: Layout, member: Member, limit: int) -> Iterator[Span]:
    start, end = _extent(member)
    if layout.record.body or member.field.flexible:
        yield (0 if layout.record.body else start), max(layout.size * 8, start)
    elif member.layout is None:
        if member.field.name and end > start:
            yield start, end
    else:
        yield from _of_nested(member, member.layout, limit)


def _of_nested(member: Member, inner: Layout, limit: int) -> Iterator[Span]:
    start, end = _extent(member)
    spans = inner.covered
    if spans == [(0, inner.size * 8)]:
        yield start, end
        return
    if len(spans) * member.field.elements > limit:
        raise LayoutError(f"{member.field.name} has more than {limit} stretches of padding", path=member.field.name)
    for number in range(member.field.elements):
        base = start + number * inner.size * 8
        yield from ((base + first, base + last) for first, last in spans)


def _extent(member: Member) -> Span:
    part = member.field
    start = member.offset * 8 + (member.bit or 0)
    if isinstance(part.type, Text):
        return start, start + member.stride * 8
    return start, start + (part.bits if part.bits is not None else member.size * 8)


def _leaf_spans(layout: Layout) -> Iterator[tuple[int, int, str]]:
    for leaf in layout.leaves:
        start = leaf.offset * 8 + (leaf.bit or 0)
        yield start, start + (leaf.bits if leaf.bits is not None else leaf.width * 8), leaf.path
