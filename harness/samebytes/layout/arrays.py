"""A layout as a numpy dtype: whole arrays of records without a copy (`numpy.frombuffer(view, layout.dtype)`)."""

from __future__ import annotations

import importlib
from typing import Any

from samebytes.errors import LayoutError
from samebytes.layout.abi import Abi
from samebytes.layout.areas import named_members
from samebytes.layout.kinds import Kind
from samebytes.layout.laid_out import Layout, Member
from samebytes.layout.record import Record, Text

__all__ = ["dtype_of"]


def dtype_of(layout: Layout) -> Any:
    """Return the numpy dtype with the layout's offsets, size and byte order. LayoutError when numpy is not installed.

    Numbers and bools are numbers and bools; characters are their units (u1, u2, u4), rows of 1-byte text `S`, rows of 4-byte text `U`;
    long doubles and 128-bit integers are raw bytes (`V`), as is the whole of a record of variable size beyond its fixed fields.
    Bit-fields are left out: numpy has none.
    """
    try:
        np = importlib.import_module("numpy")
    except ImportError as error:
        raise LayoutError("a numpy dtype needs numpy", hint="pip install numpy") from error
    members = [member for member in named_members(layout) if _has_one(member)]
    if layout.record.body:
        raise LayoutError(f"{layout.record.name} travels as {layout.record.body}: it has no dtype")
    return np.dtype(
        {
            "names": [member.field.name for member in members],
            "formats": [_format(member, layout.abi) for member in members],
            "offsets": [member.offset for member in members],
            "itemsize": layout.size,
        }
    )


def _has_one(member: Member) -> bool:
    part = member.field
    variable = isinstance(part.type, Record) and part.type.variable
    return part.bits is None and not part.flexible and not isinstance(part.type, Text) and not variable


def _format(member: Member, abi: Abi) -> Any:
    counts = member.field.counts
    if member.layout is not None:
        return dtype_of(member.layout), counts
    assert isinstance(member.field.type, Kind)
    if member.field.chars is not None and member.stride in (1, 4):
        return f"{abi.struct_order}{'S' if member.stride == 1 else 'U'}{counts[-1]}", counts[:-1]
    return _scalar(member.field.type, abi), counts


def _scalar(kind: Kind, abi: Abi) -> str:
    width = kind.width(abi)
    if kind.measure == "long_double" or width > 8:
        return f"V{width}"
    if kind.family == "bool":
        return "?" if width == 1 else f"{abi.struct_order}u{width}"
    code = "f" if kind.family == "float" else "i" if kind.signed(abi) else "u"
    return f"{abi.struct_order}{code}{width}"
