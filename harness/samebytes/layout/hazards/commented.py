"""Trap 29 in a source's text: a field that is commented out, while other copies of the record still have it."""

from __future__ import annotations

import re
from collections.abc import Iterator

from samebytes.layout.hazards.traps import Hazard, hazard
from samebytes.layout.kinds import C_NAMES, KINDS

__all__ = ["LONGEST", "dropped_fields"]

LONGEST = 1 << 22
"""Characters of a source that are looked at."""

_COMMENT = re.compile(r'//[^\n]*|/\*.*?(?:\*/|\Z)|"(?:\\.|[^"\\\n])*"?', re.DOTALL)
_FIELD = re.compile(
    r"(?:(?:const|volatile|unsigned|signed|struct|enum|union)\s+)*([A-Za-z_][\w:]*)"
    r"(?:\s+|\s*\*+\s*)([A-Za-z_]\w*)\s*((?:\[[^\]\n]{0,80}\]\s*){0,8})(?::\s*\d+\s*)?;"
)
_TOML_FIELD = re.compile(r'^[ \t]*#[ \t]*\{[ \t]*name[ \t]*=[ \t]*"(\w{1,200})"[^\n]*\btype\b', re.MULTILINE)
_TOML_TABLE = re.compile(r"^\[record\.\"?([^\"\]\n]+)\"?\]", re.MULTILINE)
_KNOWN = {*KINDS, *C_NAMES, "unsigned", "signed", "float", "double", "BYTE", "WORD", "DWORD", "BOOL", "LONG", "ULONG"}


def dropped_fields(text: str, name: str, form: str) -> Iterator[Hazard]:
    """Yield the fields of the record `name` that its source has commented out. `form` is `toml` or `c`."""
    if len(text) <= LONGEST:
        for field in _in_toml(text, name) if form == "toml" else _in_c(text, name):
            yield hazard(
                29,
                field,
                f"`{field}` is commented out in {name}: in a copy that still has it, everything behind it stands elsewhere",
            )


def _in_toml(text: str, name: str) -> Iterator[str]:
    tables = list(_TOML_TABLE.finditer(text))
    for number, table in enumerate(tables):
        if table[1] == name:
            end = tables[number + 1].start() if number + 1 < len(tables) else len(text)
            yield from (found[1] for found in _TOML_FIELD.finditer(text, table.end(), end))


def _in_c(text: str, name: str) -> Iterator[str]:
    comments = [found for found in _COMMENT.finditer(text) if not found[0].startswith('"')]
    code = _COMMENT.sub(lambda found: " " * len(found[0]), text)
    body = _body(code, name.rpartition("::")[2])
    if body is None:
        return
    words = set(re.findall(r"[A-Za-z_]\w*", code)) | _KNOWN
    for found in comments:
        if body[0] < found.start() < body[1]:
            yield from _fields(found[0], words)


def _fields(comment: str, words: set[str]) -> Iterator[str]:
    for line in comment.removeprefix("/*").removesuffix("*/").splitlines():
        declared = _FIELD.match(line.strip().lstrip("/").strip())
        if declared and (declared[1] in words or declared[1].endswith("_t")):
            yield declared[2]


def _body(code: str, name: str) -> tuple[int, int] | None:
    """Return where the braces of `struct name { … }` or `typedef struct { … } name;` are."""
    word = re.escape(name)
    head = re.compile(rf"\b(?:struct|class|union)\b[^;{{}}()]{{0,400}}\b{word}\b[^;{{}}()]{{0,400}}$")
    tail = re.compile(rf"[^;{{}}]{{0,400}}?\b{word}\b[^;{{}}]{{0,400}};")
    opened: list[int] = []
    for found in re.finditer(r"[{}]", code):
        if found[0] == "{":
            opened.append(found.start())
        elif opened:
            start = opened.pop()
            least = max(0, start - 800)
            before = code[max(least, *(code.rfind(sign, least, start) + 1 for sign in ";{}")) : start]
            if head.search(before) or (
                re.search(r"\b(?:struct|union)\b[^;{}]*$", before) and tail.match(code, found.end())
            ):
                return start, found.end()
    return None
