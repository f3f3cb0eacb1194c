"""The 43 traps between ABIs and languages: number, short name, and what to do about each.

Numbers are stable: reports, fixtures (`fixtures/traps/NN-name.toml`) and causes of failing cells refer to them.
"""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["TRAPS", "Hazard", "Trap", "hazard"]


@dataclass(frozen=True)
class Trap:
    """A rule under which two programs that mean the same record disagree about its bytes."""

    number: int
    name: str
    fix: str


@dataclass(frozen=True)
class Hazard:
    """A trap that a record runs into. `path` names the field; `[]` in it stands for every element; empty: the record."""

    trap: Trap
    path: str
    message: str

    @property
    def sentence(self) -> str:
        """Return what differs and what to do, in one line."""
        return f"{self.message}. Fix: {self.trap.fix}"

    def as_json(self) -> dict[str, str]:
        """Return the machine form."""
        return {"trap": self.trap.name, "path": self.path, "message": f"trap {self.trap.number}: {self.sentence}"}


_ROWS: tuple[tuple[str, str], ...] = (
    ("long", "use i32 or i64 (int32_t, int64_t)"),
    ("wchar_t", "use char16 or char32 (char16_t, char32_t)"),
    ("8-byte alignment", "put 8-byte fields at multiples of 8 and fill the gaps with named bytes"),
    ("long double", "use f64 (double)"),
    ("__int128", "use two 64-bit fields"),
    ("pointers", "share an offset from the start of the segment in a u64; for a size, use u64"),
    ("time_t", "use i64, and say which epoch and unit"),
    ("enum above 32 bits", "give the enum a base: enum E : uint64_t, or an i64 field with constants"),
    ("packed enum", "give the enum a base instead of packing it: enum E : uint8_t, or a u8 field with constants"),
    ("enum default", "give the enum a base (C++, C23: enum E : int32_t; C#: enum E : int; Rust: #[repr(i32)])"),
    ("bool", "use u8; in C#, byte, or bool with [MarshalAs(UnmanagedType.U1)]"),
    ("bool values", "use u8, write 0 or 1, and read everything that is not 0 as true"),
    ("char signedness", "use i8 or u8 for a number, char8 for text"),
    ("char width", "use char8, char16 or char32, or u8 for a byte; in C#, byte or sbyte"),
    ("bit-field unit", "use whole integers with masks and shifts"),
    ("bit-fields and pack", "take the bit-fields out of the packed record: whole integers with masks and shifts"),
    ("bit-field, then char", "fill the bit-field's unit to its end, or use whole integers with masks and shifts"),
    ("bit-fields of mixed widths", "declare all bit-fields of a unit with the same type, or use masks and shifts"),
    ("unions with bit-fields", "put the bit-fields into a struct in the union, or use whole integers with masks"),
    ("bit order", "use whole integers with masks and shifts"),
    ("endianness", "agree on one byte order and convert at one end; say which one in the record's first field"),
    ("empty struct", "give it a field, or leave it out"),
    ("tail-padding reuse", "use members instead of base classes, or end the base with named bytes"),
    ("empty base", "leave the base out of the shared record, or make it a member with a field"),
    ("vptr", "share a plain struct without virtual functions"),
    ("pack missing", "arrange the fields so that pack changes nothing, and assert size and offsets on every side"),
    ("pack scope", "declare the inner record with the same pack, or fill its gaps with named bytes"),
    ("pack and 32-bit rules", "put 8-byte fields at multiples of 8, or use pack 4 everywhere"),
    ("dropped field", "keep the field under a name such as reserved: what follows must not move"),
    (
        "flexible array",
        "end the fixed record before it, and compute the tail's place from its offset, never from sizeof",
    ),
    ("odd UTF-16 array", "make the array's length even, or name the two bytes behind it"),
    ("string length", "say what the length counts (bytes or units, with or without NUL) and use one helper for it"),
    ("ShortString", "use an array of char8 with a length field of its own"),
    ("Pascal Integer", "use Int32 (Int16 where 16 bits are meant)"),
    ("Pascal Extended", "use Double"),
    ("Pascal set", "use an unsigned integer with one constant per bit"),
    ("Pascal managed type", "use a fixed array, or a length and an offset into the segment"),
    ("reordered fields", "fix the order: #[repr(C)] in Rust, LayoutKind.Sequential or Explicit in C#"),
    ("decimal", "share a scaled i64, or four i32 in an order that both sides write down"),
    ("Guid", "share 16 bytes, and say which of the two byte orders they are in"),
    ("DateTime", "share an i64 of a named unit since a named epoch in UTC"),
    ("WriteArray stride", "make the record's size a multiple of 4 (better: of 8) with named bytes at its end"),
    ("padding", "name the bytes (reserved fields), or write zeros first; never compare or hash them"),
)

TRAPS: dict[int, Trap] = {number: Trap(number, name, fix) for number, (name, fix) in enumerate(_ROWS, 1)}
"""All of them by number."""


def hazard(number: int, path: str, message: str) -> Hazard:
    """Return trap `number` at `path`."""
    return Hazard(TRAPS[number], path, message)
