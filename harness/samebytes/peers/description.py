"""How a peer sees its own declaration of a record: its answer to `describe`, read strictly."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from samebytes.layout.description import KINDS_TOLD, Description

__all__ = ["alike_of", "description_of"]

_FROM = " from "


def alike_of(cannot_tell: Iterable[str]) -> frozenset[tuple[str, str]]:
    """The pairs in what a peer says that it cannot tell: `char16 from unsigned`. Other words are for people."""
    pairs = (words.split(_FROM) for words in cannot_tell if words.count(_FROM) == 1)
    return frozenset((layout, own) for layout, own in pairs if own in KINDS_TOLD)


def description_of(answer: Mapping[str, Any], alike: frozenset[tuple[str, str]]) -> Description:
    """The answer as a description. ValueError or TypeError, with what is wrong, for one that is none."""
    rows = answer["leaves"]
    leaves = {str(row[0]): (int(row[1]), int(row[2])) for row in rows if len(row) in (3, 4)}
    if len(leaves) != len(rows):
        raise ValueError("a leaf is there twice, or has not three or four parts")
    kinds = {str(row[0]): _kind(row[3]) for row in rows if len(row) == 4}
    members, enums = answer.get("members"), answer.get("enums")
    return Description(
        int(answer["size"]),
        int(answer["align"]),
        leaves,
        kinds if kinds or not rows else None,
        None if members is None else {str(path): (int(offset), int(size)) for path, offset, size in members},
        None if enums is None else {str(name): _constants(named) for name, named in enums.items()},
        alike,
    )


def _kind(word: Any) -> str:
    if word not in KINDS_TOLD:
        raise ValueError(f"the kind {str(word)[:40]!r} is none of {', '.join(sorted(KINDS_TOLD))}")
    return str(word)


def _constants(named: Any) -> dict[str, int]:
    if not all(type(number) is int for number in named.values()):
        raise ValueError("a constant of an enumeration is no whole number")
    return dict(named)
