"""`samebytes`: the entry point, its exit codes, and how errors are shown.

Exit codes: 0 agreed, 1 differences, 2 usage, 3 something is missing on this machine, 130 interrupted.
"""

from __future__ import annotations

import argparse
import contextlib
import importlib
import os
import signal
import sys
from collections.abc import Sequence
from typing import NoReturn

from samebytes import __version__
from samebytes.errors import MissingError, SamebytesError

__all__ = ["main"]

USAGE, MISSING, INTERRUPTED = 2, 3, 130
COMMANDS = (
    "doctor", "matrix", "check", "init", "attach", "image", "explain", "emit", "lock", "fuzz", "replay", "report", "segments",
)  # fmt: skip
"""Modules of this package, each a command of its name, in the order in which help lists them."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; its exit code."""
    _end_politely_when_told()
    _speak_utf8()
    words = sys.argv[1:] if arguments is None else arguments
    options = _parser(_wanted(words)).parse_args(words)
    try:
        return int(options.run(options))
    except MissingError as error:
        return _complain(error, MISSING)
    except SamebytesError as error:
        return _complain(error, USAGE)
    except KeyboardInterrupt:
        print("samebytes: interrupted; everything it started has been ended", file=sys.stderr)
        return INTERRUPTED
    except BrokenPipeError:  # `samebytes matrix | head`: the reader has gone, and there is nobody to tell
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except OSError as error:  # a file the user named, which cannot be read or written
        if error.filename is None:
            raise
        print(f"samebytes: {error.filename}: {error.strerror}", file=sys.stderr)
        return USAGE


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
    print(f"samebytes: {error}", file=sys.stderr)
    return code


def _end_politely_when_told() -> None:
    """SIGTERM and SIGHUP end a run as Ctrl-C does: with everything it started."""
    for name in ("SIGTERM", "SIGHUP"):
        number = getattr(signal, name, None)
        if number is not None:
            with contextlib.suppress(ValueError):  # not the main thread: somebody calls us as a library
                signal.signal(number, signal.default_int_handler)


def _speak_utf8() -> None:
    """Arrows and names are not in every console's own encoding."""
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(encoding="utf-8", errors="replace")


if __name__ == "__main__":
    sys.exit(main())
