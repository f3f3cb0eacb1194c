"""Records: what is shared, described once, independent of language and ABI.

A `Record` is an ordered tuple of `Field`s, laid out one after another (a struct) or all at offset 0 (`union=True`). A field's type is
a scalar `Kind` (also `Enum`, `Pointer`), another `Record`, or a `Text` of variable length. What a field can say besides:

    counts=(3, 4)      an array of arrays, outermost dimension first; a 0 is GNU C's `[0]`: it takes no room
    flexible=True      C's `[]` in front of `counts`, last field only: as many elements as there is room for
    chars=Chars()      the last dimension is text: one `str` instead of a list of units
    bits=3             a bit-field of its type; bits=0 (unnamed) closes the unit
    align=16           alignas(16) on the field: at least that alignment; with `packed`, exactly that
    type_align=2       its type is a typedef with an alignment of its own, lower than natural maybe
    packed=True        __attribute__((packed)) on this field alone
    offset=8, bit=0    pinned by the record's authors (C# FieldOffset, debug information)
    name=""            an unnamed bit-field, or an anonymous record or union, whose members are reached directly

A record adds `pack` (the pragma), `packed` (the GNU attribute), `align`, `size`, `overlap` (pinned fields may share bytes).
Everything is immutable, hashable and compares by value; `doc` and `origin` do not take part in comparison.
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import Any, Literal

from samebytes.errors import LayoutError
from samebytes.layout.kinds import Array, Enum, Kind
from samebytes.layout.texts import Chars, Encoding, Text
from samebytes.layout.validate import MAX_DEPTH, MAX_SIZE, check_record

__all__ = ["MAX_DEPTH", "MAX_SIZE", "Array", "Chars", "Encoding", "Field", "Origin", "Record", "Text", "Type"]


@dataclass(frozen=True)
class Origin:
    """Where a description, or its numbers, came from."""

    language: str
    """`c`, `c++`, `c#`, `python`, `toml`, …"""
    source: str = ""
    """File and place, assembly and type, module and class."""
    tool: str = ""
    """Who read it: `libclang 19.1 x86_64-pc-linux-gnu`, `DWARF 5 of gcc 12.2`, `reflection on mono 6.12`."""


@dataclass(frozen=True)
class Field:
    """A named part of a record; the module's first lines say what each attribute means. Offsets and alignments are in bytes."""

    name: str
    type: Type
    counts: tuple[int, ...] = ()
    offset: int | None = None
    align: int | None = None
    bits: int | None = None
    bit: int | None = None
    """With `offset` and `bits`: the first bit, counted from the start of byte `offset` in the ABI's bit order."""
    chars: Chars | None = None
    flexible: bool = False
    type_align: int | None = None
    packed: bool = False
    doc: str = field(default="", compare=False)

    @property
    def elements(self) -> int:
        """Return how many there are of `type`; 0 for a flexible array, whose number only the memory knows."""
        total = 0 if self.flexible else 1
        for count in self.counts:
            total *= count
        return total


@dataclass(frozen=True)
class Record:
    """An ordered list of fields with packing. Immutable; compare by value. LayoutError, with the place, for a wrong one."""

    name: str
    fields: tuple[Field, ...]
    pack: int | None = None
    """Upper limit of every field's alignment, in bytes (`#pragma pack(n)`, `Pack=n`)."""
    size: int | None = None
    """Explicit total size in bytes (`StructLayout(Size=…)`)."""
    body: Literal["", "json"] = ""
    """`json`: the fields travel as one length-prefixed JSON object."""
    prefix: Kind | None = None
    """With `body`: the integer kind that holds the body's length in bytes."""
    doc: str = field(default="", compare=False)
    union: bool = False
    """All fields begin at offset 0."""
    align: int | None = None
    """`alignas` on the record: at least that alignment, in bytes."""
    packed: bool = False
    """`__attribute__((packed))`: as pack=1, but an alignment a field asks for still counts."""
    overlap: bool = False
    """Fields with explicit offsets may share bytes, as in a C# `LayoutKind.Explicit` union."""
    origin: Origin | None = field(default=None, compare=False)
    depth: int = field(default=1, init=False, repr=False, compare=False)
    """Levels of records inside it, itself included."""
    digest: int = field(default=0, init=False, repr=False, compare=False)
    layouts: dict[Any, Any] = field(default_factory=dict, init=False, repr=False, compare=False)
    """What `lay_out` has computed, by ABI."""

    def __post_init__(self) -> None:
        nested = (part.type.depth for part in self.fields if isinstance(part.type, Record))
        object.__setattr__(self, "depth", 1 + max(nested, default=0))
        check_record(self)
        said = (self.name, self.fields, self.pack, self.size, self.body, self.prefix, self.union, self.align)
        object.__setattr__(self, "digest", hash(said))

    def __hash__(self) -> int:
        return self.digest

    def __getitem__(self, counts: int | tuple[int, ...]) -> Array[Record]:
        """Return an array of it, outermost dimension first: `Wheel[4]`."""
        return Array(self, counts if isinstance(counts, tuple) else (counts,))

    def __reduce__(self) -> tuple[Any, ...]:
        parts = {item.name: getattr(self, item.name) for item in fields(self) if item.init}
        return _rebuild, (parts,)

    @property
    def variable(self) -> bool:
        """Return whether its size in memory depends on its values."""
        if self.body or not self.fields:
            return bool(self.body)
        last = self.fields[-1]
        return isinstance(last.type, Text) or last.flexible or (isinstance(last.type, Record) and last.type.variable)

    @property
    def pinned(self) -> bool:
        """Return whether any field has an explicit offset."""
        return any(part.offset is not None for part in self.fields)

    def named(self, name: str) -> Field:
        """Return the field of that name, through anonymous members too. LayoutError when there is none."""
        for part in self.fields:
            if part.name == name and name:
                return part
            if not part.name and isinstance(part.type, Record) and name in part.type.names:
                return part.type.named(name)
        raise LayoutError(f"{self.name} has no field {name!r}", path=name)

    @property
    def names(self) -> tuple[str, ...]:
        """Return the names reached directly, in order: anonymous members give theirs."""
        found: list[str] = []
        for part in self.fields:
            if part.name:
                found.append(part.name)
            elif isinstance(part.type, Record):
                found += part.type.names
        return tuple(found)

    def nested(self) -> tuple[Record | Enum, ...]:
        """Return every record and enum it needs, each once, those that others need first."""
        found: dict[int, Record | Enum] = {}
        _collect(self, found)
        return tuple(dict.fromkeys(found.values()))


Type = Kind | Record | Text


def _rebuild(parts: dict[str, Any]) -> Record:
    return Record(**parts)


def _collect(record: Record, found: dict[int, Record | Enum]) -> None:
    for part in record.fields:
        if id(part.type) in found:
            continue
        if isinstance(part.type, Record):
            _collect(part.type, found)
        if isinstance(part.type, (Record, Enum)):
            found[id(part.type)] = part.type
