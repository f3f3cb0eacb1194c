"""A record's fields as rows for people: where each stands, what it is, and what its bytes say."""

from __future__ import annotations

import difflib
import math
from collections.abc import Iterator, Sequence
from contextlib import suppress
from functools import lru_cache
from itertools import product
from typing import Any, Literal, NamedTuple

from samebytes.checks.attach.values import Decoded, decoded_json_body, decoded_member
from samebytes.errors import LayoutError, UsageError
from samebytes.layout import Field, Layout, Member, Text
from samebytes.layout.outline import type_words

__all__ = ["EVERY", "EXPANDED", "Row", "as_json", "changed", "chosen", "decoded", "extent", "rows_of"]

EXPANDED = 4
"""Elements of an array of records that get rows of their own; the others share one."""
EVERY = MAX_ROWS = 1 << 16


class Row(NamedTuple):
    """One line. Offset and size are in bytes from the record's start; size 0 is what has no fixed one."""

    path: str
    offset: int
    size: int
    type: str
    what: Literal["field", "padding", "more", "body"]
    """`more`: elements of an array of records that have no rows of their own; `body`: a text of a serialised record."""
    layout: Layout
    member: Member | None = None

    @property
    def end(self) -> int:
        """Return the offset of the byte behind its last."""
        return self.offset + self.size


@lru_cache(maxsize=64)
def rows_of(layout: Layout, expanded: int = EXPANDED) -> tuple[Row, ...]:
    """Return the rows of a layout in order of declaration, holes between them.

    `expanded` elements of an array of records have rows of their own. LayoutError when there are too many.
    """
    found: list[Row] = []
    for row in _body_rows(layout) if layout.record.body else _rows(layout, layout, 0, "", expanded):
        if len(found) >= MAX_ROWS:
            raise LayoutError(f"{layout.record.name} has more than {MAX_ROWS} fields", hint="name a part of it")
        found.append(row)
    return tuple(_with_holes(layout, found))


def decoded(row: Row, data: bytes) -> Decoded:
    """Return what the row's bytes say in a record whose bytes are `data`; there may be fewer than the record has."""
    if row.what == "body":
        return decoded_json_body(row.layout, row.path, data)
    if row.member is None or row.end > len(data):
        return Decoded("" if row.end <= len(data) else "not there", None, data[row.offset : row.end])
    return decoded_member(row.member, row.layout.abi, row.offset, data)


def chosen(rows: Sequence[Row], paths: Sequence[str]) -> tuple[Row, ...]:
    """Return the rows of those fields and of what is in them; all if none is named. UsageError names the nearest there is."""
    found: dict[int, Row] = {}
    for path in paths:
        own = [number for number, row in enumerate(rows) if _belongs(row.path, path)]
        if not own:
            near = difflib.get_close_matches(path, [row.path for row in rows if row.path], 3, 0.5)
            known = ", ".join(near or [row.path for row in rows if row.path][:12])
            raise UsageError(f"--fields {path}: there is no such field", hint=f"there is: {known}")
        found |= {number: rows[number] for number in own}
    return tuple(found[number] for number in sorted(found)) if paths else tuple(rows)


def extent(row: Row, data: bytes) -> int:
    """Return the offset behind the row's last byte in a record whose bytes are `data`: text of variable length may end earlier."""
    if row.what == "body":
        return min(len(data), row.offset + _body_length(row.layout, data))
    flexible = row.member is not None and (row.member.field.flexible or isinstance(row.member.field.type, Text))
    return row.offset + len(decoded(row, data).raw) if flexible and row.end <= len(data) else row.end


def changed(rows: Sequence[Row], before: bytes, now: bytes) -> tuple[Row, ...]:
    """Return the rows that say something else in `now` than in `before`. Padding does not count: what it holds is nobody's."""
    return tuple(row for row in rows if row.what != "padding" and _differs(row, before, now))


def _differs(row: Row, before: bytes, now: bytes) -> bool:
    if row.size and before[row.offset : row.end] == now[row.offset : row.end] and extent(row, now) == row.end:
        return False
    was, is_ = decoded(row, before), decoded(row, now)
    bits = row.member is not None and row.member.field.bits is not None
    return was.text != is_.text or (was.raw != is_.raw and not bits)  # bit-fields share their bytes


def _body_length(layout: Layout, data: bytes) -> int:
    return int.from_bytes(data[: layout.size], layout.abi.order)


def _belongs(path: str, wanted: str) -> bool:
    return path == wanted or path.startswith((f"{wanted}.", f"{wanted}["))


def _body_rows(layout: Layout) -> Iterator[Row]:
    assert layout.record.prefix is not None
    length = Field("(length)", layout.record.prefix)
    yield Row("(length)", 0, layout.size, layout.record.prefix.name, "field", layout, Member(length, 0, layout.size))
    for member in layout.members:
        yield Row(member.field.name, layout.size, 0, type_words(member.field), "body", layout, member)


def _rows(root: Layout, layout: Layout, base: int, prefix: str, expanded: int) -> Iterator[Row]:
    for member in layout.members:
        path, at = prefix + member.field.name, base + member.offset
        if member.layout is not None and not member.field.flexible:
            yield from _nested(root, member, member.layout, at, prefix, expanded)
        elif member.field.name:
            yield Row(
                path, at, 0 if member.field.flexible else member.size, type_words(member.field), "field", root, member
            )


def _nested(root: Layout, member: Member, inner: Layout, at: int, prefix: str, expanded: int) -> Iterator[Row]:
    part = member.field
    shown = 0
    for index in product(*map(range, part.counts)):
        if shown == expanded:
            break
        path = f"{prefix}{part.name}" + "".join(f"[{number}]" for number in index)
        below = f"{path}." if part.name else prefix
        yield from _rows(root, inner, at + shown * member.stride, below, expanded)
        shown += 1
    if shown < part.elements:
        more = part.elements - shown
        words = f"{more} more, every {member.stride} bytes"
        yield Row(f"{prefix}{part.name}[…]", at + shown * member.stride, more * member.stride, words, "more", root)


def _with_holes(layout: Layout, rows: list[Row]) -> Iterator[Row]:
    """Yield the rows with each hole in front of the first row that begins behind it."""
    holes = [
        hole
        for hole in _holes(layout)
        if not any(row.what == "more" and row.offset <= hole[0] < row.end for row in rows)
    ]
    for row in rows:
        while holes and holes[0][0] < row.offset:
            yield _hole(layout, *holes.pop(0))
        yield row
    for hole in holes:
        yield _hole(layout, *hole)


def _hole(layout: Layout, offset: int, length: int) -> Row:
    return Row("", offset, length, "padding", "padding", layout)


def _holes(layout: Layout) -> tuple[tuple[int, int], ...]:
    with suppress(LayoutError):  # too many to list them: then none is shown
        return layout.padding
    return ()


def as_json(row: Row, data: bytes) -> dict[str, Any]:
    """Return the machine form of a row and its value; a number that JSON does not have becomes a text."""
    found = decoded(row, data)
    return {
        "path": row.path,
        "offset": row.offset,
        "size": len(found.raw) if not row.size else row.size,
        "type": row.type,
        "value": _plain(found.value),
        "raw": found.raw.hex(),
    }


def _plain(value: Any) -> Any:
    if isinstance(value, float) and not math.isfinite(value):
        return repr(value)
    return [_plain(item) for item in value] if isinstance(value, list) else value
