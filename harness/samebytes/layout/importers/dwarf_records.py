"""Turns DWARF's types into records (DWARF 5 standard, chapter 5; 5.7.6 for members, 5.7.6 of DWARF 3 for old bit offsets)."""

from __future__ import annotations

from typing import Any

from samebytes.errors import LayoutError
from samebytes.layout.importers.c_types import TEXTS, identifier
from samebytes.layout.importers.dwarf_scalars import QUALIFIERS, base_kind, enum_kind, number, size_of
from samebytes.layout.importers.fitting import Measured, fit
from samebytes.layout.importers.origin import ImportOrigin
from samebytes.layout.importers.programs import Program
from samebytes.layout.kinds import Kind, Pointer
from samebytes.layout.record import Chars, Field, Record

__all__ = ["RECORDS", "DwarfBuilder", "name_of"]

RECORDS = ("DW_TAG_structure_type", "DW_TAG_class_type", "DW_TAG_union_type")
_POINTERS = ("DW_TAG_pointer_type", "DW_TAG_reference_type", "DW_TAG_rvalue_reference_type", "DW_TAG_unspecified_type")
_LANGUAGES = {
    **dict.fromkeys((0x01, 0x02, 0x0C, 0x1D, 0x2C, 0x33), "c"),
    **dict.fromkeys((0x04, 0x1A, 0x21, 0x2B, 0x3A), "c++"),
    0x1C: "rust",
    0x28: "zig",
    0x09: "pascal",
    0x13: "d",
    0x16: "go",
}
_PACKS = (None, 1, 2, 4, 8)
_DEEPEST = 200


def name_of(die: Any) -> str:
    """Return a DIE's name; empty when it has none."""
    attribute = die.attributes.get("DW_AT_name")
    return attribute.value.decode("utf-8", "replace") if attribute is not None else ""


class DwarfBuilder:
    """Records of one file, each built once."""

    def __init__(self, program: Program) -> None:
        self.program, self.abi = program, program.abi
        self.built: dict[int, Record] = {}
        self._doing: list[int] = []

    def record(self, die: Any, called: str = "") -> Record:
        """Return the record of a structure, class or union. LayoutError for what cannot be shared."""
        die = self._definition(die)
        if die.offset not in self.built:
            if die.offset in self._doing or len(self._doing) > _DEEPEST:
                raise LayoutError(f"{self._where(die)} contains itself")
            self._doing.append(die.offset)
            try:
                self.built[die.offset] = self._build(die, called or identifier(name_of(die)) or "unnamed")
            finally:
                self._doing.pop()
        return self.built[die.offset]

    def record_behind(self, die: Any) -> Any:
        """Return the record that a typedef stands for, or None."""
        for _ in range(_DEEPEST):
            if die is None or die.tag in RECORDS:
                return die if die is not None and "DW_AT_declaration" not in die.attributes else None
            if die.tag != "DW_TAG_typedef" and die.tag not in QUALIFIERS:
                return None
            die = self._type(die)
        return None

    def _definition(self, die: Any) -> Any:
        if "DW_AT_signature" in die.attributes:
            die = self._by_signature(die, "DW_AT_signature")
        if "DW_AT_declaration" in die.attributes:
            raise LayoutError(f"{self._where(die)} is declared there, but defined elsewhere")
        return die

    def _type(self, die: Any) -> Any:
        return self._by_signature(die, "DW_AT_type") if "DW_AT_type" in die.attributes else None

    def _by_signature(self, die: Any, attribute: str) -> Any:
        """Return what the attribute refers to.

        LayoutError for DWARF 5's type units outside `.debug_types`: pyelftools does not find them.
        """
        try:
            return die.get_DIE_from_attribute(attribute)
        except KeyError as error:
            raise LayoutError(
                f"{self._where(die)} is in a type unit that pyelftools does not find",
                hint="build without -fdebug-types-section",
            ) from error

    def _where(self, die: Any) -> str:
        return f"{self.program.path}: {name_of(die) or 'a record without a name'}"

    # --- one record -----------------------------------------------------------------------------------------------

    def _build(self, die: Any, name: str) -> Record:
        size = size_of(die)
        parts: list[Field] = []
        bits: list[int | None] = []
        for child in die.iter_children():
            if child.tag == "DW_TAG_variant_part":
                raise LayoutError(
                    f"{self._where(die)} is an enum with data", hint="its layout is Rust's own: share a struct"
                )
            if child.tag in ("DW_TAG_member", "DW_TAG_inheritance") and self._is_stored(child):
                part = self._member(child, name)
                if part is not None:
                    parts.append(part)
                    bits.append(self._place(child, part))
        plain = self._attributes(die, name, parts, size)
        measured = Measured(size, number(die, "DW_AT_alignment"), tuple(bits), "its debug information")
        try:
            return fit(plain, measured, self.abi, _PACKS, "debug information has offsets")
        except LayoutError as error:
            raise LayoutError(f"{self.program.path}: {error.message}", hint=error.hint, path=error.path) from error

    def _attributes(self, die: Any, name: str, parts: list[Field], size: int) -> dict[str, Any]:
        return {
            "name": name,
            "fields": tuple(parts),
            "union": die.tag == "DW_TAG_union_type",
            "align": number(die, "DW_AT_alignment"),
            "origin": self._origin(die),
        } | ({} if parts else {"size": size})

    def _is_stored(self, child: Any) -> bool:
        """Return whether a member has a place in the record; static members have none."""
        return "DW_AT_external" not in child.attributes and "DW_AT_declaration" not in child.attributes

    def _member(self, child: Any, record: str) -> Field | None:
        name = name_of(child)
        if name.startswith(("_vptr", "__vfptr")) or "DW_AT_virtuality" in child.attributes:
            raise LayoutError(
                f"{self.program.path}: {record} has virtual functions or bases, and so a hidden pointer",
                hint="the pointer means nothing to another process: share a struct without them",
            )
        kind, counts, flexible = self._resolve(self._type(child), f"{record}.{name}", f"{record}_{name or 'part'}")
        if isinstance(kind, Record) and not kind.fields and child.tag == "DW_TAG_inheritance":
            return None  # an empty base takes no room
        text = isinstance(kind, Kind) and kind.name in TEXTS and (counts or flexible)
        bits = number(child, "DW_AT_bit_size")
        chars = Chars() if text else None
        return Field(
            identifier(name), kind, counts, bits=bits, chars=chars, flexible=flexible, align=self._asked(child)
        )

    def _asked(self, child: Any) -> int | None:
        return number(child, "DW_AT_alignment")

    def _place(self, child: Any, part: Field) -> int:
        """Return bits from the start of the record, in the ABI's bit order."""
        whole = number(child, "DW_AT_data_bit_offset")
        if whole is not None:
            return whole
        start = self._location(child) * 8
        old = number(child, "DW_AT_bit_offset")
        if old is None or part.bits is None:
            return start
        if self.abi.order == "big":
            return start + old
        unit = number(child, "DW_AT_byte_size") or (part.type.width(self.abi) if isinstance(part.type, Kind) else 0)
        return start + unit * 8 - old - part.bits

    def _location(self, child: Any) -> int:
        attribute = child.attributes.get("DW_AT_data_member_location")
        if attribute is None:
            return 0
        if isinstance(attribute.value, int):
            return int(attribute.value)
        code = bytes(attribute.value)  # DW_OP_plus_uconst and its operand, as old compilers write it
        if code[:1] != b"\x23":
            raise LayoutError(f"{self.program.path}: {name_of(child)} is at a computed place")
        return sum((byte & 0x7F) << 7 * index for index, byte in enumerate(code[1:]))

    # --- types ----------------------------------------------------------------------------------------------------

    def _resolve(self, die: Any, where: str, unnamed: str) -> tuple[Kind | Record, tuple[int, ...], bool]:
        """Return a member's type: its kind or record, its counts, and whether it is open-ended."""
        counts: list[int] = []
        aliases: list[str] = []
        for _ in range(_DEEPEST):
            if die is None:
                raise LayoutError(f"{self.program.path}: {where} has no type")
            if die.tag == "DW_TAG_array_type":
                counts += self._counts(die, where)
                aliases.clear()
            elif die.tag == "DW_TAG_typedef":
                aliases.append(name_of(die))
            elif die.tag not in QUALIFIERS:
                break
            die = self._type(die)
        return self._element(die, aliases, where, unnamed), tuple(n for n in counts if n >= 0), -1 in counts

    def _element(self, die: Any, aliases: list[str], where: str, unnamed: str) -> Kind | Record:
        if die.tag in RECORDS:
            return self.record(die, "" if name_of(die) else identifier(aliases[-1] if aliases else unnamed))
        if die.tag in _POINTERS:
            target = self._type(die)
            return Pointer(to=name_of(target) if target is not None else "void")
        if die.tag == "DW_TAG_enumeration_type":
            return enum_kind(die, self._type(die), name_of(die) or (aliases[-1] if aliases else unnamed), self.abi)
        if die.tag == "DW_TAG_base_type":
            return base_kind(die, aliases, self.abi, f"{self.program.path}: {where}")
        what = die.tag.removeprefix("DW_TAG_").replace("_", " ")
        raise LayoutError(f"{self.program.path}: {where} is a {what}", hint="share numbers, arrays and records")

    def _counts(self, die: Any, where: str) -> list[int]:
        if "DW_AT_GNU_vector" in die.attributes or "DW_AT_byte_stride" in die.attributes:
            raise LayoutError(f"{self.program.path}: {where} is a vector or has a stride of its own")
        ranges = [child for child in die.iter_children() if child.tag == "DW_TAG_subrange_type"]
        return [self._count(child, where) for child in ranges] or [-1]

    def _count(self, child: Any, where: str) -> int:
        for name, more in (("DW_AT_count", 0), ("DW_AT_upper_bound", 1)):
            if name in child.attributes:
                value = number(child, name)
                if value is None:
                    raise LayoutError(f"{self.program.path}: {where} has a length that is computed when it runs")
                lower = (number(child, "DW_AT_lower_bound") or 0) if more else 0
                return 0 if value in (0xFFFFFFFF, 0xFFFFFFFFFFFFFFFF) else max(value - lower + more, 0)
        return -1

    def _origin(self, die: Any) -> ImportOrigin:
        top = die.cu.get_top_DIE()
        language = _LANGUAGES.get(number(top, "DW_AT_language") or 0, "")
        producer = top.attributes.get("DW_AT_producer")
        who = producer.value.decode("utf-8", "replace").partition(" -")[0][:80] if producer is not None else "?"
        return ImportOrigin(language, f"{self.program.path}: {name_of(top)}", f"DWARF {die.cu['version']} of {who}")
