"""C#: structs and classes, with the attributes in front of each field."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from samebytes.layout.source.parts import Item, SourceMember, SourceRecord
from samebytes.layout.source.tokens import Token, closing, split, tokens

SUFFIXES = (".cs",)
COMMENTS = (r"//[^\n]*", r"/\*.*?\*/", r"(?m:^)[ \t]*#[^\n]*")
STRINGS = (r'\$?@"(?:[^"]|"")*"', r'"(?:[^"\\\n]|\\.)*"', r"'(?:[^'\\\n]|\\.[^'\n]*)'")
KINDS = ("struct", "class")
MODIFIERS = ("public", "private", "internal", "protected", "readonly", "unsafe", "volatile", "new", "fixed", "required")
NO_FIELD = (
    "static",
    "const",
    "event",
    "delegate",
    "using",
    "enum",
    "interface",
    "record",
    "implicit",
    "explicit",
    "operator",
)


def records(text: str) -> list[SourceRecord]:
    """Return every structure and class, those inside others behind these."""
    found = tokens(text, COMMENTS, STRINGS)
    read = (_record(found, index) for index, token in enumerate(found) if token.text in KINDS)
    return [one for one in read if one is not None]


def _record(found: Sequence[Token], index: int) -> SourceRecord | None:
    opening = next((at for at in range(index, len(found)) if found[at].text in "{;("), None)
    if opening is None or found[opening].text != "{" or index + 1 >= len(found):
        return None
    close = closing(found, opening)
    start = _start(found, index)
    return SourceRecord(
        names=(found[index + 1].text,),
        keyword=found[index].start,
        whole=(found[start].start, found[close].end),
        body=(found[opening].end, found[close].start),
        items=tuple(_items(found[opening + 1 : close])),
    )


def _start(found: Sequence[Token], index: int) -> int:
    """Return the index of the first attribute or modifier in front of a keyword."""
    at = index
    while at > 0:
        word = found[at - 1].text
        if word in (*MODIFIERS, "static", "sealed", "abstract", "partial", "ref", "record"):
            at -= 1
        elif word == "]":
            depth, at = 1, at - 1
            while at > 0 and depth:
                at -= 1
                depth += (found[at].text == "]") - (found[at].text == "[")
        else:
            break
    return at


def _items(found: Sequence[Token]) -> Iterator[Item]:
    start = at = 0
    while at < len(found):
        word = found[at].text
        if word in "([{":
            close = closing(found, at)
            if word == "{" and not any(token.text == "=" for token in found[start:at]):
                start = close + 1  # of a type, a property or a method; an initializer is behind an equals sign
            at = close
        elif word == ";":
            members = tuple(_members(found[start:at]))
            if members:
                yield Item((found[start].start, found[at].end), found[at].end, members)
            start = at + 1
        at += 1


def _members(found: Sequence[Token]) -> Iterator[SourceMember]:
    sizes, at = None, 0
    while at < len(found) and (found[at].text == "[" or found[at].text in (*MODIFIERS, *NO_FIELD)):
        if found[at].text in NO_FIELD:
            return
        if found[at].text == "[":
            close = closing(found, at)
            sizes = _size(found[at:close]) or sizes
            at = close
        at += 1
    first, *more = split(found[at:], ",", angles=True)
    end = next((index for index, token in enumerate(first) if token.text == "="), len(first))
    if any(token.text in ("(", "=>") for token in first[:end]):
        return
    counted = next(
        (index for index, token in enumerate(first[:end]) if token.text == "[" and first[index + 1].text != "]"), end
    )
    front = first[:counted]
    if len(front) < 2:
        return
    type_tokens, name = front[:-1], front[-1]
    brackets = next((index for index, token in enumerate(type_tokens) if token.text == "["), len(type_tokens))
    type_ = (type_tokens[0].start, type_tokens[brackets - 1].end)
    whole = (type_tokens[0].start, type_tokens[-1].end)
    for part, declared in ((first, name), *((one, one[0]) for one in more if one)):
        counts = _fixed(part, declared) or ((sizes,) if sizes else ())
        yield SourceMember(declared.text, (declared.start, declared.end), type_, whole, counts)


def _size(attribute: Sequence[Token]) -> tuple[int, int] | None:
    """Return where `SizeConst = N` has its number."""
    for index, token in enumerate(attribute[:-2]):
        if token.text == "SizeConst":
            return attribute[index + 2].start, attribute[index + 2].end
    return None


def _fixed(part: Sequence[Token], name: Token) -> tuple[tuple[int, int], ...]:
    behind = [token for token in part if token.start >= name.end]
    if behind and behind[0].text == "[":
        close = closing(behind, 0)
        return ((behind[0].end, behind[close].start),)
    return ()
