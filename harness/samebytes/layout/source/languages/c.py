"""C and C++: structs, unions and classes, with or without a typedef."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise, zip_longest

from samebytes.layout.source.parts import Item, SourceMember, SourceRecord, Span
from samebytes.layout.source.tokens import Token, closing, split, tokens

SUFFIXES = (".h", ".c", ".hpp", ".hh", ".hxx", ".cpp", ".cc", ".cxx", ".inl", ".ipp")

COMMENTS = (r"//[^\n]*", r"/\*.*?\*/", r"(?m:^)[ \t]*#(?:[^\n\\]|\\.)*")
"""A preprocessor's line is one: what it makes is not seen."""
KINDS = ("struct", "union", "class")
ATTRIBUTES = ("__attribute__", "alignas", "_Alignas", "__declspec", "__pragma")
SPECIFIERS = ("const", "volatile", "mutable", "__extension__", "register", "inline")
NO_FIELD = (
    "static", "using", "typedef", "friend", "template", "static_assert", "_Static_assert", "constexpr", "virtual",
    "explicit", "operator", "namespace", "extern",
)  # fmt: skip


def records(text: str) -> list[SourceRecord]:
    """Return every record, those inside others behind these."""
    return list(_records(tokens(text, COMMENTS)))


def _records(found: Sequence[Token]) -> Iterator[SourceRecord]:
    for index, token in enumerate(found):
        if token.text in KINDS and (read := _record(found, index)) is not None:
            yield read


def _record(found: Sequence[Token], index: int) -> SourceRecord | None:
    """Return the record that begins at a keyword; None where it declares none."""
    opening, tags = _opening(found, index)
    if opening is None:
        return None
    close = closing(found, opening)
    last, after = _end(found, close)
    start = index - 1 if index and found[index - 1].text == "typedef" else index
    names = [*tags[:1], *after] if start < index else tags[:1]
    body = found[opening + 1 : close]
    return SourceRecord(
        names=tuple(names),
        keyword=found[index].start,
        whole=(found[start].start, found[last].end),
        body=(found[opening].end, found[close].start),
        items=tuple(_items(body)),
    )


def _opening(found: Sequence[Token], index: int) -> tuple[int | None, list[str]]:
    """Return where the body begins, and the names in front of it."""
    tags: list[str] = []
    at, base = index + 1, False
    while at < len(found):
        word = found[at].text
        if word == "{":
            return at, tags
        if word in ATTRIBUTES and found[at + 1 : at + 2] and found[at + 1].text == "(":
            at = closing(found, at + 1)
        elif word == "[":
            at = closing(found, at)
        elif word == ":":
            base = True
        elif not base and (word[0].isalpha() or word[0] == "_"):
            tags = tags if word == "final" else [word]
        elif (not base and word != "::") or word in ";)=":
            return None, []
        at += 1
    return None, []


def _end(found: Sequence[Token], close: int) -> tuple[int, list[str]]:
    """Return the index of the semicolon behind a record, and what is declared of it: a typedef's names."""
    after = []
    for index in range(close + 1, len(found)):
        if found[index].text == ";":
            parts = split(found[close + 1 : index], ",")
            names = [_declared(part) for part in parts]
            after = [name.text for name in names if name is not None]
            return index, after
        if found[index].text in "{}":
            break
    return close, after


def _items(found: Sequence[Token]) -> Iterator[Item]:
    for statement in _statements(found):
        members = tuple(_members(statement))
        if members:
            yield Item((statement[0].start, statement[-1].end), statement[-1].end, members)


def _statements(found: Sequence[Token]) -> Iterator[list[Token]]:
    """Yield statements with their semicolons, functions left out."""
    start = at = 0
    while at < len(found):
        word = found[at].text
        if word in ("public", "private", "protected") and found[at + 1 : at + 2] and found[at + 1].text == ":":
            start = at = at + 2
            continue
        if word in "([{":
            close = closing(found, at)
            called = (
                word == "{" and any(token.text == "(" for token in found[start:at]) and not _is_type(found[start:at])
            )
            at = close
            if called:  # the body of a function
                start = close + 1
        elif word == ";":
            if at > start:
                yield list(found[start : at + 1])
            start = at + 1
        at += 1


def _is_type(statement: Sequence[Token]) -> bool:
    return any(token.text in (*KINDS, "enum") for token in statement)


def _members(statement: list[Token]) -> Iterator[SourceMember]:
    found = _bare(statement[:-1])
    if not found or found[0].text in NO_FIELD or found[0].text == "~":
        return
    inner = next((_record(found, at) for at, one in enumerate(found[:2]) if one.text in KINDS), None)
    body = next((at for at, one in enumerate(found) if one.text == "{"), None)
    placed = body is not None and (inner is not None or found[0].text == "enum")
    front = closing(found, body) + 1 if placed and body is not None else 0
    first, *more = split(found[front:], ",", angles=True)
    if placed and not first:
        if inner is not None and not inner.names:
            yield SourceMember("", (inner.keyword, inner.keyword), inner.whole, inner.whole, inner=inner)
        return
    name = _declared(first)
    if name is None or (
        any(token.text == "(" for token in first if token.start < name.start and not placed) and not _pointer(first)
    ):
        return
    type_ = (found[0].start, found[front - 1].end) if placed else _type(first, name)
    for part in (first, *more):
        declared = _declared(part)
        if declared is not None and type_[0] < type_[1] and not _call(part, declared):
            yield SourceMember(
                declared.text, (declared.start, declared.end), type_, type_, _counts(part), _bits(part), inner
            )


def _bare(found: list[Token]) -> list[Token]:
    """Return a statement without the attributes and specifiers in front."""
    at = 0
    while at < len(found):
        word = found[at].text
        if word in ATTRIBUTES and found[at + 1 : at + 2] and found[at + 1].text == "(":
            at = closing(found, at + 1) + 1
        elif word == "[":
            at = closing(found, at) + 1
        elif word in SPECIFIERS:
            at += 1
        else:
            break
    return found[at:]


def _type(first: list[Token], name: Token) -> Span:
    front = [token for token in first if token.end <= name.start]
    while front and front[-1].text in ("*", "&", "("):
        front.pop()
    return (front[0].start, front[-1].end) if front else (0, 0)


def _pointer(first: list[Token]) -> bool:
    return any(one.text == "(" and two.text == "*" for one, two in pairwise(first))


def _call(part: list[Token], name: Token) -> bool:
    """Return whether a parenthesis follows the name: a function."""
    return any(token.text == "(" for token in part if token.start == name.end) and not _pointer(part)


def _declared(part: Sequence[Token]) -> Token | None:
    """Return the name that a declarator declares: the last word in front of a dimension, a width or a value."""
    name = None
    angle = 0
    for token, following in zip_longest(part, part[1:]):
        angle += (token.text == "<") - (token.text == ">")
        if angle:
            continue
        if (
            token.text in ("[", ":", "=", "{")
            or token.text in ATTRIBUTES
            or (token.text == ")" and _pointer(list(part)))
        ):
            break
        if (token.text[0].isalpha() or token.text[0] == "_") and (following is None or following.text != "::"):
            name = token
    return name


def _counts(part: Sequence[Token]) -> tuple[Span, ...]:
    found, at = [], 0
    while at < len(part):
        if part[at].text == "[":
            close = closing(part, at)
            found.append((part[at].end, part[close].start))
            at = close
        elif part[at].text in ("=", "{"):
            break
        at += 1
    return tuple(found)


def _bits(part: Sequence[Token]) -> Span | None:
    for token, following in pairwise(part):
        if token.text == ":":
            return following.start, following.end
    return None
