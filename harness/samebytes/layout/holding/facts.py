"""What has to hold of a declaration that somebody keeps by hand, field by field, under the names that its source has for them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from samebytes.layout.kinds import Enum, Kind
from samebytes.layout.laid_out import Layout, Member
from samebytes.layout.record import Text
from samebytes.layout.source import SourceRecord, record_of

__all__ = ["Held", "Source", "Step", "facts_of"]

_NUMBER = re.compile(
    r"(sbyte|byte|u?short|u?int|u?long|float|double|[iu](8|16|32|64)|f(32|64)|u?int(8|16|32|64)(_t)?|float(32|64)|"
    r"shortint|smallint|longint|word|longword|cardinal|integer|qword|single)",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Source:
    """A source file that declares the record: its text, and its records."""

    file: str
    text: str
    records: list[SourceRecord]


@dataclass(frozen=True)
class Step:
    """One name on the way to a field, and over how many dimensions the way goes on to a first element."""

    name: str
    dimensions: int


@dataclass(frozen=True)
class Held:
    """One field. Offsets and sizes are in bytes."""

    way: tuple[Step, ...]
    """From the record to it; anonymous records have no step."""
    offset: int
    inside: int
    """The offset in the record that it belongs to: that of the last step but one."""
    size: int
    """Of the whole field; 0 where its length is open."""
    counts: tuple[int, ...]
    kind: Kind | None
    """What it, or an element of it, is; None for a record."""
    number: bool
    """Whether it is a number whose sign, and whether it is a float, count: no enumeration, character, bool or pointer."""
    own: bool
    """Whether the source spells it as one of the language's numbers, not as a type of its own (an enumeration, a new type)."""
    why_not: str = ""
    """Why nothing can be held of it, in words."""
    anonymous: bool = False
    """Whether it is reached through an anonymous record."""
    owner: str = ""
    """The type of the record inside the record that it belongs to, as the source names it; empty for the record's own."""

    @property
    def path(self) -> str:
        """Return it as people write it: `wheels[0].slip`."""
        *before, last = self.way
        return "".join(f"{step.name}{'[0]' * step.dimensions}." for step in before) + last.name


def facts_of(layout: Layout, source: Source | None, declared: SourceRecord | None) -> Iterator[Held]:
    """Yield what has to hold of every field of a record, those of records in it included, arrays by their first element."""
    yield from _facts(layout, _Place(source, declared))


@dataclass(frozen=True)
class _Place:
    source: Source | None
    declared: SourceRecord | None
    way: tuple[Step, ...] = ()
    offset: int = 0
    inside: int = 0
    anonymous: bool = False
    owner: str = ""


def _facts(layout: Layout, place: _Place) -> Iterator[Held]:
    for member in layout.members:
        if member.field.name:
            yield _held(member, place)
        if member.layout is not None and (member.field.elements or not member.field.name):
            yield from _facts(member.layout, _within(member, place))


def _held(member: Member, place: _Place) -> Held:
    part = member.field
    name, word = _spelled(place, part.name)
    why = ""
    if part.bits is not None:
        why = "a bit-field has no address"
    elif isinstance(part.type, Text):
        why = "a text of variable length"
    kind = part.type if isinstance(part.type, Kind) else None
    number = kind is not None and not isinstance(kind, Enum) and kind.family in ("signed", "unsigned", "float")
    return Held(
        way=(*place.way, Step(name, len(part.counts) + part.flexible)),
        offset=place.offset + member.offset,
        inside=place.inside + member.offset,
        size=0 if part.flexible or why else member.size,
        counts=part.counts,
        kind=kind,
        number=number and not part.flexible,
        own=bool(_NUMBER.fullmatch(word.rpartition(".")[2])),
        why_not=why,
        anonymous=place.anonymous,
        owner=place.owner,
    )


def _within(member: Member, place: _Place) -> _Place:
    part = member.field
    if not part.name:
        offset, inside = place.offset + member.offset, place.inside + member.offset
        return _Place(place.source, place.declared, place.way, offset, inside, True, place.owner)
    name, word = _spelled(place, part.name)
    found = place.declared.named(part.name) if place.declared is not None else None
    inner = found.inner if found is not None else None
    if inner is None and place.source is not None and word:
        inner = record_of(place.source.records, word)
    way = (*place.way, Step(name, len(part.counts)))
    return _Place(place.source, inner, way, place.offset + member.offset, 0, place.anonymous, word)


def _spelled(place: _Place, name: str) -> tuple[str, str]:
    """Return a field's name as the source has it, and the word of its type; the record's own name where no source says."""
    found = place.declared.named(name) if place.declared is not None else None
    if found is None or place.source is None:
        return name, ""
    return found.name.lstrip("&").strip("`"), place.source.text[slice(*found.type)].strip()
