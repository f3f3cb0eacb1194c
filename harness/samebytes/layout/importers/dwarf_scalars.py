"""DWARF's base types and enumerations as kinds (DWARF 5 standard, 5.1 and 5.10)."""

from __future__ import annotations

from typing import Any

from samebytes.errors import LayoutError
from samebytes.layout.abi import Abi
from samebytes.layout.importers.c_types import identifier, scalar
from samebytes.layout.kinds import KINDS, Enum, Kind

__all__ = ["QUALIFIERS", "base_kind", "enum_kind", "number", "size_of"]

QUALIFIERS = (
    "DW_TAG_const_type",
    "DW_TAG_volatile_type",
    "DW_TAG_restrict_type",
    "DW_TAG_atomic_type",
    "DW_TAG_packed_type",
    "DW_TAG_immutable_type",
)
_BOOLEAN, _FLOAT, _SIGNED, _SIGNED_CHAR, _UNSIGNED, _UNSIGNED_CHAR, _UTF = 0x02, 0x04, 0x05, 0x06, 0x07, 0x08, 0x10
_CLASSES = {
    _BOOLEAN: "BOOL",
    _FLOAT: "DOUBLE",
    _SIGNED: "INT",
    _SIGNED_CHAR: "CHAR_S",
    _UNSIGNED: "UINT",
    _UNSIGNED_CHAR: "CHAR_U",
    _UTF: "UINT",
}
_OTHER_NAMES = {"usize": "uintptr", "isize": "intptr", "long int": "long", "short int": "short", "__int128": "i128"}
_C_SPELLINGS = {
    "long unsigned int": "unsigned long",
    "long long int": "long long",
    "long long unsigned int": "unsigned long long",
    "short unsigned int": "unsigned short",
    "__int128 unsigned": "unsigned __int128",
    "long int": "long",
    "short int": "short",
}
"""GCC's order of words."""


def number(die: Any, name: str) -> int | None:
    """Return a constant attribute; None when it is missing or computed at run time."""
    attribute = die.attributes.get(name)
    if attribute is None or not isinstance(attribute.value, int) or attribute.form.startswith("DW_FORM_ref"):
        return None
    return int(attribute.value)


def size_of(die: Any) -> int:
    """Return the bytes of a type. LayoutError when DWARF does not tell."""
    size = number(die, "DW_AT_byte_size")
    if size is None:
        raise LayoutError("a type without a size in the debug information", hint="is it complete where it is used?")
    return size


def base_kind(die: Any, aliases: list[str], abi: Abi, where: str) -> Kind:
    """Return the kind of a base type, by its typedefs' names, its own, or how it is encoded."""
    encoding, size = number(die, "DW_AT_encoding") or 0, size_of(die)
    own = _own_name(die)
    if encoding not in _CLASSES:
        raise LayoutError(f"{where} is {own}, encoded in a way that no kind stands for ({encoding:#x})")
    names = [[name, size, None] for name in (*aliases, *([_OTHER_NAMES[own]] if own in _OTHER_NAMES else []))]
    told = {"class": _CLASSES[encoding], "aliases": names, "spelling": own, "size": size, "unit": None}
    try:
        return scalar(told, abi, where)
    except LayoutError:
        return _by_encoding(encoding, size, abi, f"{where} ({own})")


def enum_kind(die: Any, base: Any, name: str, abi: Abi) -> Enum:
    """Return an enumeration; with a base when its size is not what C makes of its values, or its source says one."""
    children = [child for child in die.iter_children() if child.tag == "DW_TAG_enumerator"]
    values = tuple((_name(child), number(child, "DW_AT_const_value") or 0) for child in children)
    called, size = identifier(name) or "unnamed", size_of(die)
    default = Enum(called, values=values)
    if default.width(abi) == size and "DW_AT_enum_class" not in die.attributes:
        return default
    signed = any(value < 0 for _, value in values)
    if base is not None and base.tag == "DW_TAG_base_type":
        signed = number(base, "DW_AT_encoding") in (_SIGNED, _SIGNED_CHAR)
    return Enum(called, values=values, base=KINDS[f"{'i' if signed else 'u'}{size * 8}"])


def _own_name(die: Any) -> str:
    name = _name(die)
    return _C_SPELLINGS.get(name, name)


def _name(die: Any) -> str:
    attribute = die.attributes.get("DW_AT_name")
    return attribute.value.decode("utf-8", "replace") if attribute is not None else ""


def _by_encoding(encoding: int, size: int, abi: Abi, where: str) -> Kind:
    if encoding == _FLOAT:
        named = {4: "f32", 8: "f64", abi.long_double[0]: "longdouble"}.get(size, "")
    elif encoding == _BOOLEAN:
        named = {1: "bool", 4: "bool32"}.get(size, "")
    elif encoding == _UTF:
        named = f"char{size * 8}"
    else:
        named = f"{'i' if encoding in (_SIGNED, _SIGNED_CHAR) else 'u'}{size * 8}"
    if named not in KINDS:
        raise LayoutError(f"{where}: no kind has {size} bytes and this encoding")
    return KINDS[named]
