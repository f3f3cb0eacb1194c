"""A record as an emitter spells it: its fields under the names that they have in the language, and which of those are whose."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace

from samebytes.layout.abi import Abi, abi_named
from samebytes.layout.emit import c, csharp, go, nim, pascal, python, rust
from samebytes.layout.emit.names import Names
from samebytes.layout.record import Field, Record
from samebytes.layout.rules import lay_out

__all__ = ["Spelled", "spelled_in"]

MOST = 512
"""Elements of an array of records that become fields of their own."""
_NAMES: dict[str, Callable[[Abi], Names]] = {
    "c": lambda _abi: c.dialect("C").names(),
    "c++": lambda _abi: c.dialect("C++").names(),
    "csharp": lambda _abi: csharp.dialect().names(),
    "nim": lambda _abi: nim.dialect().names(),
    "rust": lambda _abi: rust.dialect().names(),
    "pascal": lambda _abi: pascal.dialect().names(),
    "python": lambda abi: python.dialect(abi).names(),
    "go": lambda _abi: go.dialect().names(),
}


@dataclass(frozen=True)
class Spelled:
    """A record of the same layout whose names an emitter leaves as they are."""

    record: Record
    names: Mapping[str, str]
    """By a leaf's path in it: the path in the record that it stands for."""


def spelled_in(record: Record, language: str, abi: Abi | str, *, unrolled: bool = False) -> Spelled:
    """Return the record with the names that `emit` gives its fields in a language. The layout is the same, leaf by leaf.

    With `unrolled`, for languages without arrays of records: such an array becomes a record of its elements, `e0`, `e1`, ….
    """
    abi = abi_named(abi) if isinstance(abi, str) else abi
    found = _spelled(record, lambda: _NAMES[language](abi), unrolled)
    theirs, ours = (lay_out(one, abi).leaves for one in (found, record))
    return Spelled(found, {one.path: other.path for one, other in zip(theirs, ours, strict=True)})


def _spelled(record: Record, names: Callable[[], Names], unrolled: bool) -> Record:
    own = names()
    for name in record.names:
        own.new(name)
    return replace(record, fields=tuple(_fields(record, own, names, unrolled)))


def _fields(record: Record, own: Names, names: Callable[[], Names], unrolled: bool) -> Iterator[Field]:
    for part in record.fields:
        named = replace(part, name=own.of(part.name)) if part.name else part
        if not isinstance(part.type, Record):
            yield named
            continue
        inner = _spelled(part.type, names, unrolled)
        if part.name:
            named = replace(named, type=inner)
            many = unrolled and part.counts and not part.flexible and 0 < part.elements <= MOST
            yield _unrolled(named, inner) if many else named
        else:
            yield replace(part, name=own.new("anonymous0"), type=inner)


def _unrolled(part: Field, inner: Record) -> Field:
    """Return an array of records as one record with the elements one behind the other."""
    elements = tuple(Field(f"e{number}", inner) for number in range(part.elements))
    return replace(part, counts=(), type=Record(f"{inner.name}_{part.name}", elements))
