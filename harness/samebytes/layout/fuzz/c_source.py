"""Records as C, with GNU attributes, and a section of constants from which sizes, offsets and bit-fields are read."""

from __future__ import annotations

from collections.abc import Iterator

from samebytes.layout import Enum, Field, Kind, Layout, Leaf, Pointer, Record

__all__ = ["declaration", "declarations", "probe", "probed_leaves"]

NAMES = {
    **{f"i{bits}": f"__INT{bits}_TYPE__" for bits in (8, 16, 32, 64)},
    **{f"u{bits}": f"__UINT{bits}_TYPE__" for bits in (8, 16, 32, 64)},
    "i128": "__int128",
    "u128": "unsigned __int128",
    "f32": "float",
    "f64": "double",
    "longdouble": "long double",
    "bool": "_Bool",
    "bool32": "int",
    "char8": "unsigned char",
    "char16": "__CHAR16_TYPE__",
    "char32": "__CHAR32_TYPE__",
    "schar": "signed char",
    "uchar": "unsigned char",
    "ushort": "unsigned short",
    "uint": "unsigned",
    "ulong": "unsigned long",
    "llong": "long long",
    "ullong": "unsigned long long",
    "size": "__SIZE_TYPE__",
    "ssize": "__PTRDIFF_TYPE__",
    "ptrdiff": "__PTRDIFF_TYPE__",
    "intptr": "__INTPTR_TYPE__",
    "uintptr": "__UINTPTR_TYPE__",
    "wchar": "__WCHAR_TYPE__",
}
LEAVES = 12
"""Leaves of a record whose offsets are asked for, at most: the first and the last ones."""


def declarations(records: list[Record]) -> str:
    """Return the records with all that they need: C that compiles as it is."""
    return _enums(records) + _typedefs(records) + "".join(declaration(record) for record in records)


def _enums(records: list[Record]) -> str:
    """Return the enums that the records need."""
    found = dict.fromkeys(e for record in records for e in record.nested() if isinstance(e, Enum) and e.base is None)
    return "".join(f"{_enum(item)}\n" for item in found)


def _typedefs(records: list[Record]) -> str:
    """Return the aligned typedefs of kinds that the records need."""
    inside = [one for record in records for one in (*record.nested(), record) if isinstance(one, Record)]
    found = dict.fromkeys(
        (part.type, part.type_align)
        for one in inside
        for part in one.fields
        if part.type_align and isinstance(part.type, Kind)
    )
    return "".join(
        f"typedef {_type(Field('', kind))} {kind.name}_a{align} __attribute__((aligned({align})));\n"
        for kind, align in found
    )


def declaration(record: Record) -> str:
    """Return the record and those inside it, in order; tag names are the records' own."""
    return "".join(_one(item) for item in record.nested() if isinstance(item, Record)) + _one(record)


def probed_leaves(layout: Layout) -> tuple[list[Leaf], list[Leaf]]:
    """Return the leaves whose offset C can be asked for, and the bit-fields, whose place an initialised constant shows."""
    whole = [leaf for leaf in layout.leaves if leaf.bits is None]
    bits = [leaf for leaf in layout.leaves if leaf.bits is not None]
    if len(whole) > LEAVES:
        whole = whole[: LEAVES // 2] + whole[-LEAVES // 2 :]
    return whole, bits[:LEAVES]


def probe(layouts: list[Layout]) -> str:
    """Return C whose section `probe` holds sizeof, __alignof__ and offsets for each layout, then a constant, all ones, per bit-field."""
    head = declarations([layout.record for layout in layouts])
    parts = [_probe_parts(layout) for layout in layouts]
    types = "".join(type_ for type_, _ in parts)
    values = ",".join(value for _, value in parts)
    section = '__attribute__((section("probe"),used))'
    return f"{head}const struct __attribute__((packed)) {{{types}}} probe_all {section} = {{{values}}};\n"


def _probe_parts(layout: Layout) -> tuple[str, str]:
    tag = _tag(layout.record)
    whole, bits = probed_leaves(layout)
    numbers = [f"sizeof({tag})", f"__alignof__({tag})", *(f"__builtin_offsetof({tag},{leaf.path})" for leaf in whole)]
    type_ = f"unsigned {_at(layout)}[{len(numbers)}];"
    value = "{" + ",".join(numbers) + "}"
    if bits:
        type_ += f"{tag} b{layout.record.name}[{len(bits)}];"
        value += ",{" + ",".join(f"{{.{leaf.path}={_ones(leaf)}}}" for leaf in bits) + "}"
    return type_, value


def _at(layout: Layout) -> str:
    return f"t{layout.record.name}"


def _ones(leaf: Leaf) -> str:
    assert isinstance(leaf.kind, Kind)
    return "1" if leaf.kind.name == "bool" else "-1"


def _tag(record: Record) -> str:
    return f"{'union' if record.union else 'struct'} {record.name}"


def _enum(enum: Enum) -> str:
    names = ",".join(f"{name}={number}LL" if abs(number) >> 31 else f"{name}={number}" for name, number in enum.values)
    return f"enum {'__attribute__((packed)) ' if enum.packed else ''}{enum.name} {{{names}}};"


def _one(record: Record) -> str:
    pragma = f"#pragma pack(push,{record.pack})\n" if record.pack else ""
    end = "\n#pragma pack(pop)\n" if record.pack else "\n"
    asked = ["packed"] * record.packed + ([f"aligned({record.align})"] if record.align else [])
    attributes = f" __attribute__(({','.join(asked)}))" if asked else ""
    kind = "union" if record.union else "struct"
    aligned = "".join(
        f"typedef {kind} {record.name} {record.name}_a{align} __attribute__((aligned({align})));\n" for align in (1, 8)
    )
    return f"{pragma}{kind}{attributes} {record.name} {{{''.join(_fields(record))}}};{end}" + aligned


def _fields(record: Record) -> Iterator[str]:
    for part in record.fields:
        alone = not any(one.name for one in record.fields[:-1])
        counts = ("[0]" if alone else "[]") * part.flexible + "".join(f"[{count}]" for count in part.counts)
        bits = f":{part.bits}" if part.bits is not None else ""
        align = f" __attribute__((aligned({part.align})))" if part.align else ""
        align += " __attribute__((packed))" if part.packed else ""
        yield f"{_typed(part)} {part.name}{counts}{bits}{align};"


def _typed(part: Field) -> str:
    if part.type_align is None:
        return _type(part)
    assert isinstance(part.type, (Kind, Record))
    return f"{part.type.name}_a{part.type_align}"


def _type(part: Field) -> str:
    kind = part.type
    if isinstance(kind, Record):
        return _tag(kind)
    if isinstance(kind, Pointer):
        return "void *"
    if isinstance(kind, Enum):
        return f"enum {kind.name}" if kind.base is None else _type(Field("", kind.base))
    assert isinstance(kind, Kind)
    return NAMES.get(kind.name, kind.name)
