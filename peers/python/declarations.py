"""The seed programs' records as a Python programmer declares them: ctypes structures, and functions for a message's body."""

from __future__ import annotations

import json
from ctypes import Structure, c_float, c_int32, c_int64, c_uint16


class Integer(Structure):
    """One native integer at offset 0."""

    _fields_ = (("Value", c_int32),)


class MySharedData(Structure):
    """`struct MySharedData { int Value; char Letter; fixed float Numbers[50]; }` of C#: its `char` is a UTF-16 unit."""

    _fields_ = (("Value", c_int32), ("Letter", c_uint16), ("Numbers", c_float * 50))


class MySharedDataExplicit(Structure):
    """The same with every byte spelled out, as `LayoutKind.Explicit` pins it."""

    _fields_ = (("Value", c_int32), ("Letter", c_uint16), ("_hole", c_uint16), ("Numbers", c_float * 50))


class SomeData(Structure):
    """What stands before the stamp's text: a date, and the text's length in bytes. UTF-16 follows."""

    encoding = "utf-16"
    _fields_ = (("CurrentDate", c_int64), ("_length", c_int32))


def message_body(title: str, content: str) -> bytes:
    """Return a message as it travels: compact JSON, UTF-8, escapes only where they must be."""
    return json.dumps({"title": title, "content": content}, ensure_ascii=False, separators=(",", ":")).encode("utf-8")


def message_parts(body: bytes) -> tuple[str, str]:
    """Title and content of a message's body."""
    message = json.loads(body)
    return message["title"], message["content"]
