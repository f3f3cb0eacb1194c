"""ImHex: a record as a pattern (.hexpat), which colours a memory dump field by field."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from samebytes.layout.abi import Abi
from samebytes.layout.emit.shapes import stored
from samebytes.layout.emit.views import Piece, Words, nested_layouts, overlaps, pieces, scalar_of
from samebytes.layout.kinds import Enum, Kind
from samebytes.layout.laid_out import Layout, Member
from samebytes.layout.record import Record, Text
from samebytes.layout.rules import lay_out

__all__ = ["emit_hexpat"]

_RESERVED = """
struct union enum bitfield using fn namespace if else while for return break continue match import as in out le be this parent
true false null padding const char char16 bool str auto u8 u16 u24 u32 u48 u64 u96 u128 s8 s16 s24 s32 s48 s64 s96 s128 float double
signed unsigned reference addressof sizeof typenameof try catch
"""


def emit_hexpat(records: Iterable[Record], abi: Abi, title: str) -> str:
    """Return a pattern that puts the first record at address 0."""
    return "\n".join(_Pattern([lay_out(record, abi) for record in records], abi).lines(title)) + "\n"


class _Pattern:
    def __init__(self, layouts: list[Layout], abi: Abi) -> None:
        self.abi, self.layouts = abi, layouts
        self.words = Words(False, _RESERVED)
        self.every = {id(one): one for layout in layouts for one in nested_layouts(layout)}
        self.names = {key: self.words.new(one.record.name or "Part") for key, one in self.every.items()}
        self.enums: dict[Enum, str] = {}

    def lines(self, title: str) -> Iterator[str]:
        body = [line for one in self.every.values() for line in self._type(one)]
        yield f"// {title}"
        yield f"#pragma endian {self.abi.order}"
        yield f"#pragma bitfield_order {'right_to_left' if self.abi.order == 'little' else 'left_to_right'}"
        yield ""
        for enum, name in self.enums.items():
            yield from self._enum(enum, name)
        yield from body
        top = self.names[id(self.layouts[0])]
        yield f"{top} {self.words.new(top[:1].lower() + top[1:])} @ 0x00;"

    def _enum(self, enum: Enum, name: str) -> Iterator[str]:
        words = Words(False, _RESERVED)
        yield f"enum {name} : {self._scalar(stored(enum, self.abi))} {{"
        yield from (f"    {words.new(word)} = {number}," for word, number in enum.values)
        yield from ("};", "")

    def _type(self, layout: Layout) -> Iterator[str]:
        words, shared = Words(False, _RESERVED), overlaps(layout)
        fields: list[str] = []
        for piece in pieces(layout):
            fields += self._piece(piece, layout, words, shared, len(fields))
        if shared:  # each field says where it is; the hole behind them makes the record as long as it is
            fields.append(f"padding[{layout.size}];")
        bitfields = [line for line in fields if line.startswith("bitfield ")]
        for line in bitfields:
            yield from line.split("\n")
        yield f"struct {self.names[id(layout)]} {{ // {layout.size} bytes"
        yield from (f"    {line}" for line in fields if not line.startswith("bitfield "))
        yield from ("};", "")

    def _piece(self, piece: Piece, layout: Layout, words: Words, shared: bool, number: int) -> list[str]:
        at = f" @ addressof(this) + {piece.offset}" if shared else ""
        if piece.bits:
            name = self.words.new(f"{self.names[id(layout)]}_bits{number}")
            inside = " ".join(
                f"{bit.member.field.name if bit.member is not None else 'padding'} : {bit.bits};" for bit in piece.bits
            )
            return [f"bitfield {name} {{ {inside} }};", f"{name} {words.new('bits0')}{at}; // {piece.offset}"]
        if piece.member is None:
            return [f"padding[{piece.size}]; // {piece.offset}"]
        return [f"{line}{at}; // {piece.offset}" for line in self._member(piece.member, words)]

    def _member(self, member: Member, words: Words) -> Iterator[str]:
        part = member.field
        name = words.new(part.name or "part")
        if isinstance(part.type, Text):
            length = words.new(f"{name}_length")
            yield f"{self._scalar(scalar_of(member))} {length}"
            unit = "char" if part.type.unit == 1 else "char16"
            yield f"{unit} {name}[{length}{' / 2' if part.type.unit == 2 else ''}]"
            return
        if part.flexible:
            yield f"{self._of(member)} {name}[while(!std::mem::eof())]"
            return
        total = part.elements * (1 if self._scalar_or_record(member) else member.stride)
        counts = f"[{total}]" if part.counts or not self._scalar_or_record(member) else ""
        yield f"{self._of(member)} {name}{counts}"

    def _scalar_or_record(self, member: Member) -> bool:
        return member.layout is not None or bool(self._scalar(scalar_of(member)))

    def _of(self, member: Member) -> str:
        if member.layout is not None:
            return self.names[id(member.layout)]
        kind = scalar_of(member)
        if isinstance(kind, Enum) and kind.values:
            return self.enums.get(kind) or self.enums.setdefault(kind, self.words.new(kind.name or "Enum"))
        return self._scalar(kind) or "u8"

    def _scalar(self, kind: Kind) -> str:
        """Return the pattern language's name of a kind; empty for one that it does not have."""
        real = stored(kind, self.abi)
        width = real.width(self.abi)
        if real.family == "float":
            return {4: "float", 8: "double"}.get(width, "")
        if real.family in ("char", "plain") and width <= 2:
            return "char" if width == 1 else "char16"
        if real.family == "bool" and width == 1:
            return "bool"
        return f"{'s' if real.signed(self.abi) else 'u'}{width * 8}"
