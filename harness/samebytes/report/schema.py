"""The shipped schema of a report's lines, and the check of a line against it.

Covers the part of JSON Schema 2020-12 that `schema.json` uses; a keyword it does not know is an error, not ignored.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

__all__ = ["Problem", "line_problem", "schema"]

Problem = tuple[str, str]
"""Where in a line, such as `runs[0].size` (empty: the line itself), and what is wrong there."""

Check = Callable[[Any], Problem | None]

ANNOTATIONS = frozenset({"$schema", "$defs", "title", "description", "oneOf"})
"""`oneOf` stands at the top only, for other readers: here a line's `type` chooses."""

TYPES: Mapping[str, Callable[[Any], bool]] = {
    "object": lambda value: isinstance(value, dict),
    "array": lambda value: isinstance(value, list),
    "string": lambda value: isinstance(value, str),
    "null": lambda value: value is None,
    "number": lambda value: isinstance(value, int | float) and not isinstance(value, bool),
    "integer": lambda value: (
        not isinstance(value, bool) and (isinstance(value, int) or (isinstance(value, float) and value.is_integer()))
    ),
}


@cache
def schema() -> dict[str, Any]:
    """The schema as shipped, for one line of a report."""
    loaded: dict[str, Any] = json.loads((Path(__file__).parent / "schema.json").read_text("utf-8"))
    return loaded


def line_problem(kind: str, line: Any) -> Problem | None:
    """The first thing that is wrong with a line of that type; None if nothing is. KeyError for a type there is not."""
    return _definition(f"#/$defs/{kind}")(line)


@cache
def _definition(reference: str) -> Check:
    return _compiled(schema()["$defs"][reference.removeprefix("#/$defs/")])


def _compiled(rules: Mapping[str, Any]) -> Check:
    """A check for a schema: its keywords in turn, the first problem wins."""
    checks = [KEYWORDS[word](rule) for word, rule in rules.items() if word not in ANNOTATIONS]
    if len(checks) == 1:
        return checks[0]
    if len(checks) == 2:  # the most frequent by far, and a loop would take as long as the checks
        one, other = checks
        return lambda value: one(value) or other(value)

    def check(value: Any) -> Problem | None:
        for each in checks:
            problem = each(value)
            if problem is not None:
                return problem
        return None

    return check


def _when(applies: Callable[[Any], bool], rule: Check) -> Check:
    """JSON Schema's way: a keyword says nothing about a value of another type."""
    return lambda value: rule(value) if applies(value) else None


def _type(names: str | Sequence[str]) -> Check:
    wanted = [names] if isinstance(names, str) else list(names)
    tests = [TYPES[name] for name in wanted]
    words = f"is no {' or '.join(wanted)}"
    if len(tests) == 1:
        [test] = tests
        return lambda value: None if test(value) else ("", words)
    first, *others = tests
    return lambda value: None if first(value) or any(test(value) for test in others) else ("", words)


def _const(wanted: Any) -> Check:
    return lambda value: None if _equal(value, wanted) else ("", f"is {value!r}, not {wanted!r}")


def _enum(wanted: Sequence[Any]) -> Check:
    words = f"is none of {', '.join(map(str, wanted))}"
    return lambda value: None if any(_equal(value, each) for each in wanted) else ("", f"{value!r} {words}")


def _equal(one: Any, other: Any) -> bool:
    """JSON's equality: true is not 1."""
    return bool(one == other) and isinstance(one, bool) == isinstance(other, bool)


def _required(names: Sequence[str]) -> Check:
    def check(value: Any) -> Problem | None:
        return next((("", f"lacks {name!r}") for name in names if name not in value), None)

    return _when(TYPES["object"], check)


def _properties(rules: Mapping[str, Mapping[str, Any]]) -> Check:
    checks = {name: _compiled(rule) for name, rule in rules.items()}

    def check(value: Any) -> Problem | None:
        for name, each in checks.items():
            if name in value and (problem := each(value[name])) is not None:
                return _inside(name, problem)
        return None

    return _when(TYPES["object"], check)


def _additional(rule: Mapping[str, Any]) -> Check:
    """As `additionalProperties` where there are no `properties` beside it: every member."""
    each = _compiled(rule)

    def check(value: Any) -> Problem | None:
        for name, member in value.items():
            if (problem := each(member)) is not None:
                return _inside(name, problem)
        return None

    return _when(TYPES["object"], check)


def _items(rule: Mapping[str, Any]) -> Check:
    each = _compiled(rule)

    def check(value: Any) -> Problem | None:
        for index, item in enumerate(value):
            if (problem := each(item)) is not None:
                return _inside(f"[{index}]", problem)
        return None

    return _when(TYPES["array"], check)


def _prefix_items(rules: Sequence[Mapping[str, Any]]) -> Check:
    checks = [_compiled(rule) for rule in rules]

    def check(value: Any) -> Problem | None:
        for index, (each, item) in enumerate(zip(checks, value, strict=False)):
            if (problem := each(item)) is not None:
                return _inside(f"[{index}]", problem)
        return None

    return _when(TYPES["array"], check)


def _inside(name: str, problem: Problem) -> Problem:
    place, words = problem
    joint = "." if place and not place.startswith("[") else ""
    return f"{name}{joint}{place}", words


def _minimum(least: float) -> Check:
    return _when(TYPES["number"], lambda value: None if value >= least else ("", f"{value} is below {least}"))


def _min_items(least: int) -> Check:
    return _when(TYPES["array"], lambda value: None if len(value) >= least else ("", f"has fewer than {least} items"))


def _min_length(least: int) -> Check:
    return _when(TYPES["string"], lambda value: None if len(value) >= least else ("", "is empty"))


def _pattern(pattern: str) -> Check:
    found = re.compile(pattern.removesuffix("$") + r"\Z" if pattern.endswith("$") else pattern).search
    return _when(TYPES["string"], lambda value: None if found(value) else ("", f"{value[:40]!r} is not {pattern}"))


KEYWORDS: Mapping[str, Callable[[Any], Check]] = {
    "$ref": lambda reference: _definition(reference),
    "additionalProperties": _additional,
    "const": _const,
    "enum": _enum,
    "items": _items,
    "minItems": _min_items,
    "minLength": _min_length,
    "minimum": _minimum,
    "pattern": _pattern,
    "prefixItems": _prefix_items,
    "properties": _properties,
    "required": _required,
    "type": _type,
}
