"""Records that compilers of one ABI lay out differently: to be arbitrated, not trusted."""

from __future__ import annotations

from collections.abc import Iterator

from samebytes.layout.laid_out import Layout, Member

__all__ = ["disputes", "inherited", "where_they_part"]


def inherited(members: tuple[Member, ...]) -> Iterator[str]:
    """Yield what is disputed about the records inside."""
    for inner in {id(member.layout): member.layout for member in members if member.layout is not None}.values():
        yield from inner.disputed


def disputes(layout: Layout, other: Layout, who: str, whose: str) -> Iterator[str]:
    """Yield what is disputed: the records inside, or, when nothing inside is, the record itself, with both answers.

    `who` laid out `layout`, `whose` compiler the `other`.
    """
    found = tuple(dict.fromkeys(inherited(layout.members)))
    yield from found
    words = "" if found else where_they_part(layout, other)
    if words:
        yield f"{layout.record.name}: compilers of {layout.abi.name} differ: {words.format(who=who, whose=whose)}"


def where_they_part(layout: Layout, other: Layout) -> str:
    """Return the first difference, with `{who}` and `{whose}` in it; empty when there is none."""
    for member, same in zip(layout.members, other.members, strict=True):
        at, there = _bit(member), _bit(same)
        if at != there and member.field.name:
            place, elsewhere = (f"bit {at}", f"bit {there}") if member.bit is not None else (at // 8, there // 8)
            return f"{member.field.name} is at {place} for {{who}}, at {elsewhere} for {{whose}}"
    if layout.size != other.size:
        return f"{layout.size} bytes for {{who}}, {other.size} for {{whose}}"
    if layout.align != other.align:
        return f"aligned to {layout.align} for {{who}}, to {other.align} for {{whose}}"
    return ""


def _bit(member: Member) -> int:
    return member.offset * 8 + (member.bit or 0)
