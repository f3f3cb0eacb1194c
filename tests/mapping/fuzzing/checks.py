"""What fuzzing compares with what, and how it draws."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

Draw = Callable[[int, int], int]


class WrongError(AssertionError):
    """The segment did something else than the model."""


class Seen:
    """A view, and what it must show: the map's bytes, or its own once it is a copy."""

    def __init__(self, view: Any, offset: int, size: int, model: bytearray) -> None:
        self.view, self.offset, self.size = view, offset, size
        self.model = model
        """The bytes of the whole map, as this view sees them."""
        self.windows: list[tuple[Any, int]] = []

    def expected(self, position: int = 0, count: int | None = None) -> bytes:
        """The bytes from `position` to the end, or `count` of them."""
        end = self.size if count is None else min(self.size, position + count)
        return bytes(self.model[self.offset + position : self.offset + end])

    def put(self, position: int, content: bytes) -> None:
        """Note that these bytes were written."""
        self.model[self.offset + position : self.offset + position + len(content)] = content


def same(found: Any, expected: Any, what: str) -> None:
    """WrongError, with the first difference, unless both are the same."""
    if found == expected:
        return
    if not isinstance(found, bytes):
        raise WrongError(f"{what}: {found!r}, not {expected!r}")
    if len(found) != len(expected):
        raise WrongError(f"{what}: {len(found)} bytes, not {len(expected)}")
    at = next(index for index, (one, other) in enumerate(zip(found, expected, strict=True)) if one != other)
    raise WrongError(f"{what}: byte {at} of {len(found)} is {found[at]:02x}, not {expected[at]:02x}")


def refused(kinds: type[Exception] | tuple[type[Exception], ...], act: Callable[..., Any], *arguments: Any) -> None:
    """WrongError unless `act` raises one of these."""
    try:
        act(*arguments)
    except kinds:
        return
    raise WrongError(f"not refused: {getattr(act, '__qualname__', act)}{arguments!r}")


def one_of(draw: Draw, things: Any) -> Any:
    return things[draw(0, len(things) - 1)]


def some_bytes(draw: Draw, count: int) -> bytes:
    """`count` bytes; a draw of zero is zeros."""
    return draw(0, (1 << 8 * count) - 1).to_bytes(count, "little")


class NothingFits(Exception):  # noqa: N818
    """No view has room, or the right access: the rule does nothing this time."""
