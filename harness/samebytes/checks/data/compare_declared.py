"""What a peer tells of its declaration besides places, against the layout's: kinds, whole fields, constants of enumerations."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

from samebytes.checks.result import Difference, Stage
from samebytes.layout import Abi, Description, Enum, Layout, Leaf
from samebytes.layout.telling import (
    WORDS,
    constants_told,
    first_of_each_enum,
    kind_fits,
    kind_in_words,
    places_of,
    same_number,
    strangers,
    whole_path,
)

__all__ = ["declared_differences"]


def declared_differences(layout: Layout, found: Description, peer: str, seen: Collection[str]) -> Iterator[Difference]:
    """Yield kinds, whole fields and constants that are not the layout's. `seen`: leaves known to stand elsewhere, or nowhere."""
    yield from _kinds(layout, found, peer, seen)
    yield from _members(layout, found, peer, {whole_path(path) for path in seen})
    yield from _enums(layout, found, peer)


def _kinds(layout: Layout, found: Description, peer: str, seen: Collection[str]) -> Iterator[Difference]:
    """Yield leaves of another kind, of an array only the first element; what has another place or width is told already."""
    told: set[tuple[str, str]] = set()
    kinds = found.kinds or {}
    for leaf in layout.leaves:
        word = kinds.get(leaf.path)
        if word is None or leaf.path in seen or kind_fits(leaf.kind, word, layout.abi, found.alike):
            continue
        key = whole_path(leaf.path), word
        if key not in told:
            told.add(key)
            wanted = kind_in_words(leaf.kind, layout.abi)
            yield Difference(Stage.DESCRIBE, peer, leaf.path, wanted, WORDS[word], leaf.offset)


def _members(layout: Layout, found: Description, peer: str, seen: Collection[str]) -> Iterator[Difference]:
    if found.members is None:
        return
    places = places_of(layout)
    for path, (offset, size) in places.items():
        if _told_already(path, seen):
            continue
        told = found.members.get(path)
        if told is None:
            yield Difference(Stage.DESCRIBE, peer, path, f"{size} bytes", "no such field", offset)
        elif told != (offset, size):
            at, length = told
            where = f" at offset {at}" if at != offset else ""
            yield Difference(Stage.DESCRIBE, peer, path, _bytes(size), f"{_bytes(length)}{where}", offset)
    for path in strangers(layout, found):
        if path not in found.leaves and f"{path}[0]" not in found.leaves:
            offset, size = found.members[path]
            yield Difference(Stage.DESCRIBE, peer, path, "no such field", f"offset {offset}, {_bytes(size)}")


def _told_already(path: str, seen: Collection[str]) -> bool:
    """Return whether a leaf of it, or in it, is known to be elsewhere or missing."""
    return any(one == path or one.startswith((f"{path}.", f"{path}[")) for one in seen)


def _bytes(number: int) -> str:
    return "1 byte" if number == 1 else f"{number} bytes"


def _enums(layout: Layout, found: Description, peer: str) -> Iterator[Difference]:
    if found.enums is None:
        return
    for leaf in first_of_each_enum(layout):
        if leaf.path not in found.leaves:
            continue
        assert isinstance(leaf.kind, Enum)
        told = constants_told(found, leaf.path, leaf.kind)
        if told is None:
            named = f"the constants of {leaf.kind.name}"
            yield Difference(Stage.DESCRIBE, peer, leaf.path, named, "none", leaf.offset)
        else:
            yield from _constants(leaf, leaf.kind, told, layout.abi, peer)


def _constants(leaf: Leaf, kind: Enum, told: Mapping[str, int], abi: Abi, peer: str) -> Iterator[Difference]:
    wanted = dict(kind.values)
    for name in dict.fromkeys((*wanted, *told)):
        if not same_number(wanted.get(name), told.get(name), kind, abi):
            expected, found = (_constant(kind, name, values) for values in (wanted, told))
            yield Difference(Stage.DESCRIBE, peer, leaf.path, expected, found, leaf.offset)


def _constant(kind: Enum, name: str, values: Mapping[str, int]) -> str:
    return f"{kind.name}.{name} = {values[name]}" if name in values else f"no constant {kind.name}.{name}"
