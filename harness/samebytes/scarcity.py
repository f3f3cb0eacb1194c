"""What a machine may have too little of, and what to do about it: one table for every place that meets it."""

from __future__ import annotations

import errno
import os

from samebytes.errors import MissingError, SamebytesError, UsageError
from samebytes.printable import printable

__all__ = ["SCARCE", "cannot_write", "shortage"]

SCARCE = {
    errno.ENOSPC: "make room on that disk, or name another",
    errno.EDQUOT: "make room on that disk, or name another",
    errno.EFBIG: "raise the limit of a file's size (ulimit -f)",
    errno.EMFILE: "raise the limit of open files (ulimit -n)",
    errno.ENFILE: "end other programs that hold files open",
    errno.ENOMEM: "end other programs, or raise the limit (ulimit -v)",
    errno.EAGAIN: "raise the limit of processes (ulimit -u)",
    errno.EROFS: "name a place that can be written",
    errno.EIO: "look at that disk",
}


def shortage(error: BaseException) -> SamebytesError | None:
    """Return the error that says in a line what the machine did not give, or None for one that is about something else.

    MissingError for what is scarce, UsageError for a file that was named and cannot be read or written.
    """
    if isinstance(error, MemoryError):
        return MissingError("out of memory", hint=SCARCE[errno.ENOMEM])
    if isinstance(error, RuntimeError) and "start new thread" in str(error):
        return MissingError(
            "no more threads can be started", hint="raise the limits of processes and memory (ulimit -u, ulimit -v)"
        )
    if not isinstance(error, OSError) or not (error.filename or error.errno in SCARCE):
        return None
    place = f"{printable(os.fsdecode(error.filename))}: " if isinstance(error.filename, str | bytes) else ""
    return cannot_write(f"{place}{error.strerror}", error)


def cannot_write(words: str, error: OSError) -> SamebytesError:
    """Return the error with these words: a MissingError, with what to do, where the machine has too little of something."""
    hint = SCARCE.get(error.errno or 0)
    return MissingError(words, hint=hint) if hint else UsageError(words)
