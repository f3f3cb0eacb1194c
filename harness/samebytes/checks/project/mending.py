"""A declaration's text with one round of faults mended: the smallest change for each, in the file's own words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from samebytes.checks.project.faults import Fault, named_members
from samebytes.checks.project.match_names import filler, same_name
from samebytes.layout import KINDS, Enum, Kind, Layout, Record
from samebytes.layout.laid_out import Member
from samebytes.layout.source import SourceMember, SourceRecord, record_in
from samebytes.layout.source.assembling import Body, Piece
from samebytes.layout.source.writing import Writer, in_style, key_of, retyped, split_item

__all__ = ["Mending"]

SHAPES = ("type", "missing", "extra", "order")


@dataclass
class Mending:
    """Changes a text by its faults. What was tried of a field and did not do is not tried again."""

    writer: Writer
    tried: dict[tuple[str, str], set[str]] = field(default_factory=dict)
    why: list[str] = field(default_factory=list)
    """What could not be mended, in words."""

    def mended(self, text: str, records: list[SourceRecord], faults: Sequence[Fault]) -> str:
        """Return the text with the faults of one record mended; the same text where nothing can be done."""
        self.why = []
        innermost = max(faults, key=lambda fault: fault.record.body[0]).record
        own = [fault for fault in faults if fault.record.keyword == innermost.keyword]
        whole = self._split(text, innermost, own)
        if whole != text:
            return whole
        if any(fault.what in SHAPES for fault in own):
            return self._shapes(text, records, innermost, own)
        return self._places(text, innermost, own[0])

    def _split(self, text: str, record: SourceRecord, faults: Sequence[Fault]) -> str:
        """Return the text with a statement for each field where one of several is wrong."""
        wrong = {
            id(fault.member)
            for fault in faults
            if fault.member is not None and fault.what in ("type", "extra", "order")
        }
        before = {id(one) for one in (_before(fault) for fault in faults if fault.what == "missing") if one is not None}
        body = Body(text, record, self.writer)
        changed = False
        for piece, item in zip(list(body.pieces), record.items, strict=True):
            last = item.members[-1:] if item.members else ()
            inside = any(id(member) in before for member in item.members if member not in last)
            if len(item.members) > 1 and (inside or any(id(member) in wrong for member in item.members)):
                at = body.pieces.index(piece)
                cores = split_item(text, item, self.writer)
                new = [Piece(core, piece.trail if core is cores[-1] else "", None) for core in cores]
                new[0].gap = piece.gap
                body.pieces[at : at + 1] = new
                changed = True
        return body.text() if changed else text

    def _shapes(self, text: str, records: list[SourceRecord], record: SourceRecord, faults: Sequence[Fault]) -> str:
        body = Body(text, record, self.writer)
        for fault in faults:
            piece = body.of(fault.member) if fault.member is not None else None
            if fault.what == "extra" and piece is not None:
                body.pieces.remove(piece)
            elif fault.what == "type" and piece is not None and fault.wanted is not None:
                core = self._retyped(text, records, record, fault)
                piece.core = piece.core if core is None else core
            elif fault.what == "order" and piece is not None and len(body.pieces) > 1:
                body.pieces.remove(piece)
                body.put(piece, self._behind(body, fault))
            elif fault.what == "missing" and fault.wanted is not None:
                core = self._new(text, records, record, fault)
                if core is not None:
                    body.put(Piece(core, members=()), self._behind(body, fault))
            elif fault.what in SHAPES:
                self.why.append(f"`{fault.name}` stands in a record without a name")
        return body.text()

    def _behind(self, body: Body, fault: Fault) -> Piece | None:
        """Return the statement behind which a field belongs: that of the nearest field in front of it that is there."""
        before = _before(fault)
        piece = body.of(before) if before is not None else None
        if piece is None or piece not in body.pieces:
            return None
        at = body.pieces.index(piece)
        while at + 1 < len(body.pieces) and not body.pieces[at + 1].members:  # fields that were put in before this one
            at += 1
        return body.pieces[at]

    def _retyped(self, text: str, records: list[SourceRecord], record: SourceRecord, fault: Fault) -> str | None:
        assert fault.member is not None
        assert fault.wanted is not None
        item = next(item for item in record.items if any(one is fault.member for one in item.members))
        part = fault.wanted.field
        found = self._kept(text, text[slice(*item.core)], fault, fault.wanted)
        for type_ in self._types(text, records, fault, fault.wanted):
            found += retyped(
                text, item, fault.member, type_, _counts(part.counts, fault.member), part.bits, self.writer
            )
        return self._next(fault, [core for core in found if core != text[slice(*item.core)]])

    def _kept(self, text: str, core: str, fault: Fault, wanted: Member) -> list[str]:
        """Return the statement with the type that it has, where an attribute makes the right thing of it."""
        keep = getattr(self.writer, "kept", None)
        if keep is None or fault.member is None or not isinstance(wanted.field.type, Kind) or wanted.field.counts:
            return []
        own = keep(core, text[slice(*fault.member.type)], key_of(wanted.field.type, fault.layout.abi), text)
        return [own] if own else []

    def _new(self, text: str, records: list[SourceRecord], record: SourceRecord, fault: Fault) -> str | None:
        assert fault.wanted is not None
        part, members = fault.wanted.field, [member for item in record.items for member in item.members]
        if not members:
            return None
        pairs = [(wanted.field.name, member.name) for wanted in named_members(fault.layout) for member in members
                 if same_name(member.name, wanted.field.name)]  # fmt: skip
        name = in_style(part.name, pairs)
        like = text[slice(*record.items[0].core)]
        found: list[str] = []
        for type_ in self._types(text, records, fault, fault.wanted):
            found += self.writer.field(name, type_, part.counts, part.bits, like, text)
        return self._next(fault, found)

    def _next(self, fault: Fault, found: Sequence[str]) -> str | None:
        """Return the first of these that was not tried yet."""
        tried = self.tried.setdefault((fault.layout.record.name, fault.name), set())
        for core in found:
            if core not in tried:
                tried.add(core)
                return core
        self.why.append(f"`{fault.name}`: this language has no field of that shape, or none that compiles here")
        return None

    def _types(self, text: str, records: list[SourceRecord], fault: Fault, wanted: Member) -> Iterator[str]:
        """Yield how the field's type is spelled: as another field of the file has it, or else as the language has it."""
        kind = wanted.field.type
        if isinstance(kind, Record):
            there = record_in(records, kind.name)
            if there is not None:
                yield there.names[-1]
            return
        if not isinstance(kind, Kind):
            return
        key = key_of(kind, fault.layout.abi)
        seen = [spelled for spelled in _spelled(text, fault) if spelled[0] == key and spelled[1] == kind.name]
        near = [spelled for spelled in _spelled(text, fault) if spelled[0] == key]
        own = list(self.writer.scalars(kind, key, text)) if not isinstance(kind, Enum) else []
        enums = list(self.writer.scalars(kind, key, text)) if isinstance(kind, Enum) else []
        yield from dict.fromkeys([*enums, *(name for _, _, name in (*seen, *near)), *own])

    def _places(self, text: str, record: SourceRecord, fault: Fault) -> str:
        """Return the text with packing, offsets or filler changed."""
        pinned = self._pinned(text, record, fault)
        if pinned != text:
            return pinned
        if fault.what == "kind":
            turn = getattr(self.writer, "turned", None)
            new = turn(text, record, fault.layout.record.union) if turn is not None else None
            if new is None:
                self.why.append(f"{fault.layout.record.name}: this language has no other word for it")
            return str(new) if new is not None else text
        if fault.what == "pack":
            new = self.writer.packed(text, record, fault.pack)
            if new is not None:
                return new
            self.why.append(
                f"{fault.layout.record.name} cannot be packed by {fault.pack or 'its own alignment'} in this language"
            )
            return text
        if fault.what == "size":
            sized = getattr(self.writer, "sized", None)
            new = sized(text, record, fault.layout.size) if sized is not None else None
            if new is not None:
                return str(new)
        return self._filled(text, record, fault)

    def _pinned(self, text: str, record: SourceRecord, fault: Fault) -> str:
        """Return the text with the offsets that it says itself as the layout has them."""
        wanted = {member.field.name: member.offset for member in named_members(fault.layout)}
        edits = []
        for item in record.items:
            front = text[item.core[0] : item.members[0].type[0]]
            at = front.find("FieldOffset")
            name = next((name for name in wanted if same_name(item.members[0].name, name)), None)
            if at < 0 or name is None:
                continue
            start = item.core[0] + front.index("(", at) + 1
            end = text.index(")", start)
            if text[start:end].strip() != str(wanted[name]):
                edits.append((start, end, str(wanted[name])))
        for start, end, new in sorted(edits, reverse=True):
            text = text[:start] + new + text[end:]
        return text

    def _filled(self, text: str, record: SourceRecord, fault: Fault) -> str:
        """Return the text with the filler in front of a field, or at the end, longer or shorter; put in or taken out."""
        body = Body(text, record, self.writer)
        target = body.of(fault.member) if fault.member is not None else None
        at = body.pieces.index(target) if target is not None else len(body.pieces)
        before = body.pieces[at - 1] if at else None
        member = before.members[0] if before is not None and len(before.members) == 1 else None
        known = {id(one) for one in fault.there.values()}
        bare = member is not None and (filler(member.name) or id(member) not in known)
        room = _room(member, fault.declared) if member is not None and bare else None
        if before is not None and member is not None and room is not None:
            number = max(0, room + fault.bytes)
            if number == 0:
                body.pieces.remove(before)
                return body.text()
            item = next(item for item in record.items if item.members == before.members)
            unit = text[slice(*member.type)]
            found = retyped(text, item, member, unit, (number,), None, self.writer)
            before.core = found[0] if found else before.core
            return body.text()
        if fault.bytes < 0:
            self.why.append(f"`{fault.name}` begins {-fault.bytes} bytes too late, and no filler stands in front of it")
            return text
        taken = {one.name.casefold() for one in record.members}
        name = next(name for number in range(100) if (name := f"padding{number}") not in taken)
        like = text[slice(*record.items[0].core)]
        types = self.writer.scalars(KINDS["u8"], ("u", 1), text)
        cores = self.writer.field(name, types[0], (fault.bytes,), None, like, text)
        core = self._next(replace(fault, what="missing"), cores)
        if core is not None:
            body.put(Piece(core), body.pieces[at - 1] if at else None)
        return body.text()


def _before(fault: Fault) -> SourceMember | None:
    """Return the nearest field in front of the wanted one that the record declares."""
    assert fault.wanted is not None
    found = None
    for wanted in named_members(fault.layout):
        if wanted.field.name == fault.wanted.field.name:
            break
        there = fault.there.get(wanted.field.name)
        found = there if there is not None else found
    return found


def _counts(counts: tuple[int, ...], member: SourceMember) -> tuple[int, ...]:
    """Return the dimensions of a field; as one, where its source has one for all of them."""
    if len(member.counts) == 1 and len(counts) > 1:
        total = 1
        for number in counts:
            total *= number
        return (total,)
    return counts


def _room(member: SourceMember, declared: Layout) -> int | None:
    found = next((one for one in declared.members if same_name(member.name, one.field.name)), None)
    return found.size if found is not None and found.stride == 1 else None


def _spelled(text: str, fault: Fault) -> list[tuple[tuple[str, int], str, str]]:
    """Return how the record spells its right scalars: what each is, the layout's name for it, the source's."""
    ours = {member.field.name: member for member in named_members(fault.layout)}
    theirs = {member.field.name: member for member in named_members(fault.declared)}
    found = []
    for name, source in fault.there.items():
        our, their = ours.get(name), theirs.get(name)
        if our is None or their is None or source is None or not isinstance(our.field.type, Kind):
            continue
        if isinstance(their.field.type, Kind) and our.stride == their.stride and our.field.bits == their.field.bits:
            key, same = key_of(our.field.type, fault.layout.abi), key_of(their.field.type, fault.declared.abi)
            spelled = text[slice(*source.type)]
            if key == same and spelled.replace(".", "").replace(" ", "").replace("_", "").isalnum():
                found.append((key, our.field.type.name, spelled))
    return found
