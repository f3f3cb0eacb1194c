"""Every struct has a number, every number is a struct: small numbers are small structs.

`struct_of(n)` and `number_of(record)` are inverse. A number is read as digits of mixed radix: what the record asks for (union, pack,
alignment), then field after field; a nested record's number and the rest of the list are two numbers paired into one.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from samebytes.layout import KINDS, Enum, Field, Kind, Pointer, Record

__all__ = ["FULL", "OPTIONS", "PLAIN", "Grammar", "number_of", "numbers", "struct_of"]

ENUMS = (
    Enum("Small", values=(("SMALL_A", 0), ("SMALL_B", 5))),
    Enum("Negative", values=(("NEGATIVE_A", -1), ("NEGATIVE_B", 70000))),
    Enum("Based", values=(("BASED_A", 1),), base=KINDS["u32"]),
    Enum("Large", values=(("LARGE_A", 1), ("LARGE_B", 1 << 32))),
    Enum("Tight", values=(("TIGHT_A", 0), ("TIGHT_B", 200)), packed=True),
)
NOT_IN_C = {"time"}
SCALARS: tuple[Kind, ...] = (*(k for k in KINDS.values() if k.name not in NOT_IN_C), Pointer(to="void"), *ENUMS[:2])
DIMENSIONS = ((1,), (2,), (3,), (5,), (2, 3), (3, 1, 2), (0,))
BIT_NAMES = "u32 i32 u8 u16 u64 i8 i16 i64 bool char long ulong uint short llong u128"
BIT_KINDS = tuple(KINDS[name] for name in BIT_NAMES.split())
WIDTHS = (1, 3, 7, 8, 9, 15, 16, 17, 23, 31, 32, 33, 40, 63, 64, 65, 100, 128)


def _fits(kind: Kind, bits: int) -> bool:
    """Return whether every ABI's C takes that many bits: `long` has 32 at least, a bool has 1."""
    if kind.name == "bool":
        return bits == 1
    return bits <= (kind.measure * 8 if isinstance(kind.measure, int) else 32)


_BITS = [(kind, bits) for kind in BIT_KINDS for bits in WIDTHS if _fits(kind, bits)]
_PLAIN = [KINDS[name] for name in ["u8", "u16", "i32", "f64", "long", "u64", "longdouble"]]
_BIT_PLAIN = [
    (KINDS[name], bits)
    for name in ["u8", "u16", "i32", "u64", "long"]
    for bits in (0, 1, 7, 8, 13, 16, 31, 32)
    if _fits(KINDS[name], bits)
]
_ALIGNED = [(KINDS[name], align) for name in ["u8", "u16", "i32", "f64", "long"] for align in (1, 2, 4, 8, 16, 32)]


def _bits(kind: Kind, bits: int, **more: object) -> dict[str, object]:
    return {"type": kind, "bits": bits, **more} | ({} if bits else {"name": ""})


CATEGORIES: tuple[tuple[dict[str, Any], ...], ...] = (
    tuple({"type": kind} for kind in SCALARS),
    tuple({"type": kind, "counts": counts} for kind in SCALARS for counts in DIMENSIONS),
    tuple({"type": kind, "bits": bits} for kind, bits in _BITS[::2]),
    tuple({"type": kind, "bits": bits} for kind, bits in _BITS[1::2]),
    tuple({"type": kind, "bits": bits, "name": ""} for kind, bits in [(k, 0) for k in BIT_KINDS] + _BITS[::5]),
    tuple({"type": kind, "align": align} for kind, align in _ALIGNED),
    tuple({"type": kind} for kind in ENUMS[2:])
    + tuple({"type": kind, "bits": bits} for kind in ENUMS[:1] for bits in (3, 8)),
    (
        {"type": Record},
        {"type": Record, "counts": (2,)},
        {"type": Record, "counts": (2, 2)},
        {"type": Record, "align": 16},
    ),
    (
        {"type": Record, "name": ""},
        {"type": Record, "packed": True},
        {"type": Record, "type_align": 1},
        {"type": Record, "type_align": 8},
    ),
    tuple(
        {"type": kind, "packed": True} | ({"align": align} if align else {})
        for kind in _PLAIN
        for align in (0, 1, 2, 4, 16)
    ),
    tuple({"type": kind, "type_align": align} for kind in _PLAIN for align in (1, 2, 4, 8, 16, 32)),
    tuple(
        {"type": kind, "type_align": align, "align": other}
        for kind in _PLAIN
        for align in (1, 2, 8, 16)
        for other in (1, 4, 8)
    ),
    tuple(
        {"type": kind, "type_align": align, "counts": (3,)}
        for kind in _PLAIN
        for align in (1, 2, 4)
        if align == 1 or kind.name not in ("u8", "u16")
    ),
    tuple(_bits(kind, bits, align=align) for kind, bits in _BIT_PLAIN for align in (1, 2, 4, 8, 16)),
    tuple(_bits(kind, bits, packed=True) for kind, bits in _BIT_PLAIN),
    tuple(_bits(kind, bits, packed=True, align=align) for kind, bits in _BIT_PLAIN for align in (1, 2, 8)),
    tuple(_bits(kind, bits, type_align=align) for kind, bits in _BIT_PLAIN for align in (1, 2, 4, 8, 16, 32)),
    tuple(
        _bits(kind, bits, type_align=align, align=other)
        for kind, bits in _BIT_PLAIN
        for align in (1, 2, 8)
        for other in (2, 8)
    ),
)
"""What a field can be, by kind of thing; each row without the name, which follows from the place."""

OPTIONS: tuple[dict[str, Any], ...] = tuple(
    {"union": union, "packed": packed, "pack": pack, "align": align}
    for union, aligns, packs in (
        (
            False,
            (None, 8, 32),
            ((None, False), (1, False), (2, False), (4, False), (8, False), (None, True), (16, False)),
        ),
        (True, (None, 8), ((None, False), (2, False), (None, True))),
    )
    for align in aligns
    for pack, packed in packs
)
TAILS = (None, KINDS["u8"], KINDS["i32"], KINDS["f64"], KINDS["char16"])
"""Flexible arrays a struct may end in."""


@dataclass(frozen=True)
class Grammar:
    """What a struct can consist of: kinds of fields, what the record itself asks for, open arrays at its end."""

    categories: tuple[tuple[dict[str, Any], ...], ...]
    options: tuple[dict[str, Any], ...]
    tails: tuple[Kind | None, ...]

    def struct_of(self, number: int, name: str = "S") -> Record:
        """Return the struct with that number; names of its fields and of the records inside begin with its own."""
        number, option = divmod(number, len(self.options))
        tail = 0
        if not self.options[option].get("union"):
            number, tail = divmod(number, len(self.tails))
        kind = self.tails[tail]
        last = Field("tail", kind, flexible=True) if kind is not None else None
        return self._record(name, option, number, last)

    def number_of(self, record: Record) -> int:
        """Return the number of a struct. LookupError for one that the grammar does not have."""
        last = record.fields[-1]
        fields = record.fields[:-1] if last.flexible else record.fields
        if not fields:
            raise LookupError("a struct has fields")
        number = self._number_of_fields(fields)
        if not record.union:
            number = number * len(self.tails) + (self.tails.index(last.type) if last.flexible else 0)
        return number * len(self.options) + self._option(record)

    def _record(self, name: str, option: int, number: int, last: Field | None = None) -> Record:
        fields = [*self._fields(name, number), *([last] if last else [])]
        return Record(name, tuple(fields), **self.options[option])

    def _fields(self, name: str, number: int) -> Iterator[Field]:
        index, more = 0, True
        while more:
            number, category = divmod(number, len(self.categories))
            number, row = divmod(number, len(self.categories[category]))
            said = {"name": f"f{name[1:]}_{index}"} | self.categories[category][row]
            if said["type"] is Record:
                inner, number = _unpair(number)
                inner, option = divmod(inner, len(self.options))
                said["type"] = self._record(f"{name}_{index}", option, inner)
            yield Field(**said)
            more = number > 0
            number, index = number - 1, index + 1

    def _number_of_fields(self, fields: tuple[Field, ...]) -> int:
        number = 0
        for part in reversed(fields):
            category, row = self._place(part)
            if isinstance(part.type, Record):
                if part.type.fields[-1].flexible:
                    raise LookupError("an open array stands at the end of the whole")
                inner = self._number_of_fields(part.type.fields) * len(self.options) + self._option(part.type)
                number = _pair(inner, number)
            number = (number * len(self.categories[category]) + row) * len(self.categories) + category + 1
        return number - 1

    def _place(self, part: Field) -> tuple[int, int]:
        said: dict[str, Any] = {"type": Record if isinstance(part.type, Record) else part.type}
        for key in ("counts", "bits", "align", "type_align", "packed"):
            value = getattr(part, key)
            said |= {} if value is None or value == () or value is False else {key: value}
        said |= {} if part.name else {"name": ""}
        found = next(((c, rows.index(said)) for c, rows in enumerate(self.categories) if said in rows), None)
        if found is None:
            raise LookupError(f"no field is like {said}")
        return found

    def _option(self, record: Record) -> int:
        said = {key: getattr(record, key) for key in self.options[0]}
        if said not in self.options:
            raise LookupError(f"no struct asks for {said}")
        return self.options.index(said)


FULL = Grammar(CATEGORIES, OPTIONS, TAILS)
"""What C has, with GNU attributes."""
_SIMPLE = tuple(KINDS[name] for name in ["u8", "i8", "u16", "i16", "u32", "i32", "u64", "i64", "f32", "f64"])
PLAIN = Grammar(
    (
        tuple({"type": kind} for kind in _SIMPLE),
        tuple({"type": kind, "counts": (count,)} for kind in _SIMPLE for count in (1, 3, 4)),
        ({"type": Record},),
    ),
    tuple({"pack": pack} for pack in (None, 1, 2, 4, 8)),
    (None,),
)
"""What most languages have: numbers, rows of them, structs, packing."""


def struct_of(number: int, name: str = "S") -> Record:
    """Return the struct of C with that number."""
    return FULL.struct_of(number, name)


def number_of(record: Record) -> int:
    """Return the number of a struct of C."""
    return FULL.number_of(record)


def numbers(seed: int, count: int) -> Iterator[int]:
    """Yield `count` distinct numbers of structs, the same for a seed: 0, 1, 2, …, and between them random ones of all lengths."""
    chance = random.Random(seed)
    seen: set[int] = set()
    least = 0
    while len(seen) < count:
        if len(seen) % 4 == 0:
            number, least = least, least + 1
        else:
            number = chance.getrandbits(chance.randint(12, 120))
        if number not in seen:
            seen.add(number)
            yield number


def _pair(left: int, right: int) -> int:
    """Return one number made of two: their bits by turns."""
    width = max(left.bit_length(), right.bit_length())
    return sum((left >> i & 1) << 2 * i | (right >> i & 1) << 2 * i + 1 for i in range(width))


def _unpair(number: int) -> tuple[int, int]:
    half = range(number.bit_length() // 2 + 1)
    return sum((number >> 2 * i & 1) << i for i in half), sum((number >> 2 * i + 1 & 1) << i for i in half)
