"""One field of a record in memory, by its path: as a number, a list of them, or a text. And the parts a record is made of."""

from __future__ import annotations

import difflib
import re
import struct
from collections.abc import Iterable, Iterator
from contextlib import suppress
from functools import lru_cache
from typing import Any, NamedTuple

from samebytes.errors import LayoutError, UsageError
from samebytes.layout import Enum, Kind, Layout, Leaf, Member, decode

__all__ = [
    "LOOKED",
    "Part",
    "field_named",
    "number",
    "odd_value",
    "oddities",
    "parts_of",
    "same",
    "shown",
    "text_of",
    "used",
    "value_of",
]

MANY = 16
"""Elements of an array of records that are parts of their own; a longer array is one part."""
LOOKED = 512
"""Scalars whose values are held to what people store."""
SMALLEST, LARGEST, UNICODE = 1e-18, 1e18, 0x10FFFF
SHOWN = 60
"""Characters of a value, for people."""
_UNITS = {1: "utf-8", 2: "utf-16", 4: "utf-32"}
_INDEX = re.compile(r"\[(\d+)\]")


class Part(NamedTuple):
    """A field, or an array taken as a whole. Offset and size in bytes; `width` is that of each scalar in it."""

    path: str
    offset: int
    size: int
    width: int
    scalar: bool
    """Whether it is a single number, bool or character."""


@lru_cache(maxsize=64)
def parts_of(layout: Layout) -> tuple[Part, ...]:
    """Return its fields in order: scalars, arrays of scalars as a whole, the fields of nested records each by itself."""
    if layout.record.body:
        return (Part(layout.record.name, 0, layout.size, 0, False),)
    return tuple(part for member in layout.members for part in _parts(member, "", 0))


def _parts(member: Member, prefix: str, base: int) -> Iterator[Part]:
    path, at = f"{prefix}{member.field.name}", base + member.offset
    inner = member.layout
    if inner is None or member.field.elements > MANY:
        if member.size and path.rpartition(".")[2]:
            scalar = inner is None and not member.field.counts
            yield Part(path, at, member.size, member.stride if inner is None else 0, scalar)
        return
    for number, index in enumerate(_indices(member.field.counts)):
        below = f"{path}{index}." if path.rpartition(".")[2] else prefix
        for each in inner.members:
            yield from _parts(each, below, at + number * inner.size)


def _indices(counts: tuple[int, ...]) -> Iterator[str]:
    if not counts:
        yield ""
        return
    for index in range(counts[0]):
        for rest in _indices(counts[1:]):
            yield f"[{index}]{rest}"


@lru_cache(maxsize=4096)
def field_named(layout: Layout, path: str) -> tuple[Leaf, ...]:
    """Return the scalars of the field of that path: one, or an array's in order. UsageError names the nearest path there is."""
    by_path = layout.by_path
    if path in by_path:
        return (by_path[path],)
    found = tuple(leaf for leaf in layout.leaves if leaf.path.startswith(f"{path}["))
    if found and all(_INDEX.sub("", leaf.path[len(path) :]) == "" for leaf in found):
        return found
    known = list(dict.fromkeys(_INDEX.sub("", leaf.path) for leaf in layout.leaves))
    near = difflib.get_close_matches(_INDEX.sub("", path), known, 1, 0.5)
    hint = f"did you mean {near[0]!r}?" if near else f"its fields: {', '.join(known[:12])}"
    what = "is a record; name one of its fields" if found or _is_record(layout, path) else "is no field of it"
    raise UsageError(f"{layout.record.name}: {path!r} {what}", hint=hint)


def _is_record(layout: Layout, path: str) -> bool:
    return any(leaf.path.startswith(f"{path}.") for leaf in layout.leaves)


def value_of(layout: Layout, path: str, data: bytes) -> Any:
    """Return what the field has in a record whose first byte is `data`'s.

    A number, a bool, a character, a list, a text of its own; None where the bytes end before it does, or cannot be
    read as what they should be.
    """
    leaves = field_named(layout, path)
    with suppress(LayoutError, ValueError, OverflowError):
        found = [_leaf_value(layout, leaf, data) for leaf in leaves]
        return found[0] if path in layout.by_path else found
    return None


def text_of(layout: Layout, path: str, data: bytes) -> str | None:
    """Return an array of characters up to the first NUL; None where it cannot be read as text of its width."""
    leaves = field_named(layout, path)
    first = leaves[0]
    if first.variable:
        found = value_of(layout, path, data)
        return found if isinstance(found, str) else None
    units = data[first.offset : leaves[-1].offset + leaves[-1].width]
    encoding = _UNITS.get(first.width, "")
    if not encoding or len(units) < first.width * len(leaves):
        return None
    order = "" if first.width == 1 else "-le" if layout.abi.order == "little" else "-be"
    nul = next((at for at in range(0, len(units), first.width) if not any(units[at : at + first.width])), len(units))
    with suppress(UnicodeDecodeError):
        return units[:nul].decode(encoding + order)
    return None


def same(found: Any, wanted: Any) -> bool:
    """Return whether a value is the one a person wrote.

    A 32-bit float equals the number it is nearest to, true equals 1, NaN equals NaN. An array of arrays is found row
    after row, and may be written as such or as rows.
    """
    if isinstance(found, list) and isinstance(wanted, (list, tuple)):
        flat = list(_flat(wanted))
        return len(found) == len(flat) and all(map(same, found, flat))
    if found != found and isinstance(wanted, float):
        return bool(wanted != wanted)
    return bool(found == wanted)


def _flat(values: Iterable[Any]) -> Iterator[Any]:
    for value in values:
        if isinstance(value, (list, tuple)):
            yield from _flat(value)
        else:
            yield value


def oddities(layout: Layout, data: bytes) -> int:
    """Return how many scalars have a value that people do not store.

    Floats far from any scale, bools that are none, numbers an enumeration does not name, characters beyond Unicode.
    Of long arrays the first are looked at.
    """
    return sum(odd_value(layout, leaf, data) for leaf in layout.leaves[:LOOKED])


def odd_value(layout: Layout, leaf: Leaf, data: bytes) -> bool:
    """Return whether a scalar has a value that people do not store; see `oddities`."""
    raw = data[leaf.offset : leaf.offset + leaf.width]
    if not isinstance(leaf.kind, Kind) or leaf.bits is not None or len(raw) < leaf.width:
        return False
    bits = int.from_bytes(raw, layout.abi.order)
    family = leaf.kind.family
    if family == "float" and leaf.width in (4, 8):
        value = float(leaf.kind.value(bits, layout.abi))
        return value != value or (value != 0 and not SMALLEST < abs(value) < LARGEST)
    if isinstance(leaf.kind, Enum):
        return bool(leaf.kind.values) and not leaf.kind.label(int(leaf.kind.value(bits, layout.abi)))
    return (family == "bool" and bits > 1) or (family == "char" and leaf.width == 4 and bits > UNICODE)


def used(layout: Layout, data: bytes) -> int:
    """Return how many parts of the record are not zero."""
    return sum(any(data[part.offset : part.offset + part.size]) for part in parts_of(layout))


def number(found: Any) -> float | int | None:
    """Return a value that can be compared with a limit; None for what is not one."""
    if isinstance(found, str) and len(found) == 1:
        return ord(found)
    return found if isinstance(found, (int, float)) else None


def shown(found: Any) -> str:
    """Return a value for people."""
    if found is None:
        return "nothing that can be read"
    words = repr(found)
    return words if len(words) <= SHOWN else f"{words[: SHOWN - 1]}…"


def _leaf_value(layout: Layout, leaf: Leaf, data: bytes) -> Any:
    if not isinstance(leaf.kind, Kind):
        return decode(layout, data)[leaf.path]
    raw = data[leaf.offset : leaf.offset + leaf.width]
    if len(raw) < leaf.width:
        raise LayoutError("too few bytes")
    bits = int.from_bytes(raw, layout.abi.order)
    if leaf.bits is not None:
        first = leaf.bit or 0
        shift = first if layout.abi.order == "little" else leaf.width * 8 - first - leaf.bits
        bits = bits >> shift & (1 << leaf.bits) - 1
    value = leaf.kind.value(bits, layout.abi, leaf.bits)
    if isinstance(value, float) and leaf.width == 4:
        return _Single(value)
    label = leaf.kind.label(int(value)) if isinstance(leaf.kind, Enum) and not isinstance(value, str) else ""
    return _Named(int(value), label) if label else value


class _Single(float):
    """A 32-bit float: equal to every number that it would hold as itself, and shown with no more digits than it has."""

    def __eq__(self, other: object) -> bool:
        if isinstance(other, (int, float)):
            with suppress(OverflowError):
                return bool(float(self) == struct.unpack("f", struct.pack("f", other))[0])
        return False

    def __ne__(self, other: object) -> bool:
        return not self == other

    def __hash__(self) -> int:
        return hash(float(self))

    def __repr__(self) -> str:
        words = (f"{float(self):.{digits}g}" for digits in range(6, 9))
        return next((one for one in words if self == float(one)), f"{float(self):.9g}")


class _Named(int):
    """An enumeration's value: equal to its number and to its name."""

    label: str

    def __new__(cls, number: int, label: str) -> _Named:
        made = super().__new__(cls, number)
        made.label = label
        return made

    def __eq__(self, other: object) -> bool:
        return other == self.label if isinstance(other, str) else int(self) == other

    def __hash__(self) -> int:
        return hash(int(self))

    def __repr__(self) -> str:
        return f"{self.label} ({int(self)})"
