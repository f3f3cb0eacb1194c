"""Makes a struct that differs as small as it can be and still differ."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from samebytes.errors import LayoutError
from samebytes.layout.fuzz.comparing import laid_out
from samebytes.layout.fuzz.structs import Grammar
from samebytes.layout.record import Field, Record

__all__ = ["renamed", "shrunk"]

_PLAINER: tuple[dict[str, Any], ...] = (
    {"counts": ()},
    {"align": None},
    {"packed": False},
    {"type_align": None},
    {"bits": None},
)
_OPTIONS: tuple[dict[str, Any], ...] = ({"pack": None}, {"packed": False}, {"align": None}, {"union": False})
_MOST_STEPS = 100


def shrunk(record: Record, oracle: Any) -> Record:
    """Return the smallest struct, of those one step after another leads to, about which the oracle still says something else.

    A step leaves out a field, an attribute, an array, or puts a record's only field in its place. All steps from one struct are one
    compilation.
    """
    for _ in range(_MOST_STEPS):
        smaller = _first_that_differs(record, oracle)
        if smaller is None:
            break
        record = smaller
    return renamed(record, "S")


def _first_that_differs(record: Record, oracle: Any) -> Record | None:
    found: dict[str, tuple[Record, Any]] = {}
    for number, one in enumerate(_smaller(record)):
        candidate = renamed(one, f"S{number}")
        if _has(oracle.grammar, candidate) and (layout := laid_out(candidate, oracle)) is not None:
            found[candidate.name] = (candidate, layout)
    if not found:
        return None
    differing = {layout.record.name for layout, _ in oracle.differences([layout for _, layout in found.values()])}
    return next((one for name, (one, _) in found.items() if name in differing), None)


def _has(grammar: Grammar, record: Record) -> bool:
    try:
        grammar.number_of(record)
    except LookupError:
        return False
    return True


def _smaller(record: Record) -> Iterator[Record]:
    """Yield each struct one step smaller, the greatest steps first."""
    for said in _steps(record):
        try:
            yield replace(record, **said)
        except LayoutError:  # a step to what no record can be, such as a number without a name
            continue


def _steps(record: Record) -> Iterator[dict[str, Any]]:
    fields = record.fields
    if len(fields) > 1:
        yield from ({"fields": fields[:number] + fields[number + 1 :]} for number in range(len(fields)))
    yield from (said for said in _OPTIONS if any(getattr(record, key) != value for key, value in said.items()))
    for number, part in enumerate(fields):
        yield from ({"fields": (*fields[:number], one, *fields[number + 1 :])} for one in _plainer(part))


def _plainer(part: Field) -> Iterator[Field]:
    inner = part.type
    if isinstance(inner, Record):
        if len(inner.fields) == 1:
            yield replace(inner.fields[0], name=inner.fields[0].name or part.name)
        yield from (replace(part, type=one) for one in _smaller(inner))
    for said in _PLAINER:
        changes = any(getattr(part, key) != value for key, value in said.items())
        if changes and not (part.bits == 0 and "bits" in said):
            yield replace(part, **said)


def renamed(record: Record, name: str) -> Record:
    """Return the same with a tag, and tags of the records inside, that are unique in a file; fields get new names, too."""
    fields = []
    for index, part in enumerate(record.fields):
        inner = renamed(part.type, f"{name}_{index}") if isinstance(part.type, Record) else part.type
        spelled = part.name and ("tail" if part.flexible else f"f{name[1:]}_{index}")
        fields.append(replace(part, type=inner, name=spelled))
    return replace(record, name=name, fields=tuple(fields))
