"""What the rules of the traps look at: a record, the ABIs it is shared between, and every field once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import groupby

from samebytes.errors import LayoutError
from samebytes.layout.abi import ABIS, Abi
from samebytes.layout.kinds import Kind
from samebytes.layout.laid_out import Layout
from samebytes.layout.record import Field, Record
from samebytes.layout.rules import lay_out

__all__ = ["COMPANY", "Group", "Scene", "Visit", "spread"]

_FIRST = ("x86_64-linux", "x86_64-windows")
COMPANY: tuple[str, ...] = (
    *_FIRST,
    *(name for name, abi in ABIS.items() if abi.order == "little" and name not in _FIRST),
)
"""Whom a record is compared with when fewer than two ABIs are asked for: all that people share memory between."""


@dataclass(frozen=True)
class Visit:
    """A field of the record, or of a record inside it. Each record inside is visited once, at the first path that leads to it."""

    path: str
    owner: Record
    number: int
    part: Field

    @property
    def kind(self) -> Kind | None:
        """Return its scalar kind, if it has one."""
        return self.part.type if isinstance(self.part.type, Kind) else None


@dataclass(frozen=True)
class Group:
    """A record inside the record (or itself), and the path that leads to it first: empty, or ending in a dot."""

    prefix: str
    owner: Record

    def path(self, number: int) -> str:
        """Return the path of its field of that number."""
        return self.prefix + _named(self.owner, number)

    @property
    def place(self) -> str:
        """Return the path of the record as a whole."""
        return self.prefix.rstrip(".")


class Scene:
    """A record and its company: the ABIs on which its layout is compared."""

    def __init__(self, record: Record, asked: Iterable[Abi]) -> None:
        self.record = record
        self.abis = tuple(dict.fromkeys(asked))
        """All ABIs, also those that have no such record."""
        refused: list[LayoutError] = []
        self.company = tuple(abi for abi in self.abis if _lays_out(record, abi, refused))
        """Those on which it can be laid out. LayoutError when there is none."""
        if not self.company:
            raise refused[0]

    @cached_property
    def groups(self) -> tuple[Group, ...]:
        """Return the record and every record inside it, outermost first."""
        found: dict[int, Group] = {}
        waiting = [Group("", self.record)]
        while waiting:
            group = waiting.pop(0)
            if id(group.owner) not in found:
                found[id(group.owner)] = group
                waiting += _inside(group)
        return tuple(found.values())

    @cached_property
    def visits(self) -> tuple[Visit, ...]:
        """Return every field, once."""
        return tuple(
            Visit(group.path(number), group.owner, number, part)
            for group in self.groups
            for number, part in enumerate(group.owner.fields)
        )

    def layouts(self, owner: Record) -> dict[str, Layout]:
        """Return the layouts of the record, or of one inside it, on every ABI of the company."""
        return {abi.name: lay_out(owner, abi) for abi in self.company}

    def differing(self, measure: Callable[[Abi], object]) -> str:
        """Return words for a number that is not the same on all ABIs; empty if it is."""
        values = {abi.name: measure(abi) for abi in self.abis}
        return spread(values) if len(set(values.values())) > 1 else ""

    @property
    def orders(self) -> set[str]:
        """Return the byte orders in the company."""
        return {abi.order for abi in self.company}


def spread(values: Mapping[str, object], unit: str = "") -> str:
    """Return who has which value, in the order given: `8 on x86_64-linux, 4 on x86_64-windows and 3 more`."""
    ranks = {value: rank for rank, value in enumerate(dict.fromkeys(values.values()))}
    ordered = sorted(values, key=lambda name: ranks[values[name]])
    parts = []
    for value, names in groupby(ordered, key=lambda name: values[name]):
        first, *rest = names
        more = f" and {rest[0]}" if len(rest) == 1 else f" and {len(rest)} more" if rest else ""
        parts.append(f"{value}{unit} on {first}{more}")
    return ", ".join(parts)


def _lays_out(record: Record, abi: Abi, refused: list[LayoutError]) -> bool:
    try:
        lay_out(record, abi)
    except LayoutError as error:
        refused.append(error)
        return False
    return True


def _inside(group: Group) -> Iterator[Group]:
    for number, part in enumerate(group.owner.fields):
        if isinstance(part.type, Record):
            path = group.path(number) if part.name else group.prefix
            yield Group(f"{path.rstrip('.')}." if path else "", part.type)


def _named(owner: Record, number: int) -> str:
    part = owner.fields[number]
    repeated = "[]" * len(part.counts) if isinstance(part.type, Record) else ""
    return f"{part.name}{repeated}"
