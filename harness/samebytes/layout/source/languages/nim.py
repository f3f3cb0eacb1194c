"""Nim: objects and tuples, whose fields are indented below them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from samebytes.layout.source.parts import Item, SourceMember, SourceRecord, Span
from samebytes.layout.source.tokens import Token, closing, split, tokens

SUFFIXES = (".nim",)
COMMENTS = (r"\#\[.*?\]\#", r"\#[^\n]*")
STRINGS = (r'""".*?"""', r'"(?:[^"\\\n]|\\.)*"', r"'(?:[^'\\\n]|\\[^'\n]+)'")
_HEAD = re.compile(
    r"^(?P<indent>[ \t]*)(?:type[ \t]+)?`?(?P<name>\w+)`?\*?[ \t]*(?:\{\.[^}]*\.?\})?[ \t]*=[ \t]*"
    r"(?:ref[ \t]+|ptr[ \t]+)?(?P<word>object|tuple)\b[^\n]*$",
    re.MULTILINE,
)


def records(text: str) -> list[SourceRecord]:
    """Return every object and tuple with a name."""
    return [_record(text, found) for found in _HEAD.finditer(text)]


def _record(text: str, head: re.Match[str]) -> SourceRecord:
    end = _end(text, head.end(), len(head["indent"].expandtabs()))
    found = [token for token in tokens(text[:end], COMMENTS, STRINGS) if token.start >= head.end()]
    return SourceRecord(
        names=(head["name"],),
        keyword=head.start("name"),
        whole=(head.start("name"), end),
        body=(head.end(), end),
        items=tuple(_items(text, found)),
    )


def _end(text: str, start: int, indent: int) -> int:
    """Return where the lines end that are indented deeper; blank lines and comments behind the last field are not in it."""
    end = at = start
    while at < len(text):
        stop = text.find("\n", at + 1)
        stop = len(text) if stop < 0 else stop
        line = text[at:stop].lstrip("\n")
        content = line.strip()
        if content and not content.startswith("#"):
            if len(line.expandtabs()) - len(line.expandtabs().lstrip()) <= indent:
                break
            end = stop
        at = stop
    return end


def _items(text: str, found: Sequence[Token]) -> Iterator[Item]:
    for line in _lines(text, found):
        colon = next((at for at, token in enumerate(line) if token.text == ":"), 0)
        if not colon or line[0].text in ("case", "of", "else", "when", "elif"):
            continue
        type_ = _until_pragma(line[colon + 1 :])
        if not type_:
            continue
        element, counts = _element(type_)
        whole = (type_[0].start, type_[-1].end)
        parts = split(_without_pragmas(line[:colon]), ",")
        members = tuple(_member(part, element, whole, counts) for part in parts if part)
        yield Item((line[0].start, line[-1].end), line[-1].end, members)


def _member(part: Sequence[Token], element: Span, whole: Span, counts: tuple[Span, ...]) -> SourceMember:
    name = next(token for token in part if token.text not in ("`", "*"))
    return SourceMember(name.text, (name.start, name.end), element, whole, counts)


def _lines(text: str, found: Sequence[Token]) -> Iterator[list[Token]]:
    line: list[Token] = []
    depth = 0
    for token in found:
        if line and not depth and line[-1].text != "," and "\n" in text[line[-1].end : token.start]:
            yield line
            line = []
        depth += (token.text in "([{") - (token.text in ")]}")
        line.append(token)
    if line:
        yield line


def _without_pragmas(found: Sequence[Token]) -> list[Token]:
    kept, at = [], 0
    while at < len(found):
        if found[at].text == "{":
            at = closing(found, at)
        else:
            kept.append(found[at])
        at += 1
    return kept


def _until_pragma(found: Sequence[Token]) -> list[Token]:
    at = next((at for at, token in enumerate(found) if token.text in ("{", "=")), len(found))
    return list(found[:at])


def _element(found: Sequence[Token]) -> tuple[Span, tuple[Span, ...]]:
    """Return where the type of an element stands, and each count: `array[3, array[4, float32]]`."""
    counts: list[Span] = []
    while len(found) > 3 and found[0].text == "array" and found[1].text == "[":
        parts = split(found[2 : closing(found, 1)], ",")
        if len(parts) < 2 or not parts[0] or not parts[1]:
            break
        counts.append((parts[0][0].start, parts[0][-1].end))
        found = parts[1]
    return (found[0].start, found[-1].end), tuple(counts)
