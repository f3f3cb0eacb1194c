"""What `#pragma pack` is in force at a line, read from the text: the one thing about a record that libclang does not tell.

Only a first guess: a value counts when the layout it gives has clang's own numbers. Conditional compilation is not followed.
"""

from __future__ import annotations

import re

__all__ = ["packs_above"]

_PRAGMA = re.compile(
    r"""^\s*\#\s*pragma\s+pack\s*\((?P<pragma>[^)]*)\)
      | (?:_Pragma\s*\(\s*"|__pragma\s*\(\s*)pack\s*\((?P<operator>[^)]*)\)
      | ^\s*\#\s*include\s*[<"][^>"]*?(?:pshpack(?P<push>\d+)|(?P<pop>poppack))\.h""",
    re.VERBOSE,
)


def packs_above(text: str, line: int) -> tuple[list[int | None], bool]:
    """Return the values in force at `line` (1-based): first the one that holds there, then earlier ones, nearest first.

    None stands for no pragma. Also whether the text has any such pragma at all.
    """
    if "pack" not in text:
        return [None], False
    states: list[tuple[int, int | None]] = [(0, None)]
    stack: list[int | None] = []
    for number, words in enumerate(text.splitlines(), 1):
        for match in _PRAGMA.finditer(words) if "pack" in words else ():
            states.append((number, _apply(match, states[-1][1], stack)))
    above = [value for number, value in states if number <= line]
    return list(dict.fromkeys(reversed(above))), len(states) > 1


def _apply(match: re.Match[str], current: int | None, stack: list[int | None]) -> int | None:
    """Return the value after one pragma (Microsoft's and GCC's manuals, "pack"): `n`, ``, `push[, name][, n]`, `pop[, name][, n]`."""
    if match["push"]:
        words = ["push", match["push"]]
    elif match["pop"]:
        words = ["pop"]
    else:
        words = [word.strip() for word in (match["pragma"] or match["operator"] or "").split(",")]
    numbers = [int(word) for word in words if word.isdigit()]
    if words[0] == "push":
        stack.append(current)
    elif words[0] == "pop":
        current = stack.pop() if stack else None
    elif not numbers:
        return current if words[0] == "show" else None
    return (numbers[-1] or None) if numbers else current
