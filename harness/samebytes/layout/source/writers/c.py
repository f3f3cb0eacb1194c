"""C and C++."""

from __future__ import annotations

import re
from collections.abc import Sequence

from samebytes.layout.kinds import C_NAMES, Enum, Kind
from samebytes.layout.source.parts import SourceRecord

SUFFIXES = (".h", ".c", ".hpp", ".hh", ".hxx", ".cpp", ".cc", ".cxx")
SEPARATOR = ""
NAMES_FIRST = False

_OWN = {
    kind: name
    for name, kind in C_NAMES.items()
    if kind
    in ("llong", "ulong", "ullong", "size", "ssize", "ptrdiff", "intptr", "uintptr", "wchar", "time", "longdouble")
}
_OWN |= {name: name for name in ("char", "short", "int", "long")}
_OWN |= {"uint": "unsigned int", "ushort": "unsigned short", "uchar": "unsigned char", "schar": "signed char"}
_NATIVE = {("i", 1): "signed char", ("i", 2): "short", ("i", 4): "int", ("i", 8): "long long"}
_NATIVE |= {
    ("u", 1): "unsigned char",
    ("u", 2): "unsigned short",
    ("u", 4): "unsigned int",
    ("u", 8): "unsigned long long",
}
_OTHER = {("f", 4): "float", ("f", 8): "double", ("c", 1): "char", ("c", 2): "char16_t", ("c", 4): "char32_t"}
_PRAGMA = re.compile(r"^[ \t]*#[ \t]*pragma[ \t]+pack[ \t]*\((?P<words>[^)]*)\)[^\n]*\n?", re.MULTILINE)


def scalars(kind: Kind, key: tuple[str, int], text: str) -> Sequence[str]:
    """Return how C spells a scalar: as the layout's authors did, with <stdint.h> where the file has it, or in plain words."""
    if isinstance(kind, Enum):
        own = [kind.name] if re.search(rf"\b{re.escape(kind.name)}\b", text) else []
        return [*own, *_integers(key, text)]
    if kind.name in _OWN:
        return [_OWN[kind.name], *_integers(key, text)]
    if key == ("b", 1):
        return ["bool", "_Bool", *_integers(("u", 1), text)]
    if key[0] == "p":
        return ["void *", "uintptr_t"]
    if key in _OTHER:
        return [_OTHER[key], *(_integers(("u", key[1]), text) if key[0] == "c" else [])]
    return _integers(key, text)


def _integers(key: tuple[str, int], text: str) -> list[str]:
    sign = "i" if key[0] == "i" else "u"
    native = [_NATIVE[sign, key[1]]] if (sign, key[1]) in _NATIVE else []
    exact = f"{'' if sign == 'i' else 'u'}int{key[1] * 8}_t"
    return [exact, *native] if re.search(r"\bu?int\d+_t\b|stdint|cstdint|inttypes", text) else [*native, exact]


def field(name: str, type_: str, counts: tuple[int, ...], bits: int | None, like: str, text: str) -> Sequence[str]:
    """Return a member's statement."""
    gap = " " if not type_.endswith("*") else ""
    width = f" : {bits}" if bits is not None else ""
    return [f"{type_}{gap}{name}{''.join(f'[{number}]' for number in counts)}{width};"]


def count(number: int, was: str) -> str:
    """Return a dimension."""
    return was if was.strip().isdecimal() and int(was) == number else str(number)


def turned(text: str, record: SourceRecord, union: bool) -> str:
    """Return the text with a record that is a union, or none."""
    word = re.compile(r"\w+").match(text, record.keyword)
    end = word.end() if word else record.keyword
    return text[: record.keyword] + ("union" if union else "struct") + text[end:]


def packed(text: str, record: SourceRecord, pack: int | None) -> str | None:
    """Return the text with `#pragma pack` around the record; what packed it before and nothing else goes, or gets another number."""
    start, end = record.whole
    attribute = re.compile(r"[ \t]*__attribute__[ \t]*\(\([ \t]*(?:__)?packed(?:__)?[ \t]*\)\)")
    for own in attribute.finditer(text, start, min(len(text), end + 80)):
        if own.start() < record.body[0] or record.body[1] <= own.start() <= end:
            bare = text[: own.start()] + text[own.end() :]
            return bare if pack is None else text if pack == 1 else None
    line = text.rfind("\n", 0, start) + 1
    before = list(_PRAGMA.finditer(text, 0, line))
    active = _active(before)
    if active is not None and _packs_others(text, active, start, end):
        active = None  # that pragma is somebody else's too, and stays as it is
        if pack is None:
            return _wrapped(text, start, end, "#pragma pack(push)\n#pragma pack()\n")
    if active is not None and pack is not None:
        words = re.sub(r"\d+", str(pack), active["words"])
        if words != active["words"]:
            return text[: active.start("words")] + words + text[active.end("words") :]
    if active is not None and pack is None:
        return _unpacked(text, active)
    return None if pack is None else _wrapped(text, start, end, f"#pragma pack(push, {pack})\n")


def _wrapped(text: str, start: int, end: int, front: str) -> str:
    """Return the text with lines in front of a record's first line, and what takes them back behind its last."""
    line, stop = text.rfind("\n", 0, start) + 1, text.find("\n", end)
    stop = len(text) if stop < 0 else stop + 1
    newline = "" if text[:stop].endswith("\n") else "\n"
    return f"{text[:line]}{front}{text[line:stop]}{newline}#pragma pack(pop)\n{text[stop:]}"


def _packs_others(text: str, active: re.Match[str], start: int, end: int) -> bool:
    """Return whether a pragma is in force where another record than that from `start` to `end` is declared."""
    pop = _pop_of(text, active)
    around = text[active.end() : start], text[end : pop.start() if pop is not None else len(text)]
    return any(re.search(r"\b(?:struct|union|class)\b[^;{}()]*\{", part) for part in around)


def _pop_of(text: str, active: re.Match[str]) -> re.Match[str] | None:
    """Return what ends a pragma: of those that come after it, the first that takes back neither a later one nor nothing."""
    inner = 0
    for found in _PRAGMA.finditer(text, active.end()):
        words = found["words"]
        if "push" in words:
            inner += 1
        elif "pop" in words or not words.strip():
            if not inner:
                return found
            inner -= "pop" in words
    return None


def _active(before: list[re.Match[str]]) -> re.Match[str] | None:
    stack: list[re.Match[str]] = []
    for found in before:
        words = found["words"]
        if "pop" in words or not words.strip():
            stack = stack[:-1]
        elif re.search(r"\d", words):
            stack = [*stack, found] if "push" in words else [*stack[:-1], found]
    return stack[-1] if stack else None


def _unpacked(text: str, active: re.Match[str]) -> str:
    pop = _pop_of(text, active)
    if pop is None:
        return text[: active.start()] + text[active.end() :]
    return text[: active.start()] + text[active.end() : pop.start()] + text[pop.end() :]
