"""The kinds in which leaves travel: from bits to what a Python programmer assigns to the declared field, and back.

The description's kinds come from the file that `kinds.json.jinja` makes of it. Without one a leaf travels as it is declared.
"""

from __future__ import annotations

import ctypes
import json
import math
import sys
from typing import Any, NamedTuple

OPTION = "--kinds="
FLOATS: dict[int, Any] = {4: ctypes.c_float, 8: ctypes.c_double}
FAMILIES = {"f": "float", "d": "float", "?": "bool", "c": "char", "u": "char", "P": "pointer"}
"""Of ctypes' own type codes; of the others small letters are signed, capitals unsigned."""


class Kind(NamedTuple):
    """A scalar kind by family and width in bytes."""

    family: str
    width: int

    def value(self, bits: int) -> int | float:
        """What a bit pattern stands for: a number, a truth, a character's number."""
        bits &= (1 << self.width * 8) - 1
        data = bits.to_bytes(self.width, sys.byteorder)
        if self.family == "float":
            return float(FLOATS[self.width].from_buffer_copy(data).value)
        if self.family == "bool":
            return bits != 0
        return int.from_bytes(data, sys.byteorder, signed=self.family == "signed")

    def hex(self, value: int | float) -> str:
        """A value's bit pattern as it travels, big-endian, converted as C converts."""
        if self.family == "float":
            data = bytes(FLOATS[self.width](value))
        else:
            number = int(value != 0) if self.family == "bool" else whole(value)
            data = (number & (1 << self.width * 8) - 1).to_bytes(self.width, sys.byteorder)
        return (data[::-1] if sys.byteorder == "little" else data).hex()


def declared_kind(declared: Any) -> Kind:
    """The kind of a ctypes scalar."""
    code = declared._type_
    return Kind(FAMILIES.get(code, "signed" if code.islower() else "unsigned"), ctypes.sizeof(declared))


def assignable(declared: Any, value: int | float) -> Any:
    """The value as a field of that ctypes type takes it. ctypes itself would refuse a float for an integer: it is cut, as in C."""
    if declared is ctypes.c_char:
        return bytes([whole(value) & 0xFF])
    if declared is ctypes.c_wchar:
        return chr(whole(value))
    return value if declared in FLOATS.values() else whole(value)


def plain(found: Any) -> int | float:
    """What ctypes gives for a field, as a number: its characters are bytes or a str, its null pointer None."""
    if isinstance(found, (bytes, str)):
        return ord(found)
    return 0 if found is None else found


def whole(value: int | float) -> int:
    """The integer part; 0 where there is none."""
    return int(value) if math.isfinite(value) else 0


def described_kinds(arguments: list[str]) -> dict[str, dict[str, Kind]]:
    """By layout and path, from the file that an argument names; nothing if none does."""
    for argument in arguments:
        if argument.startswith(OPTION):
            with open(argument.removeprefix(OPTION), encoding="utf-8") as file:  # noqa: PTH123 - no pathlib in a start
                tree = json.load(file)
            return {layout: {path: Kind(*kind) for path, kind in leaves.items()} for layout, leaves in tree.items()}
    return {}
