"""Lock files: a record's lines and golden bytes on every ABI as text, stable byte for byte, to be kept under version control.

A block stands for one record on one ABI: a line per field (offset, `offset.bit` for bit-fields; size in bytes, `3b` for bits; type;
path), holes shown, then a line per constant of the enums in it, then the bytes that known values have there (`--` belongs to no
field), and a check against edits by hand. Version 1 had no enum constants; it is still read.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256

from samebytes.errors import LayoutError
from samebytes.layout.kinds import Enum, Kind
from samebytes.layout.laid_out import Layout, Leaf
from samebytes.layout.outline import Line, outline

__all__ = ["VERSION", "Lock", "Locked", "golden_bytes", "lock_text", "locked", "read_lock"]

VERSION = 2
_READ = (1, 2)
MAX_TEXT = 1 << 26
"""Characters a lock file may have."""
_SHOWN = 256
"""Golden bytes that are written out; a checksum stands for the rest."""
_MOST_LEAVES = 1 << 16
_HEAD = re.compile(r"samebytes lock (\d{1,6})")
_RECORD = re.compile(r"record (\S+) abi (\S+) size (\d{1,12}) align (\d{1,6})")
_FIELD = re.compile(r" +(\d{1,12})(?:\.([0-7]))? +(\d{1,12})(b?)  (\S.*?) {2,}(\S.*)")
_CONSTANT = re.compile(r"  enum (\S+)  (\S+) = (-?\d{1,39})")
_GOLDEN = re.compile(r"  golden .+")
_CHECK = re.compile(r"check ([0-9a-f]{8})")


@dataclass(frozen=True)
class Locked:
    """One record on one ABI, as a lock file says it. `line` is where it begins in the file; 0 if it is not in a file."""

    name: str
    abi: str
    size: int
    align: int
    lines: tuple[Line, ...]
    golden: tuple[str, ...]
    line: int = 0
    enums: tuple[tuple[str, str, int], ...] | None = ()
    """The constants of every enum in it: enum, name, number. None where a lock file of version 1 does not say."""


@dataclass(frozen=True)
class Lock:
    """A lock file. `source` is the path of what it was made from, relative to its own folder."""

    source: str
    records: tuple[Locked, ...]


def locked(layout: Layout) -> Locked:
    """Return a layout as a lock file says it."""
    return Locked(
        re.sub(r"\s+", "_", layout.record.name),
        layout.abi.name,
        layout.size,
        layout.align,
        outline(layout),
        tuple(_golden(layout)),
        enums=tuple(_constants(layout)),
    )


def _constants(layout: Layout) -> Iterator[tuple[str, str, int]]:
    """Yield (enum, constant, number), enum by enum; a second enum of the same name is `NAME#2`."""
    seen: dict[str, int] = {}
    for enum in layout.record.nested():
        if isinstance(enum, Enum):
            name = re.sub(r"\s+", "_", enum.name) or "unnamed"
            seen[name] = seen.get(name, 0) + 1
            spelled = name if seen[name] == 1 else f"{name}#{seen[name]}"
            yield from ((spelled, constant, number) for constant, number in enum.values)


def lock_text(layouts: Iterable[Layout], source: str) -> str:
    """Return the lock file's text. It depends on nothing but the layouts and `source`."""
    lines = [f"samebytes lock {VERSION}", f"source {source}"]
    for layout in layouts:
        block = list(_block(locked(layout)))
        lines += ["", *block, f"check {_sum(block)}"]
    return "\n".join(lines) + "\n"


def read_lock(text: str, name: str) -> Lock:
    """Read the lock file `name` from its text.

    LayoutError, with the line's number, when it is not a lock file, was edited, or is of another version.
    """
    if len(text) > MAX_TEXT:
        raise LayoutError(f"{name}: more than {MAX_TEXT} characters are no lock file")
    return _Reader(text, name).read()


# --- writing ----------------------------------------------------------------------------------------------------------


def _block(one: Locked) -> Iterator[str]:
    yield f"record {one.name} abi {one.abi} size {one.size} align {one.align}"
    width = max((len(line.type or "-") for line in one.lines), default=1)
    for line in one.lines:
        at = f"{line.offset}.{line.bit}" if line.what == "bits" else str(line.offset)
        size = f"{line.bits}b" if line.what == "bits" else str(line.size)
        yield f"{at:>8} {size:>7}  {line.type or '-':<{width}}  {_written(line)}"
    yield from (f"  enum {enum}  {name} = {number}" for enum, name, number in one.enums or ())
    yield from one.golden


def _written(line: Line) -> str:
    if line.what == "padding":
        return "(padding)"
    return f"{line.path} (repeats)" if line.what == "repeat" else line.path


def _sum(lines: Sequence[str]) -> str:
    return f"{zlib.crc32(chr(10).join(lines).encode()):08x}"


# --- golden bytes -----------------------------------------------------------------------------------------------------


def golden_bytes(layout: Layout) -> tuple[bytes, bytes]:
    """Return the bytes that known values have, and a mask of the bits that belong to a field.

    High nibble: the leaf's number (1 to 15, over and over), low nibble: the byte's number in the value, lowest first. A bool
    is true, an enum its first value, a bit-field its number. Where leaves share bits, the first one counts.
    """
    image, mask = bytearray(layout.size), bytearray(layout.size)
    for number, leaf in enumerate(layout.leaves):
        if leaf.variable or not isinstance(leaf.kind, Kind):
            continue
        bits = leaf.bits if leaf.bits is not None else leaf.width * 8
        span = slice(leaf.offset, leaf.offset + leaf.width)
        order, wide = layout.abi.order, leaf.width * 8
        shift = (leaf.bit or 0) if order == "little" else wide - (leaf.bit or 0) - bits
        own = ((1 << bits) - 1) << shift
        taken = int.from_bytes(mask[span], order)
        if own & taken:
            continue
        value = _value(number, leaf, leaf.kind, layout) & ((1 << bits) - 1)
        image[span] = (int.from_bytes(image[span], order) | value << shift).to_bytes(leaf.width, order)
        mask[span] = (taken | own).to_bytes(leaf.width, order)
    return bytes(image), bytes(mask)


def _value(number: int, leaf: Leaf, kind: Kind, layout: Layout) -> int:
    if kind.family == "bool":
        return 1
    if isinstance(kind, Enum) and kind.values:
        return kind.values[0][1] % (1 << kind.width(layout.abi) * 8)
    if leaf.bits is not None:
        return number + 1
    high = (number % 15 + 1) << 4
    return int.from_bytes(bytes(high | (place & 15) for place in range(leaf.width)), "little")


def _golden(layout: Layout) -> Iterator[str]:
    if layout.count > _MOST_LEAVES:
        yield f"  golden none: more than {_MOST_LEAVES} values"
        return
    image, mask = golden_bytes(layout)
    shown = [f"{byte:02x}" if own else "--" for byte, own in zip(image[:_SHOWN], mask[:_SHOWN], strict=True)]
    for at in range(0, len(shown), 16):
        yield f"  golden {at:04x}  {' '.join(shown[at : at + 8])}  {' '.join(shown[at + 8 : at + 16])}".rstrip()
    if len(image) > _SHOWN:
        yield f"  golden sha256 of all {len(image)} bytes, padding as zeros: {sha256(image).hexdigest()}"


# --- reading ----------------------------------------------------------------------------------------------------------


class _Reader:
    """Line by line; knows where it is."""

    def __init__(self, text: str, name: str) -> None:
        self._lines, self._name, self._at = text.splitlines(), name, 0
        self._version_found = VERSION

    def read(self) -> Lock:
        self._version()
        source = self._take()
        if not source.startswith("source "):
            raise self._wrong("expected `source FILE`")
        records: list[Locked] = []
        while self._at < len(self._lines):
            if not self._lines[self._at].strip() or self._lines[self._at].startswith("#"):
                self._at += 1
                continue
            records.append(self._record())
        if not records:
            raise self._wrong("it locks no record", at=len(self._lines))
        self._twice(records)
        return Lock(source.removeprefix("source "), tuple(records))

    def _version(self) -> None:
        first = self._take()
        found = _HEAD.fullmatch(first)
        if found is None:
            raise self._wrong("not a samebytes lock file")
        if int(found[1]) not in _READ:
            raise self._wrong(f"lock version {found[1]}; this samebytes reads versions {' and '.join(map(str, _READ))}")
        self._version_found = int(found[1])

    def _twice(self, records: list[Locked]) -> None:
        seen: dict[tuple[str, str], Locked] = {}
        for one in records:
            before = seen.setdefault((one.name, one.abi), one)
            if before is not one:
                raise self._wrong(f"{one.name} on {one.abi} stands here and in line {before.line}", at=one.line)

    def _record(self) -> Locked:
        start = self._at
        found = _RECORD.fullmatch(self._take())
        if found is None:
            raise self._wrong("expected `record NAME abi ABI size N align N`")
        lines, enums, golden = list(self._fields()), tuple(self._constants()), list(self._goldens())
        check = _CHECK.fullmatch(self._take())
        if check is None:
            raise self._wrong("expected a field, golden bytes, or `check` and 8 hex digits")
        if check[1] != _sum(self._lines[start : self._at - 1]):
            raise self._wrong(
                f"lines {start + 1} to {self._at - 1} were edited: their check is {_sum(self._lines[start : self._at - 1])}"
            )
        name, abi, size, align = found.groups()
        return Locked(
            name,
            abi,
            int(size),
            int(align),
            tuple(lines),
            tuple(golden),
            start + 1,
            enums if self._version_found > 1 else None,
        )

    def _fields(self) -> Iterator[Line]:
        while self._at < len(self._lines) and (found := _FIELD.fullmatch(self._lines[self._at])):
            if self._lines[self._at].startswith("  golden"):
                return
            self._at += 1
            yield _field(found)

    def _constants(self) -> Iterator[tuple[str, str, int]]:
        while self._at < len(self._lines) and (found := _CONSTANT.fullmatch(self._lines[self._at])):
            self._at += 1
            yield found[1], found[2], int(found[3])

    def _goldens(self) -> Iterator[str]:
        while self._at < len(self._lines) and _GOLDEN.fullmatch(self._lines[self._at]):
            yield self._take()

    def _take(self) -> str:
        if self._at >= len(self._lines):
            raise self._wrong("the file ends too early", at=len(self._lines) + 1)
        self._at += 1
        return self._lines[self._at - 1]

    def _wrong(self, what: str, at: int | None = None) -> LayoutError:
        return LayoutError(
            f"{self._name}:{self._at if at is None else at}: {what}", hint="write it anew with samebytes lock FILE"
        )


def _field(found: re.Match[str]) -> Line:
    at, bit, size, is_bits, type_, path = found.groups()
    if is_bits:
        touched = -(-(int(bit or 0) + int(size)) // 8)
        return Line(path, int(at), touched, type_, "bits", int(bit or 0), int(size))
    if path == "(padding)":
        return Line("", int(at), int(size), "", "padding")
    if path.endswith(" (repeats)"):
        return Line(path.removesuffix(" (repeats)"), int(at), int(size), type_, "repeat")
    return Line(path, int(at), int(size), type_)
