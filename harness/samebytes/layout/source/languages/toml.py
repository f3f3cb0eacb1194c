"""TOML: the records of layout files, `[record.NAME]` with `fields = [{ … }, …]` or `[[record.NAME.fields]]`."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from samebytes.layout.source.parts import Item, SourceMember, SourceRecord, Span
from samebytes.layout.source.tokens import Token, closing, split, tokens

SUFFIXES = (".toml",)
COMMENTS = (r"\#[^\n]*",)
STRINGS = (r'""".*?"""', r"'''.*?'''", r'"(?:[^"\\\n]|\\.)*"', r"'[^'\n]*'")
_HEAD = re.compile(
    r"""^[ \t]*\[+[ \t]*record[ \t]*\.[ \t]*["']?(?P<name>[\w-]+)["']?"""
    r"""(?P<fields>[ \t]*\.[ \t]*fields)?[ \t]*\]+""",
    re.MULTILINE,
)
_TABLE = re.compile(r"^[ \t]*\[", re.MULTILINE)


def records(text: str) -> list[SourceRecord]:
    """Return every record of a file of layouts."""
    found: dict[str, SourceRecord] = {}
    every = tokens(text, COMMENTS, STRINGS)
    for head in _HEAD.finditer(text):
        following = next(
            (one.start() for one in _TABLE.finditer(text, head.end()) if _is_table(one.start(), every)), len(text)
        )
        inside = [token for token in every if head.end() <= token.start < following]
        end = inside[-1].end if inside else head.end()
        if head["fields"]:
            item = _item(_pairs_of_lines(text, inside), (head.start(), end), end)
            above = found.get(head["name"])
            items = (*(above.items if above else ()), *([item] if item else []))
            start = above.whole[0] if above else head.start()
            keyword = above.keyword if above else head.start("name")
            body = (above.body[0] if above else head.start(), end)
            found[head["name"]] = SourceRecord((head["name"],), keyword, (start, end), body, items)
        else:
            body, items = _fields(inside, head.end())
            found[head["name"]] = SourceRecord((head["name"],), head.start("name"), (head.start(), end), body, items)
    return list(found.values())


def _is_table(start: int, every: Sequence[Token]) -> bool:
    """Return whether a line that begins with a bracket is a header: not an element of an array over several lines."""
    depth = 0
    for token in every:
        if token.start >= start and token.text == "[":
            return depth == 0
        depth += (token.text in "[{") - (token.text in "]}")
    return False


def _fields(inside: Sequence[Token], at: int) -> tuple[Span, tuple[Item, ...]]:
    for index, token in enumerate(inside[:-2]):
        if token.text == "fields" and inside[index + 1].text == "=" and inside[index + 2].text == "[":
            close = closing(inside, index + 2)
            return (inside[index + 2].end, inside[close].start), tuple(_tables(inside[index + 3 : close]))
    return (at, at), ()


def _tables(found: Sequence[Token]) -> Iterator[Item]:
    for part in split(found, ","):
        if part and part[0].text == "{":
            core = (part[0].start, part[-1].end)
            behind = next((token for token in found if token.start >= part[-1].end), None)
            item = _item(split(part[1:-1], ","), core, behind.end if behind else core[1])
            if item:
                yield item


def _pairs_of_lines(text: str, found: Sequence[Token]) -> list[list[Token]]:
    parts: list[list[Token]] = []
    depth = 0
    for token in found:
        if not parts or (not depth and "\n" in text[parts[-1][-1].end : token.start]):
            parts.append([])
        parts[-1].append(token)
        depth += (token.text in "[{") - (token.text in "]}")
    return parts


def _item(pairs: Sequence[Sequence[Token]], core: Span, end: int) -> Item | None:
    values = {pair[0].text.strip("\"'"): pair[2:] for pair in pairs if len(pair) > 2 and pair[1].text == "="}
    spans = {key: (value[0].start, value[-1].end) for key, value in values.items()}
    if "name" not in spans or "type" not in spans:
        return None
    name = values["name"][0].text.strip("\"'")
    counts = (spans["count"],) if "count" in spans else ()
    return Item(
        core, end, (SourceMember(name, spans["name"], spans["type"], spans["type"], counts, spans.get("bits")),)
    )
