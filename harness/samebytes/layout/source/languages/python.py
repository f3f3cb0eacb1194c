"""Python: ctypes structures, and classes that are records of samebytes."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from samebytes.layout.source.parts import Item, SourceMember, SourceRecord, Span

SUFFIXES = (".py", ".pyi")


def records(text: str) -> list[SourceRecord]:
    """Return every class that has fields."""
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError):
        return []
    reader = _Reader(text)
    found = [reader.record(node) for node in ast.walk(tree) if isinstance(node, ast.ClassDef)]
    return [record for record in found if record.items]


class _Reader:
    def __init__(self, text: str) -> None:
        self._text = text
        self._lines = [0]
        for line in text.splitlines(keepends=True):
            self._lines.append(self._lines[-1] + len(line))
        self._raw = [line.encode() for line in text.splitlines(keepends=True)]

    def record(self, node: ast.ClassDef) -> SourceRecord:
        """Return a class with its fields: those of `_fields_`, or else its annotations."""
        items: list[Item] = []
        body = (self._at(node.body[0].lineno, node.body[0].col_offset), self._span(node)[1])
        for statement in node.body:
            match statement:
                case ast.Assign(targets=[ast.Name(id="_fields_")], value=(ast.List() | ast.Tuple()) as value):
                    items += self._fields(value)
                    body = self._span(value)
                case ast.AnnAssign(target=ast.Name(id=name)) if not name.startswith("_"):
                    items.append(self._annotated(statement, name))
        first = min([node.lineno, *(one.lineno for one in node.decorator_list)])
        start = self._at(first, node.col_offset)
        return SourceRecord(
            (node.name,), self._at(node.lineno, node.col_offset), (start, self._span(node)[1]), body, tuple(items)
        )

    def _fields(self, value: ast.List | ast.Tuple) -> Iterator[Item]:
        for element in value.elts:
            match element:
                case ast.Tuple(elts=[ast.Constant(value=str(name)) as said, type_, *more]):
                    core = self._span(element)
                    behind = self._text[core[1] :]
                    comma = len(behind) - len(behind.lstrip())
                    end = core[1] + comma + 1 if behind[comma : comma + 1] == "," else core[1]
                    inner, counts = self._element(type_)
                    bits = self._span(more[0]) if more else None
                    at = self._span(said)
                    yield Item(core, end, (SourceMember(name, at, self._span(inner), self._span(type_), counts, bits),))

    def _annotated(self, statement: ast.AnnAssign, name: str) -> Item:
        core = self._span(statement)
        inner: ast.expr = statement.annotation
        counts: tuple[Span, ...] = ()
        if isinstance(inner, ast.Subscript):
            counts = (self._span(inner.slice),)
            inner = inner.value
        member = SourceMember(
            name, self._span(statement.target), self._span(inner), self._span(statement.annotation), counts
        )
        return Item(core, core[1], (member,))

    def _element(self, node: ast.expr) -> tuple[ast.expr, tuple[Span, ...]]:
        """Return the type of an element, and each count, outermost first: `(c_float * 4) * 3`."""
        counts: list[Span] = []
        while isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mult):
            number, node = (node.left, node.right) if isinstance(node.left, ast.Constant) else (node.right, node.left)
            counts.append(self._span(number))
        return node, tuple(counts)

    def _span(self, node: ast.expr | ast.stmt) -> Span:
        assert node.end_lineno is not None
        assert node.end_col_offset is not None
        return self._at(node.lineno, node.col_offset), self._at(node.end_lineno, node.end_col_offset)

    def _at(self, line: int, column: int) -> int:
        """Return the place of a column that counts bytes, as those of `ast` do."""
        return self._lines[line - 1] + len(self._raw[line - 1][:column].decode("utf-8", "ignore"))
