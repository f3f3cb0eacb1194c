"""Go: structs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from samebytes.layout.source.parts import Item, SourceMember, SourceRecord, Span
from samebytes.layout.source.tokens import Token, closing, tokens

SUFFIXES = (".go",)
COMMENTS = (r"//[^\n]*", r"/\*.*?\*/")
STRINGS = (r'"(?:[^"\\\n]|\\.)*"', r"'(?:[^'\\\n]|\\[^'\n]+)'", r"`[^`]*`")


def records(text: str) -> list[SourceRecord]:
    """Return every struct that has a name."""
    found = tokens(text, COMMENTS, STRINGS)
    return [
        _record(text, found, at)
        for at in range(1, len(found) - 1)
        if found[at].text == "struct" and found[at + 1].text == "{" and found[at - 1].text.isidentifier()
    ]


def _record(text: str, found: Sequence[Token], index: int) -> SourceRecord:
    close = closing(found, index + 1)
    start = index - 2 if index > 1 and found[index - 2].text == "type" else index - 1
    return SourceRecord(
        names=(found[index - 1].text,),
        keyword=found[index - 1].start,
        whole=(found[start].start, found[close].end),
        body=(found[index + 1].end, found[close].start),
        items=tuple(_items(text, found[index + 2 : close])),
    )


def _items(text: str, found: Sequence[Token]) -> Iterator[Item]:
    for line in _lines(text, found):
        names = 1
        while names + 1 < len(line) and line[names].text == ",":
            names += 2
        declared, type_ = line[:names:2], [token for token in line[names:] if token.text[0] not in '"`']
        if not type_:
            continue
        element, counts = _element(type_)
        whole = (type_[0].start, type_[-1].end)
        members = tuple(SourceMember(one.text, (one.start, one.end), element, whole, counts) for one in declared)
        yield Item((line[0].start, line[-1].end), line[-1].end, members)


def _lines(text: str, found: Sequence[Token]) -> Iterator[list[Token]]:
    """Yield what stands on a line of its own, or in front of a semicolon."""
    line: list[Token] = []
    depth = 0
    for token in found:
        apart = token.text == ";" or (line and not depth and "\n" in text[line[-1].end : token.start])
        if apart and line and not depth:
            yield line
            line = []
        depth += (token.text in "([{") - (token.text in ")]}")
        if token.text != ";":
            line.append(token)
    if line:
        yield line


def _element(found: Sequence[Token]) -> tuple[Span, tuple[Span, ...]]:
    counts = []
    while found[0].text == "[" and (close := closing(found, 0)) > 1 and close + 1 < len(found):
        counts.append((found[1].start, found[close - 1].end))
        found = found[close + 1 :]
    return (found[0].start, found[-1].end), tuple(counts)
