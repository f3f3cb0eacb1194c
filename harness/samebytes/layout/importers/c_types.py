"""From clang's types to our kinds: by the name the author wrote when we know it and it has the right width, else by what it is."""

from __future__ import annotations

import re
from typing import Any

from samebytes.errors import LayoutError
from samebytes.layout.abi import Abi
from samebytes.layout.kinds import C_NAMES, KINDS, Enum, Kind, Pointer

__all__ = ["TEXTS", "identifier", "scalar", "untagged"]

_NAMES = {
    **C_NAMES,
    "BOOL": "bool32",
    "LARGE_INTEGER": "i64",
    "WCHAR": "wchar",
    "WCHAR_T": "wchar",
    "char": "char",
    "short": "short",
    "int": "int",
    "long": "long",
    "bool": "bool",
    "byte": "u8",
    "std::byte": "u8",
}
_UNNAMED = {"INT8": "i8", "UINT8": "u8", "INT16": "i16", "UINT16": "u16", "INT32": "i32", "UINT32": "u32"}
_WINDOWS = {
    **dict.fromkeys(("BYTE", "BOOLEAN", "UCHAR"), "u8"),
    **dict.fromkeys(("WORD", "USHORT", "ATOM"), "u16"),
    **dict.fromkeys(("DWORD", "ULONG", "UINT", "COLORREF", "LCID"), "u32"),
    **dict.fromkeys(("SHORT", "VARIANT_BOOL"), "i16"),
    **dict.fromkeys(("LONG", "INT", "HRESULT", "NTSTATUS"), "i32"),
    **dict.fromkeys(("LONGLONG", "INT64", "LONG64"), "i64"),
    **dict.fromkeys(("ULONGLONG", "UINT64", "DWORD64", "DWORDLONG", "ULONG64"), "u64"),
    **dict.fromkeys(("UINT_PTR", "ULONG_PTR", "DWORD_PTR", "WPARAM"), "uintptr"),
    **dict.fromkeys(("INT_PTR", "LONG_PTR", "LPARAM", "LRESULT"), "intptr"),
    "SIZE_T": "size",
    "SSIZE_T": "ssize",
}
"""Windows' names, fixed-width wherever they are read: on Windows `LONG` is a `long`, but nobody who writes it means one."""

TEXTS = ("char", "char8", "char16", "char32", "wchar")
"""Kinds whose arrays are text."""

_FAMILY = {
    "BOOL": "bool",
    **dict.fromkeys(("FLOAT", "DOUBLE", "LONGDOUBLE"), "float"),
    **dict.fromkeys(("SCHAR", "SHORT", "INT", "LONG", "LONGLONG", "INT128", "CHAR_S"), "signed"),
    **dict.fromkeys(("UCHAR", "USHORT", "UINT", "ULONG", "ULONGLONG", "UINT128", "CHAR_U"), "unsigned"),
}
_ADDRESSES = ("POINTER", "NULLPTR", "BLOCKPOINTER")
_UNSHARED = {
    "LVALUEREFERENCE": "a reference",
    "RVALUEREFERENCE": "a reference",
    "MEMBERPOINTER": "a pointer to a member",
    "COMPLEX": "a complex number",
    "VECTOR": "a vector",
    "EXTVECTOR": "a vector",
}


def scalar(told: dict[str, Any], abi: Abi, where: str) -> Kind:
    """Return the kind of a type that is not a record. LayoutError for types that no kind stands for."""
    if told["class"] in _ADDRESSES:
        return Pointer(to=told.get("to", ""))
    if told["class"] == "ENUM":
        return _enum(told, abi, where)
    for name, size, align in [*told["aliases"], [told["spelling"], told["size"], told["unit"]]]:
        kind = _named(name.rpartition("::")[2] if name not in _NAMES else name)
        if (
            kind is not None
            and kind.width(abi) == size
            and align in (None, kind.align(abi))
            and _same_family(kind, told, abi)
        ):
            return kind
    return _plain(told, abi, where)


def _named(name: str) -> Kind | None:
    known = _NAMES.get(name) or _WINDOWS.get(name) or _UNNAMED.get(name)
    return KINDS[known] if known else None


def _same_family(kind: Kind, told: dict[str, Any], abi: Abi) -> bool:
    """Return whether a name means what is stored, as it must to count: somebody may have called a float `DWORD`."""
    family = _FAMILY.get(told["class"])
    if family is None or kind.family in ("char", "plain"):
        return family not in ("bool", "float")
    if family in ("bool", "float") or kind.family == "float":
        return kind.family == family
    return kind.signed(abi) == (family == "signed") or kind.family == "bool"


def _plain(told: dict[str, Any], abi: Abi, where: str) -> Kind:
    """Return the type under its typedefs, by its C name; an alignment that a typedef gave it is not its own."""
    name = re.sub(r"\b(const|volatile)\b ?", "", told["spelling"]).strip()
    kind = _named(name)
    if kind is None:
        what = _UNSHARED.get(told["class"], "a type that no kind stands for")
        raise LayoutError(f"{where}: {told['spelling']} is {what}", hint="use fixed-width numbers, arrays, records")
    if kind.width(abi) != told["size"]:
        raise LayoutError(
            f"{where}: {name} has {kind.width(abi)} bytes on {abi.name} by our table, {told['size']} by clang",
            hint="two answers: neither is used",
        )
    return kind


def _enum(told: dict[str, Any], abi: Abi, where: str) -> Enum:
    values = tuple((name, number) for name, number in told["values"])
    name = identifier(untagged(told["name"] or told["spelling"])) or "unnamed"
    if not told["fixed"]:
        default = Enum(name, values=values, packed=told["packed"])
        if default.width(abi) == told["width"]:
            return default
    names = (told["alias"].rpartition("::")[2], told["integer"])
    base = next((kind for kind in map(_named, names) if kind is not None and kind.width(abi) == told["width"]), None)
    if base is None:
        raise LayoutError(f"{where}: enum {name} is stored as {told['integer']}, which is no kind")
    return Enum(name, values=values, base=base, packed=told["packed"] and not told["fixed"])


def untagged(spelling: str) -> str:
    """Return the name without the keyword that C's own names of types begin with."""
    return re.sub(r"^(struct|union|class|enum) ", "", spelling)


def identifier(spelling: str) -> str:
    """Return a name made of a type's spelling: `ns::Box<double>` → `ns_Box_double`; empty for a type without a name."""
    if spelling.isidentifier() or "(" in spelling:
        return spelling if "(" not in spelling else ""
    return re.sub(r"\W+", "_", spelling.replace("std::", "")).strip("_")
