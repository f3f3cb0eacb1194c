"""`samebytes`: the entry point, the commands that are found by file, and how errors are shown."""

from __future__ import annotations

import argparse
import contextlib
import errno
import signal
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NoReturn

from samebytes import __version__
from samebytes.cli.colour import choose_colour
from samebytes.cli.common import add_common, better_words, options_of
from samebytes.cli.exit_codes import MISSING, USAGE, ToldToEndError, exit_code
from samebytes.cli.memory import save_address_space
from samebytes.cli.streams import OutputError, guard_streams, silence
from samebytes.errors import SamebytesError, UsageError
from samebytes.peers.extensions import module_named, modules_found
from samebytes.printable import printable, printable_lines
from samebytes.scarcity import shortage

__all__ = ["main"]

COMMANDS = "samebytes.cli.commands"
GONE = (errno.EPIPE, errno.EINVAL)
"""What writing to a pipe without a reader gives: Linux, and Windows."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit code."""
    _end_politely_when_told()
    save_address_space()
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
        return exit_code(error)


def _run(words: Sequence[str]) -> int:
    try:
        options = _parser(_wanted(words)).parse_args(words)
        choose_colour(getattr(options, "color", "auto"))
        return int(options.run(options))
    except SamebytesError as error:
        return _complain(str(error), error)
    except KeyboardInterrupt as error:
        return _complain("interrupted; everything it started has been ended", error)
    except OutputError:
        raise
    except Exception as error:
        lacking = shortage(error)
        return _defect(error) if lacking is None else _complain(str(lacking), lacking)


def _defect(error: Exception) -> int:
    """Tell what nobody foresaw: never an exit code that says something about what was run."""
    import traceback

    traceback.print_exception(error)
    print("samebytes: this is a defect of samebytes; nothing can be said of what was run", file=sys.stderr)
    return MISSING


def _wanted(words: Sequence[str]) -> Sequence[str | Path]:
    """Return the place of the command that is run, or of all there are.

    Each brings its own part of the package along; all take half a second.
    """
    if words[:1] in (["--version"], ["-V"]):
        return ()
    found = {name.replace("_", "-"): place for name, place in modules_found(COMMANDS, "commands").items()}
    return [found[words[0]]] if words and words[0] in found else list(found.values())


def _parser(wanted: Sequence[str | Path]) -> _Parser:
    parser = _Parser(
        prog="samebytes",
        description="Proves that programs in different languages agree, byte for byte, about the memory they share.",
        epilog="exit codes: 0 agreed, 1 differences, 2 usage, 3 something is missing on this machine, "
        "130 interrupted, 143 told to end (SIGTERM)",
        formatter_class=argparse.HelpFormatter,
    )
    parser.add_argument("-V", "--version", action="version", version=f"samebytes {__version__}")
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")
    for place in wanted:
        module = module_named(place)
        if not callable(getattr(module, "add_to", None)):
            raise UsageError(
                f"{module.__file__} has no function add_to", hint="docs/extending.md says what a command has"
            )
        module.add_to(commands)
    for each in (parser, *commands.choices.values()):
        add_common(each)
    parser.options = [name for each in commands.choices.values() for name in options_of(each)]
    return parser


class _Parser(argparse.ArgumentParser):
    """Complains in one line, and says where help is. So do the commands' own, whose examples keep their lines."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **{"formatter_class": argparse.RawDescriptionHelpFormatter, **options})
        self.options: list[str] = []
        """Of the commands, in the parser of all of them: it complains of those that are none."""

    def error(self, message: str) -> NoReturn:
        message = better_words(message, [*self.options, *options_of(self)])
        self.exit(USAGE, f"{self.prog}: {printable(message)} (see {self.prog} --help)\n")


def _complain(words: str, error: BaseException) -> int:
    print(f"samebytes: {printable_lines(words)}", file=sys.stderr)
    return exit_code(error)


def _end_politely_when_told() -> None:
    """Make SIGTERM and SIGHUP end a run as Ctrl-C does: with everything it started."""
    for name in ("SIGTERM", "SIGHUP"):
        number = getattr(signal, name, None)
        if number is not None:
            with contextlib.suppress(ValueError):  # not the main thread: somebody calls us as a library
                signal.signal(number, _told_to_end)


def _told_to_end(number: int, _frame: object) -> NoReturn:
    raise ToldToEndError(number)


if __name__ == "__main__":
    sys.exit(main())
