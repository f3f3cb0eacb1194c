"""samebytes_compare: bytes against a layout and values; a difference is told by field, in bytes and in values, with a hexdump."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from samebytes.diagnosis.diagnose import Observation, cause_of
from samebytes.errors import LayoutError, SamebytesError, SegmentNotFoundError, UsageError
from samebytes.layout import Abi, Kind, Layout, Leaf, Record, abi_named, decode, encode, lay_out
from samebytes.layout.importers import load
from samebytes.pytest_plugin.segments import OpenSegment

__all__ = ["Comparer"]

SHOWN_FIELDS = 12
ROW = 16
SHOWN_ROWS = 8
SHOWN_BYTES = 8

Values = Mapping[str, Any]


@dataclass(frozen=True, repr=False)
class Comparer:
    """Compares. `records` are known by name; files are relative to `folder`; `abi` is this machine's."""

    records: Mapping[str, Record]
    folder: Path
    abi: Abi

    def __call__(
        self,
        found: Any,
        layout: str | Record | type | Layout,
        values: Values,
        *,
        offset: int = 0,
        abi: str | None = None,
        partial: bool = False,
    ) -> None:
        """Raise AssertionError, with all that differs, if `found` does not hold the record with those values at byte `offset`.

        `found`: bytes, a buffer, or a segment. `layout`: a layout, a record, `telemetry.toml:Telemetry` (or a header, an assembly,
        …; `:Telemetry` may be left out where there is one record), or the name of a record that samebytes comes with. `values`: by
        field or by leaf (`speed`, `wheels[2].slip`), as a person writes them. Fields that are not named must be zero; with
        `partial` they are not compared. Padding never is.
        """
        __tracebackhide__ = True
        try:
            comparison = _Comparison(self._layout(layout, abi), values, partial, _bytes(found, offset))
            words = comparison.words()
        except SamebytesError as error:  # the test's own line is at fault, none of those in between
            raise error.with_traceback(None) from None
        if words:
            raise AssertionError(words)

    def _layout(self, layout: str | Record | type | Layout, abi: str | None) -> Layout:
        if isinstance(layout, Layout):
            return layout
        on = self.abi if abi is None else abi_named(abi)
        return lay_out(self._record(layout, on) if isinstance(layout, str) else layout, on)

    def _record(self, name: str, abi: Abi) -> Record:
        if name in self.records:
            return self.records[name]
        file, colon, type_ = name.rpartition(":")
        if not colon or not Path(self.folder / file).is_file():
            file, type_ = name, ""
        path = self.folder / file
        if not path.is_file():
            known = ", ".join(self.records)
            raise UsageError(f"no record and no file {name!r}", hint=f"FILE:TYPE, or one of: {known}")
        found = load(path, type_ or None, abi=abi)
        if len(found) != 1:
            names = ", ".join(record.name for record in found)
            raise UsageError(f"{file} has {len(found)} records", hint=f"say which: {file}:TYPE, TYPE one of {names}")
        return found[0]


class _Comparison:
    """One comparison: the bytes expected, which of their bits count, and what differs."""

    def __init__(self, layout: Layout, values: Values, partial: bool, found: bytes) -> None:
        self._layout, self._found, self._memory = layout, found, found
        given = dict(_leaf_values(layout, values))
        if partial and not given:
            raise UsageError(f"partial=True, and no field of {layout.record.name} is named: nothing would be compared")
        rest = {leaf.path: "" if leaf.variable else 0 for leaf in layout.leaves if leaf.path not in layout.shared}
        self._expected = encode(layout, {**rest, **given})
        self._compared = [leaf for leaf in layout.leaves if not partial or leaf.path in given]
        self._mask = bytearray(len(self._expected))
        for leaf in self._compared:
            self._count(leaf)

    def words(self) -> str:
        """Return what differs; empty if nothing does."""
        name, needed = self._layout.record.name, len(self._expected)
        if len(self._found) < needed:
            self._memory = self._found
            return "\n".join((f"{name} needs {needed} bytes, {len(self._found)} are there", *self._cause()))
        self._memory, self._found = self._found, self._found[:needed]
        wrong = [leaf for leaf in self._compared if self._differs(leaf)]
        if not wrong and not any(map(self._wrong, range(needed))):
            return ""
        of = f"{len(wrong)} of {len(self._compared)} fields differ" if wrong else "its length differs"
        head = f"{name} is not as expected on {self._layout.abi.name}: {of}"
        return "\n".join((head, *self._rows(wrong), *self._cause(), *self._dump()))

    def _cause(self) -> Iterator[str]:
        """Yield the one mistake in a declaration that would have written exactly this."""
        if not self._layout.record.variable:
            decoded, room = decode(self._layout, self._expected), len(self._memory)
            values = {leaf.path: decoded[leaf.path] for leaf in self._compared}
            seen = Observation(
                self._layout, values=values, memory=self._memory, holds=lambda way: way.layout.size <= room
            )
            words = cause_of(seen)
            if words:
                yield f"  cause: {words}"

    def _count(self, leaf: Leaf) -> None:
        """Count the bits that belong to a leaf. What stands before a text's bytes is its length, and belongs to it."""
        if leaf.variable:
            start = 0 if self._layout.record.body else leaf.offset - self._prefix(leaf)
            self._mask[start:] = b"\xff" * (len(self._mask) - start)
            return
        ones = _ones(self._layout, leaf)
        for place in range(leaf.offset, leaf.offset + leaf.width):
            self._mask[place] |= ones[place - leaf.offset]

    def _prefix(self, leaf: Leaf) -> int:
        prefix = getattr(leaf.kind, "prefix", None)
        return prefix.width(self._layout.abi) if prefix is not None else 0

    def _span(self, leaf: Leaf) -> range:
        if leaf.variable:
            return range(0 if self._layout.record.body else leaf.offset - self._prefix(leaf), len(self._expected))
        return range(leaf.offset, leaf.offset + leaf.width)

    def _wrong(self, place: int) -> bool:
        return bool((self._found[place] ^ self._expected[place]) & self._mask[place])

    def _differs(self, leaf: Leaf) -> bool:
        if leaf.variable:
            return any(map(self._wrong, self._span(leaf)))
        ones = _ones(self._layout, leaf)
        pairs = ((self._found[at] ^ self._expected[at], ones[at - leaf.offset]) for at in self._span(leaf))
        return any(difference & own for difference, own in pairs)

    def _rows(self, wrong: list[Leaf]) -> Iterator[str]:
        """Yield a line for every field: where it is, the bytes and what they mean."""
        cells = [("field", "at", "expected", "", "found", "")]
        for leaf in wrong[:SHOWN_FIELDS]:
            expected, found = (self._told(leaf, data) for data in (self._expected, self._found))
            cells.append((leaf.path, str(leaf.offset), *expected, *found))
        widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
        for cell in cells:
            yield ("  " + "  ".join(f"{text:<{width}}" for text, width in zip(cell, widths, strict=True))).rstrip()
        if len(wrong) > SHOWN_FIELDS:
            yield f"  … and {len(wrong) - SHOWN_FIELDS} more"

    def _told(self, leaf: Leaf, data: bytes) -> tuple[str, str]:
        raw = bytes(data[place] for place in self._span(leaf))
        shown = raw[:SHOWN_BYTES].hex(" ") + (" …" if len(raw) > SHOWN_BYTES else "")
        if isinstance(leaf.kind, Kind):
            ones = int.from_bytes(_ones(self._layout, leaf), self._layout.abi.order)
            bits = (int.from_bytes(raw, self._layout.abi.order) & ones) // (ones & -ones)
            return shown, repr(leaf.kind.value(bits, self._layout.abi, leaf.bits))
        try:
            return shown, repr(decode(self._layout, data)[leaf.path])
        except LayoutError as error:
            return shown, f"({error.message})"

    def _dump(self) -> Iterator[str]:
        """Yield the rows with a difference: expected above found."""
        yield "  bytes (-- is not compared)"
        rows = [at for at in range(0, len(self._expected), ROW) if any(map(self._wrong, self._row(at)))]
        for at in rows[:SHOWN_ROWS]:
            places = self._row(at)
            yield f"  {at:04x}  expected  {' '.join(self._byte(self._expected, place) for place in places)}"
            yield f"        found     {self._found[at : at + ROW].hex(' ')}"
            yield f"                  {' '.join('^^' if self._wrong(place) else '  ' for place in places)}".rstrip()
        if len(rows) > SHOWN_ROWS:
            yield f"  … and {len(rows) - SHOWN_ROWS} more rows"

    def _row(self, at: int) -> range:
        return range(at, min(at + ROW, len(self._expected)))

    def _byte(self, data: bytes, place: int) -> str:
        return f"{data[place]:02x}" if self._mask[place] else "--"


def _ones(layout: Layout, leaf: Leaf) -> bytes:
    """Return the bits that belong to a leaf, as bytes from its offset on."""
    if leaf.bits is None:
        return b"\xff" * leaf.width
    first, wide = leaf.bit or 0, leaf.width * 8
    shift = first if layout.abi.order == "little" else wide - first - leaf.bits
    return (((1 << leaf.bits) - 1) << shift).to_bytes(leaf.width, layout.abi.order)


def _leaf_values(layout: Layout, values: Values) -> Iterator[tuple[str, int | str]]:
    """Yield bit patterns by leaf path, of values by leaf path or by field."""
    fields = {part.name: part for part in layout.record.fields}
    for name, value in values.items():
        leaf = layout.by_path.get(name)
        if leaf is not None:
            yield name, leaf.kind.bits(value, layout.abi, leaf.bits) if isinstance(leaf.kind, Kind) else str(value)
        elif name in fields:
            part = replace(fields[name], offset=None)
            alone = lay_out(replace(layout.record, fields=(part,), size=None, align=None), layout.abi)
            yield from decode(alone, alone.codec.encode({name: value})).items()
        else:
            raise UsageError(f"{layout.record.name} has no field {name!r}", hint=f"it has: {', '.join(fields)}")


def _bytes(found: Any, offset: int) -> bytes:
    if offset < 0:
        raise UsageError(f"an offset is not negative: {offset}")
    if isinstance(found, OpenSegment):
        offset = min(offset, found.capacity)
        return found.read(offset, found.capacity - offset)
    if isinstance(found, str):
        return _shared(found, offset)
    window = found.memoryview() if hasattr(found, "memoryview") else memoryview(found)
    with window:
        return window.tobytes()[offset:]


def _shared(name: str, offset: int) -> bytes:
    """Return the bytes of a segment that another program shares under that name, as they are now; it is closed at once."""
    from samebytes.checks.producers.segment_reader import NativeEyes

    try:
        segment = NativeEyes().open(name)
    except SegmentNotFoundError as error:
        raise UsageError(
            f"nobody shares {name!r}", hint="is the program running, and is it ready? a raw POSIX name begins with /"
        ) from error
    try:
        return segment.read(offset, max(0, segment.size - offset))
    finally:
        segment.close()
