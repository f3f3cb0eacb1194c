"""Bytes as an annotated hexdump: sixteen a row, beside them the fields they belong to; padding says that it is padding."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from samebytes.checks.attach.paint import Paint
from samebytes.checks.attach.rows import Row, extent

__all__ = ["Stretch", "hexdump", "stretches"]

WIDTH = 16
FEWEST = 3
"""Equal rows of one owner that are drawn as one."""
OUTSIDE = "outside the record"


class Stretch(NamedTuple):
    """Bytes of one owner; offsets from the segment's start. `colour` counts the fields; None: nobody's bytes."""

    start: int
    end: int
    label: str
    colour: int | None


def stretches(rows: Sequence[Row], base: int, data: bytes) -> list[Stretch]:
    """Return who owns each byte of a segment in which the record begins at `base`; of fields that share bytes, the first declared."""
    found: list[Stretch] = []
    at, size, record = 0, len(data), data[base:]
    ordered = sorted(enumerate(rows), key=lambda pair: (pair[1].offset, pair[0]))
    for number, row in ordered:
        start, end = max(base + row.offset, at), min(base + extent(row, record), size)
        if end <= start:
            continue
        if start > at:
            found.append(Stretch(at, start, OUTSIDE, None))
        padding = row.what == "padding"
        label = f"{end - start} padding" if padding else row.path
        found.append(Stretch(start, end, label, None if padding else number))
        at = end
    return [*found, Stretch(at, size, OUTSIDE, None)] if at < size else found


def hexdump(data: bytes, owners: Sequence[Stretch], paint: Paint, most: int) -> Iterator[str]:
    """Yield the rows, runs of equal ones as one line, at most `most` lines; the last line says how many bytes are not shown."""
    lines = at = first = 0
    while at < len(data):
        if lines >= most:
            yield f"… {len(data) - at} more bytes, from {at:#x}"
            return
        while owners[first].end <= at:
            first += 1
        equal = _equal(data, at, owners[first])
        if equal >= FEWEST and at:
            yield f"      … the same up to {at + equal * WIDTH - 1:04x}"
            at += equal * WIDTH
        else:
            yield _row(data, at, owners, first, paint)
            at += WIDTH
        lines += 1


def _equal(data: bytes, at: int, owner: Stretch) -> int:
    """Return how many rows from here on, all of one owner, repeat the row in front."""
    before = data[at - WIDTH : at]
    if owner.start > at - WIDTH:
        return 0
    count = 0
    while (end := at + (count + 1) * WIDTH) <= min(owner.end, len(data)) and data[end - WIDTH : end] == before:
        count += 1
    return count


def _row(data: bytes, at: int, owners: Sequence[Stretch], first: int, paint: Paint) -> str:
    end = min(at + WIDTH, len(data))
    cells, signs, labels = [], [], []
    number = first
    for place in range(at, end):
        while owners[number].end <= place:
            number += 1
        owner = owners[number]
        cells.append(paint.field(f"{data[place]:02x}", owner.colour))
        signs.append(paint.field(chr(data[place]) if 32 <= data[place] < 127 else ".", owner.colour))
        if owner.label and place in (at, owner.start):
            words = owner.label if place == owner.start else f"… {owner.label}"
            labels.append(paint.field(words, owner.colour))
    missing = WIDTH - len(cells)
    middle = WIDTH // 2
    bytes_ = f"{' '.join(cells[:middle])}  {' '.join(cells[middle:])}{'   ' * missing}"
    return f"{at:04x}  {bytes_}  {''.join(signs)}{' ' * missing}  {', '.join(labels)}".rstrip()
