"""Declarations in Python: ctypes structures, sizes and offsets checked when the module is imported."""

from __future__ import annotations

import keyword
from collections.abc import Iterable, Iterator

from samebytes.layout.abi import Abi
from samebytes.layout.emit.names import Names
from samebytes.layout.emit.plan import Plan
from samebytes.layout.emit.shapes import BitSlot, Dialect, Slot, Struct, stored
from samebytes.layout.kinds import Enum, Kind
from samebytes.layout.record import Record

__all__ = ["emit_python"]

_TYPES = {
    **{f"i{bits}": f"c_int{bits}" for bits in (8, 16, 32, 64)},
    **{f"u{bits}": f"c_uint{bits}" for bits in (8, 16, 32, 64)},
    "f32": "c_float",
    "f64": "c_double",
    "longdouble": "c_longdouble",
    "bool": "c_bool",
    "bool32": "c_int32",
    "char": "c_char",
    "char8": "c_char",
    "long": "c_long",
    "ulong": "c_ulong",
    "size": "c_size_t",
    "ssize": "c_ssize_t",
    "ptrdiff": "c_ssize_t",
    "intptr": "c_ssize_t",
    "uintptr": "c_size_t",
    "wchar": "c_wchar",
}
_RESERVED = " ".join((*keyword.kwlist, "ctypes", "enum", "self", "IntEnum"))
_VERIFY = '''\
def _verify(record, size, offsets):
    """ctypes has its own rules: hold them to the layout."""
    found = {name: getattr(record, name).offset for name in offsets}
    if ctypes.sizeof(record) != size or found != offsets:
        wrong = {name: at for name, at in found.items() if at != offsets[name]}
        raise ImportError(f"{record.__name__}: {ctypes.sizeof(record)} bytes instead of {size}, wrong offsets: {wrong}")
'''


def emit_python(records: Iterable[Record], abi: Abi, title: str) -> str:
    """Return a Python module."""
    return "\n".join(_Module(records, abi).lines(title)) + "\n"


def dialect(abi: Abi) -> Dialect:
    """Return what ctypes can say: `_pack_`, unions; its bit-fields differ from every compiler's, so units stand for them."""
    aligned = {1, 2, 4, 8} if abi.eight == 8 else {1, 2, 4}
    return Dialect(
        "Python",
        lambda kind, abi: kind.measure != 16 and (kind.measure != "long_double" or abi.name != "x86_64-windows-gnu"),
        (8, 4, 2, 1),
        lambda align, packed: align in aligned and not packed,
        lambda: Names(_RESERVED, tidy=_tidy),
    )


def _tidy(name: str) -> str:
    """Put an `x` before leading underscores: Python would mangle two of them, and one may mean something to ctypes."""
    return f"x{name}" if name.startswith("_") else name


class _Module:
    def __init__(self, records: Iterable[Record], abi: Abi) -> None:
        self.abi, self.plan = abi, Plan(records, abi, dialect(abi))

    def lines(self, title: str) -> Iterator[str]:
        yield f"# {title}"
        yield from ("import ctypes", "from enum import IntEnum", "", "")
        for name, enum in self.plan.enums.items():
            yield from self._enum(name, enum)
        for struct in self.plan.structs:
            yield from self._struct(struct)
        yield from _VERIFY.splitlines()
        yield from ("", "")
        for struct in self.plan.structs:
            offsets = {slot.name: slot.offset for slot in struct.slots if slot.role != "padding"}
            yield f"_verify({struct.name}, {struct.size}, {offsets})"

    def _enum(self, name: str, enum: Enum) -> Iterator[str]:
        names = Names(f"{_RESERVED} mro name value", tidy=_tidy)
        yield f"class {name}(IntEnum):"
        yield f'    """Stored as {self._scalar(stored(enum, self.abi)).removeprefix("ctypes.c_")}."""'
        if enum.values:
            yield ""
        yield from (f"    {names.new(word)} = {number}" for word, number in enum.values)
        yield from ("", "")

    def _struct(self, struct: Struct) -> Iterator[str]:
        yield f"class {struct.name}(ctypes.{'Union' if struct.union else 'Structure'}):"
        if struct.pack:
            yield f"    _pack_ = {struct.pack}"
            yield '    _layout_ = "ms"  # the only rules under which newer ctypes takes _pack_'
        yield "    _fields_ = ["
        if struct.raised:
            yield f'        ("x_align", ctypes.c_uint{struct.raised * 8} * 0),'
        for slot in struct.slots:
            note = f", {slot.note}" if slot.note else ""
            yield f'        ("{slot.name}", {self._type(slot)}),  # {slot.offset}{note}'
        yield "    ]"
        for slot in struct.slots:
            for bit in slot.bits:
                yield from self._accessor(slot, bit)
        yield from ("", "")

    def _type(self, slot: Slot) -> str:
        spelled = slot.inner.name if slot.inner is not None else self._scalar(slot.kind)
        counts = slot.counts if slot.counts or slot.role != "tail" else (0,)
        return spelled + "".join(f" * {count}" for count in reversed(counts))

    def _scalar(self, kind: Kind | None) -> str:
        assert kind is not None
        real = stored(kind, self.abi)
        if real.family == "pointer":
            return "ctypes.c_void_p"
        if real.name in _TYPES:
            return f"ctypes.{_TYPES[real.name]}"
        if real.family == "float":
            return "ctypes.c_double" if real.width(self.abi) == 8 else "ctypes.c_float"
        return f"ctypes.c_{'' if real.family == 'signed' else 'u'}int{real.width(self.abi) * 8}"

    def _accessor(self, slot: Slot, bit: BitSlot) -> Iterator[str]:
        """Yield a bit-field's property: the unit's bytes as one number, shifted and masked."""
        order, wide = self.abi.order, slot.size * 8
        shift = bit.first if order == "little" else wide - bit.first - bit.bits
        mask = (1 << bit.bits) - 1
        start = f"type(self).{slot.name}.offset"
        yield ""
        yield "    @property"
        yield f"    def {bit.name}(self):"
        yield f"        unit = memoryview(self).cast('B')[{start} : {start} + {slot.size}]"
        yield f'        value = int.from_bytes(unit, "{order}") >> {shift} & 0x{mask:x}'
        if bit.kind.signed(self.abi):
            yield f"        return value - (value >> {bit.bits - 1} << {bit.bits})"
        else:
            yield "        return value"
        yield ""
        yield f"    @{bit.name}.setter"
        yield f"    def {bit.name}(self, value):"
        yield f"        unit = memoryview(self).cast('B')[{start} : {start} + {slot.size}]"
        yield f'        rest = int.from_bytes(unit, "{order}") & ~0x{mask << shift:x}'
        yield f'        unit[:] = (rest | (value & 0x{mask:x}) << {shift}).to_bytes({slot.size}, "{order}")'
