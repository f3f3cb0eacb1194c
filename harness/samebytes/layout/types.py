"""Kinds under their names, for record classes: `from samebytes.layout.types import u32, f64, char16`.

At run time each name is the kind. A type checker sees the Python type its values have, so that `record.tick + 1` checks.
C's `char`, `short`, `int`, `long` and `bool` would hide Python's: they are `c_char`, `c_short`, `c_int`, `c_long`; `bool` itself works.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from samebytes.layout.kinds import KINDS

if TYPE_CHECKING:
    i8: TypeAlias = int
    i16: TypeAlias = int
    i32: TypeAlias = int
    i64: TypeAlias = int
    i128: TypeAlias = int
    u8: TypeAlias = int
    u16: TypeAlias = int
    u32: TypeAlias = int
    u64: TypeAlias = int
    u128: TypeAlias = int
    f32: TypeAlias = float
    f64: TypeAlias = float
    longdouble: TypeAlias = float
    bool8: TypeAlias = bool
    bool32: TypeAlias = bool
    char8: TypeAlias = str
    char16: TypeAlias = str
    char32: TypeAlias = str
    wchar: TypeAlias = str
    c_char: TypeAlias = int
    schar: TypeAlias = int
    uchar: TypeAlias = int
    c_short: TypeAlias = int
    ushort: TypeAlias = int
    c_int: TypeAlias = int
    uint: TypeAlias = int
    c_long: TypeAlias = int
    ulong: TypeAlias = int
    llong: TypeAlias = int
    ullong: TypeAlias = int
    size: TypeAlias = int
    ssize: TypeAlias = int
    ptrdiff: TypeAlias = int
    intptr: TypeAlias = int
    uintptr: TypeAlias = int
    time: TypeAlias = int
    pointer: TypeAlias = int
else:
    _HIDING = {"char": "c_char", "short": "c_short", "int": "c_int", "long": "c_long", "bool": "bool8"}
    globals().update({_HIDING.get(name, name): kind for name, kind in KINDS.items()})

__all__ = [
    "bool8",
    "bool32",
    "c_char",
    "c_int",
    "c_long",
    "c_short",
    "char8",
    "char16",
    "char32",
    "f32",
    "f64",
    "i8",
    "i16",
    "i32",
    "i64",
    "i128",
    "intptr",
    "llong",
    "longdouble",
    "pointer",
    "ptrdiff",
    "schar",
    "size",
    "ssize",
    "time",
    "u8",
    "u16",
    "u32",
    "u64",
    "u128",
    "uchar",
    "uint",
    "uintptr",
    "ullong",
    "ulong",
    "ushort",
    "wchar",
]
