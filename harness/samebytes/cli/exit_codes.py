"""The exit code of every command: 0 agreed, 1 differences, 2 usage, 3 something is missing on this machine, 130 interrupted."""

from __future__ import annotations

from samebytes.cli.streams import OutputError
from samebytes.errors import MissingError

__all__ = ["MISSING", "USAGE", "exit_code"]

AGREED, DIFFERS, INTERRUPTED = 0, 1, 130
MISSING = 3
USAGE = 2


def exit_code(came: bool | BaseException) -> int:
    """Return the code for what came of a command: whether everything agreed, or the exception that ended it."""
    if isinstance(came, KeyboardInterrupt):
        return INTERRUPTED
    if isinstance(came, MissingError | OutputError):  # a reader of the output, too, as in `samebytes matrix | head`
        return MISSING
    if isinstance(came, BaseException):
        return USAGE
    return AGREED if came else DIFFERS
