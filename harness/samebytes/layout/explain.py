"""What `samebytes explain` says about a record: its bytes on every ABI, where ABIs part, and every hazard with its fix."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from textwrap import wrap
from typing import Any

from samebytes.errors import LayoutError
from samebytes.layout.bytemap import byte_map, letters
from samebytes.layout.hazards.shapes import holes_of
from samebytes.layout.hazards.traps import Hazard
from samebytes.layout.kinds import Enum, Kind
from samebytes.layout.laid_out import Layout, Leaf
from samebytes.layout.outline import Line, outline
from samebytes.layout.record import Text

__all__ = ["MOST_LEAVES", "Explanation", "as_json", "as_text"]

MOST_LEAVES = 4096
"""Leaves that JSON lists one by one."""
_WIDTH = 110
_SHOWN = 12
"""Differences between ABIs that are listed; what follows a moved field moves with it."""


@dataclass(frozen=True)
class Explanation:
    """A record on the ABIs asked for. `refused` says why others have no layout of it."""

    name: str
    layouts: Sequence[Layout]
    hazards: Sequence[Hazard]
    refused: Mapping[str, str]
    notes: Sequence[str] = ()


def as_json(layout: Layout, hazards: Iterable[Hazard]) -> dict[str, Any]:
    """Return the machine form of one record on one ABI: offsets and widths in bytes.

    Every leaf of a record that has at most MOST_LEAVES of them. Of a larger one, arrays are single entries with their `count` and, for
    arrays of records, the leaves of their first element, each with the strides and counts of the arrays around it in `every`.
    """
    return {
        "type": layout.record.name,
        "abi": layout.abi.name,
        "size": layout.size,
        "align": layout.align,
        "leaves": [_leaf(leaf) for leaf in layout.leaves] if layout.count <= MOST_LEAVES else list(_arrays(layout)),
        "padding": [list(hole) for hole in _padding(layout)],
        "disputed": list(layout.disputed),
        "hazards": [one.as_json() for one in hazards],
    }


def as_text(explanation: Explanation) -> Iterator[str]:
    """Yield the lines for people."""
    for same in _grouped(explanation.layouts):
        yield from _table(same)
        yield ""
    for abi, reason in explanation.refused.items():
        yield f"{explanation.name} on {abi}: none ({reason})"
        yield ""
    for note in explanation.notes:
        yield f"note: {note}"
    for note in dict.fromkeys(one for layout in explanation.layouts for one in layout.disputed):
        yield f"compilers disagree: {note}"
    if len(explanation.layouts) > 1:
        yield from _comparison(explanation.name, explanation.layouts)
        yield ""
    yield from _hazard_lines(explanation.name, explanation.hazards)


def _leaf(leaf: Leaf) -> dict[str, Any]:
    found: dict[str, Any] = {"path": leaf.path, "offset": leaf.offset, "width": leaf.width, "kind": _kind(leaf.kind)}
    if leaf.bits is not None:
        found |= {"bit": leaf.bit, "bits": leaf.bits}
    return found


def _arrays(
    layout: Layout, base: int = 0, prefix: str = "", every: tuple[tuple[int, int], ...] = ()
) -> Iterator[dict[str, Any]]:
    """Yield the leaves with arrays as one entry each; `every` has (stride, count) of the arrays of records around them."""
    for member in layout.members:
        part, at = member.field, base + member.offset
        path = f"{prefix}{part.name}"
        if member.layout is not None and part.elements:
            first = path + "[0]" * len(part.counts)
            around = (*every, (member.stride, part.elements)) if part.counts else every
            yield from _arrays(member.layout, at, f"{first}." if part.name else prefix, around)
        elif isinstance(part.type, (Kind, Text)) and part.name:
            bits = {"bit": member.bit, "bits": part.bits} if part.bits is not None else {}
            width = member.size if part.bits is not None else member.stride
            found: dict[str, Any] = {"path": path, "offset": at, "width": width, "kind": _kind(part.type)} | bits
            if part.counts:
                found["count"] = list(part.counts)
            yield found | ({"every": [list(one) for one in every]} if every else {})


def _padding(layout: Layout) -> Iterable[tuple[int, int]]:
    """Return its holes; of a record with more than can be listed, those between its own fields."""
    try:
        holes = layout.padding
    except LayoutError:
        holes = tuple(holes_of(layout))
    return holes if len(holes) <= MOST_LEAVES else tuple(holes_of(layout))


def _kind(kind: Kind | Text) -> str:
    if isinstance(kind, Text):
        return f"text {kind.encoding}"
    return f"enum {kind.name}" if isinstance(kind, Enum) else kind.name


# --- tables -----------------------------------------------------------------------------------------------------------


def _grouped(layouts: Iterable[Layout]) -> list[list[Layout]]:
    """Return the layouts in groups that have the same table."""
    groups: dict[tuple[object, ...], list[Layout]] = {}
    for layout in layouts:
        groups.setdefault((outline(layout), layout.size, layout.align, layout.abi.order), []).append(layout)
    return list(groups.values())


def _table(same: Sequence[Layout]) -> Iterator[str]:
    layout, lines = same[0], outline(same[0])
    where = ", ".join(one.abi.name for one in same)
    plus = " before its variable part" if layout.record.variable else ""
    kind = "union" if layout.record.union else "record"
    yield f"{kind} {layout.record.name} on {where}: {layout.size} bytes{plus}, aligned to {layout.align}"
    if layout.abi.order == "big":
        yield "  big-endian: bit 0 of a byte is its highest"
    width = max((len(line.type) for line in lines), default=4)
    yield f"      offset    size  {'type':<{width}}  path"
    for sign, line in zip(letters(lines), lines, strict=True):
        yield f"  {sign} {_offset(line):>8} {_size(line):>7}  {line.type:<{width}}  {_path(line)}".rstrip()
    yield from (f"  {row}" for row in byte_map(lines, layout.size))


def _offset(line: Line) -> str:
    return f"{line.offset}.{line.bit}" if line.what == "bits" else str(line.offset)


def _size(line: Line) -> str:
    if line.what == "bits":
        return f"{line.bits} bit{'s' * (line.bits != 1)}"
    return str(line.size) if line.size or not line.type.startswith("text") else "…"


def _path(line: Line) -> str:
    if line.what == "padding":
        return "(padding)"
    return f"… {line.path}" if line.what == "repeat" else line.path


# --- between ABIs -----------------------------------------------------------------------------------------------------


def _comparison(name: str, layouts: Sequence[Layout]) -> Iterator[str]:
    abis = [layout.abi.name for layout in layouts]
    rows = list(_differences(layouts))
    if not rows:
        yield f"the same on all {len(abis)}: {', '.join(abis)}"
        return
    yield f"{name} is not the same on {', '.join(abis)}:"
    shown = rows[:_SHOWN]
    width = max(len(path) for path, _ in shown)
    for path, cells in shown:
        yield f"  {path:<{width}}  {'  |  '.join(cells)}"
    if len(rows) > _SHOWN:
        yield f"  … and {len(rows) - _SHOWN} more"


def _differences(layouts: Sequence[Layout]) -> Iterator[tuple[str, list[str]]]:
    if len({(layout.size, layout.align) for layout in layouts}) > 1:
        yield "(whole)", [f"{layout.size} bytes, aligned to {layout.align}" for layout in layouts]
    if len({layout.abi.order for layout in layouts}) > 1:
        yield "(byte order)", [layout.abi.order for layout in layouts]
    tables = [{line.path: line for line in outline(layout) if line.what != "padding"} for layout in layouts]
    for path in dict.fromkeys(path for table in tables for path in table):
        found = [table.get(path) for table in tables]
        if len({_place(line) for line in found}) > 1:
            yield path, [_words(line) for line in found]


def _place(line: Line | None) -> tuple[int, ...]:
    return (line.offset, line.size, line.bit) if line is not None else ()


def _words(line: Line | None) -> str:
    if line is None:
        return "not there"
    return f"at {_offset(line)}" + ("" if line.what == "bits" else f", {line.size} bytes")


# --- hazards ----------------------------------------------------------------------------------------------------------


def _hazard_lines(name: str, hazards: Sequence[Hazard]) -> Iterator[str]:
    if not hazards:
        yield f"{name}: no hazards"
        return
    yield f"{name}: {len(hazards)} hazard{'s' * (len(hazards) > 1)}"
    for one in hazards:
        place = f" at `{one.path}`" if one.path else ""
        text = f"trap {one.trap.number}, {one.trap.name}{place}: {one.message}"
        yield from wrap(text, _WIDTH, initial_indent="  ", subsequent_indent="      ", break_long_words=False)
        yield from wrap(
            f"fix: {one.trap.fix}", _WIDTH, initial_indent="      ", subsequent_indent="      ", break_long_words=False
        )
