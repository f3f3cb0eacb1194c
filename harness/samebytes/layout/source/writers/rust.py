"""Rust."""

from __future__ import annotations

import re
from collections.abc import Sequence

from samebytes.layout.kinds import Enum, Kind
from samebytes.layout.source.parts import SourceRecord

SUFFIXES = (".rs",)
SEPARATOR = ","
NAMES_FIRST = True

_OTHER = {
    ("f", 4): ["f32"], ("f", 8): ["f64"], ("b", 1): ["bool", "u8"], ("b", 4): ["u32", "i32"], ("c", 1): ["u8", "i8"],
    ("c", 2): ["u16"], ("c", 4): ["u32"], ("p", 8): ["usize"], ("p", 4): ["u32"],
}  # fmt: skip
_REPR = re.compile(r"#\s*\[\s*repr\s*\((?P<words>(?:[^()]|\([^()]*\))*)\)\s*\]")


def scalars(kind: Kind, key: tuple[str, int], text: str) -> Sequence[str]:
    """Return how Rust spells a scalar."""
    own = [kind.name] if isinstance(kind, Enum) and re.search(rf"\benum\s+{re.escape(kind.name)}\b", text) else []
    return [*own, *_OTHER.get(key, [f"{'i' if key[0] == 'i' else 'u'}{key[1] * 8}"])]


def field(name: str, type_: str, counts: tuple[int, ...], bits: int | None, like: str, text: str) -> Sequence[str]:
    """Return a field, public as the others are."""
    if bits is not None:
        return []
    public = re.match(r"(?:#\s*\[[^\]]*\]\s*)*(pub(?:\s*\([^)]*\))?\s+)?", like)
    for number in reversed(counts):
        type_ = f"[{type_}; {number}]"
    return [f"{(public[1] if public else None) or ''}{name}: {type_}"]


def count(number: int, was: str) -> str:
    """Return a dimension."""
    return str(number)


def turned(text: str, record: SourceRecord, union: bool) -> str:
    """Return the text with a record that is a union, or none."""
    word = re.compile(r"\w+").match(text, record.keyword)
    end = word.end() if word else record.keyword
    return text[: record.keyword] + ("union" if union else "struct") + text[end:]


def packed(text: str, record: SourceRecord, pack: int | None) -> str | None:
    """Return the text with the record's `repr`: C, and packed so."""
    start = record.whole[0]
    found = _REPR.search(text, start, record.body[0])
    wanted = "C" if pack is None else "C, packed" if pack == 1 else f"C, packed({pack})"
    if found is None:
        indent = re.search(r"[ \t]*$", text[:start])
        return f"{text[:start]}#[repr({wanted})]\n{indent[0] if indent else ''}{text[start:]}"
    kept = [word.strip() for word in re.findall(r"(?:[^,()]|\([^()]*\))+", found["words"])]
    kept = [word for word in kept if word and word != "C" and not re.match(r"packed\b", word)]
    words = ", ".join([wanted, *kept])
    new = text[: found.start("words")] + words + text[found.end("words") :]
    return None if new == text else new
