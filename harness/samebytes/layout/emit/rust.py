"""Declarations in Rust: `repr(C)` structs and unions, each size and offset held by a constant that does not compile otherwise.

Compiles with rustc 1.63 (Debian 12) and later: `offset_of!` came with 1.77, so offsets are held by reading the whole record from a
pointer moved back from the field, which the compiler refuses to evaluate unless the field is where it should be.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from samebytes.layout.abi import Abi
from samebytes.layout.emit.names import Names
from samebytes.layout.emit.plan import Plan
from samebytes.layout.emit.shapes import BitSlot, Dialect, Slot, Struct, stored
from samebytes.layout.kinds import Enum, Kind
from samebytes.layout.record import Record

__all__ = ["emit_rust"]

_KEYWORDS = """
as break const continue crate else enum extern false fn for if impl in let loop match mod move mut pub ref return self Self static
struct super trait true type unsafe use where while async await dyn abstract become box do final macro override priv typeof
unsized virtual yield try union gen u8 u16 u32 u64 i8 i16 i32 i64 f32 f64 usize isize bool char str
"""
_C = "std::os::raw::c_"
_TYPES = {
    **{f"{sign}{bits}": f"{sign}{bits}" for sign in "iu" for bits in (8, 16, 32, 64)},
    "f32": "f32",
    "f64": "f64",
    "bool": "u8",
    "bool32": "i32",
    "char": f"{_C}char",
    "long": f"{_C}long",
    "ulong": f"{_C}ulong",
    "size": "usize",
    "uintptr": "usize",
    "ssize": "isize",
    "ptrdiff": "isize",
    "intptr": "isize",
}
_HOLD = """\
macro_rules! at {
    ($record:ty, $field:ident, $offset:expr) => {
        const _: () = unsafe {
            let probe = core::mem::MaybeUninit::<$record>::uninit();
            let field = core::ptr::addr_of!((*probe.as_ptr()).$field) as *const u8;
            // out of bounds, and thus refused, unless the field is at exactly that offset
            let _whole = *(field.sub($offset) as *const core::mem::MaybeUninit<[u8; core::mem::size_of::<$record>()]>);
        };
    };
}
"""


def emit_rust(records: Iterable[Record], abi: Abi, title: str) -> str:
    """Return a Rust module."""
    return "\n".join(_Module(list(records), abi).lines(title)) + "\n"


def dialect(raising: bool = True) -> Dialect:
    """Return what Rust can say: packed(n), align(n) (not inside packed types), no bit-fields, no C 128-bit or long double."""
    return Dialect(
        "Rust",
        lambda kind, _abi: kind.measure not in (16, "long_double"),
        (8, 4, 2, 1),
        lambda _align, packed: raising and not packed,
        lambda: Names(_KEYWORDS),
    )


def rust_plan(records: list[Record], abi: Abi) -> Plan:
    """Return the plan; no type asks for an alignment if a packed type would contain one that does (E0588)."""
    plan = Plan(records, abi, dialect())
    if any(struct.pack and _asks(struct) for struct in plan.structs):
        plan = Plan(records, abi, dialect(raising=False))
    return plan


def _asks(struct: Struct) -> bool:
    return bool(struct.raised) or any(slot.inner is not None and _asks(slot.inner) for slot in struct.slots)


class _Module:
    def __init__(self, records: list[Record], abi: Abi) -> None:
        self.abi, self.plan = abi, rust_plan(records, abi)

    def lines(self, title: str) -> Iterator[str]:
        yield f"// {title}"
        yield "#![allow(dead_code, non_snake_case, non_camel_case_types, non_upper_case_globals, clippy::all)]"
        yield ""
        yield from _HOLD.splitlines()
        yield ""
        for name, enum in self.plan.enums.items():
            yield from self._enum(name, enum)
        for struct in self.plan.structs:
            yield from self._struct(struct)

    def _enum(self, name: str, enum: Enum) -> Iterator[str]:
        """Yield an enum as a struct, not a Rust enum: another process may store a number that has no name."""
        yield "#[repr(transparent)]"
        yield "#[derive(Clone, Copy, PartialEq, Eq, Debug)]"
        yield f"pub struct {name}(pub {self._scalar(stored(enum, self.abi))});"
        names = Names(_KEYWORDS)
        yield f"impl {name} {{"
        yield from (f"    pub const {names.new(word)}: {name} = {name}({number});" for word, number in enum.values)
        yield "}"
        yield ""

    def _struct(self, struct: Struct) -> Iterator[str]:
        how = (
            "C"
            + (f", packed({struct.pack})" if struct.pack else "")
            + (f", align({struct.raised})" if struct.raised else "")
        )
        yield f"#[repr({how})]"
        yield "#[derive(Clone, Copy)]"
        yield f"pub {'union' if struct.union else 'struct'} {struct.name} {{"
        for slot in struct.slots:
            note = f", {slot.note}" if slot.note else ""
            yield f"    pub {slot.name}: {self._type(slot)}, // {slot.offset}{note}"
        yield "}"
        yield f"const _: () = assert!(core::mem::size_of::<{struct.name}>() == {struct.size});"
        for slot in struct.slots:
            if slot.role != "padding":
                yield f"at!({struct.name}, {slot.name}, {slot.offset});"
        yield from self._accessors(struct)
        yield ""

    def _type(self, slot: Slot) -> str:
        spelled = slot.inner.name if slot.inner is not None else self._kind(slot)
        for count in reversed(slot.counts):
            spelled = f"[{spelled}; {count}]"
        if slot.role == "tail" and not slot.counts:
            spelled = f"[{spelled}; 0]"
        return spelled

    def _kind(self, slot: Slot) -> str:
        assert slot.kind is not None
        return self.plan.enum_name(slot.kind) if isinstance(slot.kind, Enum) else self._scalar(slot.kind)

    def _scalar(self, kind: Kind) -> str:
        if kind.family == "pointer":
            return "*mut core::ffi::c_void"
        if kind.name in _TYPES:
            return _TYPES[kind.name]
        sign = {"signed": "i", "float": "f"}.get(kind.family, "u")
        return f"{sign}{kind.width(self.abi) * 8}"

    def _accessors(self, struct: Struct) -> Iterator[str]:
        bits = [(slot, bit) for slot in struct.slots for bit in slot.bits]
        if bits:
            yield f"impl {struct.name} {{"
            for slot, bit in bits:
                yield from self._accessor(slot, bit, struct.union)
            yield "}"

    def _accessor(self, slot: Slot, bit: BitSlot, union: bool) -> Iterator[str]:
        """Yield accessors that go bit by bit, so that units of any size, crossing and byte order are the same few lines."""
        little = self.abi.order == "little"
        number = "p % 8" if little else "7 - p % 8"
        at = "i" if little else f"{bit.bits} - 1 - i"
        signed = bit.kind.signed(self.abi)
        kind = "i64" if signed else "u64"
        yield f"    pub fn {bit.name}(&self) -> {kind} {{"
        yield (
            f"        let unit = core::ptr::addr_of!(self.{slot.name}) as *const u8;"
            if not union
            else (f"        let unit = unsafe {{ core::ptr::addr_of!(self.{slot.name}) }} as *const u8;")
        )
        yield "        let mut value: u64 = 0;"
        yield f"        for i in 0..{bit.bits}usize {{"
        yield f"            let p = {bit.first} + i;"
        yield f"            value |= ((unsafe {{ *unit.add(p / 8) }} >> ({number}) & 1) as u64) << ({at});"
        yield "        }"
        yield f"        ((value << {64 - bit.bits}) as i64) >> {64 - bit.bits}" if signed else "        value"
        yield "    }"
        yield f"    pub fn set_{bit.name}(&mut self, value: {kind}) {{"
        yield (
            f"        let unit = core::ptr::addr_of_mut!(self.{slot.name}) as *mut u8;"
            if not union
            else (f"        let unit = unsafe {{ core::ptr::addr_of_mut!(self.{slot.name}) }} as *mut u8;")
        )
        yield f"        for i in 0..{bit.bits}usize {{"
        yield f"            let p = {bit.first} + i;"
        yield f"            let one = ((value as u64 >> ({at}) & 1) as u8) << ({number});"
        yield f"            unsafe {{ *unit.add(p / 8) = *unit.add(p / 8) & !(1 << ({number})) | one }}"
        yield "        }"
        yield "    }"
