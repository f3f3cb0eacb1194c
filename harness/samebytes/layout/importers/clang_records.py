"""The records of a translation unit as JSON: names, fields, types, and clang's own numbers. Part of `clang_worker`.

Imports nothing but the standard library: it works on libclang's cursors.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from importlib import import_module
from typing import Any

MOST_OFFSETS = 300
"""Fields of one record whose offsets clang is asked for: in a record of more, every second, third, … one."""

Json = dict[str, Any]
Spelled = Callable[[Any], str]
"""What the request calls a file of clang's."""


class Names:
    """The records, aliases and templates a translation unit declares, by qualified name."""

    def __init__(self, path: str, unit: Any, spelled: Spelled) -> None:
        self.path, self.spelled = path, spelled
        self.records: dict[str, Any] = {}
        self.aliases: dict[str, Any] = {}
        self.templates: set[str] = set()
        self.own: set[str] = set()
        self._visit(unit, "")

    def wanted(self, table: dict[str, Any], asked: str) -> dict[str, Any]:
        """Return the header's own, and those from what it includes that have the name asked for: system headers have thousands."""
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
        if self.spelled(cursor.location.file) == self.path:
            self.own.add(name)


def is_record(kind: Any) -> bool:
    return bool(kind.get_canonical().kind.name == "RECORD")


class Reader:
    """Turns clang's records and types into JSON, each record once."""

    def __init__(self, alignments: Any, spelled: Spelled) -> None:
        self.alignments, self.spelled = alignments, spelled
        self.numbers: dict[Any, int] = {}
        self.typedefs: dict[Any, bool] = {}
        self.builtins: dict[int, Json] = {}
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
            "place": f"{self.spelled(place.file)}:{place.line}",
            "line": place.line,
            "file": self.spelled(place.file),
            "union": cursor.kind.name == "UNION_DECL",
            "size": kind.get_size(),
            "align": kind.get_align(),
            "packed": "PACKED_ATTR" in attributes,
            "aligned": "ALIGNED_ATTR" in attributes,
            "asks": self.alignments.see(attached),
            "virtual": virtual(cursor, children),
            "bases": [self._base(base, cursor) for base in kind.get_bases()],
            "fields": self._fields(kind),
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

    def _fields(self, kind: Any) -> list[Json]:
        """Return the fields.

        Where there are very many, clang is asked for the offsets of some: each answer takes it as long as there are
        fields.
        """
        fields = list(kind.get_fields())
        step = -(-len(fields) // MOST_OFFSETS) or 1
        return [self._field(part, number % step == 0) for number, part in enumerate(fields)]

    def _field(self, part: Any, placed: bool) -> Json:
        attached = [child for child in part.get_children() if child.kind.is_attribute()]
        attributes = {child.kind.name for child in attached}
        name, kind = part.spelling, part.type
        plain = self._builtin(kind)
        unnamed = not name or (plain is None and kind.get_declaration().is_anonymous_record_decl())
        found: Json = {
            "name": "" if unnamed else name,
            "type": plain or self.kind(kind),
            "offset": part.get_field_offsetof() if placed else None,
            "line": part.location.line,
        }
        if part.is_bitfield():
            found["bits"] = part.get_bitfield_width()
        if attributes:
            found["attributes"] = sorted(attributes)
            found["asks"] = self.alignments.see(attached)
        if comment := part.brief_comment:
            found["doc"] = comment
        return found

    def _builtin(self, kind: Any) -> Json | None:
        """Return an arithmetic type without a name of the author's, looked at once; None for every other."""
        number = kind._kind_id
        if not 3 <= number <= 39:  # CXType_Bool … CXType_Ibm128
            return None
        if number not in self.builtins:
            self.builtins[number] = self.kind(kind)
        return self.builtins[number]

    def kind(self, kind: Any) -> Json:
        """Return a type, with the names it goes by, the outermost first."""
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
                kind = value_type(kind)
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


def value_type(kind: Any) -> Any:
    """Return what an `_Atomic` type holds: libclang tells it, its Python bindings have no method for it."""
    cindex: Any = import_module("clang.cindex")
    ask = cindex.conf.lib.clang_Type_getValueType
    ask.argtypes, ask.restype = [cindex.Type], cindex.Type
    found = ask(kind)
    found._tu = kind._tu
    return found


def is_alias(declaration: Any) -> bool:
    return declaration.kind.name in ("TYPEDEF_DECL", "TYPE_ALIAS_DECL")


def desugared(kind: Any) -> Any:
    """Take one step towards what a type is, keeping typedef names; None when there is none to take."""
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
    """Return whether the source gives the enumeration a base: a colon in front of its brace."""
    for token in declaration.get_tokens():
        if token.spelling in (":", "{"):
            return bool(token.spelling == ":")
    return False


def virtual(record: Any, children: list[Any]) -> str:
    """Return why the record has a hidden pointer to a table of virtual functions; empty when it has none."""
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
