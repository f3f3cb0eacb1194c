"""`samebytes`: the entry point, its exit codes, and how errors are shown.

Exit codes: 0 agreed, 1 differences, 2 usage, 3 something is missing on this machine (a tool, room on a disk, a reader of the output), 130
interrupted.
"""

from __future__ import annotations

import argparse
import contextlib
import errno
import importlib
import signal
import sys
import traceback
from collections.abc import Sequence
from typing import NoReturn

from samebytes import __version__
from samebytes.cli.streams import OutputError, guard_streams, silence
from samebytes.errors import MissingError, SamebytesError
from samebytes.printable import printable_lines
from samebytes.scarcity import shortage

__all__ = ["main"]

USAGE, MISSING, INTERRUPTED = 2, 3, 130
GONE = (errno.EPIPE, errno.EINVAL)
"""What writing to a pipe without a reader gives: Linux, and Windows."""
COMMANDS = (
    "doctor", "matrix", "check", "init", "attach", "image", "explain", "emit", "lock", "replay", "report", "segments",
)  # fmt: skip
"""Modules of this package, each a command of its name, in the order in which help lists them."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; its exit code."""
    _end_politely_when_told()
    guard_streams()
    words = sys.argv[1:] if arguments is None else arguments
    try:
        try:
            return _run(words)
        finally:
            sys.stdout.flush()
    except OutputError as error:
        silence(sys.stdout)
        if error.errno not in GONE:  # of a reader that has gone, as of `| head`, nobody needs to be told
            print(f"samebytes: standard output cannot be written: {error.strerror}", file=sys.stderr)
        return MISSING


def _run(words: Sequence[str]) -> int:
    try:
        options = _parser(_wanted(words)).parse_args(words)
        return int(options.run(options))
    except SamebytesError as error:
        return _complain(error, _code(error))
    except KeyboardInterrupt:
        print("samebytes: interrupted; everything it started has been ended", file=sys.stderr)
        return INTERRUPTED
    except OutputError:
        raise
    except Exception as error:
        lacking = shortage(error)
        return _defect(error) if lacking is None else _complain(lacking, _code(lacking))


def _code(error: SamebytesError) -> int:
    return MISSING if isinstance(error, MissingError) else USAGE


def _defect(error: Exception) -> int:
    """What nobody foresaw: never an exit code that says something about what was run."""
    traceback.print_exception(error)
    print("samebytes: this is a defect of samebytes; nothing can be said of what was run", file=sys.stderr)
    return MISSING


def _wanted(words: Sequence[str]) -> Sequence[str]:
    """The one command that is run, or all there are. Each brings its own part of the package along; all take half a second."""
    if words[:1] == ["--version"]:
        return ()
    return [name for name in COMMANDS if name in words[:1]] or COMMANDS


def _parser(wanted: Sequence[str]) -> argparse.ArgumentParser:
    parser = _Parser(
        prog="samebytes",
        description="Proves that programs in different languages agree, byte for byte, about the memory they share.",
        epilog="exit codes: 0 agreed, 1 differences, 2 usage, 3 something is missing on this machine",
    )
    parser.add_argument("--version", action="version", version=f"samebytes {__version__}")
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")
    for name in wanted:
        importlib.import_module(f"samebytes.cli.{name}").add_to(commands)
    return parser


class _Parser(argparse.ArgumentParser):
    """Complains in one line, and says where help is."""

    def error(self, message: str) -> NoReturn:
        self.exit(USAGE, f"{self.prog}: {message} (see {self.prog} --help)\n")


def _complain(error: SamebytesError, code: int) -> int:
    print(f"samebytes: {printable_lines(str(error))}", file=sys.stderr)
    return code


def _end_politely_when_told() -> None:
    """SIGTERM and SIGHUP end a run as Ctrl-C does: with everything it started."""
    for name in ("SIGTERM", "SIGHUP"):
        number = getattr(signal, name, None)
        if number is not None:
            with contextlib.suppress(ValueError):  # not the main thread: somebody calls us as a library
                signal.signal(number, signal.default_int_handler)


if __name__ == "__main__":
    sys.exit(main())
