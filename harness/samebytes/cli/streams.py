"""Standard output and standard error as the commands use them: UTF-8, and nothing in what they print acts on the terminal it reaches."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from typing import Any

from samebytes.printable import printable_lines

__all__ = ["guard_streams"]

OURS = re.compile(r"((?:\r?\x1b\[K)|(?:\x1b\[[0-9;]*m))")
"""What is ours on a terminal: a progress line that is rewritten, and colours (ECMA-48, 8.3.41 and 8.3.117)."""


def guard_streams() -> None:
    """Make both streams speak UTF-8, and show control characters instead of obeying them, wherever a text comes from."""
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:  # arrows and names are not in every console's own encoding
            reconfigure(encoding="utf-8", errors="backslashreplace")
            stream.write = _guarded(stream.write, stream.isatty())  # type: ignore[method-assign]


def _guarded(write: Callable[[str], int], terminal: bool) -> Callable[[str], int]:
    def guarded(text: str) -> int:
        plain = text if text.isprintable() else _shown(text, terminal)
        write(plain)
        return len(text)

    return guarded


def _shown(text: str, terminal: bool) -> str:
    if not terminal:
        return printable_lines(text)
    parts: list[Any] = OURS.split(text)
    return "".join(part if number % 2 else printable_lines(part) for number, part in enumerate(parts))
