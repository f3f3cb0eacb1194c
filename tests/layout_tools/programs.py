"""Programs around emitted declarations: each says what its own compiler makes of them, one fact a line.

`Type . SIZE`, `Type path @ OFFSET`, `Type path = VALUE` (a bit-field's, with every byte of the record set to its number times 37 plus 11).
"""

from __future__ import annotations

from collections.abc import Iterator

from samebytes.layout import Layout, lay_out
from samebytes.layout.emit import emit
from samebytes.layout.emit.c import _Header
from samebytes.layout.emit.csharp import dialect as csharp
from samebytes.layout.emit.nim import dialect as nim
from samebytes.layout.emit.pascal import dialect as pascal
from samebytes.layout.emit.plan import Plan
from samebytes.layout.emit.python import dialect as python
from samebytes.layout.emit.rust import rust_plan


def pattern(size):
    return bytes((number * 37 + 11) & 0xFF for number in range(size))


class Facts:
    """What a program is to tell about one plan: expressions, and what the layout says to each."""

    def __init__(self, plan, inline=lambda _struct, _slot: False):
        self.plan, self.inline = plan, inline

    def offsets(self, struct, prefix="", layout=None, at=0) -> Iterator[tuple[str, int]]:
        """(path in the language, offset by the layout of the field of that name)."""
        layout = layout or struct.layout
        for slot in struct.slots:
            if slot.role in ("padding", "unit", "tail"):
                continue
            path = f"{prefix}{slot.name}"
            if slot.field:
                yield path, at + member_named(layout, slot.field)
            elif slot.inner is not None:
                before = prefix if self.inline(struct, slot) else f"{path}."
                yield from self.offsets(slot.inner, before, layout, at)

    def bits(self, struct, prefix="", layout=None):
        """(path of the struct that has the accessor, its type, accessor, value by the layout)."""
        layout = layout or struct.layout
        for slot in struct.slots:
            for bit in slot.bits:
                yield prefix, struct.name, bit.name, value_of(layout, bit.field)
            if slot.inner is not None and not slot.field:
                before = prefix if self.inline(struct, slot) else f"{prefix}{slot.name}."
                yield from self.bits(slot.inner, before, layout)


def member_named(layout: Layout, name: str) -> int:
    for member in layout.members:
        if member.field.name == name:
            return member.offset
        if not member.field.name and member.layout is not None and name in member.layout.record.names:
            return member.offset + member_named(member.layout, name)
    raise KeyError(name)


def value_of(layout: Layout, name: str) -> int:
    leaf = layout.by_path[name]
    image = int.from_bytes(pattern(layout.size), layout.abi.order)
    first = leaf.offset * 8 + leaf.bit
    shift = first if layout.abi.order == "little" else layout.size * 8 - first - leaf.bits
    value = image >> shift & ((1 << leaf.bits) - 1)
    if leaf.kind.signed(layout.abi) and value >> (leaf.bits - 1):
        value -= 1 << leaf.bits
    return value


def facts_of(language, records, abi):
    if language in ("c", "c++"):
        header = _Header(records, abi, cpp=language == "c++")
        return Facts(header.plan, header._inline)
    plans = {
        "csharp": lambda: Plan(records, abi, csharp()),
        "nim": lambda: Plan(records, abi, nim()),
        "pascal": lambda: Plan(records, abi, pascal()),
        "python": lambda: Plan(records, abi, python(abi)),
        "rust": lambda: rust_plan(records, abi),
    }
    return Facts(plans[language]())


def expected(facts):
    lines = []
    for top in facts.plan.tops:
        layout = top.layout
        lines.append(f"{top.name} . {layout.size}")
        lines += [f"{top.name} {path} @ {at}" for path, at in facts.offsets(top)]
        lines += [f"{top.name} {prefix}{name} = {value}" for prefix, _, name, value in facts.bits(top)]
    return lines


def covered(facts):
    """Every named field of the records, bit-fields too, has a fact."""
    for top in facts.plan.tops:
        told = {path.rpartition(".")[2] for path, _ in facts.offsets(top)} | {name for _, _, name, _ in facts.bits(top)}
        yield top.name, len(told), len(top.layout.record.names)


def program(language, records, abi):
    """(file name, text) of what to compile; the declaration is a file of its own where the language can include one."""
    facts = facts_of(language, records, abi)
    declaration = emit(records, language, abi)
    return _PROGRAMS[language](facts, declaration)


def _c(facts, declaration, cpp=False):
    yield f"declared.{'hpp' if cpp else 'h'}", declaration
    body = [
        f'#include "declared.{"hpp" if cpp else "h"}"',
        "#include <stdio.h>",
        "#include <string.h>",
        "int main(void) {",
    ]
    for top in facts.plan.tops:
        name = top.name
        size = top.layout.size
        body += ["{", f"static union {{ unsigned char bytes[{size + 64}]; {name} r; }} u; {name} *r = &u.r; (void)r;"]
        body += [f"for (int i = 0; i < {size}; i++) u.bytes[i] = (unsigned char)(i * 37 + 11);"]
        body += [f'printf("{name} . %d\\n", (int)sizeof({name}));']
        body += [
            f'printf("{name} {path} @ %d\\n", (int)((char *)&r->{path} - (char *)r));' for path, _ in facts.offsets(top)
        ]
        for prefix, owner, bit, value in facts.bits(top):
            holder = next(one for one in facts.plan.structs if one.name == owner)
            read = f"r->{prefix}{bit}"
            if holder.literal is None:
                read = f"{owner}_get_{bit}({'&r->' + prefix.rstrip('.') if prefix else 'r'})"
            wide = '%lld\\n", (long long)' if value < 0 else '%llu\\n", (unsigned long long)'
            body.append(f'printf("{name} {prefix}{bit} = {wide}({read}));')
        body.append("}")
    yield f"main.{'cpp' if cpp else 'c'}", "\n".join([*body, "return 0; }"]) + "\n"


def _csharp(facts, declaration):
    body = [declaration, "static unsafe class Program { static void Main() {"]
    for top in facts.plan.tops:
        name = top.name
        body += ["{", f"{name}.Verify(); {name} r; byte* b = (byte*)&r;"]
        body += [f"for (int i = 0; i < sizeof({name}); i++) b[i] = (byte)(i * 37 + 11);"]
        body += [f'Console.WriteLine("{name} . " + sizeof({name}));']
        for path, _ in facts.offsets(top):
            slot = _slot(top, path)
            address = f"r.{path}" if slot.counts else f"&r.{path}"
            body.append(f'Console.WriteLine("{name} {path} @ " + ((byte*){address} - b));')
            if slot.inner is not None and slot.counts:
                last = slot.elements - 1
                body.append(
                    f"fixed ({slot.inner.name}* e = &r.{path}_At({last})) if ((byte*)e - (byte*)r.{path} != {last * slot.inner.size})"
                )
                body.append(f'    Console.WriteLine("{name} {path}_At is wrong");')
        body += [
            f'Console.WriteLine("{name} {prefix}{bit} = " + r.{prefix}{bit});' for prefix, _, bit, _ in facts.bits(top)
        ]
        body.append("}")
    yield "main.cs", "\n".join([*body, "} }"]) + "\n"


def _slot(struct, path):
    head, _, rest = path.partition(".")
    slot = next(one for one in struct.slots if one.name == head)
    return _slot(slot.inner, rest) if rest else slot


def _nim(facts, declaration):
    yield "declared.nim", declaration
    body = ["import declared"]
    for top in facts.plan.tops:
        name = top.name
        body += [
            "block:",
            f"  var buffer: array[{top.layout.size + 64}, uint64]",
            f"  let r = cast[ptr {name}](addr buffer)",
        ]
        body += ["  let b = cast[ptr UncheckedArray[uint8]](addr buffer)"]
        body += [f"  for i in 0 ..< {top.layout.size}: b[i] = uint8((i * 37 + 11) and 255)"]
        body += [f'  echo "{name} . ", sizeof({name})']
        for path, _ in facts.offsets(top):
            body.append(f'  echo "{name} {path} @ ", cast[int](addr r.{path}) - cast[int](r)')
        body += [f'  echo "{name} {prefix}{bit} = ", r[].{prefix}{bit}' for prefix, _, bit, _ in facts.bits(top)]
    yield "main.nim", "\n".join(body) + "\n"


def _rust(facts, declaration):
    yield "declared.rs", declaration
    body = ["mod declared;", "use declared::*;", "fn main() {"]
    for top in facts.plan.tops:
        name = top.name
        body += [
            "{",
            f"let mut r = core::mem::MaybeUninit::<{name}>::zeroed(); let p = r.as_mut_ptr(); let b = p as *mut u8;",
        ]
        body += [f"for i in 0..{top.layout.size}usize {{ unsafe {{ *b.add(i) = (i * 37 + 11) as u8; }} }}"]
        body += [f'println!("{name} . {{}}", core::mem::size_of::<{name}>());']
        for path, _ in facts.offsets(top):
            address = f"unsafe {{ core::ptr::addr_of!((*p).{path}) as usize }}"
            body.append(f'println!("{name} {path} @ {{}}", {address} - b as usize);')
        for prefix, _, bit, _ in facts.bits(top):
            held = f"(*p).{prefix.rstrip('.')}" if prefix else "*p"
            body.append(f'println!("{name} {prefix}{bit} = {{}}", unsafe {{ let v = {held}; v.{bit}() }});')
        body.append("}")
    yield "main.rs", "#![allow(unused)]\n" + "\n".join([*body, "}"]) + "\n"


def _pascal(facts, declaration):
    unit = declaration.split("unit ")[1].split(";")[0]
    yield f"{unit.lower()}.pas", declaration
    body = ["program main;", "{$MODE OBJFPC}", f"uses {unit};", "var I: Integer; B: PByte;"]
    body += [f"  Of{number}: ^{top.name};" for number, top in enumerate(facts.plan.tops)]
    body.append("begin")
    for number, top in enumerate(facts.plan.tops):
        name, var = top.name, f"Of{number}"
        body += [f"  B := GetMem({top.layout.size + 64}); {var} := Pointer(B);"]
        body += [f"  for I := 0 to {top.layout.size - 1} do B[I] := Byte(I * 37 + 11);"]
        body += [f"  WriteLn('{name} . ', SizeOf({name}));"]
        for path, _ in facts.offsets(top):
            body.append(f"  WriteLn('{name} {path} @ ', PByte(@{var}^.{path}) - B);")
        for prefix, owner, bit, _ in facts.bits(top):
            record = f"{var}^" + (f".{prefix.rstrip('.')}" if prefix else "")
            body.append(f"  WriteLn('{name} {prefix}{bit} = ', Get_{owner}_{bit}({record}));")
    yield "main.pas", "\n".join([*body, "end."]) + "\n"


def _python(facts, declaration):
    yield "declared.py", declaration
    body = ["import ctypes, declared"]
    for top in facts.plan.tops:
        name = top.name
        body.append(
            f"r = declared.{name}.from_buffer(bytearray((i * 37 + 11) & 255 for i in range({top.layout.size})))"
        )
        body.append(f"print('{name} .', ctypes.sizeof(r))")
        for path, _ in facts.offsets(top):
            parts = path.split(".")
            total = " + ".join(f"{_python_type('r', parts[:depth])}.{part}.offset" for depth, part in enumerate(parts))
            body.append(f"print('{name} {path} @', {total})")
        body += [f"print('{name} {prefix}{bit} =', int(r.{prefix}{bit}))" for prefix, _, bit, _ in facts.bits(top)]
    yield "main.py", "\n".join(body) + "\n"


def _python_type(root, parts):
    return f"type({'.'.join((root, *parts))})"


_PROGRAMS = {
    "c": _c,
    "c++": lambda facts, declaration: _c(facts, declaration, cpp=True),
    "csharp": _csharp,
    "nim": _nim,
    "rust": _rust,
    "pascal": _pascal,
    "python": _python,
}

__all__ = ["covered", "expected", "facts_of", "lay_out", "pattern", "program"]
