"""Text in records: of variable length behind its length, or in an array of characters, cut at a NUL, padded with NULs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from samebytes.errors import LayoutError
from samebytes.layout.abi import Abi
from samebytes.layout.kinds import Kind

__all__ = ["VARINT", "Chars", "Encoding", "Text", "chars_from", "chars_to", "prefix_bytes", "prefix_read"]

VARINT = Kind("varint", "unsigned", 1)
"""A length prefix of 1 to 5 bytes, 7 bits each, lowest first, as .NET's BinaryWriter puts it in front of a string (also: LEB128)."""
_LONGEST = 5

Encoding = Literal["utf-8", "utf-16"]


@dataclass(frozen=True)
class Text:
    """Text of variable length. `prefix` is the integer kind that holds its length in bytes, or VARINT; None inside a serialised body."""

    encoding: Encoding
    prefix: Kind | None

    @property
    def unit(self) -> int:
        """Return the bytes in a code unit."""
        return 2 if self.encoding == "utf-16" else 1


@dataclass(frozen=True)
class Chars:
    """How an array of characters of fixed length is read as text."""

    end: Literal["nul", "padded", "full", "counted"] = "nul"
    """`nul`: ends at the first NUL, and one must fit. `padded`: NULs fill what is left, none when it is full.
    `full`: every unit is text. `counted`: Pascal's `string[n]`, n + 1 bytes: the first one says how many of the others are text."""
    encoding: str = ""
    """A code page for 1-byte kinds (`latin-1`, `windows-1252`, `shift_jis`); empty: UTF-8, -16 or -32 by the unit's width."""


def chars_from(data: bytes, chars: Chars, unit: int, order: str) -> str:
    """Return the text in the array. LayoutError when its units are not text in its encoding.

    Units of UTF-16 and UTF-8 always are text, those of UTF-8 by escapes.
    """
    if chars.end == "counted":
        if data[0] >= len(data):
            raise LayoutError(f"its length says {data[0]} bytes, {len(data) - 1} are there")
        data = data[1 : 1 + data[0]]
    elif chars.end != "full":
        data = data[: _nul(data, unit)]
    codec, errors = _codec(chars, unit, order)
    try:
        return data.decode(codec, errors)
    except (UnicodeDecodeError, LookupError) as error:
        raise LayoutError(f"no text in {codec}: {data[:16].hex()} ({error})") from error


def chars_to(text: object, chars: Chars, unit: int, count: int, order: str) -> bytes:
    """Return the array's bytes. LayoutError when the text does not fit its `count` units, or holds a NUL that would cut it."""
    if not isinstance(text, str):
        raise LayoutError(f"{text!r} is no text")
    codec, errors = _codec(chars, unit, order)
    try:
        data = text.encode(codec, errors)
    except (UnicodeEncodeError, LookupError) as error:
        raise LayoutError(f"{text!r} cannot be written in {codec} ({error})") from error
    if chars.end == "counted":
        if len(data) >= count:
            raise LayoutError(f"{text!r} takes {len(data)} bytes; the array holds at most {count - 1}")
        return (bytes([len(data)]) + data).ljust(count, b"\0")
    if chars.end != "full" and "\0" in text:
        raise LayoutError(f"{text!r} holds a NUL, which ends it for readers", hint='text = "full" allows it')
    room = count - (chars.end == "nul")
    if len(data) > room * unit or (chars.end == "full" and len(data) != room * unit):
        exact = "exactly" if chars.end == "full" else "at most"
        raise LayoutError(f"{text!r} takes {len(data) // unit} units of {unit} bytes; the array holds {exact} {room}")
    return data.ljust(count * unit, b"\0")


def prefix_bytes(text: Text, length: int, abi: Abi) -> bytes:
    """Return the prefix of a text of that many bytes. LayoutError when its kind cannot hold the number."""
    assert text.prefix is not None
    if text.prefix is not VARINT and text.prefix != VARINT:
        return text.prefix.bits(length, abi).to_bytes(text.prefix.width(abi), abi.order)
    found = bytearray()
    while length >= 0x80:
        found.append(length & 0x7F | 0x80)
        length >>= 7
    return bytes((*found, length))


def prefix_read(text: Text, data: bytes | memoryview, at: int, abi: Abi) -> tuple[int, int]:
    """Return the length that the prefix at `at` says, and where the text begins. LayoutError when a 7-bit length does not end."""
    assert text.prefix is not None
    if text.prefix != VARINT:
        width = text.prefix.width(abi)
        return int.from_bytes(data[at : at + width], abi.order), at + width
    length = 0
    for place, byte in enumerate(bytes(data[at : at + _LONGEST])):
        length |= (byte & 0x7F) << 7 * place
        if byte < 0x80:
            return length, at + place + 1
    raise LayoutError(
        f"a length of 7 bits a byte does not end within {_LONGEST} bytes: {bytes(data[at : at + 8]).hex()}"
    )


def _nul(data: bytes, unit: int) -> int:
    """Return where the first NUL unit begins; the end without one."""
    at = data.find(b"\0" * unit)
    while at % unit and at >= 0:
        at = data.find(b"\0" * unit, at + 1)
    return len(data) if at < 0 else at


def _codec(chars: Chars, unit: int, order: str) -> tuple[str, str]:
    if unit == 1:
        return (chars.encoding, "strict") if chars.encoding else ("utf-8", "surrogateescape")
    return f"utf-{unit * 8}-{'le' if order == 'little' else 'be'}", "surrogatepass"
