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
FAMILIES = {
    **dict.fromkeys("fdg", "float"), **dict.fromkeys("?v", "bool"), **dict.fromkeys("cu", "char"),
    **dict.fromkeys("PzZOX", "pointer"),
}  # fmt: skip
"""Of ctypes' own type codes; of the others small letters are signed, capitals unsigned."""
CANNOT_TELL = (
    "char8 from unsigned", "char16 from unsigned", "char32 from unsigned", "bool32 from signed", "enum from signed",
    "enum from unsigned",
)  # fmt: skip
"""What a ctypes programmer declares alike."""


class Kind(NamedTuple):
    """A scalar kind by family and width in bytes.

    Of a `plain` one nobody asks whether it is signed: C's char, an enumeration.
    """

    family: str
    width: int

    def value(self, bits: int) -> int | float:
        """Return what a bit pattern stands for: a number, a truth, a character's number."""
        bits &= (1 << self.width * 8) - 1
        data = bits.to_bytes(self.width, sys.byteorder)
        if self.family == "float":
            return float(FLOATS[self.width].from_buffer_copy(data).value)
        if self.family == "bool":
            return bits != 0
        return int.from_bytes(data, sys.byteorder, signed=self.family == "signed")

    def hex(self, value: int | float) -> str:
        """Return a value's bit pattern as it travels, big-endian. What is more than the kind holds keeps all its digits."""
        if self.family == "float":
            data = bytes(FLOATS[self.width](value))
            return (data[::-1] if sys.byteorder == "little" else data).hex()
        number = int(value != 0) if self.family == "bool" else whole(value)
        bits = 8 * self.width
        if -1 << bits - 1 <= number < 0 and self.family in ("signed", "plain"):
            number += 1 << bits
        return f"{number if number >= 0 else number % (1 << 64):0{2 * self.width}x}"


def declared_kind(declared: Any) -> Kind:
    """Return the kind of a ctypes scalar: a pointer to something, or to a function, is one too."""
    code = getattr(declared, "_type_", None)
    if not isinstance(code, str):
        return Kind("pointer", ctypes.sizeof(declared))
    return Kind(FAMILIES.get(code, "signed" if code.islower() else "unsigned"), ctypes.sizeof(declared))


def assignable(declared: Any, value: int | float) -> Any:
    """Return the value as a field of that ctypes type takes it. ctypes itself would refuse a float for an integer: it is cut, as in C."""
    if declared is ctypes.c_char:
        return bytes([whole(value) & 0xFF])
    if declared is ctypes.c_wchar:
        return chr(whole(value))
    return value if declared_kind(declared).family == "float" else whole(value)


def plain(found: Any) -> int | float:
    """Return what ctypes gives for a field, as a number: its characters are bytes or a str, its null pointer None."""
    if isinstance(found, (bytes, str)):
        return ord(found)
    return 0 if found is None else found


def whole(value: int | float) -> int:
    """Return the integer part; 0 where there is none."""
    return int(value) if math.isfinite(value) else 0


class Described(NamedTuple):
    """What the description says of a record.

    That is the kinds in which its leaves travel, by path, and what its enumerations' constants are called here.
    """

    kinds: dict[str, Kind]
    constants: dict[str, dict[str, str]]


def described_records(arguments: list[str]) -> dict[str, Described]:
    """Return what the file that an argument names says, by layout; nothing if none does."""
    for argument in arguments:
        if argument.startswith(OPTION):
            with open(argument.removeprefix(OPTION), encoding="utf-8") as file:  # noqa: PTH123 - no pathlib in a start
                tree = json.load(file)
            return {name: _described(part) for name, part in tree.items()}
    return {}


def _described(part: dict[str, Any]) -> Described:
    return Described({path: Kind(*kind) for path, kind in part["kinds"].items()}, part["constants"])
