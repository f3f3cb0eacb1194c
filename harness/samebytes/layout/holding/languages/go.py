"""Go: indexes that are out of bounds unless size, offset and width are right, and functions that return each number's own type."""

from __future__ import annotations

import re
from collections.abc import Iterator

from samebytes.layout.holding.facts import Held, Source
from samebytes.layout.laid_out import Layout
from samebytes.layout.source import SourceRecord

__all__ = ["LANGUAGES"]

_WORDS = {"float": "float", "signed": "int", "unsigned": "uint"}


class _Writer:
    NAME = "go"

    def head(self, source: Source | None) -> Iterator[str]:
        package = re.search(r"^\s*package\s+(\w+)", source.text, re.MULTILINE) if source else None
        yield from ("", f"package {package[1] if package else 'main'}", "", 'import "unsafe"', "")

    def tail(self) -> Iterator[str]:
        return iter(())

    def spelled(self, name: str, declared: SourceRecord | None, _source: Source | None) -> str:
        return declared.names[0] if declared is not None else name

    def asserts(self, type_: str, layout: Layout, facts: list[Held]) -> Iterator[str]:
        yield from (f"// Does not compile unless {type_} is laid out like this.", "var (")
        yield f"\t_ = [1]byte{{}}[unsafe.Sizeof({type_}{{}})-{layout.size}]"
        for fact in facts:
            if fact.why_not:
                yield f"\t// not held: {type_}.{fact.path}: {fact.why_not}"
                continue
            field = f"{type_}{{}}.{fact.path}"
            yield f"\t_ = [1]byte{{}}[unsafe.Offsetof({field})-{fact.inside}]"
            if fact.size:
                yield f"\t_ = [1]byte{{}}[unsafe.Sizeof({field})-{fact.size}]"
            if fact.number and fact.own and fact.kind is not None and type(fact.kind.measure) is int:
                word = f"{_WORDS[fact.kind.family]}{fact.kind.width(layout.abi) * 8}"
                counts = "".join(f"[{count}]" for count in fact.counts)
                yield f"\t_ = func(r *{type_}) *{counts}{word} {{ return &r.{fact.path} }}"
        yield ")"


LANGUAGES = (_Writer(),)
