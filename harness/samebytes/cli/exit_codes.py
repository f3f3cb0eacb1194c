"""The exit code of every command: 0 agreed, 1 differences, 2 usage, 3 something is missing here, 130 interrupted, 143 told to end."""

from __future__ import annotations

from samebytes.cli.streams import OutputError
from samebytes.errors import MissingError

__all__ = ["MISSING", "USAGE", "ToldToEndError", "exit_code"]

AGREED, DIFFERS, INTERRUPTED = 0, 1, 130
MISSING = 3
USAGE = 2
SIGNALLED = 128
"""What a shell adds to the number of the signal that ended a command."""


class ToldToEndError(KeyboardInterrupt):
    """SIGTERM or SIGHUP: it ends a run as Ctrl-C does, and has an exit code of its own."""

    def __init__(self, number: int) -> None:
        super().__init__()
        self.code = SIGNALLED + number


def exit_code(came: bool | BaseException) -> int:
    """Return the code for what came of a command: whether everything agreed, or the exception that ended it."""
    if isinstance(came, ToldToEndError):
        return came.code
    if isinstance(came, KeyboardInterrupt):
        return INTERRUPTED
    if isinstance(came, MissingError | OutputError):  # a reader of the output, too, as in `samebytes matrix | head`
        return MISSING
    if isinstance(came, BaseException):
        return USAGE
    return AGREED if came else DIFFERS
