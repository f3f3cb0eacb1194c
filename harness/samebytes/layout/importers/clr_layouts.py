"""The two layouts of a .NET structure, as records: `Managed` and `Marshalled`."""

from __future__ import annotations

from dataclasses import replace

from samebytes.errors import LayoutError
from samebytes.layout.abi import Abi
from samebytes.layout.importers.clr_types import ClrField, ClrType, Signature, Types
from samebytes.layout.importers.metadata import compressed
from samebytes.layout.importers.origin import ImportOrigin
from samebytes.layout.kinds import KINDS, Enum, Kind, Pointer
from samebytes.layout.record import Chars, Field, Record

__all__ = ["Managed", "Marshalled", "kept_size"]

_Key = tuple[int, tuple[Signature, ...]]
"""A type: its row, and what a generic one is for."""

_DEEPEST = 64
_BOOL, _CHAR, _STRING, _POINTER, _VALUE, _CLASS, _FUNCTION = 0x02, 0x03, 0x0E, 0x0F, 0x11, 0x12, 0x1B
_NUMBERS = {
    0x04: "i8",
    0x05: "u8",
    0x06: "i16",
    0x07: "u16",
    0x08: "i32",
    0x09: "u32",
    0x0A: "i64",
    0x0B: "u64",
    0x0C: "f32",
    0x0D: "f64",
    0x18: "intptr",
    0x19: "uintptr",
}
"""Element types (ECMA-335 II.23.1.16)."""

_GUID = (("a", "u32", ()), ("b", "u16", ()), ("c", "u16", ()), ("d", "u8", (8,)))
_DECIMAL = (("flags", "u32", ()), ("high", "u32", ()), ("low", "u64", ()))
"""As Windows' DECIMAL, and as .NET keeps it from 5 on; before, and in mono, `low` was two of 4 bytes."""
_KNOWN = {
    "System.Guid": _GUID,
    "System.Decimal": _DECIMAL,
    "System.TimeSpan": (("ticks", "i64", ()),),
    "System.Int128": (("low", "u64", ()), ("high", "u64", ())),
    "System.UInt128": (("low", "u64", ()), ("high", "u64", ())),
}
"""Structures of the standard library whose layout is documented or fixed by its serialised form."""
_NULLABLE = "System.Nullable`1"

_NATIVE = {
    0x02: "bool32",
    0x03: "i8",
    0x04: "u8",
    0x05: "i16",
    0x06: "u16",
    0x07: "i32",
    0x08: "u32",
    0x09: "i64",
    0x0A: "u64",
    0x0B: "f32",
    0x0C: "f64",
    0x0F: "i64",
    0x1F: "intptr",
    0x20: "uintptr",
    0x25: "i16",
}
"""`UnmanagedType`s that are numbers (II.23.4, and Currency and VariantBool of the .NET documentation)."""
_BOOLS = {0x03: "bool", 0x04: "bool", 0x07: "bool32", 0x08: "bool32"}
"""A bool that is asked to be such a number still is no number: any but zero is read as true, and true is written as 1."""
_VARIANT_BOOL = 0x25
_IN_PLACE_TEXT, _IN_PLACE_ARRAY, _STRUCT = 0x17, 0x1E, 0x1B
_ADDRESSES = (0x13, 0x14, 0x15, 0x16, 0x22, 0x26)
"""BStr, LPStr, LPWStr, LPTStr, TBStr, FunctionPtr."""


class _Rules:
    """What both layouts have in common: sequence, explicit offsets, Pack and Size."""

    def __init__(self, types: Types, origin: ImportOrigin | None, abi: Abi) -> None:
        self.types, self.origin, self.abi = types, origin, abi
        self.built: dict[_Key, Record] = {}
        self._doing: list[_Key] = []

    def record(self, one: ClrType) -> Record:
        """Return the record of a type. LayoutError when the layout is the runtime's own, or does not exist."""
        key = one.row, one.arguments
        if key in self._doing or len(self._doing) > _DEEPEST:
            raise LayoutError(f"{one.name} contains itself")
        if key not in self.built:
            self._doing.append(key)
            try:
                self.built[key] = self._build(one)
            finally:
                self._doing.pop()
        return self.built[key]

    def _build(self, one: ClrType) -> Record:
        if one.layout == "auto":
            raise LayoutError(
                f"{one.name} has LayoutKind.Auto: every runtime places its fields as it likes",
                hint="write [StructLayout(LayoutKind.Sequential)] above it",
            )
        if "`" in one.name and not one.arguments:
            raise LayoutError(f"{one.name} is generic: every instance has its own layout", hint="share a plain struct")
        fields = (*self._inherited(one), *(self._field(part, one) for part in self.types.fields(one)))
        if (count := self.types.elements(one)) and len(fields) == 1:
            fields = (replace(fields[0], counts=(count, *fields[0].counts)),)
        pinned = one.layout == "explicit"
        plain = Record(
            _record_name(one),
            fields,
            pack=one.pack or None,
            overlap=pinned,
            origin=self.origin,
            size=None if fields else max(one.size, 1),
        )
        return self._sized(plain, one.size)

    def _inherited(self, one: ClrType) -> tuple[Field, ...]:
        """Return the base class, as a record without a name: the class' own fields begin where that one ends."""
        base = self.types.type(one.base_row) if one.base_row else None
        if base is None or not self.types.fields(base):
            return ()
        if one.layout == "explicit":
            raise LayoutError(
                f"{one.name} has LayoutKind.Explicit and a base class with fields: every runtime places them as it likes",
                hint="share a structure without a base class",
            )
        return (Field("", self.record(base)),)

    def _sized(self, plain: Record, size: int) -> Record:
        """Return the record with `Size` where that is more than the fields take; the runtimes ignore a smaller one."""
        from samebytes.layout.abi import ABIS
        from samebytes.layout.rules import lay_out

        needed = lay_out(plain, ABIS["x86_64-windows"]).size if plain.fields else plain.size or 1
        return replace(plain, size=size) if size > needed else plain

    def _field(self, part: ClrField, one: ClrType) -> Field:
        kind, counts, text = self._type(part, one)
        if one.layout == "explicit" and part.offset is None:
            raise LayoutError(f"{one.name}.{part.name} has no FieldOffset")
        return Field(part.name, kind, counts, part.offset, chars=Chars() if text else None)

    def _type(self, part: ClrField, one: ClrType) -> tuple[Kind | Record, tuple[int, ...], bool]:
        raise NotImplementedError

    # --- types that are the same in both --------------------------------------------------------------------------

    def _value(self, signature: Signature, where: str) -> tuple[Kind | Record, tuple[int, ...]]:
        """Return the type and counts of a value type: an enumeration, a fixed buffer, a structure."""
        if signature.name in _KNOWN:
            return self._known(signature.name), ()
        if signature.name == "System.Half":
            return KINDS["u16"], ()
        if signature.name == _NULLABLE and signature.arguments:
            return self._nullable(signature, where), ()
        if not signature.row:
            raise LayoutError(
                f"{where} is a {signature.name}, which is in another assembly", hint=self._advice(signature.name)
            )
        inner = self.types.type(signature.row, signature.arguments)
        if inner.base == "System.Enum":
            return self._enum(inner), ()
        fields = self.types.fields(inner)
        if "__FixedBuffer" in inner.name and len(fields) == 1:
            return self._buffer(fields[0], inner)
        record = self.record(inner)
        if self.types.elements(inner) and len(record.fields) == 1:  # an array by another name
            return record.fields[0].type, record.fields[0].counts  # type: ignore[return-value] # never a Text
        return record, ()

    def _buffer(self, element: ClrField, inner: ClrType) -> tuple[Kind | Record, tuple[int, ...]]:
        """Return the type and counts of a fixed buffer: a structure of one element, as large as all of them."""
        kind, _, _ = self._type(element, inner)
        width = kind.measure if isinstance(kind, Kind) and isinstance(kind.measure, int) else 0
        return (kind, (inner.size // width,)) if width else (self.record(inner), ())

    def _nullable(self, signature: Signature, where: str) -> Record:
        flag = ClrField("hasValue", Signature(_BOOL), None, b"")
        value = ClrField("value", signature.arguments[0], None, b"")
        owner = ClrType(f"{where}?", 0, "sequential", "ansi", "System.ValueType", 0, 0)
        fields = tuple(self._field(part, owner) for part in (flag, value))
        return Record(f"Nullable_{_argument_name(signature.arguments[0])}", fields, origin=self.origin)

    def _known(self, name: str) -> Record:
        fields = tuple(Field(part, KINDS[kind], counts) for part, kind, counts in _KNOWN[name])
        align = 16 if "Int128" in name and self.abi.pointer == 8 else None
        return Record(name.replace(".", "_"), fields, align=align, origin=self.origin)

    def _enum(self, inner: ClrType) -> Enum:
        base = self.types.fields(inner)[0].signature.code
        name = inner.name.rpartition(".")[2].rpartition("+")[2]
        known = {_BOOL: "bool", _CHAR: "char16"} | _NUMBERS
        return Enum(name, values=self.types.values(inner), base=KINDS[known[base]])

    def _advice(self, name: str) -> str:
        if name == "System.DateTime":
            return "share its Ticks, as a long: a structure with a DateTime is laid out differently by mono and CoreCLR"
        return "share numbers, fixed buffers and structures of the same assembly"


class Managed(_Rules):
    """As the runtime keeps it: bool 1 byte, char 2, no references (with one, the runtime orders the fields as it likes)."""

    def record(self, one: ClrType) -> Record:
        if one.base != "System.ValueType":
            raise LayoutError(f"{one.name} is a class: a program keeps it behind a header, and references to it")
        return super().record(one)

    def _type(self, part: ClrField, one: ClrType) -> tuple[Kind | Record, tuple[int, ...], bool]:
        signature, where = part.signature, f"{one.name}.{part.name}"
        if signature.code in _NUMBERS:
            return KINDS[_NUMBERS[signature.code]], (), False
        if signature.code in (_BOOL, _CHAR):
            return KINDS["bool" if signature.code == _BOOL else "char16"], (), False
        if signature.code in (_POINTER, _FUNCTION):
            return Pointer(), (), False
        if signature.code == _VALUE:
            kind, counts = self._value(signature, where)
            return kind, counts, bool(counts) and kind == KINDS["char16"]
        raise LayoutError(
            f"{where} is a reference: the runtime orders the fields of such a structure as it likes",
            hint="use fixed buffers (`fixed char name[32]`) instead of strings and arrays",
        )


class Marshalled(_Rules):
    """As `Marshal.StructureToPtr` writes it: bool 4 bytes, char by CharSet, `MarshalAs` heeded."""

    def _buffer(self, element: ClrField, inner: ClrType) -> tuple[Kind | Record, tuple[int, ...]]:
        """Return the type and counts of a fixed buffer.

        Of `bool`, or of 1-byte characters, only the first is marshalled; the other bytes are zero.
        """
        kind, counts = super()._buffer(element, inner)
        managed = {_BOOL: 1, _CHAR: 2}.get(element.signature.code, 0)
        if not managed or not isinstance(kind, Kind) or kind.measure == managed:
            return kind, counts
        name = f"{inner.name.rpartition('+')[2].strip('<>')}".replace(">", "")
        rest = inner.size - (kind.measure if isinstance(kind.measure, int) else 0)
        fields = (Field("first", kind), *((Field("rest", KINDS["u8"], (rest,)),) if rest > 0 else ()))
        return Record(name, fields, origin=self.origin), ()

    def _type(self, part: ClrField, one: ClrType) -> tuple[Kind | Record, tuple[int, ...], bool]:
        signature, where, asked = part.signature, f"{one.name}.{part.name}", part.marshal
        native = asked[0] if asked else 0
        if native == _IN_PLACE_TEXT:
            return self._char(one), (compressed(asked, 1)[0],), True
        if native == _IN_PLACE_ARRAY and signature.of is not None:
            return self._array(signature.of, asked, one, where)
        if native == _VARIANT_BOOL and "windows" not in self.abi.name:
            raise LayoutError(
                f"{where} is a VariantBool, which is for Windows only", hint="UnmanagedType.I2 is as wide"
            )
        if native in _NATIVE:
            return _as_number(native, signature), (), False
        if native in _ADDRESSES or signature.code in (_STRING, _POINTER, _FUNCTION):
            return Pointer(), (), False
        kind, counts = self._default(signature, one, where)
        return kind, counts, bool(counts) and kind == KINDS["char16"]

    def _char(self, one: ClrType) -> Kind:
        """Return the kind of a char: CharSet.Auto is Unicode on Windows alone; C# gives a structure without CharSet Ansi, one byte."""
        wide = one.charset == "unicode" or (one.charset == "auto" and "windows" in self.abi.name)
        return KINDS["char16" if wide else "char8"]

    def _array(
        self, of: Signature, asked: bytes, one: ClrType, where: str
    ) -> tuple[Kind | Record, tuple[int, ...], bool]:
        count, at = compressed(asked, 1) if len(asked) > 1 else (1, 1)
        native = asked[at] if at < len(asked) else 0
        if native in _NATIVE:
            return _as_number(native, of), (count,), False
        if of.code == _STRING:
            return Pointer(), (count,), False
        kind, inner = self._default(of, one, where)
        return kind, (count, *inner), of.code == _CHAR

    def _default(self, signature: Signature, one: ClrType, where: str) -> tuple[Kind | Record, tuple[int, ...]]:
        if signature.code in _NUMBERS:
            return KINDS[_NUMBERS[signature.code]], ()
        if signature.code == _BOOL:
            return KINDS["bool32"], ()
        if signature.code == _CHAR:
            return self._char(one), ()
        if signature.code == _VALUE:
            return (KINDS["f64"], ()) if signature.name == "System.DateTime" else self._value(signature, where)
        if signature.code == _CLASS and signature.row:
            return self._class(self.types.type(signature.row, signature.arguments))
        raise LayoutError(
            f"{where} cannot be marshalled into a structure",
            hint="[MarshalAs(UnmanagedType.ByValArray, SizeConst = …)] for arrays, ByValTStr for strings",
        )

    def _class(self, inner: ClrType) -> tuple[Kind | Record, tuple[int, ...]]:
        if inner.base == "System.MulticastDelegate":
            return Pointer(), ()
        return self.record(inner), ()


def kept_size(types: Types, part: ClrField, one: ClrType, abi: Abi) -> int:
    """Return the bytes that a field without references takes in the program; 1 where that is not known."""
    from samebytes.layout.rules import lay_out

    try:
        kind, counts, _ = Managed(types, None, abi)._type(part, one)
        return lay_out(Record("probe", (Field("it", kind, counts),)), abi).size
    except LayoutError:
        return 1


def _record_name(one: ClrType) -> str:
    """Return the type's last name; such as `Pair_i32_f64` for an instance of a generic type."""
    name = one.name.rpartition(".")[2].rpartition("+")[2].partition("`")[0]
    return "_".join((name, *map(_argument_name, one.arguments)))


def _as_number(native: int, signature: Signature) -> Kind:
    """Return the kind of a field that `MarshalAs` makes a number of."""
    known = _NATIVE | _BOOLS if signature.code == _BOOL else _NATIVE
    return KINDS[known[native]]


def _argument_name(signature: Signature) -> str:
    known = {_BOOL: "bool", _CHAR: "char"} | _NUMBERS
    name = signature.name.rpartition(".")[2].rpartition("+")[2].partition("`")[0] or known.get(signature.code, "T")
    return "_".join((name, *map(_argument_name, signature.arguments)))
