"""Values that are sent: those a program names, and graffiti, whose every byte says where it belongs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from samebytes.errors import LayoutError
from samebytes.layout import Bits, Kind, Layout, Leaf, Text

__all__ = ["ValueSet", "graffiti", "value_set"]


@dataclass(frozen=True)
class ValueSet:
    """A value for every leaf of a layout: a bit pattern, or a text."""

    name: str
    values: Mapping[str, Bits | str]


def value_set(name: str, layout: Layout, written: Mapping[str, Any]) -> ValueSet:
    """Values as a person writes them, by leaf path; what is not written is zero. LayoutError names a path that is no leaf."""
    unknown = [path for path in written if path not in layout.by_path]
    if unknown:
        raise LayoutError(f"{layout.record.name} has no leaf {unknown[0]!r}", path=unknown[0])
    return ValueSet(name, {leaf.path: _bits(leaf, layout, written.get(leaf.path)) for leaf in layout.leaves})


def graffiti(layout: Layout) -> ValueSet:
    """High nibble: the leaf's number (1–15, over and over); low nibble: the byte's number in the leaf. Bools are true.

    In a hexdump of little-endian memory the first byte of leaf 3 reads `30`, its second `31`.
    """
    return ValueSet("graffiti", {leaf.path: _scrawl(number, leaf) for number, leaf in enumerate(layout.leaves)})


def _bits(leaf: Leaf, layout: Layout, written: Any) -> Bits | str:
    if isinstance(leaf.kind, Text):
        if written is not None and not isinstance(written, str):
            raise LayoutError(f"{leaf.path} is a text, not {written!r}", path=leaf.path)
        return written or ""
    return 0 if written is None else leaf.kind.bits(written, layout.abi)


def _scrawl(number: int, leaf: Leaf) -> Bits:
    if isinstance(leaf.kind, Kind) and leaf.kind.family == "bool":
        return 1
    high = (number % 15 + 1) << 4
    return int.from_bytes(bytes(high | (place & 15) for place in range(leaf.width)), "little")
