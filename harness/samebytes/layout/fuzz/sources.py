"""Programs that declare plain structs in a language's own words and print, a line for each: its size, and its fields' offsets."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from samebytes.layout import Field, Kind, Record

__all__ = ["Source", "csharp", "go", "nim", "pascal", "rust"]

Source = Callable[[Sequence[Record]], Iterator[str]]


def _structs(records: Sequence[Record]) -> Iterator[Record]:
    """Yield all of them, those inside first."""
    for record in records:
        yield from (one for one in record.nested() if isinstance(one, Record))
        yield record


def _name(kind: object, names: dict[str, str]) -> str:
    assert isinstance(kind, (Kind, Record))
    return kind.name if isinstance(kind, Record) else names[kind.name]


_RUST = {f"{sign}{bits}": f"{sign}{bits}" for sign in "iuf" for bits in (8, 16, 32, 64)}


def rust(records: Sequence[Record]) -> Iterator[str]:
    """Yield Rust: `repr(C)`, and `packed(n)`, which is a pragma's cap."""
    yield "use std::mem::{offset_of, size_of};\n"
    for one in _structs(records):
        packed = f", packed({one.pack})" if one.pack else ""
        yield f"#[repr(C{packed})] #[derive(Clone, Copy)] struct {one.name} {{"
        for part in one.fields:
            of = _name(part.type, _RUST)
            yield f"{part.name}: {f'[{of}; {part.counts[0]}]' if part.counts else of},"
        yield "}\n"
    yield "fn main() { let t: &[&[usize]] = &[\n"
    for record in records:
        yield f"&[size_of::<{record.name}>(),{','.join(f'offset_of!({record.name}, {part.name})' for part in record.fields)}],\n"
    yield ']; for row in t { println!("{}", row.iter().map(|n| n.to_string()).collect::<Vec<_>>().join(" ")); } }\n'


_CSHARP = {
    "i8": "sbyte", "u8": "byte", "i16": "short", "u16": "ushort", "i32": "int", "u32": "uint",
    "i64": "long", "u64": "ulong", "f32": "float", "f64": "double",
}  # fmt: skip


def csharp(records: Sequence[Record]) -> Iterator[str]:
    """Yield C#: Sequential, with Pack; as it is in memory, not as it is marshalled."""
    yield "using System; using System.Text; using System.Runtime.InteropServices;\n"
    for one in _structs(records):
        pack = f", Pack = {one.pack}" if one.pack else ""
        yield f"[StructLayout(LayoutKind.Sequential{pack})] unsafe struct {one.name} {{"
        for part in one.fields:
            of = _name(part.type, _CSHARP)
            yield f"public fixed {of} {part.name}[{part.counts[0]}];" if part.counts else f"public {of} {part.name};"
        yield "}\n"
    yield "static unsafe class Probe { static StringBuilder b = new StringBuilder();\n"
    for record in records:
        yield f"static void P{record.name}() {{ {record.name} x; byte* at = (byte*)&x; b.Append(sizeof({record.name}));"
        for part in record.fields:
            place = f"x.{part.name}" if part.counts else f"&x.{part.name}"
            yield f"b.Append(' ').Append((byte*){place} - at);"
        yield "b.Append('\\n'); }\n"
    yield "static void Main() {" + "".join(f"P{record.name}();" for record in records) + "Console.Write(b); } }\n"


_NIM_AND_GO = {
    **{f"{sign}{bits}": f"{'u' * (sign == 'u')}int{bits}" for sign in "iu" for bits in (8, 16, 32, 64)},
    "f32": "float32", "f64": "float64",
}  # fmt: skip


def nim(records: Sequence[Record]) -> Iterator[str]:
    """Yield Nim: plain objects, as its C compiler lays them out. Its names do not differ by `_`."""
    for one in _structs(records):
        yield f"type {_nim_word(one.name)} = object\n"
        for part in one.fields:
            of = _nim_word(_name(part.type, _NIM_AND_GO))
            yield f"  {_nim_word(part.name)}: {f'array[{part.counts[0]}, {of}]' if part.counts else of}\n"
    for record in records:
        name = _nim_word(record.name)
        offsets = "".join(f', " ", offsetof({name}, {_nim_word(part.name)})' for part in record.fields)
        yield f"echo sizeof({name}){offsets}\n"


def _nim_word(name: str) -> str:
    return name.replace("_", "x")


def go(records: Sequence[Record]) -> Iterator[str]:
    """Yield Go: plain structs."""
    yield 'package main\nimport ("bufio"; "fmt"; "os"; "unsafe")\n'
    for one in _structs(records):
        yield f"type {one.name} struct {{\n"
        for part in one.fields:
            of = _name(part.type, _NIM_AND_GO)
            yield f"{part.name} {f'[{part.counts[0]}]{of}' if part.counts else of}\n"
        yield "}\n"
    yield "func main() { w := bufio.NewWriter(os.Stdout); defer w.Flush()\nfor _, r := range [][]uintptr{\n"
    for record in records:
        offsets = "".join(f", unsafe.Offsetof({record.name}{{}}.{part.name})" for part in record.fields)
        yield f"{{unsafe.Sizeof({record.name}{{}}){offsets}}},\n"
    yield '} { for _, n := range r { fmt.Fprint(w, n, " ") }; fmt.Fprintln(w) } }\n'


_PASCAL = {
    "i8": "ShortInt", "u8": "Byte", "i16": "SmallInt", "u16": "Word", "i32": "LongInt", "u32": "LongWord",
    "i64": "Int64", "u64": "QWord", "f32": "Single", "f64": "Double",
}  # fmt: skip


def pascal(records: Sequence[Record]) -> Iterator[str]:
    """Yield Free Pascal: PACKRECORDS C, or a number."""
    yield "program probe;\n{$mode objfpc}\ntype\n"
    for one in _structs(records):
        yield f"{{$PACKRECORDS {one.pack or 'C'}}}\n{one.name} = record\n"
        yield from (f"{_pascal_field(part)};\n" for part in one.fields)
        yield f"end;\nP{one.name} = ^{one.name};\n"
    yield "begin\n"
    for record in records:
        offsets = "".join(f", ' ', PtrUInt(@P{record.name}(nil)^.{part.name})" for part in record.fields)
        yield f"writeln(sizeof({record.name}){offsets});\n"
    yield "end.\n"


def _pascal_field(part: Field) -> str:
    of = _name(part.type, _PASCAL)
    return f"{part.name}: {f'array[0..{part.counts[0] - 1}] of {of}' if part.counts else of}"
