"""What went wrong, in the protocol's words: a kind for every .NET exception."""

from __future__ import annotations

import sys
from typing import Any

WINDOWS = sys.platform == "win32"


class Refusal(Exception):  # noqa: N818
    """An error that the protocol itself gives; `cause` is what .NET said, where it said something."""

    def __init__(self, kind: str, message: str, cause: Exception | None = None) -> None:
        super().__init__(message)
        self.kind, self.cause = kind, cause


KINDS = {
    "FileNotFoundException": "not_found",
    "DirectoryNotFoundException": "invalid_name",
    "UnauthorizedAccessException": "access",
    "ObjectDisposedException": "closed",
    "OutOfMemoryException": "no_space",
    "TimeoutException": "timeout",
    "EndOfStreamException": "range",
    "FormatException": "invalid",
    "DecoderFallbackException": "invalid",
    "EncoderFallbackException": "invalid",
    "PlatformNotSupportedException": "unsupported",
}
# The rest depends on what was asked for: a name and a size, or a place in a view.
OPENING_KINDS = {
    "ArgumentException": "invalid_name",
    "ArgumentNullException": "invalid_name",
    "ArgumentOutOfRangeException": "invalid_size",
    "OverflowException": "invalid_size",
    "NotSupportedException": "unsupported",
}
USING_KINDS = {
    "ArgumentException": "range",
    "ArgumentOutOfRangeException": "range",
    "OverflowException": "range",
    # A view that is not for reading, or not for writing.
    "NotSupportedException": "access",
}

# IOException stands for everything else that the system says: a Windows error code, or errno.
if WINDOWS:
    IO_KINDS = {183: "exists", 123: "invalid_name", 161: "invalid_name", 206: "invalid_name", 87: "invalid_size"}
    IO_KINDS |= dict.fromkeys((8, 14, 112, 1450, 1455), "no_space")
else:
    IO_KINDS = {17: "exists"} | dict.fromkeys((12, 27, 28, 122), "no_space")

# .NET on Linux keeps Windows's numbers in HResult. These are the errno they stand for.
ERRNO = {"not_found": 2, "access": 13, "invalid_name": 22, "invalid_size": 22, "range": 22, "closed": 9, "timeout": 110}


def error_answer(error: Exception, *, opening: bool) -> dict[str, Any]:
    """Return the `error` object of an answer."""
    if isinstance(error, Refusal) and error.cause is not None:
        return error_answer(error.cause, opening=opening) | {"kind": error.kind}
    if isinstance(error, Refusal):
        return {"kind": error.kind, "code": 0, "native": "", "message": str(error)}
    # The word of .NET for a number that does not fit its type.
    native = "OverflowException" if isinstance(error, OverflowError) else type(error).__name__
    code = getattr(error, "HResult", 0) & 0xFFFF
    if native == "IOException":
        kind = IO_KINDS.get(code, "failed")
    else:
        kind = KINDS.get(native) or (OPENING_KINDS if opening else USING_KINDS).get(native, "failed")
        code = code if WINDOWS else ERRNO.get(kind, 0)
    message = getattr(error, "Message", None) or str(error)
    return {"kind": kind, "code": code, "native": native, "message": " ".join(message.split())}
