"""Which mistake in a declaration would have written these bytes, where nobody can be asked how the record was declared."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from itertools import combinations

from samebytes.diagnosis.diagnose import BY_DESCRIPTION, Observation, cause_of
from samebytes.errors import LayoutError
from samebytes.layout import ABIS, Description, Kind, Layout, LeafValues, Record, lay_out

__all__ = ["likely_cause"]

HEADERS = (4, 8, 16)
"""Bytes: a lock word, a length, a magic number and a version."""
MOST_FIELDS = 60
"""Of a record with more, only the packing, the ABI and the byte order are tried."""


def likely_cause(layout: Layout, values: LeafValues, memory: bytes) -> str:
    """In words; empty if no single mistake explains every byte."""
    turned = replace(layout.abi, order="big" if layout.abi.order == "little" else "little")
    if _wrote(lay_out(layout.record, turned), values, memory):
        return "the bytes of every value in the other order"
    for header in HEADERS:
        if _wrote(layout, values, memory[header:]):
            return f"everything {header} bytes later: a header in front"
    for other in _suspects(layout):
        if other != layout and _wrote(other, values, memory):
            places = {leaf.path: (leaf.offset, leaf.width) for leaf in other.leaves}
            words = cause_of(Observation(layout, Description(other.size, other.align, places), values, memory))
            if words and not words.endswith(BY_DESCRIPTION):
                return words
    return ""


def _suspects(layout: Layout) -> Iterator[Layout]:
    """The record as it may have been declared instead."""
    for record in _records(layout.record):
        with suppress(LayoutError):
            yield lay_out(record, layout.abi)
    for abi in ABIS.values():
        if abi.order == layout.abi.order:
            with suppress(LayoutError):
                yield lay_out(layout.record, abi)


def _records(record: Record) -> Iterator[Record]:
    for pack in (1, 2, 4, 8):
        yield replace(record, pack=pack, packed=False)
    fields = record.fields
    if len(fields) <= MOST_FIELDS:
        for one, other in combinations(range(len(fields)), 2):
            swapped = list(fields)
            swapped[one], swapped[other] = swapped[other], swapped[one]
            yield replace(record, fields=tuple(swapped))
        for index in range(len(fields)):
            if len(fields) > 1:
                yield replace(record, fields=(*fields[:index], *fields[index + 1 :]))


def _wrote(layout: Layout, values: LeafValues, memory: bytes) -> bool:
    """Whether a producer with that layout leaves the values in memory like this."""
    if len(memory) < layout.size:
        return False
    for leaf in layout.leaves:
        value = values.get(leaf.path)
        if not isinstance(leaf.kind, Kind) or not isinstance(value, int) or leaf.bits is not None:
            return False
        stored = (value % (1 << leaf.width * 8)).to_bytes(leaf.width, layout.abi.order)
        if memory[leaf.offset : leaf.offset + leaf.width] != stored:
            return False
    return True
