"""One record between two ABIs: the fields that programs of one and of the other would not read alike, each with the reason.

What is the same on both is a record that may be shared: every leaf at the same place, as wide, in the same order of bytes and bits, and
the record as large. Alignment that moves nothing is no difference, and neither is the sign of C's `char`: its bits are the same.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from samebytes.layout.abi import Abi
from samebytes.layout.kinds import C_NAMES, Kind, Pointer
from samebytes.layout.laid_out import Layout, Leaf
from samebytes.layout.record import Text
from samebytes.layout.telling import whole_path

__all__ = ["Gap", "gaps_between", "gaps_in_words"]

SHOWN_REASONS, SHOWN_FIELDS = 4, 2
PLACED = "offset "
_C: dict[str, str] = {}
for _name, _kind in C_NAMES.items():
    _C.setdefault(_kind, _name)


class Gap(NamedTuple):
    """A field, or the record as a whole, that is not the same on both ABIs."""

    path: str
    reason: str
    """`long: 8 against 4 bytes`, `byte order`: the first ABI's against the second's."""

    def __str__(self) -> str:
        return f"{self.path} ({self.reason})"


def gaps_between(one: Layout, other: Layout) -> list[Gap]:
    """Return why one ABI's programs would not read the record that the other's have stored; nothing where they would.

    In order of declaration, of an array its first element; the size of the whole last. The layouts are of one record.
    """
    found: dict[Gap, None] = {}
    for leaf in one.leaves:
        their = other.by_path.get(leaf.path)
        if their is not None:
            for reason in _reasons(leaf, their, one.abi, other.abi):
                found.setdefault(Gap(whole_path(leaf.path), reason))
    gaps = list(_first_of_arrays(found))
    if one.size != other.size:
        gaps.append(Gap(f"size of {one.record.name}", f"{one.size} against {other.size} bytes"))
    return gaps


def gaps_in_words(gaps: Sequence[Gap]) -> str:
    """Return them in one line: each reason with the first fields it is of. What was merely moved by another is counted last."""
    moved = [gap for gap in gaps if gap.reason.startswith(PLACED)]
    telling = [gap for gap in gaps if gap not in moved] or moved
    by_reason: dict[str, list[str]] = {}
    for gap in telling:
        by_reason.setdefault(gap.reason, []).append(gap.path)
    words = [f"{_listed(paths)} ({reason})" for reason, paths in by_reason.items()]
    rest = len(words) - SHOWN_REASONS
    more = [f"{rest} more reason{'s' if rest > 1 else ''}"] if rest > 0 else []
    places = len({gap.path for gap in moved} - {gap.path for gap in telling})
    elsewhere = [f"{places} more at another offset"] if places else []
    return "; ".join((*words[:SHOWN_REASONS], *more, *elsewhere))


def _listed(paths: Sequence[str]) -> str:
    rest = len(paths) - SHOWN_FIELDS
    return ", ".join(paths[:SHOWN_FIELDS]) + (f" and {rest} more" if rest > 0 else "")


def _first_of_arrays(gaps: dict[Gap, None]) -> Iterator[Gap]:
    """Yield one gap for the elements of an array that have moved, each by its own distance."""
    told: set[str] = set()
    for gap in gaps:
        moved = gap.reason.startswith(PLACED)
        if not moved or gap.path not in told:
            yield gap
        if moved:
            told.add(gap.path)


def _reasons(leaf: Leaf, their: Leaf, one: Abi, other: Abi) -> Iterator[str]:
    kind = leaf.kind
    if leaf.width != their.width:
        yield f"{_called(kind)}: {leaf.width} against {their.width} bytes"
    if isinstance(kind, Kind):
        ours, theirs = kind.align(one), kind.align(other)
        if leaf.offset != their.offset and leaf.width == their.width and ours != theirs:
            yield f"{_called(kind)}: aligned to {ours} against {theirs} bytes"
        if kind.measure == "long_double" and one.long_double_format != other.long_double_format:
            yield f"long double: {one.long_double_format} against {other.long_double_format} format"
    if leaf.offset != their.offset:
        yield f"{PLACED}{leaf.offset} against {their.offset}"
    if one.order != other.order:
        if leaf.bits is not None:
            yield "bit order"
        if _has_order(leaf, one):
            yield "byte order"
    elif (leaf.bit, leaf.bits) != (their.bit, their.bits):
        yield f"bit {leaf.bit} against {their.bit}"


def _has_order(leaf: Leaf, abi: Abi) -> bool:
    """Return whether its bytes have an order: of a text, its length's or its units'."""
    if not isinstance(leaf.kind, Text):
        return leaf.width > 1
    prefix = leaf.kind.prefix
    return leaf.kind.encoding == "utf-16" or prefix is None or prefix.width(abi) > 1


def _called(kind: object) -> str:
    """Return what C calls it."""
    if isinstance(kind, Pointer):
        return "pointer"
    return _C.get(kind.name, kind.name) if isinstance(kind, Kind) else "text"
