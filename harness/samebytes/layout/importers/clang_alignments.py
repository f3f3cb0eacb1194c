"""How much alignment the attributes of a header ask for: libclang tells that there is one, not its number.

The attribute's own words, as they stand in the source, are put on a variable behind the header, and clang is asked for that
variable's alignment. Part of `clang_worker`; imports nothing but the standard library.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

__all__ = ["Alignments"]

_ATTRIBUTE = re.compile(r"_*(aligned|align)_*\b")
_KEYWORD = re.compile(r"(alignas|_Alignas)\b")
_MACRO = re.compile(r"[A-Za-z_]\w*")
_MOST = 4096
"""Different attributes of one header; more are not asked about."""


class Alignments:
    """Attributes seen so far: `asked` has a declaration for each. `texts` are files that need not be read, by path."""

    def __init__(self, texts: dict[str, bytes]) -> None:
        self._texts = texts
        self.asked: dict[str, None] = {}

    def see(self, attributes: list[Any]) -> list[str]:
        """Return the declarations that stand for the alignment attributes among those cursors."""
        found = [self._declaration(one.extent.start) for one in attributes if one.kind.name == "ALIGNED_ATTR"]
        kept = [words for words in found if words and (words in self.asked or len(self.asked) < _MOST)]
        self.asked |= dict.fromkeys(kept)
        return kept

    def answers(self, parse: Callable[[str], Any]) -> dict[str, int]:
        """Return each declaration's number. `parse` reads the header with that text behind it; what it cannot read has none."""
        if not self.asked:
            return {}
        lines = [
            f"{words.replace('$', f'samebytes_v{at}')}; enum {{ samebytes_a{at} = __alignof__(samebytes_v{at}) }};"
            for at, words in enumerate(self.asked)
        ]
        found: dict[str, int] = {}
        unit = parse("\n;\n" + "\n".join(lines) + "\n")
        values = {
            constant.spelling: constant.enum_value
            for cursor in unit.cursor.get_children()
            if cursor.kind.name == "ENUM_DECL"
            for constant in cursor.get_children()
            if constant.spelling.startswith("samebytes_a")
        }
        for at, words in enumerate(self.asked):
            number = values.get(f"samebytes_a{at}", 0)
            if number > 0:
                found[words] = number
        return found

    def _declaration(self, start: Any) -> str:
        """Return a declaration of `$` with the attribute; empty when its words cannot be found."""
        if start.file is None:
            return ""
        text, at = self._text(start.file.name), start.offset
        words = text[at : at + 4000].decode("utf-8", "replace")
        if match := _ATTRIBUTE.match(words):
            return f"char $ __attribute__((aligned{_arguments(words, match.end())}))"
        if match := _KEYWORD.match(words):
            return f"{match[0]}{_arguments(words, match.end())} char $"
        if match := _MACRO.match(words):
            return f"{match[0]}{_arguments(words, match.end())} char $"
        return ""

    def _text(self, name: str) -> bytes:
        if name not in self._texts:
            try:
                self._texts[name] = Path(name).read_bytes()
            except OSError:
                self._texts[name] = b""
        return self._texts[name]


def _arguments(words: str, at: int) -> str:
    """Return the balanced parentheses behind `at`, comments and line breaks as they are; empty when there are none."""
    begin = at
    while begin < len(words) and words[begin] in " \t":
        begin += 1
    if begin == len(words) or words[begin] != "(":
        return ""
    depth = 0
    for end in range(begin, len(words)):
        depth += {"(": 1, ")": -1}.get(words[end], 0)
        if depth == 0:
            return words[begin : end + 1]
    return ""
