"""Declarations in C11 and C++17, each size and offset held by a static assertion."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from samebytes.layout.abi import Abi
from samebytes.layout.emit.names import Names
from samebytes.layout.emit.plan import Plan
from samebytes.layout.emit.shapes import BitSlot, Dialect, Slot, Struct, stored
from samebytes.layout.kinds import Enum, Kind
from samebytes.layout.record import Field, Record

__all__ = ["emit_c", "emit_cpp"]

_KEYWORDS = """
auto break case char const continue default do double else enum extern float for goto if inline int long register restrict
return short signed sizeof static struct switch typedef union unsigned void volatile while alignas alignof bool constexpr false
nullptr static_assert thread_local true typeof asm catch class const_cast delete dynamic_cast explicit export friend mutable
namespace new operator private protected public reinterpret_cast static_cast template this throw try typeid typename using
virtual wchar_t char8_t char16_t char32_t concept consteval constinit co_await co_return co_yield decltype noexcept requires
and and_eq bitand bitor compl not not_eq or or_eq xor xor_eq unix linux NULL errno stdin stdout stderr offsetof
"""

_TYPES = {
    **{f"{sign}{bits}": f"{'u' * (sign == 'u')}int{bits}_t" for sign in "iu" for bits in (8, 16, 32, 64)},
    "i128": "__int128",
    "u128": "unsigned __int128",
    "f32": "float",
    "f64": "double",
    "longdouble": "long double",
    "char8": "char",
    "char16": "char16_t",
    "char32": "char32_t",
    "bool": "bool",
    "bool32": "int32_t",
    "char": "char",
    "schar": "signed char",
    "short": "short",
    "int": "int",
    "long": "long",
    "llong": "long long",
    "uchar": "unsigned char",
    "ushort": "unsigned short",
    "uint": "unsigned int",
    "ulong": "unsigned long",
    "ullong": "unsigned long long",
    "size": "size_t",
    "ssize": "intptr_t",
    "ptrdiff": "ptrdiff_t",
    "intptr": "intptr_t",
    "uintptr": "uintptr_t",
    "wchar": "wchar_t",
    "time": "time_t",
}


def emit_c(records: Iterable[Record], abi: Abi, title: str) -> str:
    """Return a C header."""
    return "\n".join(_Header(records, abi, cpp=False).lines(title)) + "\n"


def emit_cpp(records: Iterable[Record], abi: Abi, title: str) -> str:
    """Return a C++ header."""
    return "\n".join(_Header(records, abi, cpp=True).lines(title)) + "\n"


def dialect(name: str) -> Dialect:
    """Return what C and C++ can say: everything, on these ABIs."""
    return Dialect(name, lambda _kind, _abi: True, (16, 8, 4, 2, 1), lambda _align, _packed: True, _names, literal=True)


def _names() -> Names:
    return Names(_KEYWORDS)


class _Header:
    """One header, line by line."""

    def __init__(self, records: Iterable[Record], abi: Abi, cpp: bool) -> None:
        self.cpp, self.abi = cpp, abi
        self.plan = Plan(records, abi, dialect("C++" if cpp else "C"))
        self.inlined = self._inlined()

    def lines(self, title: str) -> Iterator[str]:
        guard = f"{self.plan.tops[0].name}_{'HPP' if self.cpp else 'H'}".upper()
        body = [line for name, enum in self.plan.enums.items() for line in self._enum(name, enum)]
        for struct in self.plan.structs:
            if struct not in self.inlined:
                body += self._struct(struct)
        yield from (f"/* {title} */", f"#ifndef {guard}", f"#define {guard}", "", *self._includes(), "")
        yield from (*self._macros(body), *body, "#endif")

    def _includes(self) -> Iterator[str]:
        kinds = {slot.kind.name for struct in self.plan.structs for slot in struct.slots if slot.kind is not None}
        names = ["cstddef", "cstdint"] if self.cpp else ["stdbool.h", "stddef.h", "stdint.h"]
        if "time" in kinds:
            names.append("ctime" if self.cpp else "time.h")
        if not self.cpp and kinds & {"char16", "char32"}:
            names.append("uchar.h")
        yield from (f"#include <{name}>" for name in names)

    def _macros(self, body: list[str]) -> Iterator[str]:
        if not any("SAMEBYTES_ALIGNED" in line for line in body):
            return
        yield "#ifndef SAMEBYTES_ALIGNED"
        yield "#ifdef _MSC_VER"
        yield "#define SAMEBYTES_ALIGNED(n) __declspec(align(n))"
        yield "#else"
        yield "#define SAMEBYTES_ALIGNED(n) __attribute__((aligned(n)))"
        yield "#endif"
        yield "#endif"
        yield ""

    # --- which records are written where they are used ----------------------------------------------------------------

    def _inlined(self) -> set[Struct]:
        named = {
            id(slot.inner) for struct in self.plan.structs for slot in struct.slots if not self._inline(struct, slot)
        }
        inside = {slot.inner for struct in self.plan.structs for slot in struct.slots if self._inline(struct, slot)}
        return {one for one in inside if one is not None and id(one) not in named and one not in self.plan.tops}

    def _inline(self, struct: Struct, slot: Slot) -> bool:
        """Return whether an anonymous member can be written in place: its packing must be that around it."""
        inner = slot.inner
        if inner is None or slot.field or struct.literal is None or inner.literal is None:
            return False
        return inner.literal.pack == struct.literal.pack

    # --- enums --------------------------------------------------------------------------------------------------------

    def _enum(self, name: str, enum: Enum) -> Iterator[str]:
        kind = stored(enum, self.abi)
        names = _names()
        values = [(names.new(word), number) for word, number in enum.values]
        if self.cpp:
            yield f"enum class {name} : {_TYPES[kind.name]} {{"
            yield from (f"    {word} = {_number(number)}," for word, number in values)
            yield "};"
        elif enum.base is None and kind.width(self.abi) == 4 and values:
            yield f"typedef enum {name} {{"
            yield from (f"    {name}_{word} = {number}," for word, number in values)
            yield f"}} {name};"
        else:
            yield f"typedef {_TYPES[kind.name]} {name};"
            yield from (f"#define {name}_{word} (({name}){_number(number)})" for word, number in values)
        yield ""

    # --- structs ------------------------------------------------------------------------------------------------------

    def _struct(self, struct: Struct) -> Iterator[str]:
        if struct.pack:
            yield f"#pragma pack(push, {struct.pack})"
        yield from self._declared(struct)
        if struct.pack:
            yield "#pragma pack(pop)"
        yield from self._asserts(struct)
        yield from self._accessors(struct)
        yield ""

    def _declared(self, struct: Struct) -> Iterator[str]:
        word = "union" if struct.union else "struct"
        head = f"{word} {self._attributes(struct)}{struct.name} {{"
        yield head if self.cpp else f"typedef {head}"
        yield from self._members(struct, 1)
        yield "};" if self.cpp else f"}} {struct.name};"

    def _attributes(self, struct: Struct) -> str:
        literal = struct.literal
        packed = "__attribute__((packed)) " if literal is not None and literal.packed else ""
        align = struct.raised or (literal.align if literal is not None and literal.align else 0)
        return packed + (f"SAMEBYTES_ALIGNED({align}) " if align else "")

    def _members(self, struct: Struct, depth: int) -> Iterator[str]:
        indent = "    " * depth
        if struct.literal is not None:
            yield from self._literal_members(struct, struct.literal, depth)
            return
        if not struct.slots:
            yield f"{indent}unsigned char nothing[0];"
        for number, slot in enumerate(struct.slots, 1):
            note = f"{slot.offset}" + (f", {slot.note}" if slot.note else "")
            open_end = number == len(struct.slots) and not struct.union and any(other.size for other in struct.slots)
            yield f"{indent}{self._spell(struct, slot, open_end)};  /* {note} */"

    def _literal_members(self, struct: Struct, literal: Record, depth: int) -> Iterator[str]:
        indent = "    " * depth
        slots = {slot.field: slot for slot in struct.slots if slot.field}
        unnamed = [slot for slot in struct.slots if slot.inner is not None and not slot.field]
        bits = {bit.field: bit.name for slot in struct.slots for bit in slot.bits}
        for part in literal.fields:
            if part.bits is not None:
                yield (
                    f"{indent}{self._type(part.type, bits=True)} {bits.get(part.name, '')}".rstrip()
                    + f" : {part.bits};"
                )
            elif part.name:
                slot = slots[part.name]
                yield f"{indent}{_aligned(part)}{self._spell(struct, slot, part.flexible)};  /* {slot.offset} */"
            else:
                yield from self._anonymous(struct, self._next(unnamed, part), part, depth)

    def _next(self, unnamed: list[Slot], part: Field) -> Slot:
        found = next(slot for slot in unnamed if slot.inner is self.plan.struct(part.type))  # type: ignore[arg-type]
        unnamed.remove(found)
        return found

    def _anonymous(self, struct: Struct, slot: Slot, part: Field, depth: int) -> Iterator[str]:
        indent, inner = "    " * depth, slot.inner
        if inner is None or not self._inline(struct, slot):
            yield f"{indent}{_aligned(part)}{self._spell(struct, slot, False)};  /* {slot.offset} */"
            return
        yield f"{indent}{_aligned(part)}{'union' if inner.union else 'struct'} {self._attributes(inner)}{{"
        yield from self._members(inner, depth + 1)
        yield f"{indent}}};  /* {slot.offset} */"

    def _spell(self, struct: Struct, slot: Slot, open_end: bool) -> str:
        counts = list(slot.counts) or ([0] if slot.role == "tail" and not slot.inner else [])
        spelled = "".join(f"[{count}]" for count in counts)
        if open_end and counts and counts[0] == 0:
            spelled = "[]" + "".join(f"[{count}]" for count in counts[1:])
        return f"{self._slot_type(struct, slot)}{slot.name}{spelled}"

    def _slot_type(self, struct: Struct, slot: Slot) -> str:
        if slot.inner is not None:
            word, name = "union" if slot.inner.union else "struct", slot.inner.name
        elif isinstance(slot.kind, Enum):
            word, name = "enum", self._type(slot.kind)
        else:
            spelled = self._type(slot.kind)
            return spelled if spelled.endswith("*") else f"{spelled} "
        hidden = self.cpp and any(other.name == name for other in struct.slots)  # by a field of that name
        return f"{word} {name} " if hidden else f"{name} "

    def _type(self, kind: object, bits: bool = False) -> str:
        assert isinstance(kind, Kind)
        if isinstance(kind, Enum) and not bits:
            return self.plan.enum_name(kind)
        real = stored(kind, self.abi)
        if real.family == "pointer":
            return "void *"
        if real.name in _TYPES:
            return _TYPES[real.name]
        sign = "" if real.family == "signed" else "u"
        if real.family == "float":
            return "double" if real.width(self.abi) == 8 else "float"
        return f"{sign}int{real.width(self.abi) * 8}_t"

    # --- what holds it ------------------------------------------------------------------------------------------------

    def _asserts(self, struct: Struct) -> Iterator[str]:
        word = "static_assert" if self.cpp else "_Static_assert"
        yield f'{word}(sizeof({struct.name}) == {struct.size}, "size of {struct.name}");'
        for path, offset in self._offsets(struct, 0):
            yield f'{word}(offsetof({struct.name}, {path}) == {offset}, "offset of {struct.name}.{path}");'

    def _offsets(self, struct: Struct, base: int) -> Iterator[tuple[str, int]]:
        for slot in struct.slots:
            if slot.inner is not None and self._inline(struct, slot):
                yield from self._offsets(slot.inner, base + slot.offset)
            elif slot.role in ("field", "tail") or (slot.role == "unit" and struct.literal is None):
                yield slot.name, base + slot.offset

    def _accessors(self, struct: Struct) -> Iterator[str]:
        if struct.literal is not None:
            return
        for slot in struct.slots:
            for bit in slot.bits:
                yield from self._accessor(struct, slot, bit)

    def _accessor(self, struct: Struct, slot: Slot, bit: BitSlot) -> Iterator[str]:
        wide, name = slot.size * 8, struct.name
        at = "i" if self.abi.order == "little" else f"{bit.bits} - 1 - i"
        place = f"unsigned p = {bit.first} + i; unsigned char *b = (unsigned char *)&record->{slot.name} + p / 8;"
        number = "p % 8" if self.abi.order == "little" else "7 - p % 8"
        signed = bit.kind.signed(self.abi)
        yield f"static inline {'int64_t' if signed else 'uint64_t'} {name}_get_{bit.name}({name} *record) {{"
        yield f"    uint64_t value = 0;  /* bits {bit.first} to {bit.first + bit.bits - 1} of {wide} */"
        yield f"    for (unsigned i = 0; i < {bit.bits}; i++) {{"
        yield f"        {place}"
        yield f"        value |= (uint64_t)(*b >> ({number}) & 1) << ({at});"
        yield "    }"
        if signed:
            yield f"    return (int64_t)(value << {64 - bit.bits}) >> {64 - bit.bits};"
        else:
            yield "    return value;"
        yield "}"
        yield f"static inline void {name}_set_{bit.name}({name} *record, uint64_t value) {{"
        yield f"    for (unsigned i = 0; i < {bit.bits}; i++) {{"
        yield f"        {place}"
        yield f"        *b = (unsigned char)((*b & ~(1u << ({number}))) | (unsigned)(value >> ({at}) & 1) << ({number}));"
        yield "    }"
        yield "}"


def _aligned(part: Field) -> str:
    """Return the alignment's macro: C's own word may not ask for less than the type has, which counts in a packed record."""
    return "" if part.align is None else f"SAMEBYTES_ALIGNED({part.align}) "


def _number(number: int) -> str:
    return f"0x{number:x}u" + ("ll" if number >= 1 << 32 else "") if number > 0x7FFFFFFF else _negative(number)


def _negative(number: int) -> str:
    if number >= -0x7FFFFFFF:
        return str(number)
    return f"(-{-number - 1}ll - 1)"
