"""Who is who: the fields of a declaration under the names that the layout has for them.

Languages spell names in their own way (`is_valid`, `IsValid`), and people rename. A field is the layout's field of the same
name; else of the same name but for case and underscores; else, among those that are left on both sides, the one in the same place
and as large. What was found by place is said, since a name was the only thing against it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from samebytes.layout import Field, Layout, Record, Text

__all__ = ["Matched", "filler", "matched", "same_name"]


@dataclass
class Matched:
    """The declaration's record with the layout's names, and what became of them."""

    record: Record
    spelled: dict[str, str] = field(default_factory=dict)
    """The layout's top-level fields as the declaration spells them, where that is otherwise."""
    renamed: list[str] = field(default_factory=list)
    """In words: fields that were found by their place."""


Names = dict[str, tuple[str, bool]]
"""By a field's name in the declaration: the layout's name for it, and whether it was found by its place."""


@dataclass(frozen=True)
class _Part:
    """A field that is reached by a name of its own: those of anonymous records too. `at` in bytes from the start of the whole."""

    field: Field
    at: int
    size: int
    layout: Layout | None


def matched(declared: Layout, layout: Layout) -> Matched:
    """Return the declared record, renamed."""
    found = Matched(declared.record)
    found.record = replace(_renamed(declared, layout, found, ""), name=layout.record.name)
    return found


def _renamed(declared: Layout, layout: Layout, found: Matched, above: str) -> Record:
    theirs, ours = list(_parts(declared, 0)), list(_parts(layout, 0))
    names = _names(theirs, ours)
    by_name = {part.field.name: part for part in ours}
    for theirs_name, (name, by_place) in names.items():
        if not above and theirs_name != name:
            found.spelled[name] = theirs_name
        if by_place:
            found.renamed.append(f"`{above}{name}` is called `{theirs_name}`")
    return _rewritten(declared, {was: name for was, (name, _) in names.items()}, by_name, found, above)


def _rewritten(declared: Layout, names: dict[str, str], ours: dict[str, _Part], found: Matched, above: str) -> Record:
    """Return the record with its fields renamed, and those of the records in it."""
    fields = []
    for member in declared.members:
        part, inner = member.field, member.layout
        name = names.get(part.name, part.name)
        if inner is not None and not part.name:
            part = replace(part, type=_rewritten(inner, names, ours, found, above))
        elif inner is not None and name in ours and ours[name].layout is not None:
            part = replace(part, type=_renamed(inner, ours[name].layout, found, f"{above}{name}."))  # type: ignore[arg-type]
        fields.append(replace(part, name=name))
    return replace(declared.record, fields=tuple(fields))


def _parts(layout: Layout, base: int) -> Iterator[_Part]:
    for member in layout.members:
        if member.field.name:
            yield _Part(member.field, base + member.offset, member.size, member.layout)
        elif member.layout is not None:
            yield from _parts(member.layout, base + member.offset)


def _names(theirs: Sequence[_Part], ours: Sequence[_Part]) -> Names:
    """Return the layout's name for each of their fields, and whether it was found by place."""
    free = {part.field.name: part for part in theirs}
    wanted = {part.field.name: part for part in ours}
    names: Names = {}

    def pair(their_name: str, our_name: str, by_place: bool) -> None:
        names[their_name] = (our_name, by_place)
        del free[their_name], wanted[our_name]

    for name in [name for name in free if name in wanted]:
        pair(name, name, False)
    for name in list(free):
        alike = [one for one in wanted if _plain(one) == _plain(name)] or [
            one for one in wanted if _evaded(name) == _plain(one)
        ]
        if len(alike) == 1:
            pair(name, alike[0], False)
    for find in (_by_place, _by_neighbours):
        for their_name, our_name in find(theirs, ours, names):
            pair(their_name, our_name, True)
    return names


def _by_place(theirs: Sequence[_Part], ours: Sequence[_Part], names: Names) -> list[tuple[str, str]]:
    """Return pairs of fields that no name fits, in the same place and as large."""
    free, wanted = _unnamed(theirs, set(names)), _unnamed(ours, {name for name, _ in names.values()})
    places: dict[tuple[int, int], list[str]] = {}
    for part in wanted:
        places.setdefault((part.at, part.size), []).append(part.field.name)
    pairs = [(part.field.name, places.get((part.at, part.size), [])) for part in free]
    once = Counter(same[0] for _, same in pairs if len(same) == 1)
    return [(name, same[0]) for name, same in pairs if len(same) == 1 and once[same[0]] == 1]


def _by_neighbours(theirs: Sequence[_Part], ours: Sequence[_Part], names: Names) -> list[tuple[str, str]]:
    """Return pairs of fields that no name fits, of the same type, between the same two fields."""
    called = [names.get(part.field.name, ("?", False))[0] for part in theirs]
    known = {name for name, _ in names.values()}
    between = {
        around: part
        for part, around in zip(ours, _around([part.field.name for part in ours]), strict=True)
        if part.field.name not in known and _placed(part)
    }
    return [
        (part.field.name, between[around].field.name)
        for part, around in zip(theirs, _around(called), strict=True)
        if part.field.name not in names and around in between and between[around].size == part.size
    ]


def _around(names: Sequence[str]) -> list[tuple[str, str]]:
    """Return the names in front of and behind each."""
    padded = ["", *names, ""]
    return list(zip(padded, padded[2:], strict=False))


def _unnamed(parts: Sequence[_Part], known: set[str]) -> list[_Part]:
    return [part for part in parts if part.field.name not in known and _placed(part)]


def _placed(part: _Part) -> bool:
    """Return whether its place tells what it is: filler may be anywhere, a text of variable length has no size."""
    return not filler(part.field.name) and not isinstance(part.field.type, Text)


def filler(name: str) -> bool:
    """Return whether it is a name that people give to bytes without a meaning."""
    return _plain(name).startswith(("pad", "reserved", "unused", "filler", "dummy", "spare"))


def same_name(theirs: str, ours: str) -> bool:
    """Return whether a language's own spelling is all that two names differ in."""
    return _plain(theirs) == _plain(ours) or _evaded(theirs) == _plain(ours)


def _evaded(name: str) -> str:
    """Return the name that one stands for which a language keeps for itself: `type0` where no underscore may be last."""
    return _plain(name.removesuffix("0"))


def _plain(name: str) -> str:
    return name.replace("_", "").casefold()
