"""Compiled programs: records as their debug information (DWARF 2 to 5) describes them.

Debug information tells offsets and sizes, and nothing of `#pragma pack` or attributes. A record that natural alignment, or one
`pack`, explains is given so; any other gets explicit offsets. Either way its layout by our rules has the binary's numbers.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeVar

from samebytes.errors import LayoutError, MissingError
from samebytes.layout.abi import Abi, abi_named
from samebytes.layout.importers.dwarf_records import RECORDS, DwarfBuilder, name_of
from samebytes.layout.importers.origin import Imported
from samebytes.layout.importers.programs import Program, open_program
from samebytes.layout.record import Record

__all__ = ["binary_records", "from_binary"]

_SCOPES = ("DW_TAG_namespace", "DW_TAG_module", *RECORDS)
_T = TypeVar("_T", Record, Imported)
LISTED = 20
"""Records that are named where the one asked for is not there: those most like it first."""
_LISTED = 2000
"""Records of a program that are listed without being asked for by name."""


def from_binary(path: Path | str, type_name: str, *, abi: Abi | str | None = None) -> Record:
    """Return the record `type_name` of an object, library or program built with debug information.

    ELF, and PE or COFF of mingw; whatever compiled it (C, C++, Rust, Nim, …). `type_name` may be a typedef, and qualified
    (`ns::Telemetry`, `crate::module::Telemetry`) or not. The ABI is the file's own; `abi` overrules it. LayoutError when there is
    no debug information, no such record, or several that differ; MissingError without pyelftools.
    """
    return _guarded(path, lambda: _Finder(open_program(Path(path), _abi(abi))).named(type_name))


def binary_records(path: Path | str, *, abi: Abi | str | None = None) -> Imported:
    """Return every named record in the file's debug information, by name; arguments and errors as `from_binary`."""
    return _guarded(path, lambda: _Finder(open_program(Path(path), _abi(abi))).all())


def _abi(abi: Abi | str | None) -> Abi | None:
    return abi_named(abi) if isinstance(abi, str) else abi


def _guarded(path: Path | str, work: Callable[[], _T]) -> _T:
    """Return what `work` returns.

    LayoutError for whatever else it raises: a damaged file makes pyelftools raise nearly anything.
    """
    try:
        return work()
    except (LayoutError, MissingError):
        raise
    except Exception as error:
        raise LayoutError(
            f"{path}: its debug information cannot be read ({type(error).__name__}: {str(error)[:200]})",
            hint="is the file whole? build it again with -g",
        ) from error


class _Finder:
    """Looks types up by name, in all compilation units."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self.builder = DwarfBuilder(program)

    def named(self, name: str) -> Record:
        found = [(full, die) for full, die in self._types() if _means(full, name)]
        exact = [one for one in found if one[0] == name]
        records = {self.builder.record(die, called=_called(name)): full for full, die in (exact or found)}
        if len(records) == 1:
            return next(iter(records))
        if records:
            different = ", ".join(
                f"{full} ({record.fields and len(record.fields)} fields)" for record, full in records.items()
            )
            raise LayoutError(
                f"{self.program.path} has more than one {name}, and they differ: {different}", hint="use the full name"
            )
        names = list(dict.fromkeys(full for full, _ in self._types()))
        near = difflib.get_close_matches(name, names, LISTED, 0.6)
        ends = [one for one in names if re.split(r"[.:]", one)[-1].casefold() == re.split(r"[.:]", name)[-1].casefold()]
        listed = ", ".join(dict.fromkeys((*ends, *near, *names[: LISTED - len(near)]))) or "none"
        raise LayoutError(
            f"{self.program.path} has no record {name} in its debug information",
            hint=f"compilers leave out types that nothing uses; it has: {listed}",
        )

    def all(self) -> Imported:
        records: dict[str, Record] = {}
        refused: dict[str, str] = {}
        seen: set[int] = set()
        for full, die in self._types():
            name = _called(full)
            if die.offset in seen or name in records or name.startswith("__") or len(records) > _LISTED:
                continue
            seen.add(die.offset)
            try:
                records[name] = self.builder.record(die, called=name)
            except LayoutError as error:
                refused[full] = str(error)
        return Imported(records, refused)

    def _types(self) -> Iterator[tuple[str, Any]]:
        units = [*self.program.dwarf.iter_CUs()]
        if self.program.dwarf.debug_types_sec is not None:
            units += [*self.program.dwarf.iter_TUs()]
        for unit in units:
            top = unit.get_top_DIE()
            if "DW_AT_dwo_name" in top.attributes or "DW_AT_GNU_dwo_name" in top.attributes:
                raise LayoutError(
                    f"{self.program.path}: its debug information is in another file", hint="build without -gsplit-dwarf"
                )
            yield from self._inside(top, "")

    def _inside(self, scope: Any, prefix: str) -> Iterator[tuple[str, Any]]:
        for die in scope.iter_children():
            name = name_of(die)
            if die.tag in RECORDS and name and "DW_AT_declaration" not in die.attributes:
                yield prefix + name, die
            elif die.tag == "DW_TAG_typedef" and name and (target := self.builder.record_behind(die)) is not None:
                yield prefix + name, target
            if die.tag in _SCOPES and die.has_children:
                yield from self._inside(die, f"{prefix}{name}::" if name else prefix)


def _means(full: str, asked: str) -> bool:
    """Return whether `full` is the type asked for: Nim puts `tyObject_` in front of a type's name and a hash behind it; Go the package."""
    if full == asked or full.endswith("::" + asked) or re.fullmatch(rf"[\w./-]+\.{re.escape(asked)}", full):
        return True
    return re.fullmatch(rf"tyObject_{re.escape(asked)}_+\w*", full) is not None


def _called(name: str) -> str:
    last = re.sub(
        r"^tyObject_(\w+?)__\w+$", r"\1", name.partition("<")[0].rpartition("::")[2] + "".join(name.partition("<")[1:])
    )
    return re.sub(r"\W+", "_", last).strip("_") or "unnamed"
