"""Lays out a record: its fields one after another by the ABI's rules, nested records first."""

from __future__ import annotations

from samebytes.errors import LayoutError
from samebytes.layout.abi import Abi
from samebytes.layout.kinds import Kind
from samebytes.layout.laid_out import Layout, Member
from samebytes.layout.live import LiveLayout
from samebytes.layout.record import MAX_SIZE, Field, Record, Text
from samebytes.layout.rules.disputes import disputes
from samebytes.layout.rules.placers import Shape, placer_for
from samebytes.layout.spans import check_overlap

__all__ = ["lay_out"]


def lay_out(record: Record | type, abi: Abi) -> LiveLayout:
    """Size, alignment and every leaf of `record` on `abi`. LayoutError when fields overlap or do not fit its size.

    Computed once per record and ABI. `type` is there for type checkers, to whom a class under `@record` is still a class.
    """
    if not isinstance(record, Record):
        raise LayoutError(f"{record!r} is no record", hint="@record makes one of a class")
    if abi not in record.layouts:
        record.layouts[abi] = _body(record, abi) if record.body else _lay_out_fields(record, abi)
    layout: LiveLayout = record.layouts[abi]
    return layout


def _body(record: Record, abi: Abi) -> LiveLayout:
    assert record.prefix is not None
    start = record.prefix.width(abi)
    members = tuple(Member(part, start, 0) for part in record.fields)
    return LiveLayout(record, abi, start, record.prefix.align(abi), members)


def _lay_out_fields(record: Record, abi: Abi) -> LiveLayout:
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
    layout = LiveLayout(
        record, abi, size, align, tuple(members), placer.asked, tuple(dict.fromkeys(disputes(record, abi, members)))
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
