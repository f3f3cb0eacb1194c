"""Types of an assembly as its metadata declares them: their fields, layout attributes, and what their signatures mean."""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property

from samebytes.errors import LayoutError
from samebytes.layout.importers import metadata as tables
from samebytes.layout.importers.metadata import Metadata, compressed

__all__ = ["ClrField", "ClrType", "Signature", "Types"]

_STATIC, _LITERAL = 0x10, 0x40
_LAYOUTS = {0x00: "auto", 0x08: "sequential", 0x10: "explicit"}
_CHARSETS = {0x00000: "ansi", 0x10000: "unicode", 0x20000: "auto"}
_MODIFIERS = (0x1F, 0x20, 0x41, 0x45)
_PARAMETER, _INSTANCE = 0x13, 0x15
_INLINE_ARRAY = "System.Runtime.CompilerServices.InlineArrayAttribute"
_DEEPEST = 32


@dataclass(frozen=True)
class Signature:
    """A field's type: an element type's code (II.23.1.16), the type it names, and what an array or pointer is of."""

    code: int
    name: str = ""
    row: int = 0
    """Row of TypeDef for a type of this assembly; 0 for others. Of a type parameter: which one, from 0."""
    of: Signature | None = None
    arguments: tuple[Signature, ...] = ()
    """Of an instance of a generic type: what it is an instance for."""


@dataclass(frozen=True)
class ClrField:
    """One instance field. `offset` is its FieldOffset, `marshal` the blob of its MarshalAs."""

    name: str
    signature: Signature
    offset: int | None
    marshal: bytes


@dataclass(frozen=True)
class ClrType:
    """One type definition. `pack` and `size` are 0 where the source does not say."""

    name: str
    row: int
    layout: str
    charset: str
    base: str
    pack: int
    size: int
    base_row: int = 0
    """Row of TypeDef for a base class of this assembly; 0 for others."""
    arguments: tuple[Signature, ...] = ()
    """Of an instance of a generic type."""


class Types:
    """The type definitions of one assembly."""

    def __init__(self, metadata: Metadata) -> None:
        self.metadata = metadata

    @cached_property
    def by_name(self) -> dict[str, ClrType]:
        """Return every type, by full name: `Namespace.Outer+Inner`."""
        found = (self.type(number + 1) for number in range(self.metadata.count(tables.TYPE_DEF)))
        return {one.name: one for one in found}

    def type(self, row: int, arguments: tuple[Signature, ...] = ()) -> ClrType:
        """Return the type of a TypeDef row; an instance of it, where it is generic, for these arguments."""
        flags, _, _, base, _, _ = self.metadata.row(tables.TYPE_DEF, row)
        pack, size = self._layouts.get(row, (0, 0))
        base_name, base_row = self._name_of("TypeDefOrRef", base) if base else ("", 0)
        return ClrType(
            self._full_name(row),
            row,
            _LAYOUTS.get(flags & 0x18, "auto"),
            _CHARSETS.get(flags & 0x30000, "ansi"),
            base_name,
            pack,
            size,
            base_row,
            arguments,
        )

    def fields(self, one: ClrType) -> list[ClrField]:
        """Return the type's instance fields, in order of declaration."""
        return [
            ClrField(
                self._field_name(name),
                _instance(self._signature(blob), one.arguments),
                self._offsets.get(number),
                self._marshals.get(number, b""),
            )
            for number, flags, name, blob in self._rows(one)
            if not flags & (_STATIC | _LITERAL)
        ]

    def values(self, one: ClrType) -> tuple[tuple[str, int], ...]:
        """Return names and numbers of an enumeration."""
        return tuple(
            (self.metadata.text(name), self._constants[number])
            for number, flags, name, _ in self._rows(one)
            if flags & _LITERAL and number in self._constants
        )

    def _rows(self, one: ClrType) -> Iterator[tuple[int, int, int, int]]:
        first = self.metadata.row(tables.TYPE_DEF, one.row)[4]
        last = self.metadata.count(tables.FIELD) + 1
        if one.row < self.metadata.count(tables.TYPE_DEF):
            last = min(last, self.metadata.row(tables.TYPE_DEF, one.row + 1)[4])
        for number in range(first, last):
            flags, name, blob = self.metadata.row(tables.FIELD, number)
            yield number, flags, name, blob

    def _full_name(self, row: int, depth: int = 0) -> str:
        _, name, space, *_ = self.metadata.row(tables.TYPE_DEF, row)
        outer = self.metadata.nested.get(row)
        if outer is not None and depth < _DEEPEST:
            return f"{self._full_name(outer, depth + 1)}+{self.metadata.text(name)}"
        return ".".join(filter(None, (self.metadata.text(space), self.metadata.text(name))))

    def _name_of(self, coded: str, value: int) -> tuple[str, int]:
        table, row = self.metadata.decode(coded, value)
        if table == tables.TYPE_DEF:
            return self._full_name(row), row
        if table == tables.TYPE_REF:
            _, name, space = self.metadata.row(tables.TYPE_REF, row)
            return ".".join(filter(None, (self.metadata.text(space), self.metadata.text(name)))), 0
        return "a generic instance", 0

    def _field_name(self, index: int) -> str:
        """Return the name of a field; a property's hidden field goes by the property's name."""
        name = self.metadata.text(index)
        if match := re.fullmatch(r"<(\w+)>k__BackingField", name):
            return match[1]
        return name if name.isidentifier() else re.sub(r"\W+", "_", name).strip("_") or "unnamed"

    # --- signatures -----------------------------------------------------------------------------------------------

    def _signature(self, blob: int) -> Signature:
        data = self.metadata.blob(blob)
        if data[:1] != b"\x06":
            raise LayoutError("its metadata has a field without a field's signature")
        return self._type_at(data, 1, 0)[0]

    def _type_at(self, data: bytes, at: int, depth: int) -> tuple[Signature, int]:
        """Return a type, and where the next one is."""
        if depth > _DEEPEST:
            raise LayoutError("its metadata has a type inside types without end")
        code = data[at]
        at += 1
        if code in _MODIFIERS[:2]:
            _, at = compressed(data, at)
            return self._type_at(data, at, depth + 1)
        if code in _MODIFIERS[2:]:
            return self._type_at(data, at, depth + 1)
        if code in (0x11, 0x12):
            value, at = compressed(data, at)
            return Signature(code, *self._name_of("TypeDefOrRef", value)), at
        if code == _PARAMETER:
            number, at = compressed(data, at)
            return Signature(code, row=number), at
        if code == _INSTANCE:
            return self._instance_at(data, at, depth)
        if code in (0x0F, 0x10, 0x1D):
            inner, at = self._type_at(data, at, depth + 1)
            return Signature(code, of=inner), at
        return Signature(code), at

    def _instance_at(self, data: bytes, at: int, depth: int) -> tuple[Signature, int]:
        """Return an instance of a generic type: the type, and what it is for (II.23.2.12)."""
        generic, at = self._type_at(data, at, depth + 1)
        count, at = compressed(data, at)
        arguments = []
        for _ in range(min(count, len(data))):
            argument, at = self._type_at(data, at, depth + 1)
            arguments.append(argument)
        return Signature(generic.code, generic.name, generic.row, arguments=tuple(arguments)), at

    # --- what attributes and other tables say of rows of this one ----------------------------------------------------------------

    @cached_property
    def _layouts(self) -> dict[int, tuple[int, int]]:
        return {row: (pack, size) for pack, size, row in self.metadata.rows(tables.CLASS_LAYOUT)}

    @cached_property
    def _offsets(self) -> dict[int, int]:
        return {row: offset for offset, row in self.metadata.rows(tables.FIELD_LAYOUT)}

    @cached_property
    def _marshals(self) -> dict[int, bytes]:
        found = (
            (self.metadata.decode("HasFieldMarshal", parent), blob)
            for parent, blob in self.metadata.rows(tables.FIELD_MARSHAL)
        )
        return {row: self.metadata.blob(blob) for (table, row), blob in found if table == tables.FIELD}

    def elements(self, one: ClrType) -> int:
        """Return how many elements a structure is that declares only the first (`InlineArray` of C# 12); 0 for every other."""
        return self._inline_arrays.get(one.row, 0)

    @cached_property
    def _inline_arrays(self) -> dict[int, int]:
        found = {}
        for parent, constructor, blob in self.metadata.rows(tables.CUSTOM_ATTRIBUTE):
            table, row = self.metadata.decode("HasCustomAttribute", parent)
            if table == tables.TYPE_DEF and self._attribute_name(constructor) == _INLINE_ARRAY:
                value = self.metadata.blob(blob)
                if value[:2] == b"\x01\x00" and len(value) >= 6:  # II.23.3: a prolog, then the arguments
                    found[row] = int.from_bytes(value[2:6], "little")
        return found

    def _attribute_name(self, constructor: int) -> str:
        """Return the attribute of another assembly whose constructor this is; empty for one of this assembly."""
        table, row = self.metadata.decode("CustomAttributeType", constructor)
        if table != tables.MEMBER_REF:
            return ""
        table, row = self.metadata.decode("MemberRefParent", self.metadata.row(tables.MEMBER_REF, row)[0])
        if table != tables.TYPE_REF:
            return ""
        _, name, space = self.metadata.row(tables.TYPE_REF, row)
        return f"{self.metadata.text(space)}.{self.metadata.text(name)}"

    @cached_property
    def _constants(self) -> dict[int, int]:
        numbers = {}
        for kind, parent, blob in self.metadata.rows(tables.CONSTANT):
            table, row = self.metadata.decode("HasConstant", parent)
            form = _INTEGERS.get(kind & 0xFF)
            if table == tables.FIELD and form:
                numbers[row] = struct.unpack(form, self.metadata.blob(blob))[0]
        return numbers


def _instance(signature: Signature, arguments: tuple[Signature, ...]) -> Signature:
    """Return a field's type with a generic type's parameters replaced."""
    if not arguments:
        return signature
    if signature.code == _PARAMETER:
        return arguments[signature.row] if signature.row < len(arguments) else signature
    inner = tuple(_instance(argument, arguments) for argument in signature.arguments)
    return replace(signature, of=signature.of and _instance(signature.of, arguments), arguments=inner)


_INTEGERS = {2: "<?", 3: "<H", 4: "<b", 5: "<B", 6: "<h", 7: "<H", 8: "<i", 9: "<I", 10: "<q", 11: "<Q"}
"""Constants' element types, as `struct` reads them."""
