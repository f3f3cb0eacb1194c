"""What a probe's template is given, and its rendering."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence, Set
from dataclasses import dataclass, replace
from pathlib import Path

import jinja2

from samebytes.errors import ManifestError
from samebytes.layout import Abi, Enum, Kind, Leaf, Record, Text, lay_out

__all__ = ["ProbeLayout", "ProbeLeaf", "probe_layouts", "render"]


@dataclass(frozen=True)
class ProbeLeaf:
    """A leaf as a template sees it. `width` is in bytes, 0 for text of variable length."""

    path: str
    kind: str
    """The scalar kind as which it travels: of an enumeration the integer that stores it; `text` for text of variable length."""
    index: int
    width: int
    variable: bool
    encoding: str
    field: str
    family: str = ""
    """What that kind is: signed, unsigned, plain (C's char), float, bool, char, pointer; empty for text."""
    enum: str = ""
    """The name of its enumeration, if it is of one."""

    @property
    def elements(self) -> tuple[tuple[str, int], ...]:
        """Every array on the way to it, and which of its elements: of `Cars[1].Slip[2]`, `Cars` 1 and `Cars[1].Slip` 2."""
        found = re.finditer(r"\[(\d+)\]", self.path)
        return tuple((self.path[: index.start()], int(index[1])) for index in found)


@dataclass(frozen=True)
class ProbeLayout:
    """A layout as a template sees it: `type` is the language's own name for the declaration."""

    name: str
    type: str
    size: int
    body: str
    prefix: str
    leaves: tuple[ProbeLeaf, ...]

    @property
    def fields(self) -> tuple[str, ...]:
        """The top-level fields, in order."""
        return tuple(dict.fromkeys(leaf.field for leaf in self.leaves))

    def without(self, fields: Set[str]) -> ProbeLayout:
        """The same layout without some fields, its leaves numbered anew."""
        kept = (leaf for leaf in self.leaves if leaf.field not in fields)
        return replace(self, leaves=tuple(replace(leaf, index=index) for index, leaf in enumerate(kept)))

    def only(self, field: str) -> ProbeLayout:
        """The same layout with a single field."""
        return self.without(set(self.fields) - {field})


def probe_layouts(declared: Iterable[tuple[Record, str]], abi: Abi) -> tuple[ProbeLayout, ...]:
    """The layouts a peer declares, each with the type that declares it."""
    return tuple(_probe_layout(record, type_, abi) for record, type_ in declared)


def render(template: Path, layouts: Sequence[ProbeLayout], abi: str) -> str:
    """The probe's source. ManifestError when the template cannot be read or uses what it is not given."""
    environment = jinja2.Environment(undefined=jinja2.StrictUndefined, keep_trailing_newline=True)
    try:
        return environment.from_string(template.read_text("utf-8")).render(layouts=layouts, abi=abi)
    except (OSError, UnicodeDecodeError, jinja2.TemplateError) as error:
        raise ManifestError(
            f"cannot render {template}: {error}", hint="peers/README.md says what a template is given"
        ) from error


def _probe_layout(record: Record, type_: str, abi: Abi) -> ProbeLayout:
    layout = lay_out(record, abi)
    leaves = tuple(_probe_leaf(leaf, index, abi) for index, leaf in enumerate(layout.leaves))
    prefix = record.prefix.name if record.prefix else ""
    return ProbeLayout(record.name, type_, layout.size, record.body, prefix or _tail_prefix(record), leaves)


def _probe_leaf(leaf: Leaf, index: int, abi: Abi) -> ProbeLeaf:
    kind: Kind | Text = leaf.kind
    if isinstance(kind, Text):
        return ProbeLeaf(leaf.path, "text", index, 0, True, kind.encoding, leaf.field)
    stored, enum = (kind.stored_as(abi), kind.name) if isinstance(kind, Enum) else (kind, "")
    return ProbeLeaf(leaf.path, stored.name, index, leaf.width, False, "", leaf.field, stored.family, enum)


def _tail_prefix(record: Record) -> str:
    tail = record.fields[-1].type
    return tail.prefix.name if isinstance(tail, Text) and tail.prefix else ""
