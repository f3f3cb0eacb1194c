"""Builds our records from what clang told about a header's."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import Any

from samebytes.errors import LayoutError
from samebytes.layout.importers.c_types import TEXTS, identifier, scalar, untagged
from samebytes.layout.importers.clang_run import Source
from samebytes.layout.importers.fitting import Measured, fit
from samebytes.layout.importers.headers import WINDOWS
from samebytes.layout.importers.origin import Imported, ImportOrigin
from samebytes.layout.importers.pragmas import packs_above
from samebytes.layout.kinds import Kind
from samebytes.layout.record import Chars, Field, Record

__all__ = ["Builder"]

_PACKS = (1, 2, 4, 8, 16)
_ARCHITECTURE = {"x86_64": "_AMD64_ and _M_X64", "i686": "_X86_ and _M_IX86", "aarch64": "_ARM64_ and _M_ARM64"}
_CONTAINERS = {
    "basic_string", "vector", "deque", "list", "forward_list", "map", "multimap", "set", "multiset", "unordered_map",
    "unordered_multimap", "unordered_set", "unordered_multiset", "unique_ptr", "shared_ptr", "weak_ptr", "function",
    "basic_string_view", "span", "any", "stack", "queue", "priority_queue",
}  # fmt: skip
"""Of the standard library: what they hold stands elsewhere, behind pointers."""
_DEEPEST = 200
"""Records inside records while reading; far above what a record may have, far below Python's own limit."""

Json = dict[str, Any]


class Builder:
    """The records of one header, each built once."""

    def __init__(self, source: Source, told: Json) -> None:
        self.source, self.told = source, told
        self.built: dict[int, Record] = {}
        self._doing: list[int] = []

    def named(self, name: str) -> Record:
        """Return the record of that name, qualified or not. LayoutError names the ones there are."""
        number = self._number(name)
        self._ask_for(name, number)
        return self._record(number)

    def only(self) -> Record:
        """Return the header's record when it has just one, else raise LayoutError."""
        names = self._own()
        if len(names) != 1:
            raise LayoutError(
                f"{self.source.path} defines {len(names)} records" + (f": {_listed(names)}" if names else ""),
                hint="name one" if names else "is it a header that declares structs?",
            )
        return self.named(names[0])

    def all(self) -> Imported:
        """Return every record of the header itself."""
        records: dict[str, Record] = {}
        refused: dict[str, str] = {}
        for name in self._own():
            try:
                record = self.named(name)
            except LayoutError as error:
                refused[name] = str(error)
            else:
                records[record.name if record.name not in records else identifier(name)] = record
        return Imported(records, refused)

    def _own(self) -> list[str]:
        """Return names of the header's own records; a typedef's name stands for the tag behind it."""
        own, named = set(self.told["own"]) - {"samebytes_instances"}, self.told["named"]
        seen: dict[int, str] = {number: name for name, number in named.items() if name in own}
        for name, alias in self.told["aliases"].items():
            if name in own and not alias["counts"] and "record" in alias and self._defined(alias["record"]):
                tag = seen.get(alias["record"])
                if tag is None or _is_tag(tag, name):
                    seen[alias["record"]] = name
        return [seen[number] for number in sorted(seen, key=self._place)]

    def _place(self, number: int) -> tuple[bool, int]:
        told = self.told["records"][number]
        return told["file"] != self.source.path, told["line"]

    def _defined(self, number: int) -> bool:
        return bool(self.told["records"][number]["size"] >= 0)

    def _number(self, name: str) -> int:
        known = {**self.told["aliases"], **self.told["named"]}
        exact = [name] if name in known else [full for full in known if full.rpartition("::")[2] == name]
        numbers = {self._target(known[full]) for full in exact}
        if len(numbers) == 1:
            return numbers.pop()
        if len(numbers) > 1:
            raise LayoutError(
                f"{self.source.path} has more than one {name}: {_listed(exact)}", hint="use the full name"
            )
        raise self._unknown(name)

    def _target(self, found: Any) -> int:
        if isinstance(found, int):
            return found
        if found["counts"]:
            raise LayoutError(
                f"{self.source.path}: {found['aliases'][0][0]} is an array", hint="name its element's type"
            )
        return int(found["record"])

    def _unknown(self, name: str) -> LayoutError:
        if any(name in (template, template.rpartition("::")[2]) for template in self.told["templates"]):
            return LayoutError(
                f"{self.source.path}: {name} is a template: every instance has its own layout",
                hint=f"add a typedef of the one you share: `using Shared = {name}<…>;`",
            )
        names = self._own()
        what = f"its records: {_listed(names)}" if names else "it defines no records"
        return LayoutError(f"{self.source.path} has no record {name}", hint=what)

    def _ask_for(self, name: str, number: int) -> None:
        """Give the record the name that was asked for: a typedef's, not the tag's."""
        if name in self.told["aliases"]:
            self.told["records"][number].setdefault("called", identifier(name.rpartition("::")[2]))

    # --- one record -----------------------------------------------------------------------------------------------

    def _record(self, number: int, path: str = "") -> Record:
        if number not in self.built:
            if len(self._doing) > _DEEPEST:
                raise LayoutError(f"{self.source.path}: more than {_DEEPEST} records inside records")
            self._doing.append(number)
            try:
                self.built[number] = self._build(self.told["records"][number], path)
            finally:
                self._doing.pop()
        return self.built[number]

    def _build(self, told: Json, path: str) -> Record:
        name = told.get("called") or self._name(told) or path or "unnamed"
        if told["size"] < 0 and self.told["instances"]:
            raise LayoutError(f"{told['place']}: {name} cannot be instantiated: {self.told['instances']}")
        if told["size"] < 0:
            raise LayoutError(f"{told['place']}: {name} is declared, but not defined", hint="include its definition")
        if container := _container(told):
            raise LayoutError(
                f"{told['place']}: {container} holds a pointer to memory of the process that made it",
                hint="another process cannot follow it: share an array of fixed length instead",
            )
        if told["virtual"]:
            raise LayoutError(
                f"{told['place']}: {name} has a hidden pointer, because {told['virtual']}",
                hint="the pointer means nothing to another process: share a struct without virtual functions or bases",
            )
        parts, bits = self._parts(told, name)
        plain = {
            "name": name,
            "fields": tuple(parts),
            "union": told["union"],
            "packed": told["packed"],
            "align": (self._said(told) or told["align"]) if told["aligned"] else None,
            "origin": self._origin(told),
            "doc": told["doc"],
        }
        if not parts:
            plain |= {"size": told["size"], "align": told["align"] if told["align"] > 1 else None}
        measured = Measured(told["size"], told["align"], tuple(bits), self._clang, self.source.abi.compilers[-1])
        try:
            return fit(plain, measured, self.source.abi, self._packs(told), self._reason_to_pin(told))
        except LayoutError as error:
            raise LayoutError(f"{told['place']}: {error.message}", hint=error.hint, path=error.path) from error

    def _parts(self, told: Json, name: str) -> tuple[list[Field], list[int | None]]:
        parts: list[Field] = []
        bits: list[int | None] = []
        for base in told["bases"]:
            if not base["empty"]:
                parts.append(self._base(base, told))
                bits.append(base["offset"])
        for part in told["fields"]:
            parts.append(self._field(part, told, name))
            bits.append(part["offset"])
        return parts, bits

    def _base(self, base: Json, told: Json) -> Field:
        """Return a base as an anonymous member: its fields are reached directly, unless the record hides one of them."""
        record = self._record(base["type"]["record"])
        hidden = {part["name"] for part in told["fields"]} & set(record.names)
        twice = len(told["bases"]) > 1 and sum(other["name"] == base["name"] for other in told["bases"]) > 1
        return Field(identifier(base["name"]) if hidden or twice else "", record)

    def _field(self, part: Json, told: Json, name: str) -> Field:
        kind, where = part["type"], f"{told['file']}:{part['line']}: {name}.{part['name']}"
        counts = [count for count in kind["counts"] if count >= 0]
        flexible = -1 in kind["counts"]
        if "record" in kind:
            of: Kind | Record = self._record(kind["record"], f"{name}_{part['name'] or 'part'}")
        else:
            of = scalar(kind, self.source.abi, where)
        text = isinstance(of, Kind) and of.name in TEXTS and (counts or flexible)
        return Field(
            part["name"],
            of,
            tuple(counts),
            align=self._asked(part, told),
            type_align=kind["align"] if kind["typed"] or kind["align"] not in (kind["unit"], -1) else None,
            packed="PACKED_ATTR" in part.get("attributes", ()),
            bits=part.get("bits"),
            chars=Chars() if text else None,
            flexible=flexible,
            doc=part.get("doc", ""),
        )

    def _asked(self, part: Json, told: Json) -> int | None:
        """Return the alignment that attributes of the field ask for; where that cannot be read, what its offset allows."""
        if "ALIGNED_ATTR" not in part.get("attributes", ()):
            return None
        offset = (part["offset"] or 0) // 8
        likely = min(offset & -offset, told["align"]) if offset else int(told["align"])
        return self._said(part) or likely

    def _said(self, told: Json) -> int | None:
        """Return the greatest alignment that its attributes ask for; None when one of them could not be read."""
        numbers = [self.told["alignments"].get(words) for words in told["asks"]]
        return max(numbers) if numbers and all(numbers) else None

    def _reason_to_pin(self, told: Json) -> str:
        """Return why its numbers may be out of reach of plain rules; empty when nothing excuses a difference."""
        if told["bases"]:
            return "bases: their padding may be reused"
        if any(part.get("attributes") or part["type"]["align"] != part["type"]["unit"] for part in told["fields"]):
            return "attributes of single fields"
        return ""

    def _name(self, told: Json) -> str:
        """Return the record's name without its namespaces, unless another record has the same last name."""
        full = untagged(told["name"])
        plain, _, arguments = full.partition("<")
        last = plain.rpartition("::")[2]
        others = [other for other in self.told["names"] if other.rpartition("::")[2] == last]
        return identifier(full if len(others) > 1 else f"{last}<{arguments}")

    # --- where it came from ---------------------------------------------------------------------------------------

    @property
    def _clang(self) -> str:
        return f"libclang {self.told['version']} for {self.told['triple']}"

    def _origin(self, told: Json) -> ImportOrigin:
        return ImportOrigin(self.told["language"], told["place"], self._clang, self._notes)

    @cached_property
    def _notes(self) -> tuple[str, ...]:
        """Return what was assumed."""
        shim = any(str(WINDOWS) in path for path in self.told["included"])
        notes = []
        if shim and "windows" not in self.source.abi.name:
            notes.append(
                f"<windows.h> does not exist on {self.source.abi.name}: DWORD, LONG and BOOL were taken as 32 bits, "
                "WCHAR as 16, TCHAR as char, pointers and HANDLE as wide as here; _WIN32 and _WIN64 are not defined."
            )
        elif shim:
            notes.append(
                "<windows.h> is samebytes' own, with the widths that Microsoft documents; UNICODE as you define it."
            )
        if shim:
            macros = _ARCHITECTURE.get(self.source.abi.name.partition("-")[0], "")
            notes.append(f"samebytes' <windows.h> defined {macros} by itself, as winnt.h does.")
        for found in self.told["asserts"]:
            notes.append(
                f"{found['file']}:{found['line']}: on {self.source.abi.name} an assertion fails: {found['message']}."
            )
        if self.told["instead_of"] and not self.source.language:
            notes.append(self._fallback(self.told["instead_of"][0]))
        if self.told["prelude"]:
            notes.append(
                "It does not include all it uses: <windows.h>, <stdint.h>, <stddef.h>, <time.h> were put in front."
            )
        if self.told["system"]:
            notes.append("Standard headers are this machine's.")
        for found in self.told["warnings"]:
            notes.append(f"{found['file']}:{found['line']}: clang warns: {found['message']}.")
        return tuple(notes)

    def _fallback(self, failed: Json) -> str:
        """Return a note that the header was read in the other language, and why."""
        first, names = failed["errors"][0], {"c": "C", "c++": "C++"}
        if failed["language"] == self.told["language"]:
            return f"It could not be read alone: {first['file']}:{first['line']}: {first['message']}."
        return (
            f"On {self.source.abi.name} it was read as {names[self.told['language']]}, because it is not "
            f"{names[failed['language']]}: {first['file']}:{first['line']}: {first['message']}. "
            f"--language says which is meant; enums and empty structs have other sizes there."
        )

    def _packs(self, told: Json) -> tuple[int | None, ...]:
        """Return values of `#pragma pack` to try: what the text says first; others only if there is such a pragma somewhere."""
        nearest, any_here = packs_above(self._texts.get(told["file"], ""), told["line"])
        if any_here or self._packs_elsewhere:
            return tuple(dict.fromkeys([*nearest, None, *_PACKS]))
        return (None,)

    @cached_property
    def _texts(self) -> dict[str, str]:
        """Return the texts of the header and what it includes, by path."""
        included = {path: _read(path) for path in self.told["included"]}
        return included | {self.source.path: self.source.text}

    @cached_property
    def _packs_elsewhere(self) -> bool:
        return any(packs_above(text, 0)[1] for text in self._texts.values())


def _read(path: str) -> str:
    try:
        return Path(path).read_text("utf-8", "replace")
    except OSError:
        return ""


def _container(told: Json) -> str:
    """Return the name of a container of the standard library; empty for every other record."""
    full = untagged(told["name"]).partition("<")[0]
    last = full.rpartition("::")[2]
    if not full.startswith("std::") or last not in _CONTAINERS:
        return ""
    return "std::string" if last == "basic_string" else f"std::{last}"


def _is_tag(tag: str, name: str) -> bool:
    """Return whether `tag` is what C people write in front of the name they mean: `_X`, `tagX`, `X_t`, `X_s`."""
    return tag.lstrip("_").removeprefix("tag").lstrip("_") in (name, name.removesuffix("_t")) or tag.startswith("_")


def _listed(names: list[str]) -> str:
    return ", ".join(names[:20]) + (" …" if len(names) > 20 else "")
