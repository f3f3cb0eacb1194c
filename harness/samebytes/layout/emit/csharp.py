"""Declarations in C#: blittable structs, so that their managed and marshalled layouts are one, with a `Verify()` of both."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from samebytes.layout.abi import Abi
from samebytes.layout.emit.names import Names
from samebytes.layout.emit.plan import Plan
from samebytes.layout.emit.shapes import BitSlot, Dialect, Slot, Struct, stored
from samebytes.layout.kinds import Enum, Kind
from samebytes.layout.record import Record

__all__ = ["emit_csharp", "within"]

_KEYWORDS = """
abstract as base bool break byte case catch char checked class const continue decimal default delegate do double else enum event
explicit extern false finally fixed float for foreach goto if implicit in int interface internal is lock long namespace new null
object operator out override params private protected public readonly ref return sbyte sealed short sizeof stackalloc static
string struct switch this throw true try typeof uint ulong unchecked unsafe ushort using virtual void volatile while
Verify Equals GetHashCode GetType ToString MemberwiseClone ReferenceEquals Finalize System
"""
_INTEGERS = {("i", 1): "sbyte", ("i", 2): "short", ("i", 4): "int", ("i", 8): "long"}
_INTEGERS |= {("u", 1): "byte", ("u", 2): "ushort", ("u", 4): "uint", ("u", 8): "ulong"}


def emit_csharp(records: Iterable[Record], abi: Abi, title: str) -> str:
    """Return a C# source file; compile it with /unsafe."""
    return "\n".join(_Source(records, abi).lines(title)) + "\n"


def within(text: str, full_name: str) -> str:
    """Return the same declarations in the namespace and the classes of a type's full name, `Namespace.Outer+Inner`."""
    outer, _, _ = full_name.rpartition("+")
    namespace, _, first = (outer or full_name).partition("+")[0].rpartition(".")
    classes = [first, *outer.split("+")[1:]] if outer else []
    head, usings, body = text.partition("using System.Runtime.InteropServices;\n\n")
    lines = body.rstrip("\n").split("\n")
    for name in reversed(classes):
        lines = [f"public static unsafe partial class {name}", "{", *_indented(lines), "}"]
    if namespace:
        lines = [f"namespace {namespace}", "{", *_indented(lines), "}"]
    return head + usings + "\n".join(lines) + "\n"


def _indented(lines: Iterable[str]) -> Iterator[str]:
    return (f"    {line}".rstrip() for line in lines)


def dialect() -> Dialect:
    """Return what C# can say: any offset; no bit-fields, arrays of structs, 128 bits or long double, which become bytes."""
    return Dialect(
        "C#",
        lambda kind, _abi: kind.measure not in (16, "long_double"),
        (4, 2, 1),
        lambda _align, _packed: False,
        lambda: Names(_KEYWORDS),
        overlaps=True,
    )


class _Source:
    def __init__(self, records: Iterable[Record], abi: Abi) -> None:
        self.abi, self.plan = abi, Plan(records, abi, dialect())

    def lines(self, title: str) -> Iterator[str]:
        yield f"// {title}"
        yield from ("using System;", "using System.Runtime.InteropServices;", "")
        for name, enum in self.plan.enums.items():
            yield from self._enum(name, enum)
        for struct in self.plan.structs:
            yield from self._struct(struct)

    def _enum(self, name: str, enum: Enum) -> Iterator[str]:
        names = Names(_KEYWORDS)
        yield f"public enum {name} : {self._integer(stored(enum, self.abi))}"
        yield "{"
        yield from (f"    {names.new(word)} = {number}," for word, number in enum.values)
        yield from ("}", "")

    def _struct(self, struct: Struct) -> Iterator[str]:
        pack = f", Pack = {struct.pack}" if struct.pack else ""
        kind = "Explicit" if struct.union else "Sequential"
        yield f"[StructLayout(LayoutKind.{kind}{pack}, Size = {struct.size}, CharSet = CharSet.Unicode)]"
        yield f"public unsafe struct {struct.name}"
        yield "{"
        for slot in struct.slots:
            yield from self._field(struct, slot)
        for slot in struct.slots:
            for bit in slot.bits:
                yield from self._property(slot, bit)
        yield from self._verify(struct)
        yield from ("}", "")

    def _field(self, struct: Struct, slot: Slot) -> Iterator[str]:
        note = f" // {slot.offset}" + (f", {slot.note}" if slot.note else "")
        if slot.role == "tail":
            yield f"    public const int {slot.name}_Offset = {slot.offset};{note or ''}"
            return
        if struct.union:
            yield f"    [FieldOffset({slot.offset})]"
        yield f"    {self._declared(slot)}{note}"
        if slot.inner is not None and slot.counts:
            yield from self._element(slot, slot.inner)

    def _declared(self, slot: Slot) -> str:
        if slot.inner is not None:
            return (
                f"public {slot.inner.name} {slot.name};"
                if not slot.counts
                else f"public fixed byte {slot.name}[{slot.size}];"
            )
        assert slot.kind is not None
        if slot.counts:
            return f"public fixed {self._primitive(slot.kind)} {slot.name}[{slot.elements}];"
        return f"public {self._type(slot.kind)} {slot.name};"

    def _element(self, slot: Slot, inner: Struct) -> Iterator[str]:
        """Yield a method that returns a reference to an element: C# has no arrays of structs inside a struct, so bytes hold them."""
        yield f"    public ref {inner.name} {slot.name}_At(int index)"
        yield "    {"
        yield f"        if (index < 0 || index >= {slot.elements}) throw new IndexOutOfRangeException();"
        yield f"        fixed (byte* first = {slot.name}) return ref (({inner.name}*)first)[index];"
        yield "    }"

    def _type(self, kind: Kind) -> str:
        if isinstance(kind, Enum):
            return self.plan.enum_name(kind)
        if kind.family == "pointer":
            return "IntPtr"
        return self._primitive(kind)

    def _primitive(self, kind: Kind) -> str:
        real = stored(kind, self.abi)
        width = real.width(self.abi)
        if real.family == "float":
            return "double" if width == 8 else "float"
        if real.family == "char" and width == 2:
            return "char"
        return self._integer(real)

    def _integer(self, kind: Kind) -> str:
        sign = "i" if kind.family == "signed" or kind.name == "bool32" else "u"
        return _INTEGERS[sign, kind.width(self.abi)]

    def _property(self, slot: Slot, bit: BitSlot) -> Iterator[str]:
        little = self.abi.order == "little"
        number = "p % 8" if little else "7 - p % 8"
        at = "i" if little else f"{bit.bits} - 1 - i"
        signed = bit.kind.signed(self.abi)
        yield f"    public {'long' if signed else 'ulong'} {bit.name}"
        yield "    {"
        pin = (
            f"byte* unit = {slot.name}"
            if slot.counts
            else f"{self._primitive(slot.kind or bit.kind)}* whole = &{slot.name}"
        )
        start = "" if slot.counts else "byte* unit = (byte*)whole; "
        yield f"        get {{ fixed ({pin}) {{ {start}ulong value = 0;"
        yield f"            for (int i = 0; i < {bit.bits}; i++) {{ int p = {bit.first} + i;"
        yield f"                value |= (ulong)(unit[p / 8] >> ({number}) & 1) << ({at}); }}"
        yield (
            f"            return (long)(value << {64 - bit.bits}) >> {64 - bit.bits}; }} }}"
            if signed
            else "            return value; } }"
        )
        yield f"        set {{ fixed ({pin}) {{ {start}"
        yield f"            for (int i = 0; i < {bit.bits}; i++) {{ int p = {bit.first} + i;"
        yield f"                int one = (int)((ulong)value >> ({at}) & 1) << ({number});"
        yield f"                unit[p / 8] = (byte)(unit[p / 8] & ~(1 << ({number})) | one); }} }} }}"
        yield "    }"

    def _verify(self, struct: Struct) -> Iterator[str]:
        name = struct.name
        yield ""
        yield "    /// <summary>Throws unless both layouts, managed and marshalled, are the one described.</summary>"
        yield "    public static void Verify()"
        yield "    {"
        yield f"        if (sizeof({name}) != {struct.size} || Marshal.SizeOf(typeof({name})) != {struct.size})"
        yield f'            throw new InvalidOperationException("size of {name}: " + sizeof({name}));'
        slots = [slot for slot in struct.slots if slot.role in ("field", "unit")]
        if slots:
            yield f"        {name} record;"
            yield "        byte* start = (byte*)&record;"
        for slot in slots:
            address = f"record.{slot.name}" if slot.counts else f"&record.{slot.name}"
            yield f"        if ((byte*){address} - start != {slot.offset}"
            yield f'            || (long)Marshal.OffsetOf(typeof({name}), "{slot.name}") != {slot.offset})'
            yield f'            throw new InvalidOperationException("offset of {name}.{slot.name}");'
        yield "    }"
