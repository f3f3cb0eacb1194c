"""Options that every command has, and words for a command line that cannot be understood."""

from __future__ import annotations

import argparse
import re
from collections.abc import Iterable, Sequence

from samebytes.cli.colour import WHEN
from samebytes.suggesting import meant

__all__ = ["add_common", "better_words", "options_of"]

_CHOICE = re.compile(
    r"argument (?P<what>[^:]+): invalid choice: '(?P<word>.*)' \(choose from (?P<known>.*)\)", re.DOTALL
)
_UNKNOWN = re.compile(r"unrecognized arguments: (?P<words>.*)", re.DOTALL)


def add_common(parser: argparse.ArgumentParser) -> None:
    """Add the options that every command has; one that it has for something else stays as it is."""
    own = set(parser._option_string_actions)
    if not own & {"--color", "--colour"}:
        parser.add_argument(
            "--color", "--colour", choices=WHEN, default=argparse.SUPPRESS, metavar="WHEN",
            help="colours: auto, always or never (NO_COLOR and FORCE_COLOR count where it is left out)",
        )  # fmt: skip


def options_of(parser: argparse.ArgumentParser) -> list[str]:
    """Return the long options of a parser."""
    return [name for name in parser._option_string_actions if name.startswith("--")]


def better_words(message: str, options: Iterable[str], commands: Sequence[str] = ()) -> str:
    """Return argparse's complaint with what may have been meant, and without lists that --help has."""
    choice = _CHOICE.fullmatch(message)
    if choice is not None:
        known = [word.strip().strip("'") for word in choice["known"].split(",")]
        near = meant(choice["word"], known)
        if choice["what"] == "COMMAND":
            return f"there is no command {choice['word']!r}{_near(near)}"
        listed = (
            f" (did you mean {near}? there are: {', '.join(known)})" if near else f" (there are: {', '.join(known)})"
        )
        return f"{choice['what']} {choice['word']}: there is none of that name{listed}"
    unknown = _UNKNOWN.fullmatch(message)
    if unknown is not None:
        first = next((word for word in unknown["words"].split() if word.startswith("-")), "")
        near = meant(first.partition("=")[0], [*options, *commands]) if first else ""
        return f"{message}{_near(near)}"
    return message


def _near(near: str) -> str:
    return f"; did you mean {near}?" if near else ""
