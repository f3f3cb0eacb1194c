"""Kaitai Struct: a record as a .ksy file, which its compiler turns into a parser for a dozen languages, and its IDE into a picture."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator

from samebytes.layout.abi import Abi
from samebytes.layout.emit.shapes import stored
from samebytes.layout.emit.views import Piece, Words, nested_layouts, overlaps, pieces, scalar_of
from samebytes.layout.kinds import Enum, Kind
from samebytes.layout.laid_out import Layout, Member
from samebytes.layout.record import Record, Text
from samebytes.layout.rules import lay_out

__all__ = ["emit_kaitai"]

_RESERVED = "true false and or not"
_MOST_BITS = 32
"""Bits that Kaitai's runtimes read as one number everywhere; JavaScript's takes no more."""


def emit_kaitai(records: Iterable[Record], abi: Abi, title: str) -> str:
    """Return a .ksy file of the first record; the others are types in it."""
    return "\n".join(_Ksy([lay_out(record, abi) for record in records], abi).lines(title)) + "\n"


class _Ksy:
    def __init__(self, layouts: list[Layout], abi: Abi) -> None:
        self.abi, self.layouts = abi, layouts
        self.words = Words(True, _RESERVED)
        every = {id(one): one for layout in layouts for one in nested_layouts(layout)}
        self.names = {key: self.words.new(one.record.name or "part") for key, one in every.items()}
        self.every = every
        self.enums: dict[Enum, str] = {}

    def lines(self, title: str) -> Iterator[str]:
        top = self.layouts[0]
        order = "le" if self.abi.order == "little" else "be"
        yield f"# {title}"
        yield from ("meta:", f"  id: {self.names[id(top)]}", f"  endian: {order}", f"  bit-endian: {order}")
        yield from self._type(top, "")
        inner = [one for key, one in self.every.items() if key != id(top)]
        if inner:
            yield "types:"
            for one in inner:
                yield f"  {self.names[id(one)]}:"
                yield from self._type(one, "    ")
        if self.enums:
            yield "enums:"
            for enum, name in self.enums.items():
                yield f"  {name}:"
                yield from self._constants(enum)

    def _constants(self, enum: Enum) -> Iterator[str]:
        words, seen = Words(True), set()
        for name, number in enum.values:
            if number not in seen:
                seen.add(number)
                yield f"    {number}: {words.new(name)}"

    def _type(self, layout: Layout, indent: str) -> Iterator[str]:
        words, shared = Words(True, _RESERVED), overlaps(layout)
        found = list(pieces(layout))
        yield f"{indent}{'instances' if shared else 'seq'}:" + (" []" if not found else "")
        for piece in found:
            yield from self._piece(piece, words, indent + "  ", shared)

    def _piece(self, piece: Piece, words: Words, indent: str, shared: bool) -> Iterator[str]:
        if piece.bits:
            yield from self._bits(piece, words, indent, shared)
        elif piece.member is None:
            yield from self._entry(words.new(f"padding{piece.offset}"), [f"size: {piece.size}"], indent, None)
        else:
            place = piece.offset if shared else None
            name = words.new(piece.member.field.name or "part")
            yield from self._member(piece.member, name, words, indent, place)

    def _bits(self, piece: Piece, words: Words, indent: str, shared: bool) -> Iterator[str]:
        """Yield bit-fields one by one; as their bytes, where they share them with others or are wider than runtimes read."""
        if shared or any(bit.bits > _MOST_BITS for bit in piece.bits):
            names = ", ".join(bit.member.field.name for bit in piece.bits if bit.member is not None)
            what = [f"size: {piece.size}", f"doc: {json.dumps('bit-fields ' + names)}"]
            yield from self._entry(words.new("bits0"), what, indent, piece.offset if shared else None)
            return
        for bit in piece.bits:
            name = bit.member.field.name if bit.member is not None else f"unused{piece.offset}_{bit.first}"
            yield from self._entry(words.new(name), [f"type: b{bit.bits}"], indent, None)

    def _member(self, member: Member, name: str, words: Words, indent: str, place: int | None) -> Iterator[str]:
        part = member.field
        if isinstance(part.type, Text):
            length = words.new(f"len_{name}")
            yield from self._entry(length, [f"type: {self._scalar(scalar_of(member))}"], indent, place)
            encoding = "UTF-8" if part.type.unit == 1 else f"UTF-16{'LE' if self.abi.order == 'little' else 'BE'}"
            yield from self._entry(name, ["type: str", f"size: {length}", f"encoding: {encoding}"], indent, None)
            return
        what = self._what(member)
        if part.flexible:
            what += ["repeat: expr", f"repeat-expr: (_io.size - _io.pos) / {max(1, member.stride)}"]  # whole ones only
        elif part.counts and not (part.chars is not None and len(part.counts) == 1):
            total = part.elements if part.chars is None else part.elements // part.counts[-1]
            what += ["repeat: expr", f"repeat-expr: {total}"]
        if len(part.counts) > 1:
            what.append(f"doc: {json.dumps(''.join(f'[{count}]' for count in part.counts))}")
        yield from self._entry(name, what, indent, place)

    def _what(self, member: Member) -> list[str]:
        part = member.field
        if member.layout is not None:
            sized = [] if member.layout.record.variable else [f"size: {member.layout.size}"]
            return [f"type: {self.names[id(member.layout)]}", *sized]
        kind = scalar_of(member)
        if part.chars is not None and part.counts and not part.flexible:
            encoding = part.chars.encoding or (
                "UTF-8"
                if member.stride == 1
                else f"UTF-{member.stride * 8}{'LE' if self.abi.order == 'little' else 'BE'}"
            )
            return ["type: str", f"size: {member.stride * part.counts[-1]}", f"encoding: {encoding}"]
        spelled = self._scalar(kind)
        if not spelled:
            return [f"size: {member.stride}"]
        if isinstance(kind, Enum) and kind.values:
            name = self.enums.get(kind) or self.enums.setdefault(kind, self.words.new(kind.name or "enum"))
            return [f"type: {spelled}", f"enum: {name}"]
        return [f"type: {spelled}"]

    def _scalar(self, kind: Kind) -> str:
        """Return Kaitai's name of a number; empty for one that it does not have."""
        real = stored(kind, self.abi)
        width = real.width(self.abi)
        if real.family == "float":
            return f"f{width}" if real.measure in (4, 8) or width == 8 else ""
        return f"{'s' if real.signed(self.abi) else 'u'}{width}" if width <= 8 else ""

    def _entry(self, name: str, what: list[str], indent: str, place: int | None) -> Iterator[str]:
        if place is None:
            yield f"{indent}- id: {name}"
            yield from (f"{indent}  {line}" for line in what)
        else:
            yield f"{indent}{name}:"
            yield from (f"{indent}  {line}" for line in (f"pos: {place}", *what))
