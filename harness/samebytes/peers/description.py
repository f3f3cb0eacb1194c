"""How a peer sees its own declaration of a record: its answer to `describe`, read strictly."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from samebytes.layout.description import KINDS_TOLD, Description
from samebytes.peers import answers

__all__ = ["alike_of", "description_of"]

_FROM = " from "


def alike_of(cannot_tell: Iterable[str]) -> frozenset[tuple[str, str]]:
    """Return the pairs in what a peer says that it cannot tell: `char16 from unsigned`. Other words are for people."""
    pairs = (words.split(_FROM) for words in cannot_tell if words.count(_FROM) == 1)
    return frozenset((layout, own) for layout, own in pairs if own in KINDS_TOLD)


def description_of(who: str, answer: Mapping[str, Any], alike: frozenset[tuple[str, str]]) -> Description:
    """Return the answer as a description.

    ProtocolError says what is wrong with one that is not a description; `who` answered.
    """
    leaves = answers.rows(who, answer, "leaves")
    members, enums = answer.get("members"), answer.get("enums")
    return Description(
        answers.number(who, answer, "size"),
        answers.number(who, answer, "align"),
        leaves,
        _kinds(who, answer["leaves"]),
        None if members is None else answers.rows(who, answer, "members"),
        None if enums is None else _enums(who, enums),
        alike,
    )


def _kinds(who: str, rows: Sequence[Sequence[Any]]) -> dict[str, str] | None:
    """Return what each leaf is told to be; None where no row says so."""
    kinds = {str(row[0]): row[3] for row in rows if len(row) > 3}
    for path, word in kinds.items():
        if not isinstance(word, str) or word not in KINDS_TOLD:
            known = ", ".join(sorted(KINDS_TOLD))
            raise answers.wrong(who, f"tells that {path[:80]} is {answers.shortened(word)}, which is none of {known}")
    return kinds if kinds or not rows else None


def _enums(who: str, told: Any) -> dict[str, dict[str, int]]:
    if not isinstance(told, dict):
        raise answers.wrong(who, f"tells enumerations that are no object: {answers.shortened(told)}")
    return {name: _constants(who, name, named) for name, named in told.items()}


def _constants(who: str, name: str, named: Any) -> dict[str, int]:
    if not isinstance(named, dict) or not all(type(number) is int for number in named.values()):
        raise answers.wrong(
            who, f"tells constants of {name[:80]} that are no whole numbers: {answers.shortened(named)}"
        )
    return dict(named)
