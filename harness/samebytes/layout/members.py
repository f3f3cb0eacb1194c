"""Every field of a record, whole: where it begins and how many bytes it takes, all elements of an array together."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product

from samebytes.layout.laid_out import Layout, Member
from samebytes.layout.record import Text

__all__ = ["member_places", "parent_names"]


def member_places(layout: Layout) -> dict[str, tuple[int, int]]:
    """Return offset and size in bytes by path, nested fields too: `Cars`, `Cars[1].Wheels`, `Cars[1].Wheels[0].Slip`.

    What has no size of its own is not there: texts of variable length, flexible arrays, bit-fields. The members of an anonymous
    record are reached directly.
    """
    if layout.record.body:
        return {}
    return {path: (offset, member.size) for path, offset, member in _walk(layout, "", 0) if _sized(member)}


def parent_names(layout: Layout) -> dict[str, tuple[str, ...]]:
    """Return the names of its fields by the path of every record in it (the whole: empty)."""
    found: dict[str, list[str]] = {"": []}
    for path, _, _ in _walk(layout, "", 0):
        parent, _, name = path.rpartition(".")
        found.setdefault(parent, []).append(name)
    return {parent: tuple(names) for parent, names in found.items()}


def _sized(member: Member) -> bool:
    part = member.field
    return part.bits is None and not part.flexible and not isinstance(part.type, Text)


def _walk(layout: Layout, prefix: str, base: int) -> Iterator[tuple[str, int, Member]]:
    for member in layout.members:
        name = member.field.name
        if name:
            yield prefix + name, base + member.offset, member
        if member.layout is not None and not member.field.flexible:
            yield from _walk_elements(member, prefix + name, base + member.offset)


def _walk_elements(member: Member, path: str, base: int) -> Iterator[tuple[str, int, Member]]:
    assert member.layout is not None
    for number, index in enumerate(product(*map(range, member.field.counts))):
        element = path + "".join(f"[{place}]" for place in index)
        prefix = f"{element}." if member.field.name else path
        yield from _walk(member.layout, prefix, base + number * member.stride)
