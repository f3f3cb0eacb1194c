"""C11 and C++17: `_Static_assert` and `static_assert` of size, offset, width, sign, float or integer."""

from __future__ import annotations

import re
from collections.abc import Iterator

from samebytes.layout.holding.facts import Held, Source
from samebytes.layout.laid_out import Layout
from samebytes.layout.source import SourceRecord

__all__ = ["LANGUAGES"]

_C = """\
#include <stddef.h>
#ifndef SAMEBYTES_NUMBER
#define SAMEBYTES_NUMBER
/* 'f' for a floating-point number, 'i' for a signed integer, 'u' for an unsigned one, 0 for anything else */
#define samebytes_number(x) _Generic((x), float: 'f', double: 'f', long double: 'f', \\
    signed char: 'i', short: 'i', int: 'i', long: 'i', long long: 'i', char: (char)-1 < 0 ? 'i' : 'u', \\
    unsigned char: 'u', unsigned short: 'u', unsigned: 'u', unsigned long: 'u', unsigned long long: 'u', default: 0)
#endif"""
_CPP = """\
#include <cstddef>
#include <type_traits>
#ifndef SAMEBYTES_NUMBER
#define SAMEBYTES_NUMBER
// 'f' for a floating-point number, 'i' for a signed integer, 'u' for an unsigned one, 0 for anything else
template <class T> constexpr char samebytes_number() {
    return std::is_floating_point<T>::value ? 'f' : std::is_same<T, bool>::value || !std::is_integral<T>::value ? 0
        : std::is_signed<T>::value ? 'i' : 'u';
}
#endif"""


class _Writer:
    def __init__(self, name: str, cpp: bool) -> None:
        self.NAME, self._cpp = name, cpp
        self._word = "static_assert" if cpp else "_Static_assert"

    def head(self, source: Source | None) -> Iterator[str]:
        yield from (_CPP if self._cpp else _C).splitlines()
        if source is not None:
            yield f'#include "{source.file}"'
        else:
            yield "/* include this file behind the declaration */"

    def tail(self) -> Iterator[str]:
        return iter(())

    def spelled(self, name: str, declared: SourceRecord | None, source: Source | None) -> str:
        """Return the name; in C with `struct` or `union` in front of a tag that no typedef names."""
        if declared is None or source is None or self._cpp:
            return name
        word = source.text[declared.keyword :].partition(" ")[0].partition("\n")[0].partition("{")[0]
        typedefs = rf"\btypedef\b[^;{{}}]*\b{name}\s*;|\}}[^;{{}}]*\b{name}\b[^;{{}}]*;"
        return name if re.search(typedefs, source.text) else f"{word} {name}"

    def asserts(self, type_: str, layout: Layout, facts: list[Held]) -> Iterator[str]:
        yield f'{self._word}(sizeof({type_}) == {layout.size}, "size of {type_}: not {layout.size}");'
        for fact in facts:
            where = f"{type_}.{fact.path}"
            if fact.why_not:
                yield f"/* not held: {where}: {fact.why_not} */"
                continue
            yield f'{self._word}(offsetof({type_}, {fact.path}) == {fact.offset}, "offset of {where}: not {fact.offset}");'
            if fact.size:
                yield f'{self._word}(sizeof((({type_} *)0)->{fact.path}) == {fact.size}, "size of {where}: not {fact.size}");'
            if _number(fact):
                yield self._numeric(type_, fact, where)

    def _numeric(self, type_: str, fact: Held, where: str) -> str:
        assert fact.kind is not None
        letter, words = {
            "float": ("f", "no floating-point number"),
            "signed": ("i", "no signed integer"),
        }.get(fact.kind.family, ("u", "no unsigned integer"))
        element = f"(({type_} *)0)->{fact.path}{'[0]' * len(fact.counts)}"
        if self._cpp:
            bare = f"std::remove_cv<std::remove_reference<decltype({element})>::type>::type"
            held = f"std::is_enum<{bare}>::value || samebytes_number<{bare}>() == '{letter}'"
        else:
            held = f"samebytes_number({element}) == '{letter}'"
        return f'{self._word}({held}, "{where}: {words}");'


def _number(fact: Held) -> bool:
    """Return whether sign and float are to be held."""
    return fact.number and fact.kind is not None and fact.kind.measure not in (16, "long_double")


LANGUAGES = (_Writer("c", False), _Writer("c++", True))
