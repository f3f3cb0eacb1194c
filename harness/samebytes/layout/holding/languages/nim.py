"""Nim: `static: doAssert` of size, offset, width, sign, float or integer."""

from __future__ import annotations

from collections.abc import Iterator

from samebytes.layout.holding.facts import Held, Source
from samebytes.layout.laid_out import Layout
from samebytes.layout.source import SourceRecord

__all__ = ["LANGUAGES"]

_CLASSES = {"float": "SomeFloat", "signed": "SomeSignedInt", "unsigned": "SomeUnsignedInt"}


class _Writer:
    NAME = "nim"

    def head(self, source: Source | None) -> Iterator[str]:
        yield f'# at the end of {source.file if source else "the module that declares it"}: include "this file"'

    def tail(self) -> Iterator[str]:
        return iter(())

    def spelled(self, name: str, declared: SourceRecord | None, _source: Source | None) -> str:
        return declared.names[0] if declared is not None else name

    def asserts(self, type_: str, layout: Layout, facts: list[Held]) -> Iterator[str]:
        yield "static:"
        yield f'  doAssert sizeof({type_}) == {layout.size}, "size of {type_}: not {layout.size}"'
        for fact in facts:
            where = f"{type_}.{fact.path}"
            if fact.why_not or fact.anonymous:
                yield f"  # not held: {where}: {fact.why_not or 'Nim has no anonymous records'}"
                continue
            *before, last = fact.way
            container = _typeof(type_, ".".join(f"{step.name}{'[0]' * step.dimensions}" for step in before))
            yield f'  doAssert offsetof({container}, {last.name}) == {fact.inside}, "offset of {where}: not {fact.offset}"'
            field = _typeof(type_, fact.path)
            if fact.size:
                yield f'  doAssert sizeof({field}) == {fact.size}, "size of {where}: not {fact.size}"'
            if fact.number and fact.own and fact.kind is not None:
                element = _typeof(type_, fact.path + "[0]" * len(fact.counts))
                word = _CLASSES[fact.kind.family]
                yield f'  doAssert {element} is {word}, "{where}: no {word}"'


def _typeof(type_: str, path: str) -> str:
    return f"typeof(cast[ptr {type_}](nil).{path})" if path else type_


LANGUAGES = (_Writer(),)
