"""Rust: structs and unions with named fields."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from samebytes.layout.source.parts import Item, SourceMember, SourceRecord, Span
from samebytes.layout.source.tokens import Token, closing, split, tokens

SUFFIXES = (".rs",)
COMMENTS = (r"//[^\n]*", r"/\*.*?\*/")
STRINGS = (r'"(?:[^"\\]|\\.)*"', r"'(?:[^'\\\n]|\\[^'\n]+)'")


def records(text: str) -> list[SourceRecord]:
    """Return every struct and union."""
    found = tokens(text, COMMENTS, STRINGS)
    read = (_record(found, at) for at, token in enumerate(found) if token.text in ("struct", "union"))
    return [one for one in read if one is not None]


def _record(found: Sequence[Token], index: int) -> SourceRecord | None:
    opening = next((at for at in range(index, len(found)) if found[at].text in "{;("), None)
    if opening is None or found[opening].text != "{" or index + 1 >= len(found):
        return None
    close = closing(found, opening)
    return SourceRecord(
        names=(found[index + 1].text,),
        keyword=found[index].start,
        whole=(found[_start(found, index)].start, found[close].end),
        body=(found[opening].end, found[close].start),
        items=tuple(_items(found[opening + 1 : close])),
    )


def _start(found: Sequence[Token], index: int) -> int:
    """Return the index of the first attribute or `pub` in front of a keyword."""
    at = index
    while at > 0:
        word = found[at - 1].text
        if word == "pub":
            at -= 1
        elif word in "])":
            depth, back = 1, at - 1
            while back > 0 and depth:
                back -= 1
                depth += (found[back].text in "])") - (found[back].text in "[(")
            at = back - 1 if back and found[back - 1].text in ("#", "pub") else index
            if at == index:
                break
        else:
            break
    return at


def _items(found: Sequence[Token]) -> Iterator[Item]:
    for part in split(found, ",", angles=True):
        member = _member(part)
        if member is not None:
            behind = next((token for token in found if token.start >= part[-1].end), None)
            yield Item((part[0].start, part[-1].end), behind.end if behind else part[-1].end, (member,))


def _member(part: Sequence[Token]) -> SourceMember | None:
    colon = next((at for at, token in enumerate(part) if token.text == ":"), 0)
    if not colon or colon + 1 >= len(part):
        return None
    name = part[colon - 1]
    element, counts = _element(part[colon + 1 :])
    whole = (part[colon + 1].start, part[-1].end)
    return SourceMember(name.text.removeprefix("r#"), (name.start, name.end), element, whole, counts)


def _element(found: Sequence[Token]) -> tuple[Span, tuple[Span, ...]]:
    """Return where the type of an element stands, and each count: `[[f32; 4]; 3]`."""
    counts: list[Span] = []
    while found[0].text == "[":
        inside = found[1 : closing(found, 0)]
        element, *count = split(inside, ";")
        if not element or not count or not count[0]:
            break
        counts.append((count[0][0].start, count[0][-1].end))
        found = element
    return (found[0].start, found[-1].end), tuple(counts)
