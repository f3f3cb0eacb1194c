"""C#."""

from __future__ import annotations

import re
from collections.abc import Sequence

from samebytes.layout.kinds import Enum, Kind
from samebytes.layout.source.parts import SourceRecord

SUFFIXES = (".cs",)
SEPARATOR = ""
NAMES_FIRST = False

_TYPES = {
    ("i", 1): ["sbyte"], ("i", 2): ["short"], ("i", 4): ["int"], ("i", 8): ["long"], ("u", 1): ["byte"], ("u", 2): ["ushort"],
    ("u", 4): ["uint"], ("u", 8): ["ulong"], ("f", 4): ["float"], ("f", 8): ["double"], ("b", 1): ["byte"], ("b", 4): ["int"],
    ("c", 1): ["byte", "sbyte"], ("c", 2): ["char", "ushort"], ("c", 4): ["uint"], ("p", 8): ["IntPtr"], ("p", 4): ["IntPtr"],
}  # fmt: skip
_PRIMITIVES = {name for names in _TYPES.values() for name in names} - {"IntPtr"} | {"bool"}
_MODIFIERS = re.compile(r"(?:\b(?:public|private|internal|protected|readonly|new)\b\s*)*")
_ATTRIBUTES = re.compile(r"(?:\[[^\]]*\]\s*)*")
_LAYOUT = re.compile(r"\bStructLayout(?:Attribute)?\s*\(\s*(?P<words>[^)]*)\)")


def scalars(kind: Kind, key: tuple[str, int], text: str) -> Sequence[str]:
    """Return how C# spells a scalar."""
    own = [kind.name] if isinstance(kind, Enum) and re.search(rf"\benum\s+{re.escape(kind.name)}\b", text) else []
    return [*own, *_TYPES.get(key, [])]


def field(name: str, type_: str, counts: tuple[int, ...], bits: int | None, like: str, text: str) -> Sequence[str]:
    """Return a field's statement: a fixed buffer, or an array that is marshalled in place, as the file has them already."""
    front = _ATTRIBUTES.match(like)
    kept = front[0] if front and "FieldOffset" in front[0] else ""
    kept = "".join(re.findall(r"\[\s*FieldOffset[^\]]*\]\s*", kept))
    modifiers = _MODIFIERS.match(like, front.end() if front else 0)
    words = f"{kept}{(modifiers[0] if modifiers else '').strip()} ".lstrip()
    if bits is not None:
        return []
    if not counts:
        plain = f"{words}{type_} {name};"
        return [plain]
    number = 1
    for one in counts:
        number *= one
    scope = "" if "using System.Runtime.InteropServices" in text else "System.Runtime.InteropServices."
    by_value = f"[{scope}MarshalAs({scope}UnmanagedType.ByValArray, SizeConst = {number})] {words}{type_}[] {name};"
    fixed = [f"{words}fixed {type_} {name}[{number}];"] if type_ in _PRIMITIVES else []
    return [by_value, *fixed] if "ByValArray" in text else [*fixed, by_value]


def kept(core: str, type_: str, key: tuple[str, int], text: str) -> str | None:
    """Return a bool's statement that is marshalled as one byte, as it is in memory; None for every other type."""
    if type_ not in ("bool", "Boolean", "System.Boolean") or key != ("b", 1):
        return None
    scope = "" if "using System.Runtime.InteropServices" in text else "System.Runtime.InteropServices."
    own = f"[{scope}MarshalAs({scope}UnmanagedType.U1)]"
    found = re.search(r"\[\s*(?:[\w.]+\.)?MarshalAs[^\]]*\]", core)
    return core[: found.start()] + own + core[found.end() :] if found else f"{own} {core}"


def count(number: int, was: str) -> str:
    """Return a dimension."""
    return str(number)


def packed(text: str, record: SourceRecord, pack: int | None) -> str | None:
    """Return the text with the structure's `StructLayout` saying so: in order, with that `Pack`."""
    head = text[record.whole[0] : record.body[0]]
    found = _LAYOUT.search(head)
    if found is None:
        if pack is None:
            return None
        scope = "" if "using System.Runtime.InteropServices" in text else "System.Runtime.InteropServices."
        start = record.whole[0]
        indent = re.search(r"[ \t]*$", text[:start])
        own = f"[{scope}StructLayout({scope}LayoutKind.Sequential, Pack = {pack})]\n{indent[0] if indent else ''}"
        return text[:start] + own + text[start:]
    words = re.sub(r"LayoutKind\s*\.\s*Auto", "LayoutKind.Sequential", found["words"])
    if pack is None:
        words = re.sub(r"\s*,\s*Pack\s*=\s*\d+", "", words)
    elif re.search(r"\bPack\s*=\s*\d+", words):
        words = re.sub(r"(\bPack\s*=\s*)\d+", rf"\g<1>{pack}", words)
    else:
        words = f"{words.rstrip()}, Pack = {pack}"
    at = record.whole[0]
    new = text[: at + found.start("words")] + words + text[at + found.end("words") :]
    return None if new == text else new


def sized(text: str, record: SourceRecord, size: int) -> str | None:
    """Return the text with the `Size` of the structure's `StructLayout`; None where it says none."""
    head = text[record.whole[0] : record.body[0]]
    found = re.search(r"(\bSize\s*=\s*)\d+", head)
    if found is None or _LAYOUT.search(head) is None:
        return None
    at = record.whole[0]
    return text[: at + found.start()] + f"{found[1]}{size}" + text[at + found.end() :]
