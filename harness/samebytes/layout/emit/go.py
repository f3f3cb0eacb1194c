"""Declarations in Go: structs, each size and offset held by an index that is out of bounds otherwise.

Go has neither packing nor unions nor bit-fields: what needs one is refused, not worked around.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from samebytes.errors import LayoutError
from samebytes.layout.abi import Abi
from samebytes.layout.emit.names import Names
from samebytes.layout.emit.plan import Plan
from samebytes.layout.emit.shapes import Dialect, Slot, Struct, stored
from samebytes.layout.kinds import Enum, Kind
from samebytes.layout.record import Record

__all__ = ["emit_go"]


def emit_go(records: Iterable[Record], abi: Abi, title: str) -> str:
    """Return a Go source file. LayoutError for what Go cannot declare."""
    return "\n".join(_File(records, abi).lines(title)) + "\n"


def dialect() -> Dialect:
    """Return what Go can say: natural alignment, and nothing that takes no room."""
    return Dialect(
        "Go",
        lambda kind, _abi: kind.measure not in (16, "long_double"),
        (),
        lambda _align, _packed: False,
        lambda: Names("", tidy=_exported),
        empties="never",
    )


def _exported(name: str) -> str:
    """Capitalise the name: another package must reach it, and no word of Go's begins with a capital."""
    return f"X{name}" if name.startswith("_") else name[:1].upper() + name[1:]


class _File:
    def __init__(self, records: Iterable[Record], abi: Abi) -> None:
        self.abi, self.plan = abi, Plan(records, abi, dialect())
        for struct in self.plan.structs:
            if struct.union:
                raise LayoutError(f"Go cannot declare {struct.name}: it has no unions")
            if any(slot.bits for slot in struct.slots):
                raise LayoutError(f"Go cannot declare {struct.name}: it has no bit-fields")
            if abi.pointer == 4 and abi.eight == 8 and struct.align == 8:
                raise LayoutError(f"Go cannot declare {struct.name}: on {abi.name} it aligns eight bytes to four")

    def lines(self, title: str) -> Iterator[str]:
        yield f"// {title}"
        yield from ("", "package layouts", "", 'import "unsafe"')
        constants = Names("", tidy=_exported)
        for name in (*self.plan.enums, *(struct.name for struct in self.plan.structs)):
            constants.new(name)
        for name, enum in self.plan.enums.items():
            yield from self._enum(name, enum, constants)
        for struct in self.plan.structs:
            yield from self._struct(struct)

    def _enum(self, name: str, enum: Enum, constants: Names) -> Iterator[str]:
        yield from ("", f"type {name} {self._scalar(stored(enum, self.abi))}")
        if enum.values:
            named = [(constants.new(f"{name}{_exported(word)}"), number) for word, number in enum.values]
            width = max(len(constant) for constant, _ in named)
            yield from ("", "const (")
            yield from (f"\t{constant:{width}} {name} = {number}" for constant, number in named)
            yield ")"

    def _struct(self, struct: Struct) -> Iterator[str]:
        rows = [
            ("_" if slot.role == "padding" else slot.name, self._type(slot), f"// {slot.offset}{_note(slot)}")
            for slot in struct.slots
        ]
        end = max(slot.offset + slot.size for slot in struct.slots)
        if end < struct.size:  # go vet knew nothing of padding at the end before Go 1.21, and would deny the size
            rows.append(("_", f"[{struct.size - end}]byte", f"// {end}"))
        wide = [max(map(len, column)) for column in zip(*(row[:2] for row in rows), strict=True)]
        yield from ("", f"type {struct.name} struct {{")
        yield from (f"\t{name:{wide[0]}} {kind:{wide[1]}} {note}" for name, kind, note in rows)
        yield from ("}", "", "// Does not compile unless the struct is laid out like this.", "var (")
        yield f"\t_ = [1]byte{{}}[unsafe.Sizeof({struct.name}{{}})-{struct.size}]"
        for slot in struct.slots:
            if slot.role != "padding":
                yield f"\t_ = [1]byte{{}}[unsafe.Offsetof({struct.name}{{}}.{slot.name})-{slot.offset}]"
        yield ")"

    def _type(self, slot: Slot) -> str:
        counts = "".join(f"[{count}]" for count in slot.counts)
        if slot.inner is not None:
            return counts + slot.inner.name
        assert slot.kind is not None
        return counts + (self.plan.enum_name(slot.kind) if isinstance(slot.kind, Enum) else self._scalar(slot.kind))

    def _scalar(self, kind: Kind) -> str:
        bits = kind.width(self.abi) * 8
        if kind.name in ("bool", "char8"):
            return {"bool": "bool", "char8": "byte"}[kind.name]
        if kind.family == "pointer":
            return "uintptr"
        if kind.family == "char" and bits == 32:
            return "rune"
        signed = kind.family == "bool" or kind.signed(self.abi)
        return ("float" if kind.family == "float" else "int" if signed else "uint") + str(bits)


def _note(slot: Slot) -> str:
    return f", {slot.note}" if slot.note else ""
