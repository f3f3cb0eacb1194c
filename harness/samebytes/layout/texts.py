"""Arrays of characters of fixed length as text: cut at a NUL, padded with NULs."""

from __future__ import annotations

from samebytes.errors import LayoutError
from samebytes.layout.record import Chars

__all__ = ["chars_from", "chars_to"]


def chars_from(data: bytes, chars: Chars, unit: int, order: str) -> str:
    """The text in the array. LayoutError when its units are none in its encoding (UTF-16 and -8 always are, UTF-8 by escapes)."""
    if chars.end != "full":
        data = data[: _nul(data, unit)]
    codec, errors = _codec(chars, unit, order)
    try:
        return data.decode(codec, errors)
    except (UnicodeDecodeError, LookupError) as error:
        raise LayoutError(f"no text in {codec}: {data[:16].hex()} ({error})") from error


def chars_to(text: object, chars: Chars, unit: int, count: int, order: str) -> bytes:
    """The array's bytes. LayoutError when the text does not fit its `count` units, or holds a NUL that would cut it."""
    if not isinstance(text, str):
        raise LayoutError(f"{text!r} is no text")
    codec, errors = _codec(chars, unit, order)
    try:
        data = text.encode(codec, errors)
    except (UnicodeEncodeError, LookupError) as error:
        raise LayoutError(f"{text!r} cannot be written in {codec} ({error})") from error
    if chars.end != "full" and "\0" in text:
        raise LayoutError(f"{text!r} holds a NUL, which ends it for readers", hint='text = "full" allows it')
    room = count - (chars.end == "nul")
    if len(data) > room * unit or (chars.end == "full" and len(data) != room * unit):
        exact = "exactly" if chars.end == "full" else "at most"
        raise LayoutError(f"{text!r} takes {len(data) // unit} units of {unit} bytes; the array holds {exact} {room}")
    return data.ljust(count * unit, b"\0")


def _nul(data: bytes, unit: int) -> int:
    """Where the first NUL unit begins; the end without one."""
    at = data.find(b"\0" * unit)
    while at % unit and at >= 0:
        at = data.find(b"\0" * unit, at + 1)
    return len(data) if at < 0 else at


def _codec(chars: Chars, unit: int, order: str) -> tuple[str, str]:
    if unit == 1:
        return (chars.encoding, "strict") if chars.encoding else ("utf-8", "surrogateescape")
    return f"utf-{unit * 8}-{'le' if order == 'little' else 'be'}", "surrogatepass"
