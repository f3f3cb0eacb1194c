"""A record as a peer tells that it is declared: the layout's, with the kinds and constants that the peer has in place of others."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from samebytes.diagnosis.explains import Observation
from samebytes.diagnosis.targets import altered
from samebytes.layout import KINDS, Abi, Description, Enum, Field, Kind, Record
from samebytes.layout.telling import WORDS, constants_told, kind_fits, kind_in_words

__all__ = ["Told", "as_declared"]

SHOWN = 4
"""Fields that are named one by one."""
INTEGERS = ("signed", "unsigned", "plain", "char", "enum", "pointer")
"""Families between which a load or a store of one width changes no bit."""


@dataclass
class Told:
    """The record so changed, and that in words."""

    record: Record
    changes: list[str] = field(default_factory=list)
    whole: bool = True
    """Whether a person would name just this: no number became a float, nor a float a number."""
    harmless: bool = True
    """Whether values pass through the fields unchanged, so that something else may be wrong besides."""

    @property
    def words(self) -> str:
        """All changes, or the first of them and how many more there are."""
        rest = len(self.changes) - SHOWN
        more = [f"and {rest} more like that"] if rest > 0 else []
        return "; ".join([*self.changes[:SHOWN], *more])


def as_declared(seen: Observation) -> Told | None:
    """None where the peer tells no other kind, of those fields that have the layout's width, and no other constants."""
    told = Told(seen.layout.record)
    told.record = _record(seen.layout.record, "", _Teller(seen, told))
    return told if told.changes else None


@dataclass
class _Teller:
    """What is being found out while a record is gone through."""

    seen: Observation
    told: Told
    met: dict[Record, Record] = field(default_factory=dict)

    @property
    def found(self) -> Description:
        return self.seen.description

    @property
    def abi(self) -> Abi:
        return self.seen.layout.abi

    def kind(self, kind: Kind, path: str, name: str) -> Kind:
        """The kind that the peer tells of a field whose first leaf is at `path`; the layout's where it tells no other."""
        leaf, word = self.seen.layout.by_path.get(path), (self.found.kinds or {}).get(path)
        here = self.found.leaves.get(path)
        if leaf is None or here is None or here[1] != leaf.width or leaf.bits is not None:
            return kind
        if word is not None and not kind_fits(kind, word, self.abi, self.found.alike):
            other = kind_of(word, leaf.width)
            if other is None:
                return kind
            self._note(kind, other, name, word)
            return other
        return self._constants(kind, path) if isinstance(kind, Enum) else kind

    def _note(self, was: Kind, now: Kind, name: str, word: str) -> None:
        families = {was.family, now.family}
        self.told.changes.append(f"{name} is {_told(was, word)}, the layout has {_wanted(was, word, self.abi)}")
        self.told.whole = self.told.whole and not ("float" in families and families & {"signed", "unsigned"})
        self.told.harmless = self.told.harmless and families <= set(INTEGERS)

    def _constants(self, kind: Enum, path: str) -> Kind:
        told = constants_told(self.found, path, kind)
        wanted = dict(kind.values)
        if told is None or dict(told) == wanted:
            return kind
        words = list(_constants_in_words(kind, wanted, told))
        if not words or any(word in self.told.changes for word in words):
            return replace(kind, values=tuple(told.items()))
        self.told.changes += words
        return replace(kind, values=tuple(told.items()))


def kind_of(word: str, width: int) -> Kind | None:
    """A kind that a peer would tell so, of that many bytes; None if there is none."""
    sign, _, last = word.rpartition(" ")
    names = {"signed": "i", "unsigned": "u", "float": "f", "char": "char"}
    if last == "bool":
        return KINDS.get({1: "bool", 4: "bool32"}.get(width, ""))
    if last == "pointer":
        return KINDS["pointer"]
    return KINDS.get(f"{names.get(sign or last, 'u')}{width * 8}")


def _record(record: Record, prefix: str, teller: _Teller) -> Record:
    if record in teller.met:
        return teller.met[record]
    fields = tuple(_field(part, prefix, record, teller) for part in record.fields)
    changed = record if fields == record.fields else altered(record, fields=fields)
    teller.met[record] = changed
    return changed


def _field(part: Field, prefix: str, owner: Record, teller: _Teller) -> Field:
    path = f"{prefix}{part.name}{'[0]' * len(part.counts)}"
    if isinstance(part.type, Record):
        inner = _record(part.type, f"{path}." if part.name else prefix, teller)
        return part if inner == part.type else replace(part, type=inner)
    if not isinstance(part.type, Kind):
        return part
    of = f" of {owner.name}" if owner is not teller.seen.layout.record and owner.name else ""
    kind = teller.kind(part.type, path, f"`{part.name}`{of}")
    return part if kind == part.type else replace(part, type=kind, chars=None)


def _told(was: Kind, word: str) -> str:
    """`signed` where nothing but the sign is another."""
    return word if {was.family, word} == {"signed", "unsigned"} else WORDS[word]


def _wanted(was: Kind, word: str, abi: Abi) -> str:
    return f"it {was.family}" if {was.family, word} == {"signed", "unsigned"} else kind_in_words(was, abi)


def _constants_in_words(kind: Enum, wanted: Mapping[str, int], told: Mapping[str, int]) -> Iterator[str]:
    for name in dict.fromkeys((*wanted, *told)):
        if name not in told:
            yield f"`{name}` of {kind.name} is missing"
        elif name not in wanted:
            yield f"{kind.name} has `{name}` = {told[name]}, which the layout has not"
        elif wanted[name] != told[name]:
            yield f"`{name}` of {kind.name} is {told[name]}, the layout has {wanted[name]}"
