"""Python's ctypes."""

from __future__ import annotations

import re
from collections.abc import Sequence

from samebytes.layout.kinds import Kind
from samebytes.layout.source.parts import SourceRecord

SUFFIXES = (".py",)
SEPARATOR = ","
NAMES_FIRST = False

_OTHER = {
    ("f", 4): ["c_float"], ("f", 8): ["c_double"], ("b", 1): ["c_bool", "c_uint8"], ("b", 4): ["c_uint32"],
    ("c", 1): ["c_char", "c_uint8"], ("c", 2): ["c_uint16"], ("c", 4): ["c_uint32"], ("p", 8): ["c_void_p"], ("p", 4): ["c_void_p"],
}  # fmt: skip
_CTYPE = re.compile(r"((?:\w+\.)?)c_(?:u?int|u?byte|u?short|u?long|float|double|char|bool|size_t)\w*")


def scalars(kind: Kind, key: tuple[str, int], text: str) -> Sequence[str]:
    """Return how ctypes spells a scalar, under the name by which the file knows the module."""
    names = _OTHER.get(key, [f"c_{'int' if key[0] == 'i' else 'uint'}{key[1] * 8}"])
    fields = text[text.find("_fields_") :]
    prefix = next((found[1] for found in _CTYPE.finditer(fields)), "ctypes.")
    return [f"{prefix}{name}" for name in names if prefix or _is_known(name, text)] or [f"{prefix}{names[0]}"]


def _is_known(name: str, text: str) -> bool:
    """Return whether a name is imported, as far as can be seen."""
    return bool(re.search(rf"\b{name}\b|import\s*\*", text))


def field(name: str, type_: str, counts: tuple[int, ...], bits: int | None, like: str, text: str) -> Sequence[str]:
    """Return an element of `_fields_`."""
    quote = "'" if like[1:2] == "'" else '"'
    many = "".join(f" * {number}" for number in reversed(counts))
    width = f", {bits}" if bits is not None else ""
    return [f"({quote}{name}{quote}, {type_}{many}{width})"]


def count(number: int, was: str) -> str:
    """Return a dimension."""
    return str(number)


def turned(text: str, record: SourceRecord, union: bool) -> str | None:
    """Return the text with a class that is a union, or none."""
    was, now = ("Structure", "Union") if union else ("Union", "Structure")
    found = re.compile(rf"\b((?:Big|Little)Endian)?{was}\b").search(text, *record.whole)
    known = found is not None and (text[found.start() - 1] == "." or re.search(rf"\b{now}\b|import\s*\*", text))
    return text[: found.start()] + (found[1] or "") + now + text[found.end() :] if found is not None and known else None


def packed(text: str, record: SourceRecord, pack: int | None) -> str | None:
    """Return the text with the class's `_pack_`."""
    own = re.compile(r"^[ \t]*_pack_[ \t]*=[ \t]*(?P<number>\d+)[^\n]*\n?", re.MULTILINE)
    found = own.search(text, *record.whole)
    if found is not None:
        if pack is None:
            return text[: found.start()] + text[found.end() :]
        return text[: found.start("number")] + str(pack) + text[found.end("number") :]
    if pack is None:
        return None
    at = text.rfind("_fields_", record.whole[0], record.body[0])
    line = text.rfind("\n", 0, at) + 1
    indent = re.match(r"[ \t]*", text[line:])
    return f"{text[:line]}{indent[0] if indent else '    '}_pack_ = {pack}\n{text[line:]}"
