"""Reads one C or C++ header through libclang, in a process of its own, and prints what clang says about its records.

Started by `clang_run` with a request as JSON on standard input; answers with one JSON object on standard output. A process of
its own because a header can make libclang hang, crash or eat all memory. Imports nothing but the standard library and libclang.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from importlib import import_module
from importlib.util import find_spec, module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any

MISSING = 3
"""Exit status: libclang-ng is not installed."""
_ERROR = 3
"""Severity of clang's diagnostics from which on an import fails (CXDiagnostic_Error; 4 is fatal)."""
_KEPT = 10
"""Diagnostics that are passed on: the first ones are the ones that help."""
_SKIP_BODIES, _KEEP_GOING = 0x40, 0x200

Json = dict[str, Any]


def main() -> int:
    """Answer the request; the exit status."""
    request = json.load(sys.stdin)
    limit_memory(request["memory"])
    resources = find_resources()
    if resources is None:
        return MISSING
    json.dump(answer(request, resources), sys.stdout, ensure_ascii=True)
    return 0


def limit_memory(limit: int) -> None:
    """No more than `limit` bytes of address space, where the system knows such a limit."""
    try:
        import resource
    except ImportError:
        return
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def find_resources() -> Path | None:
    """clang's own headers. Without them (the plain `libclang` wheel) clang reports wrong sizes and says nothing.

    None, too, for versions before 21, which do not tell where base classes are.
    """
    try:
        spec = find_spec("clang.native")
    except ImportError:
        return None
    if spec is None or not spec.origin:
        return None
    if not hasattr(import_module("clang.cindex").Cursor, "get_base_offsetof"):
        return None
    folder = Path(spec.origin).parent / "resource"
    return folder if (folder / "include" / "stddef.h").is_file() else None


def answer(request: Json, resources: Path) -> Json:
    """The first attempt that clang reads without an error, or every attempt's diagnostics."""
    failed = []
    for attempt in request["attempts"]:
        unit = parse(request, attempt, resources, request["text"])
        errors = [diagnostic(found) for found in unit.diagnostics if found.severity >= _ERROR]
        if not errors:
            return read_unit(request, attempt, resources, unit)
        failed.append({"language": attempt["language"], "prelude": attempt["prelude"], "errors": errors[:_KEPT]})
    return {"failed": failed}


def parse(request: Json, attempt: Json, resources: Path, text: str) -> Any:
    cindex: Any = import_module("clang.cindex")
    include = str(resources / "include")
    arguments = [include if word == "@builtin" else word for word in attempt["arguments"]]
    files = [(request["path"], text), *request["files"].items()]
    index = cindex.Index.create()
    return index.parse(request["path"], arguments, files, _SKIP_BODIES | _KEEP_GOING)


def diagnostic(found: Any) -> Json:
    place = found.location
    return {
        "file": place.file.name if place.file else "",
        "line": place.line,
        "column": place.column,
        "message": found.spelling[:500],
    }


def is_about_layout(found: Any) -> bool:
    """Whether a warning says that clang did not heed an attribute or a pragma."""
    option = found.option or ""
    told = ("attributes", "pragma", "missing-declarations")
    return found.severity < _ERROR and any(word in option for word in told) and "once" not in option


def read_unit(request: Json, attempt: Json, resources: Path, unit: Any) -> Json:
    names, failures = Names(request["path"], unit.cursor), [""]
    forced = [name for name, kind in names.aliases.items() if kind.get_size() < 0 and is_instance(kind)]
    if forced:
        again = parse(request, attempt, resources, request["text"] + instantiate(forced))
        failures = [found.spelling for found in again.diagnostics if found.severity >= _ERROR]
        if not failures:
            names = Names(request["path"], again.cursor)
    reader = Reader(sibling("clang_alignments").Alignments(request["path"], request["text"]))
    for cursor in names.wanted(names.records, request["asked"]).values():
        reader.record(cursor)
    aliases = {name: reader.kind(kind) for name, kind in names.wanted(names.aliases, request["asked"]).items()}
    records = reader.done()
    return {
        "alignments": reader.alignments.answers(
            lambda more: parse(request, attempt, resources, request["text"] + more)
        ),
        "language": attempt["language"],
        "prelude": attempt["prelude"],
        "version": version(),
        "triple": unit_triple(attempt),
        "records": records,
        "named": {
            name: reader.number(cursor) for name, cursor in names.wanted(names.records, request["asked"]).items()
        },
        "names": sorted(names.records),
        "aliases": aliases,
        "own": sorted(names.own),
        "templates": sorted(names.templates),
        "instances": failures[0] if failures else "",
        "warnings": [diagnostic(found) for found in unit.diagnostics if is_about_layout(found)][:_KEPT],
        "included": sorted({str(found.include) for found in unit.get_includes()}),
    }


def sibling(name: str) -> Any:
    """A module beside this one, which is not on the path: its neighbours' names must hide nobody's."""
    spec = spec_from_file_location(name, Path(__file__).with_name(f"{name}.py"))
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def is_instance(kind: Any) -> bool:
    return "<" in kind.get_canonical().spelling


def instantiate(names: list[str]) -> str:
    """Fields of those types: what makes clang fill in a template that so far has only a name."""
    fields = "".join(f"{name} f{number};" for number, name in enumerate(names))
    return f"\n;struct samebytes_instances {{ {fields} }};\n"


def unit_triple(attempt: Json) -> str:
    words: list[str] = attempt["arguments"]
    return words[words.index("-target") + 1]


def version() -> str:
    from importlib import metadata

    try:
        return metadata.version("libclang-ng")
    except metadata.PackageNotFoundError:
        return "of unknown version"


class Names:
    """The records, aliases and templates a translation unit declares, by qualified name."""

    def __init__(self, path: str, unit: Any) -> None:
        self.path = path
        self.records: dict[str, Any] = {}
        self.aliases: dict[str, Any] = {}
        self.templates: set[str] = set()
        self.own: set[str] = set()
        self._visit(unit, "")

    def wanted(self, table: dict[str, Any], asked: str) -> dict[str, Any]:
        """The header's own, and those from what it includes that have the name asked for: system headers have thousands."""
        last = asked.rpartition("::")[2]
        return {name: one for name, one in table.items() if name in self.own or name.rpartition("::")[2] == last}

    def _visit(self, scope: Any, prefix: str) -> None:
        for cursor in scope.get_children():
            self._see(cursor, prefix + cursor.spelling, prefix)

    def _see(self, cursor: Any, name: str, prefix: str) -> None:
        kind = cursor.kind.name
        if kind == "NAMESPACE" or kind in ("LINKAGE_SPEC", "UNEXPOSED_DECL"):
            self._visit(cursor, f"{name}::" if kind == "NAMESPACE" and cursor.spelling else prefix)
        elif kind in ("STRUCT_DECL", "UNION_DECL", "CLASS_DECL"):
            if cursor.is_definition() and not cursor.is_anonymous():
                self._keep(self.records, name, cursor)
                self._visit(cursor, f"{name}::")
        elif kind in ("TYPEDEF_DECL", "TYPE_ALIAS_DECL"):
            if is_record(cursor.type):
                self._keep(self.aliases, name, cursor)
        elif kind in ("CLASS_TEMPLATE", "CLASS_TEMPLATE_PARTIAL_SPECIALIZATION"):
            self.templates.add(name)

    def _keep(self, table: dict[str, Any], name: str, cursor: Any) -> None:
        table[name] = cursor.type if table is self.aliases else cursor
        place = cursor.location.file
        if place and place.name == self.path:
            self.own.add(name)


def is_record(kind: Any) -> bool:
    return bool(kind.get_canonical().kind.name == "RECORD")


class Reader:
    """Turns clang's records and types into JSON, each record once."""

    def __init__(self, alignments: Any) -> None:
        self.alignments = alignments
        self.numbers: dict[Any, int] = {}
        self.typedefs: dict[Any, bool] = {}
        self.found: list[Json | None] = []
        self.waiting: list[tuple[int, Any]] = []

    def record(self, cursor: Any) -> int:
        number = self.number(cursor)
        while self.waiting:
            at, waiting = self.waiting.pop()
            self.found[at] = self._describe(waiting)
        return number

    def done(self) -> list[Json | None]:
        while self.waiting:
            at, waiting = self.waiting.pop()
            self.found[at] = self._describe(waiting)
        return self.found

    def number(self, cursor: Any) -> int:
        if cursor not in self.numbers:
            self.numbers[cursor] = len(self.found)
            self.waiting.append((len(self.found), cursor))
            self.found.append(None)
        return self.numbers[cursor]

    def _describe(self, cursor: Any) -> Json:
        kind, place = cursor.type, cursor.location
        children = list(cursor.get_children())
        attached = [child for child in children if child.kind.is_attribute()]
        attributes = [child.kind.name for child in attached]
        return {
            "name": "" if cursor.is_anonymous() else kind.spelling,
            "place": f"{place.file.name if place.file else ''}:{place.line}",
            "line": place.line,
            "file": place.file.name if place.file else "",
            "union": cursor.kind.name == "UNION_DECL",
            "size": kind.get_size(),
            "align": kind.get_align(),
            "packed": "PACKED_ATTR" in attributes,
            "aligned": "ALIGNED_ATTR" in attributes,
            "asks": self.alignments.see(attached),
            "virtual": virtual(cursor, children),
            "bases": [self._base(base, cursor) for base in kind.get_bases()],
            "fields": [self._field(part) for part in kind.get_fields()],
            "doc": cursor.brief_comment or "",
        }

    def _base(self, base: Any, record: Any) -> Json:
        definition = base.type.get_declaration()
        empty = not any(True for _ in base.type.get_canonical().get_fields())
        return {
            "type": self.kind(base.type),
            "offset": -1 if base.is_virtual_base() else base.get_base_offsetof(record),
            "name": definition.spelling,
            "empty": empty and not any(True for _ in base.type.get_canonical().get_bases()),
        }

    def _field(self, part: Any) -> Json:
        attached = [child for child in part.get_children() if child.kind.is_attribute()]
        attributes = {child.kind.name for child in attached}
        unnamed = not part.spelling or part.type.get_declaration().is_anonymous_record_decl()
        found: Json = {
            "name": "" if unnamed else part.spelling,
            "type": self.kind(part.type),
            "offset": part.get_field_offsetof(),
            "line": part.location.line,
        }
        if part.is_bitfield():
            found["bits"] = part.get_bitfield_width()
        if attributes:
            found["attributes"] = sorted(attributes)
            found["asks"] = self.alignments.see(attached)
        if part.brief_comment:
            found["doc"] = part.brief_comment
        return found

    def kind(self, kind: Any) -> Json:
        """A type, with the names it goes by, the outermost first."""
        counts: list[int] = []
        aliases: list[list[Any]] = []
        align, typed = kind.get_align(), False
        while True:
            name = kind.kind.name
            if name in ("CONSTANTARRAY", "INCOMPLETEARRAY"):
                counts.append(kind.element_count if name == "CONSTANTARRAY" else -1)
                kind = kind.element_type
                aliases.clear()
            elif name == "TYPEDEF" and is_alias(kind.get_declaration()):
                typed = typed or self._is_aligned(kind.get_declaration())
                aliases.append([kind.get_declaration().spelling, kind.get_size(), kind.get_align()])
                kind = kind.get_declaration().underlying_typedef_type
            elif name == "ATOMIC":
                kind = kind.value_type
            elif (step := desugared(kind)) is not None:
                kind = step
            else:
                break
        return {"counts": counts, "aliases": aliases, "align": align, "typed": typed, **self._plain(kind)}

    def _is_aligned(self, typedef: Any) -> bool:
        if typedef not in self.typedefs:
            self.typedefs[typedef] = any(child.kind.name == "ALIGNED_ATTR" for child in typedef.get_children())
        return self.typedefs[typedef]

    def _plain(self, kind: Any) -> Json:
        kind = kind.get_canonical()
        if kind.kind.name in ("CONSTANTARRAY", "INCOMPLETEARRAY", "ATOMIC"):
            return self.kind(kind)
        name = kind.kind.name
        found: Json = {"class": name, "spelling": kind.spelling, "size": kind.get_size(), "unit": kind.get_align()}
        if name == "RECORD":
            definition = kind.get_declaration()
            found["record"] = self.number(definition.get_definition() or definition)
        elif name == "ENUM":
            found |= enumeration(kind.get_declaration())
        elif name == "POINTER":
            found["to"] = kind.get_pointee().spelling
        return found


def is_alias(declaration: Any) -> bool:
    return declaration.kind.name in ("TYPEDEF_DECL", "TYPE_ALIAS_DECL")


def desugared(kind: Any) -> Any:
    """One step towards what a type is, keeping typedef names; None when there is none to take."""
    if kind.kind.name == "ELABORATED":
        return kind.get_named_type()
    if kind.kind.name in ("AUTO", "UNEXPOSED", "ATTRIBUTED", "TYPEDEF") and kind != kind.get_canonical():
        return kind.get_canonical()
    return None


def enumeration(declaration: Any) -> Json:
    declaration = declaration.get_definition() or declaration
    integer = declaration.enum_type
    children = list(declaration.get_children())
    return {
        "name": "" if declaration.is_anonymous() else declaration.type.spelling,
        "integer": integer.get_canonical().spelling,
        "alias": integer.spelling,
        "fixed": declaration.is_scoped_enum() or has_base(declaration),
        "packed": any(child.kind.name == "PACKED_ATTR" for child in children),
        "values": [[part.spelling, part.enum_value] for part in children if part.kind.name == "ENUM_CONSTANT_DECL"],
        "width": integer.get_size(),
    }


def has_base(declaration: Any) -> bool:
    """Whether the source gives the enumeration a base: a colon in front of its brace."""
    for token in declaration.get_tokens():
        if token.spelling in (":", "{"):
            return bool(token.spelling == ":")
    return False


def virtual(record: Any, children: list[Any]) -> str:
    """Why the record has a hidden pointer to a table of virtual functions; empty when it has none."""
    for child in methods(children):
        if child.is_virtual_method():
            return f"{child.spelling}() is virtual"
    if any(base.is_virtual_base() for base in record.type.get_bases()):
        return "it has a virtual base"
    for base in record.type.get_bases():
        declaration = base.type.get_canonical().get_declaration()
        if reason := virtual(declaration, list(declaration.get_children())):
            return f"in its base {declaration.spelling} {reason}"
    return ""


def methods(children: list[Any]) -> Iterator[Any]:
    return (child for child in children if child.kind.name in ("CXX_METHOD", "DESTRUCTOR", "CONVERSION_FUNCTION"))


if __name__ == "__main__":
    sys.exit(main())
