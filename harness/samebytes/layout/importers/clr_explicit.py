"""What .NET refuses of structures with `LayoutKind.Explicit`, though the compiler takes them."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

from samebytes.errors import TypeRefusedError
from samebytes.layout.abi import Abi
from samebytes.layout.importers.clr_layouts import kept_size
from samebytes.layout.importers.clr_types import ClrField, ClrType, Signature, Types
from samebytes.layout.laid_out import Layout
from samebytes.layout.record import Record
from samebytes.layout.rules import lay_out

__all__ = ["check_marshalled", "check_references"]

_STRING, _VALUE, _CLASS, _ARRAY, _OBJECT, _VECTOR = 0x0E, 0x11, 0x12, 0x14, 0x1C, 0x1D
_REFERENCES = (_STRING, _CLASS, _ARRAY, _OBJECT, _VECTOR)
_DEEPEST = 64

Span = tuple[int, int]


def check_references(types: Types, one: ClrType, abi: Abi, depth: int = 0) -> None:
    """Raise TypeRefusedError if a structure, or one in it, has a reference where the CLR allows none: the type is never loaded.

    The rule is ECMA-335's (II.10.7), for arrays and strings that are marshalled in place too: a program keeps references to them.
    """
    fields = types.fields(one)
    if one.layout == "explicit":
        for part in fields:
            if part.offset is not None and _has_reference(types, part.signature):
                _check_reference(types, one, part, fields, abi)
    for part in fields:
        inner = _structure(types, part.signature)
        if inner is not None and depth < _DEEPEST:
            check_references(types, inner, abi, depth + 1)


def check_marshalled(one: ClrType, managed: Record | None, marshalled: Record | None, abi: Abi) -> None:
    """Raise TypeRefusedError if fields share bytes in the program but not as marshalled: one overwrites the other."""
    if one.layout != "explicit" or managed is None or marshalled is None:
        return
    kept, native = (_spans(lay_out(record, abi)) for record in (managed, marshalled))
    for first, second in combinations(kept, 2):
        if first not in native or second not in native:
            continue
        if _meet(kept[first], kept[second]) and not _meet(native[first], native[second]):
            raise TypeRefusedError(
                f"{one.name} is not marshalled as it is declared: `{first}` and `{second}` are apart in the segment, and share "
                f"bytes as the program keeps them ({_size(kept[first])} at {kept[first][0]}, {_size(kept[second])} at "
                f"{kept[second][0]}), so that reading one spoils the other: a char of 1 byte is kept as 2",
                path=second,
                hint="declare `byte` instead of a char of 1 byte, or LayoutKind.Sequential",
            )


def _check_reference(types: Types, one: ClrType, part: ClrField, fields: Sequence[ClrField], abi: Abi) -> None:
    at = part.offset or 0
    where = f"the CLR does not load {one.name} (TypeLoadException): `{part.name}` is a reference at offset {at}"
    if at % abi.pointer:
        raise _refused(where, f"which is no multiple of {abi.pointer}", part, abi)
    for other in fields:
        if other.offset is None or _has_reference(types, other.signature):
            continue
        if _meet((at, at + abi.pointer), (other.offset, other.offset + kept_size(types, other, one, abi))):
            raise _refused(where, f"where `{other.name}` is too", part, abi)


def _refused(where: str, why: str, part: ClrField, abi: Abi) -> TypeRefusedError:
    rule = f"in a structure with LayoutKind.Explicit a reference must stand at a multiple of {abi.pointer} and overlap nothing"
    return TypeRefusedError(
        f"{where}, {why}; {rule}, whatever MarshalAs says",
        path=part.name,
        hint=f"use a fixed buffer (`public fixed byte {part.name}[…]`), or LayoutKind.Sequential with Pack",
    )


def _has_reference(types: Types, signature: Signature, depth: int = 0) -> bool:
    if signature.code in _REFERENCES:
        return True
    inner = _structure(types, signature)
    if inner is None or depth > _DEEPEST:
        return False
    return any(_has_reference(types, part.signature, depth + 1) for part in types.fields(inner))


def _structure(types: Types, signature: Signature) -> ClrType | None:
    """Return the structure of this assembly that a field is; None for everything else."""
    if signature.code != _VALUE or not signature.row:
        return None
    inner = types.type(signature.row, signature.arguments)
    return None if inner.base == "System.Enum" else inner


def _spans(layout: Layout) -> dict[str, Span]:
    return {member.field.name: (member.offset, member.offset + member.size) for member in layout.members}


def _meet(one: Span, other: Span) -> bool:
    return one[0] < other[1] and other[0] < one[1]


def _size(span: Span) -> str:
    return f"{span[1] - span[0]} byte{'s' if span[1] - span[0] != 1 else ''}"
