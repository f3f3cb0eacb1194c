"""Standard streams as the commands use them: UTF-8, there even where none was given, and nothing printed acts on the terminal it reaches.

A stream that was closed before the command began is one that nobody reads: it becomes the null device. One that cannot be written, as on a
full disk, raises OutputError if it is standard output; what goes to standard error is lost, and the command goes on.
"""

from __future__ import annotations

import contextlib
import os
import re
import sys
from collections.abc import Callable
from typing import Any, TextIO

from samebytes.cli.colour import coloured
from samebytes.printable import printable_lines

__all__ = ["OutputError", "guard_streams", "silence"]

GUARDED = "samebytes_guarded"
"""An attribute of a stream that has been made fit."""
OURS = re.compile(r"((?:\r?\x1b\[K)|(?:\x1b\[[0-9;]*m))")
"""What is ours on a terminal: a progress line that is rewritten, and colours (ECMA-48, 8.3.41 and 8.3.117)."""


class OutputError(OSError):
    """Standard output cannot be written: a full disk, or a reader that has gone."""


def guard_streams() -> None:
    """Make the streams fit for every text and every machine; idempotent."""
    _occupy()
    for stream, needed in ((sys.stdout, True), (sys.stderr, False)):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None and not getattr(stream, GUARDED, False):
            reconfigure(
                encoding="utf-8", errors="backslashreplace"
            )  # arrows and names are not in every console's own encoding
            stream.write = _guarded(stream, stream.write, stream.isatty(), needed)  # type: ignore[method-assign]
            stream.flush = _told(stream.flush, needed)  # type: ignore[method-assign]
            setattr(stream, GUARDED, True)


def silence(stream: TextIO) -> None:
    """Send what is left of a stream that cannot be written, and whatever comes, to the null device: the end of the command flushes it."""
    with contextlib.suppress(OSError, ValueError):
        null = os.open(os.devnull, os.O_WRONLY)
        os.dup2(null, stream.fileno())
        os.close(null)


def _occupy() -> None:
    """Open the null device for each of the three descriptors that was closed: else the next file or pipe would take its number."""
    while (descriptor := os.open(os.devnull, os.O_RDWR)) <= 2:
        os.set_inheritable(descriptor, True)
    os.close(descriptor)
    if sys.stdin is None:
        sys.stdin = open(0, encoding="utf-8", closefd=False)  # noqa: SIM115 - it lives as long as the process
    if sys.stdout is None:
        sys.stdout = open(1, "w", encoding="utf-8", closefd=False)  # noqa: SIM115
    if sys.stderr is None:
        sys.stderr = open(2, "w", encoding="utf-8", closefd=False)  # noqa: SIM115


def _guarded(stream: TextIO, write: Callable[[str], int], terminal: bool, needed: bool) -> Callable[[str], int]:
    written = _told(write, needed)

    def guarded(text: str) -> int:
        written(text if text.isprintable() else _shown(text, terminal or coloured(stream)))
        return len(text)

    return guarded


def _told(work: Callable[..., Any], needed: bool) -> Callable[..., Any]:
    """Wrap `work` so that it raises OutputError if it cannot be done and is needed."""

    def told(*arguments: Any) -> Any:
        try:
            return work(*arguments)
        except OSError as error:
            if needed:
                raise OutputError(error.errno, error.strerror) from error
        return None

    return told


def _shown(text: str, terminal: bool) -> str:
    if not terminal:
        return printable_lines(text)
    parts = OURS.split(text)
    return "".join(part if number % 2 else printable_lines(part) for number, part in enumerate(parts))
