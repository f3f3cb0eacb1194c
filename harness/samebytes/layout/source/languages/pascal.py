"""Object Pascal: records, with and without variants."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from samebytes.layout.source.parts import Item, SourceMember, SourceRecord, Span
from samebytes.layout.source.tokens import Token, closing, split, tokens

SUFFIXES = (".pas", ".pp", ".dpr", ".lpr", ".inc")
COMMENTS = (r"\{.*?\}", r"\(\*.*?\*\)", r"//[^\n]*")
STRINGS = (r"'(?:[^'\n]|'')*'",)
SECTIONS = ("public", "private", "protected", "published", "strict")
NO_FIELD = ("function", "procedure", "class", "property", "const", "type", "constructor", "destructor", "operator")


def records(text: str) -> list[SourceRecord]:
    """Return every record with a name."""
    found = [Token(one.text, one.start, one.end) for one in tokens(text, COMMENTS, STRINGS)]
    return [one for one in (_record(found, at) for at in range(len(found))) if one is not None]


def _record(found: Sequence[Token], index: int) -> SourceRecord | None:
    word = found[index].text.casefold()
    if word not in ("record", "object") or index < 2:
        return None
    packed = found[index - 1].text.casefold() in ("packed", "bitpacked")
    equals = index - 1 - packed
    if equals < 1 or found[equals].text != "=":
        return None
    end = _end(found, index)
    return SourceRecord(
        names=(found[equals - 1].text,),
        keyword=found[equals - 1].start,
        whole=(found[equals - 1].start, found[end].end),
        body=(found[index].end, found[end].start),
        items=tuple(_items(found[index + 1 : end])),
    )


def _end(found: Sequence[Token], index: int) -> int:
    """Return the index of a record's `end`; records inside it have one of their own, its `case` has none."""
    depth = 0
    for at in range(index, len(found)):
        word = found[at].text.casefold()
        depth += (word in ("record", "object")) - (word == "end")
        if depth == 0:
            return at
    return len(found) - 1


def _items(found: Sequence[Token]) -> Iterator[Item]:
    for statement in _statements(found):
        colon = next((at for at, token in enumerate(statement) if token.text == ":"), 0)
        type_ = [token for token in statement[colon + 1 :] if token.text != ";"]
        if not colon or not type_ or statement[0].text.casefold() in NO_FIELD:
            continue
        element, counts = _element(type_)
        whole = (type_[0].start, type_[-1].end)
        parts = split(statement[:colon], ",")
        names = [part[-1] for part in parts if part]
        members = tuple(
            SourceMember(one.text.lstrip("&"), (one.start, one.end), element, whole, counts) for one in names
        )
        yield Item((statement[0].start, statement[-1].end), statement[-1].end, members)


def _statements(found: Sequence[Token]) -> Iterator[list[Token]]:
    """Yield statements with their semicolons; those of variants too, without what chooses among them."""
    start = at = 0
    while at < len(found):
        word = found[at].text.casefold()
        if word in SECTIONS and at == start:
            start = at + 1
        elif word in ("record", "object"):
            at = _end(found, at)
        elif word == "case":
            of = next(
                (index for index in range(at, len(found)) if found[index].text.casefold() == "of"), len(found) - 1
            )
            if any(token.text == ":" for token in found[at:of]):
                yield list(found[at + 1 : of])  # the tag is a field
            yield from _variants(found[of + 1 :])
            return
        elif word in "[(":
            at = closing(found, at)
        elif word == ";":
            yield list(found[start : at + 1])
            start = at + 1
        at += 1
    if start < len(found):
        yield list(found[start:])


def _variants(found: Sequence[Token]) -> Iterator[list[Token]]:
    for at, token in enumerate(found):
        if token.text == "(" and at and found[at - 1].text == ":":
            yield from _statements(found[at + 1 : closing(found, at)])


def _element(found: Sequence[Token]) -> tuple[Span, tuple[Span, ...]]:
    """Return where the type of an element stands, and each range: `array[0..2, 0..3] of Single`."""
    counts: list[Span] = []
    while True:
        packed = found[0].text.casefold() == "packed"
        rest = found[1:] if packed else found
        if len(rest) < 4 or rest[0].text.casefold() != "array" or rest[1].text != "[":
            break
        close = closing(rest, 1)
        counts += [(part[0].start, part[-1].end) for part in split(rest[2:close], ",") if part]
        found = rest[close + 2 :]
        if not found:
            return (rest[0].start, rest[-1].end), ()
    if len(found) > 2 and found[0].text.casefold() == "string" and found[1].text == "[":
        counts.append((found[2].start, found[-2].end))
    return (found[0].start, found[-1].end), tuple(counts)
