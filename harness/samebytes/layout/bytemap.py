"""A record's bytes drawn as text: 16 a row, each with the letter of the field it belongs to, `.` for padding."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from string import ascii_letters, digits
from typing import NamedTuple

from samebytes.layout.outline import Line

__all__ = ["byte_map", "letters"]

_SIGNS = ascii_letters + digits
_ROW = 16
_LEAST = 3
"""Whole rows of one field that are drawn as one line."""


class _Stretch(NamedTuple):
    start: int
    end: int
    sign: str


def letters(lines: Sequence[Line]) -> list[str]:
    """Return a sign for every line: a to z, A to Z, 0 to 9, over and over; `.` for padding."""
    signs, number = [], 0
    for line in lines:
        signs.append("." if line.what == "padding" else _SIGNS[number % len(_SIGNS)])
        number += line.what != "padding"
    return signs


def byte_map(lines: Sequence[Line], size: int) -> Iterator[str]:
    """Yield the rows. Where fields share bytes, the first one declared is drawn."""
    stretches = list(_fill(_stretches(lines), size))
    at = number = 0
    while at < size:
        while stretches[number].end <= at:
            number += 1
        here = stretches[number]
        rows = (here.end - at) // _ROW
        if rows >= _LEAST:
            end = at + rows * _ROW
            yield f"{at:04x}  {here.sign * 8} {here.sign * 8}  … the same up to {end - 1:04x}"
            at = end
        else:
            signs = "".join(_row(stretches, number, at, min(at + _ROW, size)))
            yield f"{at:04x}  {signs[:8]} {signs[8:]}".rstrip()
            at += _ROW


def _row(stretches: Sequence[_Stretch], number: int, at: int, end: int) -> Iterator[str]:
    while at < end:
        here = stretches[number]
        upto = min(here.end, end)
        yield here.sign * (upto - at)
        at, number = upto, number + 1


def _stretches(lines: Sequence[Line]) -> Iterator[_Stretch]:
    """Yield stretches without overlaps, in order: what begins first is drawn, of those the first declared."""
    signs = letters(lines)
    ordered = sorted(range(len(lines)), key=lambda number: (lines[number].offset, number))
    end = 0
    for number in ordered:
        line = lines[number]
        if line.end > end:
            yield _Stretch(max(line.offset, end), line.end, signs[number])
            end = line.end


def _fill(stretches: Iterable[_Stretch], size: int) -> Iterator[_Stretch]:
    end = 0
    for one in stretches:
        if one.start > end:
            yield _Stretch(end, one.start, ".")
        yield one
        end = one.end
    if end < size:
        yield _Stretch(end, size, ".")
