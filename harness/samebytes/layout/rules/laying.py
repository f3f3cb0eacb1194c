"""Lays out a record: its fields one after another by the rules of the ABI's compilers, nested records first."""

from __future__ import annotations

from dataclasses import replace

from samebytes.errors import LayoutError
from samebytes.layout.abi import Abi
from samebytes.layout.kinds import Kind
from samebytes.layout.laid_out import Layout, Member
from samebytes.layout.live import LiveLayout
from samebytes.layout.record import MAX_SIZE, Field, Record, Text
from samebytes.layout.rules.clang import Clang
from samebytes.layout.rules.disputes import disputes, inherited
from samebytes.layout.rules.gcc import Gcc
from samebytes.layout.rules.microsoft import Microsoft
from samebytes.layout.rules.mingw import MingwGcc
from samebytes.layout.rules.shape import Placer, Shape
from samebytes.layout.spans import check_overlap

__all__ = ["lay_out", "lay_out_as"]


_RULES: dict[tuple[str, bool], type[Placer]] = {
    ("GCC", False): Gcc,
    ("GCC", True): MingwGcc,
    ("clang", False): Clang,
    ("clang", True): Clang,
    ("MSVC", True): Microsoft,
}
"""By compiler, and whether the platform has Microsoft's bit-fields."""


def lay_out(record: Record | type, abi: Abi) -> LiveLayout:
    """Return size, alignment and every leaf of `record` on `abi`, by the rules of the ABI's first compiler.

    Where its other compilers have other numbers, `disputed` says so. LayoutError when fields overlap or do not fit its size.
    Computed once per record and ABI. `type` is there for type checkers, to whom a class under `@record` is still a class.
    """
    return lay_out_as(record, abi, abi.compilers[0])


def lay_out_as(record: Record | type, abi: Abi, compiler: str) -> LiveLayout:
    """Return the layout by the rules of one of `abi.compilers`. Only the first one's has `disputed`."""
    if not isinstance(record, Record):
        raise LayoutError(f"{record!r} is no record", hint="@record makes one of a class")
    key = abi, compiler
    if key not in record.layouts:
        record.layouts[key] = _body(record, abi) if record.body else _lay_out_fields(record, abi, compiler)
    layout: LiveLayout = record.layouts[key]
    return layout


def _body(record: Record, abi: Abi) -> LiveLayout:
    assert record.prefix is not None
    start = record.prefix.width(abi)
    members = tuple(Member(part, start, 0) for part in record.fields)
    return LiveLayout(record, abi, start, record.prefix.align(abi), members)


def _lay_out_fields(record: Record, abi: Abi, compiler: str) -> LiveLayout:
    placer = _RULES[compiler, abi.bitfields == "ms"](record, abi)
    members = []
    for part in record.fields:
        shape, inner = _shape(record, part, abi, compiler)
        at = placer.place(part, shape)
        members.append(Member(part, at // 8, shape.unit, at % 8 if part.bits is not None else None, inner))
        if placer.end > MAX_SIZE * 8:
            raise LayoutError(f"{record.name}.{part.name} ends beyond {MAX_SIZE} bytes", path=part.name)
    end = -(-placer.end // 8)
    size, align = placer.finish()
    size = end if record.variable and isinstance(record.fields[-1].type, Text) else _total(record, end, size)
    layout = LiveLayout(record, abi, size, align, tuple(members), placer.asked)
    if record.pinned and not record.union and not record.overlap:
        check_overlap(layout)
    return _judged(layout) if compiler == abi.compilers[0] else layout


def _judged(layout: LiveLayout) -> LiveLayout:
    """Return it with what is disputed. Compilers differ about bit-fields and aligned typedefs only: others are not asked twice."""
    record, abi = layout.record, layout.abi
    own = any(part.bits is not None or part.type_align is not None for part in record.fields)
    found = list(inherited(layout.members))
    for compiler in abi.compilers[1:] if own else ():
        found += disputes(layout, lay_out_as(record, abi, compiler), abi.compilers[0], compiler)
    return replace(layout, disputed=tuple(dict.fromkeys(found))) if found else layout


def _total(record: Record, end: int, size: int) -> int:
    """Return an explicit size as it stands, unrounded, as .NET takes `StructLayout(Size=…)`; without one, `size`."""
    if record.size is None:
        return size
    if record.size < end:
        raise LayoutError(f"{record.name}: size = {record.size}, but its fields end at {end}")
    return record.size


def _shape(record: Record, part: Field, abi: Abi, compiler: str) -> tuple[Shape, Layout | None]:
    inner = lay_out_as(part.type, abi, compiler) if isinstance(part.type, Record) else None
    if inner is not None:
        align = part.type_align or inner.align
        required = align if part.type_align or inner.record.align else 1  # a typedef's word stands above the record's
        asked = max(inner.asked, required)
        return Shape(inner.size * part.elements, align, inner.size, inner.align, asked), inner
    kind = part.type.prefix if isinstance(part.type, Text) else part.type
    assert isinstance(kind, Kind)
    try:
        unit, natural = kind.width(abi), kind.align(abi)
    except LayoutError as error:
        raise LayoutError(f"{record.name}.{part.name}: {error.message}", hint=error.hint, path=part.name) from error
    if part.bits is not None and part.bits > unit * 8:
        raise LayoutError(
            f"{record.name}.{part.name}: {part.bits} bits of {kind.name}, which has {unit * 8} on {abi.name}",
            path=part.name,
        )
    align = part.type_align or natural
    natural = align if part.counts else natural
    builtin = kind.family not in ("enum", "pointer")
    return Shape(unit * part.elements, align, unit, natural, 1, builtin), None
