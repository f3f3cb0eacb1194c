"""Names of segments: what a Windows name means, and which file carries it on Linux."""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

from samebytes.errors import InvalidNameError

__all__ = ["LONGEST", "Name", "check_name", "parse_name"]

LONGEST = 255
"""Bytes in a file's name on every Linux file system that can hold segments (NAME_MAX)."""

_KEPT = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_~-.")


class Name(NamedTuple):
    """A name as asked for (`text`), where it lives (`scope`: local, global or raw) and its file's name (`file`)."""

    text: str
    scope: str
    file: str


def check_name(text: object) -> str:
    """Return `text`, if it can be a name on any system. InvalidNameError (a ValueError) otherwise."""
    if text is None:
        raise InvalidNameError("opening a segment needs a name", hint="only creating can do without one", name=None)
    if not isinstance(text, str):
        raise TypeError(f"a segment's name is a str, not {type(text).__name__}")
    if not text:
        raise _invalid(text, "is empty", "use None to create an anonymous segment")
    if "\0" in text:
        raise _invalid(text, "holds a NUL character", "peers in C would see the name end there")
    return text


@lru_cache(maxsize=512)
def parse_name(text: str) -> Name:
    """Return the place of a checked name on Linux. InvalidNameError where Windows would refuse it, or where it is too long."""
    if text.startswith("/"):
        return Name(text, "raw", _raw(text))
    scope, rest = "local", text
    for prefix in ("Local\\", "Global\\"):
        if text.startswith(prefix):
            scope, rest = prefix[:-1].lower(), text[len(prefix) :]
    if not rest or "\\" in rest:
        raise _invalid(text, "is not a name that Windows takes", "a backslash only ends a leading Local or Global")
    return Name(text, scope, _short(text, encode(text, rest)))


def encode(text: str, rest: str) -> str:
    """Return `rest` as a file name: UTF-8, every byte but letters, digits, `_`, `~`, `-` and `.` (not leading) as %XX."""
    try:
        data = rest.encode()
    except UnicodeEncodeError as error:
        raise _invalid(text, "holds half of a surrogate pair", "it has no UTF-8 form") from error
    file = "".join(chr(byte) if byte in _KEPT else f"%{byte:02X}" for byte in data)
    return "%2E" + file[1:] if file.startswith(".") else file


def decode(file: str) -> str:
    """Return the name whose file is called `file`."""
    head, *parts = file.split("%")
    data = head.encode() + b"".join(bytes.fromhex(part[:2]) + part[2:].encode() for part in parts)
    return data.decode()


def _raw(text: str) -> str:
    """Return the file of a raw name: what shm_open makes of it, no byte changed."""
    rest = text[1:]
    if not rest or "/" in rest or rest in (".", ".."):
        raise _invalid(text, "is not a POSIX shared memory name", "one leading slash, then no other")
    return _short(text, rest)


def _short(text: str, file: str) -> str:
    length = len(file.encode(errors="surrogatepass"))
    if length > LONGEST:
        raise _invalid(text, f"takes {length} bytes encoded", f"a file's name has at most {LONGEST} bytes")
    return file


def _invalid(text: str, what: str, hint: str) -> InvalidNameError:
    shown = text if len(text) <= 80 else f"{text[:77]}..."
    return InvalidNameError(f"the name {shown!r} {what}", hint=hint, name=text)
