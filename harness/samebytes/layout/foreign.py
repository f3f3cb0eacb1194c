"""Types that other languages have and C has not, as they are in memory: `type = "guid"` in a description.

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
    "guid": _record("guid", ("data1", "u32"), ("data2", "u16"), ("data3", "u16"), ("data4", "u8", 8)),
    "datetime": Kind("datetime", "unsigned", 8),
    "filetime": _record("filetime", ("low", "u32"), ("high", "u32")),
    "oledate": Kind("oledate", "float", 8),
    "tdatetime": Kind("tdatetime", "float", 8),
    "unixtime": Kind("unixtime", "signed", 8),
    "variant_bool": Kind("variant_bool", "bool", 2),
    "shortstring": _record("shortstring", ("length", "u8"), ("text", "char8", 255)),
    "pascal_integer": Kind("pascal_integer", "signed", 4),
    "extended": _record("extended", ("bytes", "u8", 10)),
    "pascal_set": _record("pascal_set", ("bits", "u8", 32)),
    "ansistring": Pointer("ansistring", to="a counted, managed string"),
    "dynamic_array": Pointer("dynamic_array", to="a counted, managed array"),
}
"""Kinds and records of other languages, by the name a description uses."""
