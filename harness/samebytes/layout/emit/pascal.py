"""Declarations in Object Pascal (Free Pascal): records as C lays them out, sizes and offsets checked when the program starts."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from samebytes.layout.abi import Abi
from samebytes.layout.emit.names import Names
from samebytes.layout.emit.plan import Plan
from samebytes.layout.emit.shapes import BitSlot, Dialect, Slot, Struct, stored
from samebytes.layout.kinds import Enum, Kind
from samebytes.layout.record import Record

__all__ = ["emit_pascal", "in_unit"]

_KEYWORDS = """
absolute and array as asm begin case class const constructor destructor div do downto else end except exports file finalization
finally for function goto if implementation in inherited initialization inline interface is label library mod nil not object of
on operator or out packed procedure program property raise record repeat resourcestring self set shl shr string then threadvar
to try type unit until uses var while with xor exit false true result system ctypes sizeof
byte word longint integer smallint shortint cardinal int64 qword single double boolean char ansichar widechar pointer
"""
_TYPES = {
    **{f"i{bits}": f"Int{bits}" for bits in (8, 16, 32, 64)},
    **{f"u{bits}": f"UInt{bits}" for bits in (8, 16, 32, 64)},
    "f32": "Single",
    "f64": "Double",
    "bool": "Boolean",
    "bool32": "Int32",
    "char": "AnsiChar",
    "char8": "AnsiChar",
    "char16": "WideChar",
    "long": "clong",
    "ulong": "culong",
    "size": "PtrUInt",
    "uintptr": "PtrUInt",
    "ssize": "PtrInt",
    "ptrdiff": "PtrInt",
    "intptr": "PtrInt",
}


def emit_pascal(records: Iterable[Record], abi: Abi, title: str) -> str:
    """Return a Free Pascal unit; its file must bear its name, in lower case."""
    return "\n".join(_Unit(records, abi).lines(title)) + "\n"


def in_unit(text: str, full_name: str) -> str:
    """Return the same unit under the name that a type's full name, `unit.Type`, begins with."""
    unit, _, _ = full_name.rpartition(".")
    old = re.search(r"^unit (\w+);$", text, re.MULTILINE)
    return re.sub(rf"\b{old[1]}\b", unit, text) if unit and old else text


def dialect() -> Dialect:
    """Return what Free Pascal can say: packed and variant records; no bit-fields, fields without bytes or C long double."""
    return Dialect(
        "Pascal",
        lambda kind, _abi: kind.measure not in (16, "long_double"),
        (1,),
        lambda _align, _packed: False,
        lambda: Names(_KEYWORDS, str.lower),
        empties="never",
        packs_around=True,
    )


class _Unit:
    def __init__(self, records: Iterable[Record], abi: Abi) -> None:
        self.abi, self.plan = abi, Plan(records, abi, dialect())
        self.name = f"{self.plan.tops[0].name}_layout"

    def lines(self, title: str) -> Iterator[str]:
        yield f"{{ {title} }}"
        yield f"unit {self.name};"
        yield from ("{$MODE OBJFPC}", "{$PACKRECORDS C}", "interface", "uses ctypes;", "type")
        for name, enum in self.plan.enums.items():
            yield f"  {name} = type {self._scalar(stored(enum, self.abi))};"
        for struct in self.plan.structs:
            yield from self._struct(struct)
        for name, enum in self.plan.enums.items():
            yield from self._constants(name, enum)
        bits = [(struct, slot, bit) for struct in self.plan.structs for slot in struct.slots for bit in slot.bits]
        for struct, _, bit in bits:
            yield from (f"{head};" for head in self._heads(struct, bit))
        yield "implementation"
        for struct, slot, bit in bits:
            yield from self._accessor(struct, slot, bit)
        yield from self._check()

    def _constants(self, name: str, enum: Enum) -> Iterator[str]:
        if enum.values:
            names = Names(_KEYWORDS, str.lower)
            yield "const"
            yield from (f"  {name}_{names.new(word)} = {name}({_number(number)});" for word, number in enum.values)

    def _struct(self, struct: Struct) -> Iterator[str]:
        yield f"  {struct.name} = {'packed ' if struct.pack else ''}record"
        if struct.union:
            yield "    case Integer of"
        for number, slot in enumerate(struct.slots):
            note = f", {slot.note}" if slot.note else ""
            spelled = f"{slot.name}: {self._type(slot)}"
            yield (
                f"      {number}: ({spelled});" if struct.union else f"    {spelled};"
            ) + f" {{ {slot.offset}{note} }}"
        yield "  end;"
        yield f"  P{struct.name} = ^{struct.name};"
        for tail in self._tails(struct):
            yield f"  {{ {tail.name}, of open length, begins at {tail.offset} }}"

    def _tails(self, struct: Struct) -> list[Slot]:
        """Return what is left out because it takes no room."""
        if struct.layout is None:
            return []
        kept = {slot.field for slot in struct.slots}
        return [
            Slot(member.field.name, member.offset, 0, 1)
            for member in struct.layout.members
            if member.field.bits is None and member.field.name and member.field.name not in kept
        ]

    def _type(self, slot: Slot) -> str:
        spelled = slot.inner.name if slot.inner is not None else self._kind(slot)
        if slot.counts:
            spelled = f"array[{', '.join(f'0..{count - 1}' for count in slot.counts)}] of {spelled}"
        return spelled

    def _kind(self, slot: Slot) -> str:
        assert slot.kind is not None
        return self.plan.enum_name(slot.kind) if isinstance(slot.kind, Enum) else self._scalar(slot.kind)

    def _scalar(self, kind: Kind) -> str:
        if kind.family == "pointer":
            return "Pointer"
        if kind.name in _TYPES:
            return _TYPES[kind.name]
        if kind.name == "wchar" and kind.width(self.abi) == 2:
            return "WideChar"
        if kind.family == "float":
            return "Double" if kind.width(self.abi) == 8 else "Single"
        return f"{'' if kind.family == 'signed' else 'U'}Int{kind.width(self.abi) * 8}"

    # --- bit-fields ---------------------------------------------------------------------------------------------------

    def _heads(self, struct: Struct, bit: BitSlot) -> tuple[str, str]:
        kind = "Int64" if bit.kind.signed(self.abi) else "UInt64"
        stem = f"{struct.name}_{bit.name}"
        return (
            f"function Get_{stem}(var Rec: {struct.name}): {kind}",
            f"procedure Set_{stem}(var Rec: {struct.name}; Value: {kind})",
        )

    def _accessor(self, struct: Struct, slot: Slot, bit: BitSlot) -> Iterator[str]:
        little = self.abi.order == "little"
        number = "P mod 8" if little else "7 - P mod 8"
        at = "I" if little else f"{bit.bits} - 1 - I"
        get, put = self._heads(struct, bit)
        byte = f"PByte(@Rec.{slot.name})[P div 8]"
        yield from (f"{get};", "var I, P: Integer; Value: UInt64;", "begin", "  Value := 0;")
        yield f"  for I := 0 to {bit.bits - 1} do begin"
        yield f"    P := {bit.first} + I;"
        yield f"    Value := Value or (UInt64(({byte} shr ({number})) and 1) shl ({at}));"
        yield "  end;"
        if bit.kind.signed(self.abi):
            yield f"  Result := SarInt64(Int64(Value shl {64 - bit.bits}), {64 - bit.bits});"
        else:
            yield "  Result := Value;"
        yield "end;"
        yield from (f"{put};", "var I, P: Integer;", "begin", f"  for I := 0 to {bit.bits - 1} do begin")
        yield f"    P := {bit.first} + I;"
        yield f"    {byte} := ({byte} and not (1 shl ({number})))"
        yield f"      or (Byte((UInt64(Value) shr ({at})) and 1) shl ({number}));"
        yield from ("  end;", "end;")

    # --- the check at start-up ----------------------------------------------------------------------------------------

    def _check(self) -> Iterator[str]:
        yield "procedure Check(Holds: Boolean; const What: AnsiString);"
        yield "begin"
        yield "  if not Holds then begin"
        yield f"    WriteLn(StdErr, '{self.name}: not laid out as described: ', What);"
        yield from ("    Halt(1);", "  end;", "end;", "initialization")
        for struct in self.plan.structs:
            name = struct.name
            yield f"  Check(SizeOf({name}) = {struct.size}, 'size of {name}');"
            for slot in struct.slots:
                if slot.role != "padding":
                    where = f"PtrUInt(@P{name}(nil)^.{slot.name})"
                    yield f"  Check({where} = {slot.offset}, 'offset of {name}.{slot.name}');"
        yield "end."


def _number(number: int) -> str:
    return str(number) if number < 1 << 63 else f"${number:X}"
