"""Free Pascal: constants that divide by zero unless size, offset and width are right. Sign and float cannot be told at compile time."""

from __future__ import annotations

import re
from collections.abc import Iterator

from samebytes.layout.holding.facts import Held, Source
from samebytes.layout.laid_out import Layout
from samebytes.layout.source import SourceRecord

__all__ = ["LANGUAGES"]


class _Writer:
    NAME = "pascal"

    def head(self, source: Source | None) -> Iterator[str]:
        yield f"{{ behind the declaration{f' in {source.file}' if source else ''}: $I this file; a line that is wrong divides by zero }}"

    def tail(self) -> Iterator[str]:
        return iter(())

    def spelled(self, name: str, declared: SourceRecord | None, _source: Source | None) -> str:
        return declared.names[0] if declared is not None else name

    def asserts(self, type_: str, layout: Layout, facts: list[Held]) -> Iterator[str]:
        stem = f"SameBytes_{_plain(type_)}"
        yield from ("type", f"  {stem} = ^{type_};")
        owners = dict.fromkeys(fact.owner for fact in facts if fact.owner.isidentifier())
        yield from (f"  {stem}_{owner} = ^{owner};" for owner in owners)
        yield from ("const", f"  {stem}_Size = 1 div Ord(SizeOf({type_}) = {layout.size});")
        for number, fact in enumerate(facts, 1):
            why = fact.why_not or (
                "" if len(fact.way) == 1 or fact.owner in owners else "the type of its record is not known"
            )
            if why:
                yield f"  {{ not held: {type_}.{fact.path}: {why} }}"
            else:
                yield from _held(stem, number, fact)


def _held(stem: str, number: int, fact: Held) -> Iterator[str]:
    """Yield the constants of one field. Of a record in the record the type is asked: Pascal takes no address of two steps."""
    name = f"{stem}_{number}_{_plain(fact.path)}"
    field = f"{stem}_{fact.owner}(nil)^.{fact.way[-1].name}" if len(fact.way) > 1 else f"{stem}(nil)^.{fact.path}"
    yield f"  {name}_At = 1 div Ord(PtrUInt(@{field}) = {fact.inside});"
    if fact.size:
        yield f"  {name}_Size = 1 div Ord(SizeOf({field}) = {fact.size});"


def _plain(name: str) -> str:
    return re.sub(r"[^A-Za-z0-9]", "_", name)


LANGUAGES = (_Writer(),)
