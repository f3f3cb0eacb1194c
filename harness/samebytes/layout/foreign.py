"""Types that other languages have and C has not, as they are in memory: `type = "guid"` in a description.

.NET's types have two forms: in memory (`decimal`, `datetime`, `guid`), and as they are written: `decimal_bits` by BinaryWriter and
GetBits, `datetime_binary` by ToBinary, `uuid` in the order RFC 4122 has and other languages print.

Sizes and field orders as the runtimes have them on x86_64: .NET's reference source (Decimal, Guid, DateTime), Free Pascal's
reference guide (ShortString, Extended, sets, AnsiString), Microsoft's OLE Automation types (VARIANT_BOOL, DATE).
"""

from __future__ import annotations

from samebytes.layout.kinds import KINDS, Kind, Pointer
from samebytes.layout.record import Field, Record

__all__ = ["FOREIGN"]


def _record(name: str, *fields: tuple[str, str] | tuple[str, str, int]) -> Record:
    return Record(name, tuple(Field(part[0], KINDS[part[1]], tuple(part[2:])) for part in fields))


FOREIGN: dict[str, Kind | Record] = {
    "decimal": _record("decimal", ("flags", "i32"), ("hi", "u32"), ("lo", "u32"), ("mid", "u32")),
    "decimal_bits": _record("decimal_bits", ("lo", "u32"), ("mid", "u32"), ("hi", "u32"), ("flags", "i32")),
    "guid": _record("guid", ("data1", "u32"), ("data2", "u16"), ("data3", "u16"), ("data4", "u8", 8)),
    "uuid": _record("uuid_bytes", ("bytes", "u8", 16)),
    "datetime_binary": Kind("datetime_binary", "signed", 8),
    "datetime": Kind("datetime", "unsigned", 8),
    "filetime": _record("filetime", ("low", "u32"), ("high", "u32")),
    "oledate": Kind("oledate", "float", 8),
    "tdatetime": Kind("tdatetime", "float", 8),
    "unixtime": Kind("unixtime", "signed", 8),
    "variant_bool": Kind("variant_bool", "bool", 2),
    "shortstring": _record("shortstring", ("length", "u8"), ("text", "char8", 255)),
    "currency": Kind("currency", "signed", 8),
    "comp": Kind("comp", "signed", 8),
    "real48": _record("real48", ("bytes", "u8", 6)),
    "bytebool": Kind("bytebool", "bool", 1),
    "wordbool": Kind("wordbool", "bool", 2),
    "longbool": Kind("longbool", "bool", 4),
    "ansichar": KINDS["char8"],
    "widechar": KINDS["char16"],
    "cardinal": KINDS["u32"],
    "longword": KINDS["u32"],
    "longint": KINDS["i32"],
    "smallint": KINDS["i16"],
    "shortint": KINDS["i8"],
    "nativeint": KINDS["intptr"],
    "nativeuint": KINDS["uintptr"],
    "single": KINDS["f32"],
    "pascal_integer": Kind("pascal_integer", "signed", 4),
    "extended": _record("extended", ("bytes", "u8", 10)),
    "pascal_set": _record("pascal_set", ("bits", "u8", 32)),
    "ansistring": Pointer("ansistring", to="a counted, managed string"),
    "dynamic_array": Pointer("dynamic_array", to="a counted, managed array"),
}
"""Kinds and records of other languages, by the name a description uses."""
