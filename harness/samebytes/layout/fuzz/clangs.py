"""libclang as an oracle: it lays out records for any target, bit-fields included, without a cross compiler."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import import_module
from typing import Any

from samebytes.errors import LayoutError
from samebytes.layout import ABIS, Layout, Record
from samebytes.layout.fuzz.c_source import declarations
from samebytes.layout.fuzz.structs import FULL, Grammar

__all__ = ["Clang", "available"]


@dataclass(frozen=True)
class Clang:
    """libclang for the ABI's triple."""

    abi: str

    @property
    def compiler(self) -> str:
        """Return whose rules it has for the ABI."""
        return ABIS[self.abi].compilers[-1]

    grammar: Grammar = FULL

    def takes(self, _record: Record) -> bool:
        """Return whether its language can declare the struct: C can."""
        return True

    def version(self) -> str:
        """Return its name, and the triple it lays out for."""
        return f"libclang {ABIS[self.abi].triple}"

    def differences(self, layouts: list[Layout]) -> Iterator[tuple[Layout, str]]:
        """Yield what it says otherwise, layout by layout, nested records too."""
        found = self._parsed([layout.record for layout in layouts])
        for layout in layouts:
            yield from ((layout, words) for words in _compare(layout, found, set()))

    def _parsed(self, records: list[Record]) -> dict[str, Any]:
        cindex: Any = import_module("clang.cindex")

        arguments = [f"--target={ABIS[self.abi].triple}", "-std=gnu11", "-fms-extensions", "-w", "-ferror-limit=0"]
        unit = cindex.Index.create().parse("probe.c", [*arguments], [("probe.c", declarations(records))])
        errors = [str(item) for item in unit.diagnostics if item.severity >= cindex.Diagnostic.Error]
        if errors:
            raise LayoutError(
                f"libclang for {self.abi} refused what it was given: {errors[0]}", hint=f"{len(errors)} errors"
            )
        kinds = (cindex.CursorKind.STRUCT_DECL, cindex.CursorKind.UNION_DECL)
        return {cursor.spelling: cursor for cursor in unit.cursor.get_children() if cursor.kind in kinds}


def available() -> tuple[Clang, ...]:
    """Return an oracle for every ABI that has a triple; none without libclang."""
    if importlib.util.find_spec("clang") is None:
        return ()
    return tuple(Clang(name) for name, abi in ABIS.items() if abi.triple)


def _compare(layout: Layout, found: dict[str, Any], done: set[str]) -> Iterator[str]:
    if layout.record.name in done:
        return
    done.add(layout.record.name)
    type_ = found[layout.record.name].type
    if (type_.get_size(), type_.get_align()) != (layout.size, layout.align):
        yield (
            f"{layout.record.name} has size {type_.get_size()} and alignment {type_.get_align()}, "
            f"the model says {layout.size} and {layout.align}"
        )
    for member, cursor in zip(layout.members, type_.get_fields(), strict=True):
        at = member.offset * 8 + (member.bit or 0)
        if member.field.name and cursor.get_field_offsetof() != at:
            yield f"{member.field.name} is at bit {cursor.get_field_offsetof()}, the model says {at}"
        if member.layout is not None:
            yield from _compare(member.layout, found, done)
