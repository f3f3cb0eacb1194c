"""The cause of a wrong declaration that was read: everything about it is known, and nothing was stored."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace

from samebytes.diagnosis import words
from samebytes.diagnosis.diagnose import cause_of
from samebytes.diagnosis.observation import Observation, sort_of
from samebytes.layout import Description, Kind, Layout, Leaf

__all__ = ["cause_of_declaration"]


def cause_of_declaration(
    layout: Layout, declared: Layout, leaves: Mapping[str, Leaf], alike: Collection[tuple[str, str]] = ()
) -> str:
    """Return what is wrong with a declaration, in words; empty if no mistake explains all of it.

    `leaves`: the declaration's scalars by the layout's paths, and by their own where the layout has none. `alike`: kinds that are
    told otherwise than the layout has them, and do no harm.
    """
    if declared.abi.order != layout.abi.order:
        turned = replace(declared, abi=replace(declared.abi, order=layout.abi.order))
        rest = cause_of_declaration(layout, turned, leaves, alike)
        order = words.byte_order((), layout.abi)
        return words.two_changes(order, rest) if rest else order if _alike(layout, leaves) else ""
    names = set(layout.record.names)
    members = {
        member.field.name: (member.offset, member.size)
        for member in declared.members
        if member.field.counts
        and member.field.name in names
        and member.field.bits is None
        and not member.field.flexible
    }
    kinds = {path: sort_of(leaf.kind) for path, leaf in leaves.items() if isinstance(leaf.kind, Kind)}
    places = {path: (leaf.offset, leaf.width) for path, leaf in leaves.items()}
    for align in dict.fromkeys((declared.align, layout.align)):
        found = Description(declared.size, align, places, kinds, members, alike=frozenset(alike))
        cause = cause_of(Observation(layout, found))
        if cause:
            return cause
    return _reordered(layout, declared)


def _alike(layout: Layout, leaves: Mapping[str, Leaf]) -> bool:
    """Return whether every scalar stands where it should."""
    return all(leaf.path in leaves and leaves[leaf.path][1:3] == leaf[1:3] for leaf in layout.leaves)


def _reordered(layout: Layout, declared: Layout) -> str:
    """Return words for the same fields in another order, whatever else; empty otherwise.

    It counts where a language may choose the places itself.
    """
    was, now = _order(layout, declared), _order(declared, layout)
    if was == now or set(was) != set(now):
        return ""
    return words.reordered(layout.record.name, now, words.REORDERED_AS)


def _order(one: Layout, other: Layout) -> list[str]:
    """Return the top-level fields of one that the other has too, by their place."""
    placed = sorted((member.offset, number) for number, member in enumerate(one.members))
    names = (one.members[number].field.name for _, number in placed)
    known = {member.field.name for member in other.members}
    return [name for name in names if name in known]
