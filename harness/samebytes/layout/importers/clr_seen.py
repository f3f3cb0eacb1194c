"""What a runtime said of a structure, as records: the rules' own where both agree, and the runtime's places where they do not."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from samebytes.errors import LayoutError
from samebytes.layout.abi import ABIS, Abi
from samebytes.layout.kinds import KINDS, Kind, Pointer
from samebytes.layout.record import Chars, Field, Record
from samebytes.layout.rules import lay_out

__all__ = ["managed_as_seen", "marshalled_as_seen", "refusal"]

Facts = Mapping[str, Any]

_HERE = ABIS["x86_64-linux"]
"""For the widths of kinds that are the same wherever a pointer has 8 bytes."""


def refusal(facts: Facts, called: str) -> str:
    """Return how the runtime refused a type, or one of its layouts, in its own words; empty if it did not."""
    refused = facts.get("refused") or facts[called].get("refused")
    return ": ".join(refused) if refused else ""


def managed_as_seen(name: str, seen: Facts, model: Record | None, abi: Abi) -> Record:
    """Return the record of a managed layout. `model` is what the rules made of it, if they know its types."""
    if model is not None and _alike(model, seen, abi):
        return model
    known = {part.name: part for part in model.fields} if model is not None else {}
    fields = tuple(_field(fact, known.get(_plain(fact["name"])), abi) for fact in seen["fields"])
    if seen.get("inline") and len(fields) == 1:
        fields = (replace(fields[0], counts=(seen["inline"], *fields[0].counts)),)
    return Record(name, fields, size=seen["size"], overlap=True, origin=model.origin if model else None)


def marshalled_as_seen(seen: Facts, model: Record, abi: Abi) -> tuple[Record, str]:
    """Return the record of a marshalled layout, and where the rules differ from it in words, if they do."""
    expected = (lay_out(model, abi).size, _flat(model, abi))
    found = (seen["size"], {_plain(fact["name"]): fact["offset"] for fact in seen["fields"]})
    inner = {_plain(fact["name"]): fact["inner"] for fact in seen["fields"] if "inner" in fact}
    fields = [_as_marshalled(part, inner, abi) for part in model.fields]
    if expected == found and all(one == part for one, part in zip(fields, model.fields, strict=True)):
        return model, ""
    if expected[1].keys() != found[1].keys() or any(not part.name for part in model.fields):
        raise LayoutError(f"{model.name} is {found[0]} bytes there, and not as the rules place its fields")
    placed = tuple(replace(part, offset=found[1][part.name]) for part in fields)
    moved = [name for name, offset in found[1].items() if expected[1][name] != offset]
    words = f"the documentation's rules give {expected[0]} bytes, not {found[0]}" if expected[0] != found[0] else ""
    words = words or f"the documentation's rules place {', '.join(f'`{name}`' for name in moved or inner)} otherwise"
    return replace(model, fields=placed, size=found[0], overlap=True), words


def _as_marshalled(part: Field, inner: Mapping[str, Facts], abi: Abi) -> Field:
    if part.name in inner and isinstance(part.type, Record):
        return replace(part, type=marshalled_as_seen(inner[part.name], part.type, abi)[0])
    return part


def _flat(record: Record, abi: Abi, base: int = 0) -> dict[str, int]:
    """Return offsets by name, with the fields of base classes among them."""
    found: dict[str, int] = {}
    for member in lay_out(record, abi).members:
        if member.field.name:
            found[member.field.name] = base + member.offset
        elif isinstance(member.field.type, Record):
            found |= _flat(member.field.type, abi, base + member.offset)
    return found


def _alike(record: Record, seen: Facts, abi: Abi) -> bool:
    """Return whether a record has the size of what was seen, and each field, and what is in it, at the same place."""
    layout = lay_out(record, abi)
    if layout.size != seen["size"] or seen.get("inline"):
        return bool(layout.size == seen["size"])
    facts = {_plain(fact["name"]): fact for fact in seen["fields"]}
    members = {member.field.name: member for member in layout.members}
    return members.keys() == facts.keys() and all(
        member.offset == facts[name]["offset"] and _fits(member.field, facts[name], abi)
        for name, member in members.items()
    )


def _fits(part: Field, fact: Facts, abi: Abi) -> bool:
    """Return whether a field's type is as large as what was seen, and laid out alike."""
    size = lay_out(Record("probe", (replace(part, offset=0),), overlap=True), abi).members[0].size
    if "inner" not in fact:
        return size == _width(fact) and not isinstance(part.type, Record)
    if size != fact["inner"]["size"] or fact["inner"].get("inline") or _opaque(fact["type"].replace(".", "_")):
        return bool(size == fact["inner"]["size"])
    return isinstance(part.type, Record) and not part.counts and _alike(part.type, fact["inner"], abi)


def _width(fact: Facts) -> int:
    kind = KINDS[fact["kind"]] if fact["kind"] != "pointer" else Pointer()
    return lay_out(Record("probe", (Field("it", kind, _counts(fact)),)), _HERE).size


def _opaque(name: str) -> bool:
    """Return whether it is a structure of the runtime's own, whose parts have other names in our records."""
    return name.startswith("System_")


def _field(fact: Facts, known: Field | None, abi: Abi) -> Field:
    """Return a field where the runtime has it; of the type that the rules know, if that fits."""
    name, offset = _plain(fact["name"]), fact["offset"]
    if known is not None and _fits(known, fact, abi):
        return replace(known, offset=offset)
    if "inner" not in fact:
        kind: Kind = KINDS[fact["kind"]] if fact["kind"] != "pointer" else Pointer()
        text = "count" in fact and fact["kind"] == "char16"
        return Field(name, kind, _counts(fact), offset, chars=Chars() if text else None)
    inner = managed_as_seen(_type_name(fact["type"]), fact["inner"], None, abi)
    if fact["inner"].get("inline"):
        return Field(name, inner.fields[0].type, inner.fields[0].counts, offset)
    return Field(name, inner, (), offset)


def _counts(fact: Facts) -> tuple[int, ...]:
    return (fact["count"],) if "count" in fact else ()


def _type_name(name: str) -> str:
    return re.sub(r"\W+", "_", name.partition("`")[0]).strip("_") or "unnamed"


def _plain(name: str) -> str:
    """Return a field's name as the metadata's reader has it: a property's hidden field goes by the property's."""
    if match := re.fullmatch(r"<(\w+)>k__BackingField", name):
        return match[1]
    return name if name.isidentifier() else re.sub(r"\W+", "_", name).strip("_") or "unnamed"
