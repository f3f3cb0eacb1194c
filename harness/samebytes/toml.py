"""TOML files, read the same way everywhere: with a byte-order mark or without, and with one error for whatever is wrong."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

__all__ = ["TomlError", "read_toml", "toml_text", "toml_tree"]


class TomlError(ValueError):
    """A file that cannot be read, or a text that is not TOML; says why, not which."""


def read_toml(path: Path) -> dict[str, Any]:
    """Return what a file holds. TomlError for one that is not there, is not UTF-8 or is not TOML."""
    return toml_tree(toml_text(path))


def toml_text(path: Path) -> str:
    """Return a file's text, its lines ended by newlines, without the mark that Windows' editors put first. TomlError as above."""
    try:
        return path.read_text("utf-8-sig")
    except OSError as error:
        raise TomlError(error.strerror or str(error)) from error
    except UnicodeDecodeError as error:
        raise TomlError(f"not UTF-8 at byte {error.start}") from error


def toml_tree(text: str) -> dict[str, Any]:
    """Return what a text says. TomlError for one that is not TOML, or more than Python reads: nesting, digits."""
    try:
        return tomllib.loads(text)
    except RecursionError as error:
        raise TomlError("nested too deeply") from error
    except ValueError as error:  # TOMLDecodeError, and what Python says of a number with thousands of digits
        plain = isinstance(error, tomllib.TOMLDecodeError)
        raise TomlError(str(error) if plain else "a number has too many digits") from error
