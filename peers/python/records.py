"""The probe: what the declarations look like in memory, stored and loaded leaf by leaf through ordinary attribute access."""

from __future__ import annotations

import ctypes
import operator
import sys
from collections.abc import Callable, Collection, Iterator, Sequence
from enum import IntEnum, IntFlag
from types import ModuleType
from typing import Any

import declarations
from kinds import Described, assignable, declared_kind, plain
from layouts import explicit, locks, mixed, nested, packed, real, scalars, text, unions

from samebytes.mapping import ViewAccessor, ViewStream
from samebytes.peers.serve import Fault, hex_bytes, hex_words

View = ViewAccessor | ViewStream
Step = Callable[[Any], Any]
"""From an owner to one of its parts, which is an owner itself."""
PREFIX = 4
"""Bytes of the int32 length before a text."""
CODECS = {
    "utf-8": ("utf-8", "utf-8"),
    "utf-16": ("utf-16-be", "utf-16-le" if sys.byteorder == "little" else "utf-16-be"),
}
"""By encoding: how a text travels, and how it stands in memory."""


class Leaf:
    """One scalar of a structure: where it is, how to reach it from the record, and the kind in which it travels.

    `way` leads from the record to its owner, step by step; `last` is its name or its index there.
    """

    def __init__(self, path: str, offset: int, declared: Any, way: tuple[Step, ...], last: str | int) -> None:
        self.path, self.offset, self.declared, self.way, self.last = path, offset, declared, way, last
        self.width = ctypes.sizeof(declared)
        self.kind = declared_kind(declared)

    def bits(self, word: str) -> int:
        """Return a word of a request as a bit pattern. Fault `invalid` if it is more than the leaf's kind holds."""
        number = int.from_bytes(hex_bytes(word))
        if number >> self.kind.width * 8:
            raise Fault("invalid", f"{word[:40]!r} is more than {self.path} holds")
        return number

    def put(self, record: Any, bits: int) -> None:
        """Assign the value of a bit pattern to the declaration's own field."""
        value = assignable(self.declared, self.kind.value(bits))
        for step in self.way:
            record = step(record)
        if isinstance(self.last, int):
            record[self.last] = value
        else:
            setattr(record, self.last, value)

    def take(self, record: Any) -> str:
        """Return the field's value as a bit pattern in hex."""
        for step in self.way:
            record = step(record)
        return self.kind.hex(plain(record[self.last] if isinstance(self.last, int) else getattr(record, self.last)))


def leaves_of(
    kind: Any, path: str = "", offset: int = 0, way: tuple[Step, ...] = (), last: str | int = ""
) -> Iterator[Leaf]:
    """Every scalar of a ctypes type."""
    if issubclass(kind, (ctypes.Structure, ctypes.Union)):
        for name, part, place in fields_of(kind):
            below = _below(kind, path, name)
            yield from leaves_of(part, below, offset + place, (*way, *_step_to(part, name, place)), name)
    elif issubclass(kind, ctypes.Array):
        for index in range(kind._length_):
            step, place = _step_to(kind._type_, index, 0), index * ctypes.sizeof(kind._type_)
            yield from leaves_of(kind._type_, f"{path}[{index}]", offset + place, (*way, *step), index)
    else:
        yield Leaf(path, offset, kind, way, last)


def members_of(kind: Any, path: str = "", offset: int = 0) -> Iterator[tuple[str, int, int]]:
    """Every field as a whole, with its offset and size in bytes: those of the structures in it too."""
    if issubclass(kind, (ctypes.Structure, ctypes.Union)):
        for name, part, place in fields_of(kind):
            below = _below(kind, path, name)
            if below != path:
                yield below, offset + place, ctypes.sizeof(part)
            yield from members_of(part, below, offset + place)
    elif issubclass(kind, ctypes.Array):
        for index in range(kind._length_):
            yield from members_of(kind._type_, f"{path}[{index}]", offset + index * ctypes.sizeof(kind._type_))


def fields_of(kind: Any) -> Iterator[tuple[str, Any, int]]:
    """Yield name, type and offset of a structure's fields, inherited ones first.

    Names with a leading underscore are holes, and lengths of texts, unless they are anonymous.
    """
    for declaring in reversed(kind.__mro__):
        for name, part, *_ in vars(declaring).get("_fields_", ()):
            if not name.startswith("_") or name in _anonymous(kind):
                yield name, part, getattr(kind, name).offset


def _below(kind: Any, path: str, name: str) -> str:
    """Return the path of a field; what is anonymous adds nothing to it."""
    if name in _anonymous(kind):
        return path
    return f"{path}.{name}" if path else name


def _anonymous(kind: Any) -> tuple[str, ...]:
    return tuple(name for declaring in kind.__mro__ for name in vars(declaring).get("_anonymous_", ()))


def constants_of(declared: Any, names: dict[str, str]) -> dict[str, int]:
    """Return an enumeration's constants, under the description's `names` where it has them, under their own where not."""
    described = {own: name for name, own in names.items()}
    return {described.get(own, own): int(constant) for own, constant in declared.__members__.items()}


def _step_to(kind: Any, name: str | int, offset: int) -> tuple[Step, ...]:
    """Return the step from an owner to its part; none to a scalar, which is assigned.

    Characters go by address: as an attribute they are one text that ends at its first NUL.
    """
    if not issubclass(kind, (ctypes.Structure, ctypes.Union, ctypes.Array)):
        return ()
    if isinstance(name, int):
        return (operator.itemgetter(name),)
    if issubclass(kind, ctypes.Array) and kind._type_ in (ctypes.c_char, ctypes.c_wchar):
        return (lambda owner: kind.from_buffer(owner, offset),)
    return (operator.attrgetter(name),)


BEYOND = 1000
"""Elements that are told of an array behind those that a probe asks for: more would make an answer longer than a line may be."""


def asked_of(leaves: list[Leaf], asked: Collection[str]) -> list[Leaf]:
    """Return the leaves without those of an array that are far behind the ones that a probe asks for."""
    last: dict[str, int] = {}
    for path in asked:
        if path.endswith("]"):
            array, _, index = path[:-1].rpartition("[")
            last[array] = max(last.get(array, 0), int(index))
    return [leaf for leaf in leaves if not _is_far(leaf.path, last)]


def _is_far(path: str, last: dict[str, int]) -> bool:
    array, _, index = path.removesuffix("]").rpartition("[")
    return path.endswith("]") and array in last and int(index) > last[array] + BEYOND


class FixedRecord:
    """A record that is a structure or a union and nothing more."""

    def __init__(self, kind: Any) -> None:
        self.kind, self.leaves = kind, list(leaves_of(kind))
        self.size = self.extent = ctypes.sizeof(kind)
        self.count = len(self.leaves)
        self.constants: dict[str, dict[str, str]] = {}

    def travel_as(self, described: Described) -> None:
        """From now on leaves travel in the kinds of a description, by path; those that it lacks as they are declared."""
        self.constants = described.constants
        near = asked_of(self.leaves, described.kinds)
        self.count -= len(self.leaves) - len(near)
        self.leaves = near
        for leaf in self.leaves:
            leaf.kind = described.kinds.get(leaf.path, leaf.kind)

    def describe(self) -> dict[str, Any]:
        leaves = [[leaf.path, leaf.offset, leaf.width, declared_kind(leaf.declared).family] for leaf in self.leaves]
        return {
            "size": self.size,
            "align": ctypes.alignment(self.kind),
            "leaves": leaves,
            "members": [list(member) for member in members_of(self.kind)],
            "enums": {
                name: constants_of(ENUMS[name], names) for name, names in self.constants.items() if name in ENUMS
            },
        }

    def store(self, view: View, offset: int, words: Sequence[str]) -> None:
        record = self._read(view, offset)
        for leaf, word in zip(self.leaves, words, strict=True):
            leaf.put(record, leaf.bits(word))
        self._write(view, offset, record)

    def store_leaf(self, view: View, offset: int, index: int, word: str) -> None:
        record = self._read(view, offset)
        self.leaves[index].put(record, self.leaves[index].bits(word))
        self._write(view, offset, record)

    def load(self, view: View, offset: int) -> list[str]:
        record = self._read(view, offset)
        return [leaf.take(record) for leaf in self.leaves]

    def _read(self, view: View, offset: int) -> Any:
        return self.kind.from_buffer_copy(read(view, offset, self.extent).ljust(ctypes.sizeof(self.kind), b"\0"))

    def _write(self, view: View, offset: int, record: Any) -> None:
        write(view, offset, bytes(record)[: self.extent])


class TextRecord(FixedRecord):
    """A structure that ends with the length of the text behind it. The length is written last."""

    def __init__(self, kind: Any) -> None:
        super().__init__(kind)
        self.extent = kind._length.offset
        self.size = self.extent + PREFIX
        self.count += 1
        self.travelling, self.stored = CODECS[kind.encoding]

    def describe(self) -> dict[str, Any]:
        found = super().describe()
        return {**found, "leaves": [*found["leaves"], ["Text", self.size, 0, "text"]]}

    def store(self, view: View, offset: int, words: Sequence[str]) -> None:
        data = hex_bytes(words[-1]).decode(self.travelling, "surrogatepass").encode(self.stored, "surrogatepass")
        write(view, offset + self.size, data)
        super().store(view, offset, words[:-1])
        write(view, offset + self.extent, len(data).to_bytes(PREFIX, sys.byteorder))

    def load(self, view: View, offset: int) -> list[str]:
        found = load_prefixed(view, offset + self.extent).decode(self.stored, "surrogatepass")
        return [*super().load(view, offset), hex_words(found.encode(self.travelling, "surrogatepass"))]


class MessageRecord:
    """A length-prefixed JSON object."""

    parts = ("title", "content")
    leaves = parts
    count = len(parts)

    def describe(self) -> dict[str, Any]:
        leaves = [[name, PREFIX, 0, "text"] for name in self.parts]
        return {"size": PREFIX, "align": PREFIX, "leaves": leaves, "members": [], "enums": {}}

    def store(self, view: View, offset: int, words: Sequence[str]) -> None:
        title, content = (hex_bytes(word).decode("utf-8") for word in words)
        body = declarations.message_body(title, content)
        write(view, offset + PREFIX, body)
        write(view, offset, len(body).to_bytes(PREFIX, sys.byteorder))  # last: from now on a reader may read

    def store_leaf(self, _view: View, _offset: int, _index: int, _word: str) -> None:
        raise Fault("unsupported", "a message is stored as a whole")

    def load(self, view: View, offset: int) -> list[str]:
        parts = declarations.message_parts(load_prefixed(view, offset))
        return [hex_words(part.encode("utf-8")) for part in parts]


def read(view: View, offset: int, size: int) -> bytes:
    """Bytes of either form of view. Fault `range` if it ends before."""
    if offset + size > view.capacity:
        raise Fault("range", f"{size} bytes at {offset}: the view has {view.capacity}")
    if isinstance(view, ViewAccessor):
        return view.read_bytes(offset, size)
    view.seek(offset)
    return view.read(size)


def write(view: View, offset: int, data: bytes) -> None:
    """Bytes into either form of view. Fault `range` if it ends before; nothing is written then."""
    if offset + len(data) > view.capacity:
        raise Fault("range", f"{len(data)} bytes at {offset}: the view has {view.capacity}")
    if isinstance(view, ViewAccessor):
        view.write_bytes(offset, data)
    else:
        view.seek(offset)
        view.write(data)


def load_prefixed(view: View, offset: int) -> bytes:
    """Return the body that the length at `offset` announces."""
    return read(view, offset + PREFIX, int.from_bytes(read(view, offset, PREFIX), sys.byteorder))


def records_of(module: ModuleType) -> Iterator[tuple[str, FixedRecord]]:
    """Return the records that a module declares, by name."""
    for name, kind in vars(module).items():
        if isinstance(kind, type) and issubclass(kind, (ctypes.Structure, ctypes.Union)) and hasattr(kind, "_fields_"):
            yield name, TextRecord(kind) if hasattr(kind, "_length") else FixedRecord(kind)


def enums_of(module: ModuleType) -> Iterator[tuple[str, Any]]:
    """Return the enumerations that a module declares, by name."""
    for name, kind in vars(module).items():
        if isinstance(kind, type) and issubclass(kind, (IntEnum, IntFlag)) and kind.__module__ == module.__name__:
            yield name, kind


GROUPS = (declarations, scalars, mixed, nested, packed, explicit, unions, text, locks, real)
RECORDS: dict[str, FixedRecord | MessageRecord] = {
    "Message": MessageRecord(),
    **{name: record for group in GROUPS for name, record in records_of(group)},
}
ENUMS: dict[str, Any] = {name: kind for group in GROUPS for name, kind in enums_of(group)}
