"""What a declaration says besides places: the kind of each field, whole fields, an enumeration's constants, against a layout's."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from functools import lru_cache

from samebytes.layout.abi import Abi
from samebytes.layout.description import Description
from samebytes.layout.kinds import Enum, Kind
from samebytes.layout.laid_out import Layout, Leaf
from samebytes.layout.members import member_places
from samebytes.layout.record import Text

__all__ = [
    "FILLER",
    "WORDS",
    "constants_told",
    "declared_so",
    "first_of_each_enum",
    "kind_fits",
    "kind_in_words",
    "places_of",
    "same_number",
    "strangers",
    "whole_path",
]

SIGNS = ("signed", "unsigned")
WORDS = {
    "signed": "a signed integer", "unsigned": "an unsigned integer", "float": "a float", "bool": "a bool", "char": "a character",
    "pointer": "a pointer", "enum": "an enumeration", "signed enum": "an enumeration stored as a signed integer",
    "unsigned enum": "an enumeration stored as an unsigned integer", "text": "text of variable length", "plain": "C's char",
}  # fmt: skip
"""A kind that a peer tells, or a layout's family, in words."""


FILLER = re.compile(r"_|(reserved?|padding|pad|unused|filler|fill|hole|spare|gap)(?![a-z])", re.IGNORECASE)
"""Begins the name of a field that stands for a hole, in every language: it has no meaning, and the layout does not have it."""


def kind_fits(kind: Kind | Text, told: str, abi: Abi, alike: Collection[tuple[str, str]] = ()) -> bool:
    """Return whether a field that a peer tells to be `told` may be of that kind. `alike`: what the peer cannot tell apart."""
    if isinstance(kind, Text):
        return told == "text"
    sign, _, word = told.rpartition(" ")
    if isinstance(kind, Enum):
        stored = {kind.stored_as(abi).family} if kind.base is not None else set(SIGNS)
        return not sign or sign in stored if word == "enum" else word in stored and ("enum", word) in alike
    if word == "enum":  # an integer whose values have names in this language
        return kind.family in (sign, "plain") or (not sign and kind.family in SIGNS)
    if kind.family == "plain":
        return told in ("char", SIGNS[0 if abi.char_signed else 1]) or ("plain", told) in alike
    return told == kind.family or (kind.name, told) in alike or (kind.family, told) in alike


def kind_in_words(kind: Kind | Text, abi: Abi) -> str:
    """Return what a layout has: `an unsigned integer`, `an enumeration stored as …`."""
    if isinstance(kind, Text):
        return WORDS["text"]
    if isinstance(kind, Enum):
        stored = kind.stored_as(abi).family
        return WORDS.get(f"{stored} enum" if kind.base is not None else "enum", WORDS["enum"])
    return WORDS[kind.family]


def strangers(layout: Layout, found: Description) -> list[str]:
    """Return the paths of fields that are told and that the layout does not have, but for those that stand for a hole."""
    places = places_of(layout)
    paths = (path for path in found.members or () if path not in places)
    return [path for path in paths if not FILLER.match(path.rpartition(".")[2])]


def declared_so(layout: Layout, found: Description, shift: int) -> bool:
    """Return whether a record laid out so has the whole fields and the constants described. Kinds are compared leaf by leaf."""
    if found.members is not None:
        places = places_of(layout)
        if any(found.members[path][0] >= shift for path in strangers(layout, found)):
            return False
        for path, (offset, size) in found.members.items():
            if path in places and (places[path][0] + shift, places[path][1]) != (offset, size):
                return False
    for leaf in first_of_each_enum(layout):
        assert isinstance(leaf.kind, Enum)
        told = constants_told(found, leaf.path, leaf.kind)
        if told is not None and not _same_constants(leaf.kind, told, layout.abi):
            return False
    return True


@lru_cache(maxsize=4096)
def places_of(layout: Layout) -> Mapping[str, tuple[int, int]]:
    """Return `member_places`, remembered."""
    return member_places(layout)


@lru_cache(maxsize=100_000)
def whole_path(path: str) -> str:
    """Return the array that an element is of: `Wheels[1].Slip` of `Wheels[1].Slip[0]`."""
    return re.sub(r"(\[\d+\])+$", "", path)


def constants_told(found: Description, path: str, kind: Enum) -> Mapping[str, int] | None:
    """Return the constants of an enumeration as a peer declares them, under the leaf's path or the enumeration's name."""
    if found.enums is None:
        return None
    return found.enums.get(path, found.enums.get(kind.name))


def _same_constants(kind: Enum, told: Mapping[str, int], abi: Abi) -> bool:
    wanted = dict(kind.values)
    return wanted.keys() == told.keys() and all(same_number(wanted[name], told[name], kind, abi) for name in told)


def same_number(wanted: int | None, told: int | None, kind: Enum, abi: Abi) -> bool:
    """Return whether the numbers are the same. A library tells numbers in 64 bits: those beyond them as their complement."""
    if wanted is None or told is None or wanted == told:
        return wanted == told
    return kind.width(abi) == 8 and (wanted - told) % (1 << 64) == 0


def first_of_each_enum(layout: Layout) -> Iterator[Leaf]:
    met: set[str] = set()
    for leaf in layout.leaves:
        if isinstance(leaf.kind, Enum) and leaf.kind.name not in met:
            met.add(leaf.kind.name)
            yield leaf
