"""C#: pointers of each number's own type, which the compiler holds, and `Verify()`, for it knows neither offsets nor sizes of structs."""

from __future__ import annotations

import re
from collections.abc import Iterator

from samebytes.layout.abi import Abi
from samebytes.layout.holding.facts import Held, Source
from samebytes.layout.kinds import Kind
from samebytes.layout.laid_out import Layout
from samebytes.layout.source import SourceRecord

__all__ = ["LANGUAGES"]

_INTEGERS = {("signed", 1): "sbyte", ("signed", 2): "short", ("signed", 4): "int", ("signed", 8): "long"}
_INTEGERS |= {("unsigned", 1): "byte", ("unsigned", 2): "ushort", ("unsigned", 4): "uint", ("unsigned", 8): "ulong"}
_NAMESPACE = re.compile(r"^\s*namespace\s+([\w.]+)", re.MULTILINE)


class _Writer:
    NAME = "csharp"

    def head(self, source: Source | None) -> Iterator[str]:
        yield "// The compiler holds names and types of the fields; call Verify() at start-up, or in a test, for sizes and offsets."
        yield "using System;"
        found = _NAMESPACE.search(source.text) if source else None
        if found:
            yield f"using {found[1]};"
        yield ""

    def tail(self) -> Iterator[str]:
        return iter(())

    def spelled(self, name: str, declared: SourceRecord | None, _source: Source | None) -> str:
        return declared.names[0] if declared is not None else name

    def asserts(self, type_: str, layout: Layout, facts: list[Held]) -> Iterator[str]:
        yield f"internal static unsafe class {re.sub(r'[^A-Za-z0-9]', '_', type_)}Layout"
        yield "{"
        held = [fact for fact in facts if not fact.why_not and len(fact.way) == 1]
        for number, fact in enumerate(held):
            yield f"    private static {_pointer(fact, layout.abi)} Field{number}({type_}* record) => {_address(fact)};"
        yield from (f"    // not held: {fact.path}: {fact.why_not}" for fact in facts if fact.why_not)
        yield from ("", "    /// <summary>Throws unless sizes and offsets are those promised.</summary>")
        yield from ("    public static void Verify()", "    {", f"        {type_} record = default({type_});")
        yield f"        if (sizeof({type_}) != {layout.size})"
        yield f'            throw new InvalidOperationException("size of {type_}: " + sizeof({type_}) + ", not {layout.size}");'
        for number, fact in enumerate(held):
            yield f"        if ((byte*)Field{number}(&record) - (byte*)&record != {fact.offset})"
            yield f'            throw new InvalidOperationException("offset of {type_}.{fact.path}: not {fact.offset}");'
        yield from ("    }", "}")


def _address(fact: Held) -> str:
    return f"&record->{fact.path}" if not fact.counts else f"record->{fact.path}"


def _pointer(fact: Held, abi: Abi) -> str:
    word = _word(fact.kind, abi) if fact.number and fact.own and fact.kind is not None else ""
    return f"{word or 'void'}*"


def _word(kind: Kind, abi: Abi) -> str:
    if type(kind.measure) is not int:
        return ""
    width = kind.width(abi)
    return (
        {4: "float", 8: "double"}.get(width, "") if kind.family == "float" else _INTEGERS.get((kind.family, width), "")
    )


LANGUAGES = (_Writer(),)
