"""From a declaration and measured numbers to the record whose layout, by our rules, has exactly these numbers.

An importer knows what the source says (fields, attributes) and what a compiler made of it (size, alignment, offsets). `fit` tries
ways to say it, the plainest first, and refuses when none agrees: two answers about the same bytes are an error, not a choice.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from samebytes.errors import LayoutError
from samebytes.layout.abi import Abi
from samebytes.layout.laid_out import Layout
from samebytes.layout.record import Field, Record
from samebytes.layout.rules import lay_out_as

__all__ = ["Measured", "fit", "pinned"]


@dataclass(frozen=True)
class Measured:
    """What somebody else says about a record, in bytes; `bits` are the offsets of its fields in bits, in order."""

    size: int
    align: int | None
    """None where the source does not tell."""
    bits: tuple[int | None, ...]
    """None for a field whose place is not told."""
    who: str
    """`clang 22 for x86_64-pc-linux-gnu`, `DWARF`, …"""
    compiler: str = ""
    """Whose rules its numbers must follow, of the ABI's compilers; empty: the first one's. Where compilers differ, the record has
    the first one's numbers, and says so."""


def fit(
    plain: dict[str, Any], measured: Measured, abi: Abi, packs: Iterable[int | None] = (None,), pin: str = ""
) -> Record:
    """Return the record of those attributes that has the measured layout on `abi`.

    Tried in order: each `pack` (None: natural alignment), then explicit offsets where `pin` gives a reason to. LayoutError,
    with both numbers, when none fits.
    """
    refusals: list[LayoutError] = []
    for attributes in _ways(plain, measured, packs, pin):
        try:
            record = Record(**attributes)
            difference = _difference(lay_out_as(record, abi, measured.compiler or abi.compilers[0]), measured)
        except LayoutError as error:
            refusals.append(error)
            continue
        if not difference:
            return record
        refusals.append(LayoutError(difference, hint="two answers: neither is used"))
    raise refusals[0]


def _ways(plain: dict[str, Any], measured: Measured, packs: Iterable[int | None], pin: str) -> Iterator[dict[str, Any]]:
    for pack in packs:
        yield plain | {"pack": pack}
    if pin:
        exact = pinned(plain, measured)
        yield exact
        if measured.align is None:
            yield exact | {"packed": True}


def pinned(plain: dict[str, Any], measured: Measured) -> dict[str, Any]:
    """Return the same fields at the measured offsets.

    An alignment that the source does not tell stays what the fields make it.
    """
    fields = tuple(_pin(part, bits) for part, bits in zip(plain["fields"], measured.bits, strict=True))
    attributes = plain | {"fields": fields, "size": measured.size, "overlap": _share_bytes(fields)}
    if plain.get("union"):
        attributes["fields"] = plain["fields"]
    if measured.align is not None:
        attributes |= {"packed": True, "align": measured.align, "pack": None}
    return attributes


def _share_bytes(fields: tuple[Field, ...]) -> bool:
    """Return whether fields begin at one place: the variants of a Pascal record, which no union stands around."""
    places = [part.offset for part in fields if part.offset is not None and part.bits is None and part.elements]
    return len(set(places)) < len(places)


def _pin(part: Field, bits: int | None) -> Field:
    if bits is None:
        return part
    bit = bits % 8 if part.bits is not None else None
    return replace(part, offset=bits // 8, bit=bit, align=None, type_align=None, packed=False)


def _difference(layout: Layout, measured: Measured) -> str:
    """Return the first thing in which our rules and the measurement differ, in words; empty when they agree."""
    name, ours = layout.record.name, f"our rules for {layout.abi.name}"
    for member, bits in zip(layout.members, measured.bits, strict=True):
        at = member.offset * 8 + (member.bit or 0)
        if (
            bits is not None
            and at != bits
            and not (member.field.bits == 0 or (member.field.bits and not member.field.name))
        ):
            told, said = _place(at, member.field), _place(bits, member.field)
            return f"{name}.{member.field.name}: {told} by {ours}, {said} by {measured.who}"
    if layout.size != measured.size:
        return f"{name}: {layout.size} bytes by {ours}, {measured.size} by {measured.who}" + _dispute(layout)
    if measured.align is not None and layout.align != measured.align:
        return f"{name}: aligned to {layout.align} by {ours}, to {measured.align} by {measured.who}" + _dispute(layout)
    if layout.record.pinned and layout.size % layout.align:
        return f"{name}: {layout.size} bytes by {measured.who}, but its fields want it aligned to {layout.align}"
    return ""


def _place(bits: int, part: Field) -> str:
    return f"bit {bits}" if part.bits is not None else f"offset {bits // 8}"


def _dispute(layout: Layout) -> str:
    return f"; compilers disagree: {layout.disputed[0]}" if layout.disputed else ""
