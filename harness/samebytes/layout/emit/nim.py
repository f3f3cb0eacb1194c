"""Declarations in Nim: objects and unions as C lays them out, each size and offset held by a `static: doAssert`.

Nim computes sizes itself; a check when the module starts holds them to what its C compiler does.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from samebytes.layout.abi import Abi
from samebytes.layout.emit.names import Names
from samebytes.layout.emit.plan import Plan
from samebytes.layout.emit.shapes import BitSlot, Dialect, Slot, Struct, stored
from samebytes.layout.kinds import Enum, Kind
from samebytes.layout.record import Record

__all__ = ["emit_nim"]

_KEYWORDS = """
addr and as asm bind block break case cast concept const continue converter defer discard distinct div do elif else end enum except
export finally for from func if import in include interface is isnot iterator let macro method mixin mod nil not notin object of
or out proc ptr raise ref return shl shr static template try tuple type using var when while xor yield
"""
_TYPES = {
    **{f"i{bits}": f"int{bits}" for bits in (8, 16, 32, 64)},
    **{f"u{bits}": f"uint{bits}" for bits in (8, 16, 32, 64)},
    "f32": "float32",
    "f64": "float64",
    "bool": "bool",
    "bool32": "int32",
    "char": "char",
    "char8": "char",
    "long": "clong",
    "ulong": "culong",
    "size": "csize_t",
    "uintptr": "uint",
    "ssize": "int",
    "ptrdiff": "int",
    "intptr": "int",
}


def emit_nim(records: Iterable[Record], abi: Abi, title: str) -> str:
    """Return a Nim module."""
    return "\n".join(_Module(records, abi).lines(title)) + "\n"


def dialect() -> Dialect:
    """Return what Nim can say: packed or natural, `align` on a field; no bit-fields of ABI-wide types, 128 bits or long double."""
    return Dialect(
        "Nim",
        lambda kind, _abi: kind.measure not in (16, "long_double"),
        (1,),
        lambda _align, packed: not packed,
        names,
        empties="last",  # array[0, T] has the room of one T in the C that Nim makes
    )


def names() -> Names:
    """Return Nim's names: the same when they differ in case (but for the first letter) or `_`, which is never last or doubled."""
    return Names(_KEYWORDS, _fold, _tidy)


def _fold(name: str) -> str:
    return name[:1] + name[1:].replace("_", "").lower()


def _tidy(name: str) -> str:
    return "_".join(part for part in name.split("_") if part)


class _Module:
    def __init__(self, records: Iterable[Record], abi: Abi) -> None:
        self.abi, self.plan = abi, Plan(records, abi, dialect())

    def lines(self, title: str) -> Iterator[str]:
        yield f"# {title}"
        yield "type"
        for name, enum in self.plan.enums.items():
            yield f"  {name}* = distinct {self._scalar(stored(enum, self.abi))}"
        for struct in self.plan.structs:
            yield from self._struct(struct)
        yield ""
        for name, enum in self.plan.enums.items():
            yield from self._constants(name, enum)
        yield "static:"
        for struct in self.plan.structs:
            yield from self._asserts(struct)
        yield "block: # what Nim's C compiler makes of it, when the module starts"
        for struct in self.plan.structs:
            yield from self._checks(struct)
        for struct in self.plan.structs:
            for slot in struct.slots:
                for bit in slot.bits:
                    yield from self._accessor(struct, slot, bit)

    def _constants(self, name: str, enum: Enum) -> Iterator[str]:
        if not enum.values:
            return
        known = names()
        yield "const"
        kind = self._scalar(stored(enum, self.abi))
        for word, number in enum.values:
            low = f"cast[{kind}]({number}'i64)" if number < 1 << 63 else f"cast[{kind}](0x{number:x}'u64)"
            yield f"  {name}{known.new(word).capitalize()}* = {name}({low})"
        yield ""

    def _struct(self, struct: Struct) -> Iterator[str]:
        pragmas = ["bycopy", *(["union"] if struct.union else []), *(["packed"] if struct.pack else [])]
        yield f"  {struct.name}* {{.{', '.join(pragmas)}.}} = object"
        for number, slot in enumerate(struct.slots):
            note = f", {slot.note}" if slot.note else ""
            raised = f" {{.align: {struct.raised}.}}" if struct.raised and number == 0 else ""
            yield f"    {slot.name}*{raised}: {self._type(slot)} # {slot.offset}{note}"

    def _type(self, slot: Slot) -> str:
        spelled = slot.inner.name if slot.inner is not None else self._kind(slot)
        open_end = slot.role == "tail"
        for count in reversed(slot.counts[1:] if open_end else slot.counts):
            spelled = f"array[{count}, {spelled}]"
        return f"UncheckedArray[{spelled}]" if open_end else spelled

    def _kind(self, slot: Slot) -> str:
        assert slot.kind is not None
        return self.plan.enum_name(slot.kind) if isinstance(slot.kind, Enum) else self._scalar(slot.kind)

    def _scalar(self, kind: Kind) -> str:
        if kind.family == "pointer":
            return "pointer"
        if kind.name in _TYPES:
            return _TYPES[kind.name]
        word = {"signed": "int", "float": "float"}.get(kind.family, "uint")
        return f"{word}{kind.width(self.abi) * 8}"

    def _asserts(self, struct: Struct) -> Iterator[str]:
        yield f'  doAssert sizeof({struct.name}) == {struct.size}, "size of {struct.name}"'
        for slot in struct.slots:
            if slot.role != "padding":
                what = f"offset of {struct.name}.{slot.name}"
                yield f'  doAssert offsetof({struct.name}, {slot.name}) == {slot.offset}, "{what}"'

    def _checks(self, struct: Struct) -> Iterator[str]:
        name = struct.name
        if not any(slot.role == "tail" for slot in struct.slots):
            second = f"cast[ptr UncheckedArray[{name}]](nil)[1]"
            yield f'  doAssert cast[int](addr {second}) == {struct.size}, "size of {name} in C"'
        for slot in struct.slots:
            if slot.role != "padding":
                field = f"cast[ptr {name}](nil).{slot.name}"
                yield f'  doAssert cast[int](addr {field}) == {slot.offset}, "offset of {name}.{slot.name} in C"'

    def _accessor(self, struct: Struct, slot: Slot, bit: BitSlot) -> Iterator[str]:
        little = self.abi.order == "little"
        number = "p mod 8" if little else "7 - p mod 8"
        at = "i" if little else f"{bit.bits} - 1 - i"
        signed = bit.kind.signed(self.abi)
        kind = "int64" if signed else "uint64"
        unit = f"cast[ptr UncheckedArray[uint8]](unsafeAddr record.{slot.name})"
        yield ""
        yield f"proc {bit.name}*(record: {struct.name}): {kind} ="
        yield f"  let unit = {unit}"
        yield "  var value: uint64"
        yield f"  for i in 0 ..< {bit.bits}:"
        yield f"    let p = {bit.first} + i"
        yield f"    value = value or uint64(unit[p div 8] shr ({number}) and 1) shl ({at})"
        yield (
            f"  result = ashr(cast[int64](value shl {64 - bit.bits}), {64 - bit.bits})"
            if signed
            else "  result = value"
        )
        yield ""
        yield f"proc `{bit.name}=`*(record: var {struct.name}, value: {kind}) ="
        yield f"  let unit = {unit}"
        yield f"  for i in 0 ..< {bit.bits}:"
        yield f"    let p = {bit.first} + i"
        yield f"    let one = uint8(cast[uint64](value) shr ({at}) and 1) shl ({number})"
        yield f"    unit[p div 8] = unit[p div 8] and not (1'u8 shl ({number})) or one"
