"""Reads the metadata of a .NET assembly: the tables, heaps and signatures of ECMA-335 (6th edition), partition II, 22 to 24.

No runtime is needed, and nothing of the assembly runs.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from functools import cached_property
from typing import NamedTuple

from samebytes.errors import LayoutError

__all__ = ["Metadata", "compressed", "is_assembly"]

_HEADER_AT = 0x3C
_CLI_DIRECTORY = 14
_MOST_ROWS = 1 << 24

TYPE_REF, TYPE_DEF, FIELD, CONSTANT, FIELD_MARSHAL = 0x01, 0x02, 0x04, 0x0B, 0x0D
CLASS_LAYOUT, FIELD_LAYOUT, TYPE_SPEC, NESTED_CLASS = 0x0F, 0x10, 0x1B, 0x29
METHOD_DEF, MEMBER_REF, CUSTOM_ATTRIBUTE = 0x06, 0x0A, 0x0C

_CODED = {
    "TypeDefOrRef": (2, (0x02, 0x01, 0x1B)),
    "HasConstant": (2, (0x04, 0x08, 0x17)),
    "HasCustomAttribute": (
        5,
        (6, 4, 1, 2, 8, 9, 0x0A, 0, 0x0E, 0x17, 0x14, 0x11, 0x1A, 0x1B, 0x20, 0x23, 0x26, 0x27, 0x28, 0x2A, 0x2C, 0x2B),
    ),
    "HasFieldMarshal": (1, (0x04, 0x08)),
    "HasDeclSecurity": (2, (0x02, 0x06, 0x20)),
    "MemberRefParent": (3, (0x02, 0x01, 0x1A, 0x06, 0x1B)),
    "HasSemantics": (1, (0x14, 0x17)),
    "MethodDefOrRef": (1, (0x06, 0x0A)),
    "MemberForwarded": (1, (0x04, 0x06)),
    "CustomAttributeType": (3, (0x06, 0x0A)),
    "ResolutionScope": (2, (0x00, 0x1A, 0x23, 0x01)),
    "Implementation": (2, (0x26, 0x23, 0x27)),
}
"""Coded indices (II.24.2.6): bits of the tag, and the tables it names."""

_COLUMNS: dict[int, tuple[int | str, ...]] = {
    0x00: ("2", "s", "g", "g", "g"),
    0x01: ("ResolutionScope", "s", "s"),
    0x02: ("4", "s", "s", "TypeDefOrRef", 0x04, 0x06),
    0x03: (0x04,),
    0x04: ("2", "s", "b"),
    0x05: (0x06,),
    0x06: ("4", "2", "2", "s", "b", 0x08),
    0x07: (0x08,),
    0x08: ("2", "2", "s"),
    0x09: (0x02, "TypeDefOrRef"),
    0x0A: ("MemberRefParent", "s", "b"),
    0x0B: ("2", "HasConstant", "b"),
    0x0C: ("HasCustomAttribute", "CustomAttributeType", "b"),
    0x0D: ("HasFieldMarshal", "b"),
    0x0E: ("2", "HasDeclSecurity", "b"),
    0x0F: ("2", "4", 0x02),
    0x10: ("4", 0x04),
    0x11: ("b",),
    0x12: (0x02, 0x14),
    0x13: (0x14,),
    0x14: ("2", "s", "TypeDefOrRef"),
    0x15: (0x02, 0x17),
    0x16: (0x17,),
    0x17: ("2", "s", "b"),
    0x18: ("2", 0x06, "HasSemantics"),
    0x19: (0x02, "MethodDefOrRef", "MethodDefOrRef"),
    0x1A: ("s",),
    0x1B: ("b",),
    0x1C: ("2", "MemberForwarded", "s", 0x1A),
    0x1D: ("4", 0x04),
    0x1E: ("4", "4"),
    0x1F: ("4",),
    0x20: ("4", "2", "2", "2", "2", "4", "b", "s", "s"),
    0x21: ("4",),
    0x22: ("4", "4", "4"),
    0x23: ("2", "2", "2", "2", "4", "b", "s", "s", "b"),
    0x24: ("4", 0x23),
    0x25: ("4", "4", "4", 0x23),
    0x26: ("4", "s", "b"),
    0x27: ("4", "4", "s", "s", "Implementation"),
    0x28: ("4", "4", "s", "Implementation"),
    0x29: (0x02, 0x02),
}
"""Columns of every table up to NestedClass (II.22): widths, heaps (string, guid, blob), tables, coded indices."""


class _Table(NamedTuple):
    start: int
    rows: int
    widths: tuple[int, ...]


def is_assembly(data: bytes) -> bool:
    """Return whether a file is a PE with a CLI header."""
    try:
        return _cli_header(data) is not None
    except (struct.error, IndexError):
        return False


def compressed(blob: bytes, at: int) -> tuple[int, int]:
    """Return an unsigned number as signatures hold it (II.23.2), and where the next byte is."""
    first = blob[at]
    if first < 0x80:
        return first, at + 1
    if first < 0xC0:
        return (first & 0x3F) << 8 | blob[at + 1], at + 2
    return int.from_bytes(blob[at : at + 4], "big") & 0x1FFFFFFF, at + 4


class Metadata:
    """The tables of one assembly. Rows are tuples of numbers, counted from 1; names and blobs come by index."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        root = self._root()
        self.streams = dict(self._streams(root))
        if "#~" not in self.streams or "#Strings" not in self.streams:
            raise LayoutError("it has no metadata tables")
        self._tables = self._read_tables(self.streams["#~"][0])

    def rows(self, table: int) -> Iterator[tuple[int, ...]]:
        """Yield every row of a table, in order."""
        found = self._tables.get(table)
        if found is None:
            return
        for number in range(found.rows):
            yield self._row(found, number)

    def row(self, table: int, number: int) -> tuple[int, ...]:
        """Return the row of that number, counted from 1."""
        found = self._tables.get(table)
        if found is None or not 1 <= number <= found.rows:
            raise LayoutError(f"its metadata has no row {number} in table {table:#x}")
        return self._row(found, number - 1)

    def count(self, table: int) -> int:
        """Return how many rows a table has."""
        found = self._tables.get(table)
        return found.rows if found is not None else 0

    def text(self, at: int) -> str:
        """Return a name from the string heap."""
        start, size = self.streams["#Strings"]
        end = self.data.index(b"\0", start + at, start + size)
        return self.data[start + at : end].decode("utf-8", "replace")

    def blob(self, at: int) -> bytes:
        """Return a blob from its heap."""
        start, _ = self.streams["#Blob"]
        size, body = compressed(self.data, start + at)
        return self.data[body : body + size]

    def decode(self, name: str, value: int) -> tuple[int, int]:
        """Return table and row of a coded index."""
        bits, tables = _CODED[name]
        if name == "CustomAttributeType":
            return {2: 0x06, 3: 0x0A}.get(value & 7, 0), value >> 3
        tag = value & ((1 << bits) - 1)
        if tag >= len(tables):
            raise LayoutError(f"its metadata has a broken index {value:#x}")
        return tables[tag], value >> bits

    # --- where things are -----------------------------------------------------------------------------------------

    def _root(self) -> int:
        header = _cli_header(self.data)
        if header is None:
            raise LayoutError("it is no .NET assembly")
        address, _ = struct.unpack_from("<II", self.data, header + 8)
        return _place(self.data, address)

    def _streams(self, root: int) -> Iterator[tuple[str, tuple[int, int]]]:
        signature, length = struct.unpack_from("<I8xI", self.data, root)
        if signature != 0x424A5342:
            raise LayoutError("its metadata has no signature")
        at = root + 16 + length
        (count,) = struct.unpack_from("<2xH", self.data, at)
        at += 4
        for _ in range(count):
            offset, size = struct.unpack_from("<II", self.data, at)
            end = self.data.index(b"\0", at + 8, at + 48)
            yield self.data[at + 8 : end].decode("ascii", "replace"), (root + offset, size)
            at = (end - root) // 4 * 4 + 4 + root

    def _read_tables(self, at: int) -> dict[int, _Table]:
        heaps, valid = struct.unpack_from("<6xBxQ", self.data, at)
        at += 24
        counts: dict[int, int] = {}
        for table in range(64):
            if valid >> table & 1:
                (counts[table],) = struct.unpack_from("<I", self.data, at)
                if counts[table] > _MOST_ROWS:
                    raise LayoutError(f"its metadata claims {counts[table]} rows in one table")
                at += 4
        tables = {}
        for table, rows in counts.items():
            if table not in _COLUMNS:
                break  # only tables behind the last one needed
            widths = tuple(_width(column, counts, heaps) for column in _COLUMNS[table])
            tables[table] = _Table(at, rows, widths)
            at += sum(widths) * rows
        return tables

    def _row(self, table: _Table, number: int) -> tuple[int, ...]:
        at = table.start + number * sum(table.widths)
        found = []
        for width in table.widths:
            found.append(int.from_bytes(self.data[at : at + width], "little"))
            at += width
        return tuple(found)

    @cached_property
    def nested(self) -> dict[int, int]:
        """Return the enclosing type of every nested one, by row."""
        return dict(self.rows(NESTED_CLASS))  # type: ignore[arg-type]


def _width(column: int | str, counts: dict[int, int], heaps: int) -> int:
    if column in ("2", "4"):
        return int(column)
    if column in ("s", "g", "b"):
        return 4 if heaps >> ("s", "g", "b").index(str(column)) & 1 else 2
    if isinstance(column, int):
        return 4 if counts.get(column, 0) >= 1 << 16 else 2
    bits, tables = _CODED[column]
    return 4 if any(counts.get(table, 0) >= 1 << 16 - bits for table in tables) else 2


def _cli_header(data: bytes) -> int | None:
    """Return where the CLI header (II.25.3.3) is in the file; None for a PE without one."""
    if not data.startswith(b"MZ"):
        return None
    start = struct.unpack_from("<I", data, _HEADER_AT)[0]
    if data[start : start + 4] != b"PE\0\0":
        return None
    (magic,) = struct.unpack_from("<H", data, start + 24)
    directories = start + 24 + (112 if magic == 0x20B else 96)
    (count,) = struct.unpack_from("<I", data, directories - 4)
    if count <= _CLI_DIRECTORY:
        return None
    (address,) = struct.unpack_from("<I", data, directories + 8 * _CLI_DIRECTORY)
    return _place(data, address) if address else None


def _place(data: bytes, address: int) -> int:
    """Return the file position of an address of the loaded image."""
    start = struct.unpack_from("<I", data, _HEADER_AT)[0] + 4
    sections, optional = struct.unpack_from("<2xH12xH", data, start)
    for index in range(sections):
        size, where, stored, position = struct.unpack_from("<8xIIII", data, start + 20 + optional + 40 * index)
        if where <= address < where + max(size, stored):
            return int(position + address - where)
    raise LayoutError(f"no section of it holds the address {address:#x}")
