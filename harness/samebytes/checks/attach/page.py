"""A snapshot and a layout as text for people, and as one JSON object for machines."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from samebytes.checks.attach.hexdump import Stretch, hexdump, stretches
from samebytes.checks.attach.paint import Paint
from samebytes.checks.attach.rows import EVERY, Row, as_json, chosen, decoded, extent, rows_of
from samebytes.checks.attach.snapshot import Snapshot
from samebytes.diagnosis.sizes import SizeCheck
from samebytes.layout import Layout
from samebytes.layout.hazards import hazards

__all__ = ["Look", "look_json", "look_lines", "value_lines"]

MOST_LINES = 96
"""Lines of a hexdump that was not asked for."""
ALL_LINES = 1 << 20
_RAW = 16
"""Bytes of a value that are shown in hex beside it."""
_WIDEST = 44


@dataclass(frozen=True)
class Look:
    """What is shown: a snapshot, the layout it is read with (None: bytes only), and how their sizes go together."""

    snapshot: Snapshot
    layout: Layout | None
    offset: int
    size: SizeCheck
    fields: Sequence[str] = ()
    dump: bool | None = None
    """Whether to show the hexdump, all of it; None: what fits."""

    @property
    def record(self) -> bytes:
        """Return the bytes from the record's start."""
        return self.snapshot.data[self.offset :]

    @property
    def rows(self) -> tuple[Row, ...]:
        """Return the rows that were asked for."""
        if self.layout is None:
            return ()
        return chosen(rows_of(self.layout, EVERY), self.fields) if self.fields else rows_of(self.layout)


def look_lines(look: Look, paint: Paint) -> Iterator[str]:
    """Yield header, fields and hexdump."""
    yield from _header(look, paint)
    if look.layout is not None:
        yield ""
        yield from value_lines(look.rows, look.record, look.layout, paint)
    if look.dump is not False:
        yield ""
        yield from _dump(look, paint)


def _header(look: Look, paint: Paint) -> Iterator[str]:
    shot = look.snapshot
    rounded = "" if shot.exact else " (whole pages)"
    held = f"; held by {', '.join(shot.holders)}" if shot.holders else _unheld(shot)
    yield paint.strong(f"{shot.name}: {shot.size} bytes{rounded} in {shot.realm}{held}")
    if look.layout is not None:
        at = f", at {look.offset}" if look.offset else ""
        yield f"{look.layout.record.name} on {look.layout.abi.name}: {_bytes_of(look.layout)}{at}"
        yield from (paint.strong(f"note: {words}") for words in look.size.words)
        yield from (f"hazard: {words}" for words in _hazards(look.layout))


def _unheld(shot: Snapshot) -> str:
    """Return a note for a raw object that nobody holds: it may have outlived everyone. Empty for other names: nobody told."""
    return "; nobody was seen to have it mapped" if shot.name.startswith("/") else ""


def _bytes_of(layout: Layout) -> str:
    return f"{layout.size} bytes" + (" and more" if layout.record.variable else "")


def _hazards(layout: Layout) -> Iterator[str]:
    """Yield one line for each trap: its name, and the fields that run into it."""
    traps: dict[tuple[int, str], list[str]] = {}
    for one in hazards(layout.record):
        traps.setdefault((one.trap.number, one.trap.name), []).append(one.path)
    for (number, name), paths in traps.items():
        named = [path for path in paths if path]
        more = f" and {len(named) - 4} more" if len(named) > 4 else ""
        yield f"trap {number}, {name}" + (f": {', '.join(named[:4])}{more}" if named else "")


def value_lines(
    rows: Sequence[Row], data: bytes, layout: Layout, paint: Paint, changed: frozenset[str] = frozenset()
) -> Iterator[str]:
    """Yield one line per field: offset, bytes, type, path, value, the value's first bytes. Fields in `changed` stand out."""
    path = min(_WIDEST, max((len(row.path) for row in rows), default=5))
    kind = min(_WIDEST, max((len(row.type) for row in rows), default=4))
    yield paint.dim(f"offset   size  {'type':<{kind}}  {'field':<{path}}  value  bytes")
    numbers = {row.path: number for number, row in enumerate(rows_of(layout))}
    for row in rows:
        if row.what == "padding":
            yield paint.dim(
                f"{row.offset:>6} {row.size:>6}  {'padding':<{kind}}  {'':<{path}}  {_raw(data[row.offset : row.end])}"
            )
            continue
        found = decoded(row, data)
        line = f"{row.offset:>6} {row.size or len(found.raw):>6}  {row.type:<{kind}}  "
        name, value = f"{row.path:<{path}}", found.text
        shown = (
            paint.strong(f"{name}  {value}")
            if row.path in changed
            else f"{paint.field(name, numbers.get(row.path, 0))}  {value}"
        )
        yield f"{line}{shown}  {paint.dim(_raw(found.raw))}".rstrip()


def _raw(data: bytes) -> str:
    return data[:_RAW].hex() + ("…" if len(data) > _RAW else "")


def _dump(look: Look, paint: Paint) -> Iterator[str]:
    shot = look.snapshot
    rows = rows_of(look.layout) if look.layout is not None else ()
    shown = shot.data[: _shown_end(look)]
    owners = stretches(rows, look.offset, shown) if rows else [Stretch(0, len(shown), "", None)]
    yield from hexdump(shown, owners, paint, ALL_LINES if look.dump else MOST_LINES)
    rest = shot.data[len(shown) :]
    if rest or shot.size > len(shot.data):
        yield paint.dim(_rest_words(len(shown), rest, shot.size))


def _rest_words(start: int, rest: bytes, size: int) -> str:
    nonzero = sum(1 for byte in rest if byte)
    looked = f" of the {len(rest)} looked at" if start + len(rest) < size else ""
    content = f"{nonzero} are not zero{looked}" if nonzero else f"all zero{looked}"
    return f"… {size - start} more bytes, from {start:#x}: {content}"


def _shown_end(look: Look) -> int:
    """Return the end of the record rounded up to a row; without a layout, of all that is not zero, and one more row."""
    if look.dump:
        return len(look.snapshot.data)
    if look.layout is None:
        return -(-len(look.snapshot.data.rstrip(b"\0")) // 16) * 16 + 16
    end = max((extent(row, look.record) for row in rows_of(look.layout)), default=0)
    return -(-(look.offset + max(end, look.layout.size)) // 16) * 16


def look_json(look: Look) -> dict[str, Any]:
    """Return everything, for machines. Offsets of fields are from the record's start."""
    shot, layout = look.snapshot, look.layout
    found: dict[str, Any] = {
        "name": shot.name,
        "realm": shot.realm,
        "size": shot.size,
        "exact": shot.exact,
        "holders": list(shot.holders),
        "offset": look.offset,
        "fits": look.size.fits,
        "notes": look.size.words,
    }
    if layout is None:
        return found | {"bytes": shot.data.hex()}
    rows = chosen(rows_of(layout, EVERY), look.fields)
    return found | {
        "layout": layout.record.name,
        "abi": layout.abi.name,
        "record_size": layout.size,
        "hazards": [one.as_json() for one in hazards(layout.record)],
        "fields": [as_json(row, look.record) for row in rows if row.what != "padding"],
        "padding": [{"offset": row.offset, "size": row.size} for row in rows if row.what == "padding"],
        "bytes": look.record[: layout.size].hex(),
    }
