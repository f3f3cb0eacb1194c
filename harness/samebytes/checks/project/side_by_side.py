"""Several declarations of one layout side by side: the fields about which they do not all agree with it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from samebytes.layout import Layout

__all__ = ["Compared", "side_by_side"]

SHOWN = 20
"""Fields of one layout that are shown."""


@dataclass(frozen=True)
class Compared:
    """A declaration's layout, under the names of the promised one."""

    who: str
    layout: Layout
    declared: Layout
    spoiled: bool
    """Whether it differs."""
    realm: str = ""
    declaration: str = ""
    """Its name in the project file."""


def side_by_side(compared: Sequence[Compared]) -> Iterator[str]:
    """Yield a table for each layout and ABI about which somebody is wrong; as text with line ends."""
    groups: dict[tuple[str, str], list[Compared]] = {}
    for one in compared:
        groups.setdefault((one.layout.record.name, one.layout.abi.name), []).append(one)
    for (name, abi), group in groups.items():
        if any(one.spoiled for one in group):
            yield f"{name} on {abi}, offset+size\n"
            yield from _table(group)
            yield "\n"


def _table(group: Sequence[Compared]) -> Iterator[str]:
    layout = group[0].layout
    rows = [["", "layout", *(one.who for one in group)]]
    places = [_places(layout), *(_places(one.declared) for one in group)]
    fields = [name for name in places[0] if len({some.get(name) for some in places}) > 1]
    rows += [[name, *(some.get(name, "none") for some in places)] for name in fields[:SHOWN]]
    rows.append(["(whole)", f"{layout.size}", *(f"{one.declared.size}" for one in group)])
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    for row in rows:
        yield "  " + "  ".join(f"{word:<{width}}" for word, width in zip(row, widths, strict=True)).rstrip() + "\n"
    if len(fields) > SHOWN:
        yield f"  … and {len(fields) - SHOWN} more fields\n"


def _places(layout: Layout) -> dict[str, str]:
    """Return top-level fields with their first byte and their bytes."""
    return {member.field.name: f"{member.offset}+{member.size}" for member in layout.members if member.field.name}
