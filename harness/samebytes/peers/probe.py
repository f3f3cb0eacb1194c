"""What a probe's template is given, and its rendering."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, replace
from pathlib import Path

from samebytes.errors import ManifestError
from samebytes.layout import Abi, Enum, Kind, Layout, Leaf, Record, Text, lay_out
from samebytes.layout.members import member_places, parent_names

__all__ = ["Constants", "ProbeLayout", "ProbeLeaf", "ProbeMember", "ProbeParent", "probe_layouts", "render"]

Constants = Mapping[str, Mapping[str, str]]
"""By enumeration: what the peer calls each constant, by its name in the layout."""


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
    constants: tuple[tuple[str, str], ...] = ()
    """That enumeration's constants: the name in the layout, and the peer's own."""

    @property
    def elements(self) -> tuple[tuple[str, int], ...]:
        """Return every array on the way to it, and which of its elements: of `Cars[1].Slip[2]`, `Cars` 1 and `Cars[1].Slip` 2."""
        found = re.finditer(r"\[(\d+)\]", self.path)
        return tuple((self.path[: index.start()], int(index[1])) for index in found)


@dataclass(frozen=True)
class ProbeMember:
    """A field as a whole, with all elements of an array; `numbers`: whether it is an array of scalars."""

    path: str
    numbers: bool

    @property
    def field(self) -> str:
        """Return the top-level field it belongs to, or is."""
        return _top(self.path)


@dataclass(frozen=True)
class ProbeParent:
    """The record itself (`path` is empty) or one in it, with the names of its fields: what it has besides is a stranger."""

    path: str
    names: tuple[str, ...]


@dataclass(frozen=True)
class ProbeLayout:
    """A layout as a template sees it: `type` is the language's own name for the declaration."""

    name: str
    type: str
    size: int
    body: str
    prefix: str
    leaves: tuple[ProbeLeaf, ...]
    members: tuple[ProbeMember, ...] = ()
    parents: tuple[ProbeParent, ...] = ()
    """The records whose fields are all known; none where a text follows, with a length that is no field of the layout."""

    @property
    def enumerated(self) -> tuple[ProbeLeaf, ...]:
        """Return the first leaf of each enumeration."""
        return tuple({leaf.enum: leaf for leaf in reversed(self.leaves) if leaf.enum}.values())[::-1]

    @property
    def fields(self) -> tuple[str, ...]:
        """Return the top-level fields, in order."""
        return tuple(dict.fromkeys(leaf.field for leaf in self.leaves))

    def without(self, fields: Set[str]) -> ProbeLayout:
        """Return the same layout without some fields, its leaves numbered anew."""
        kept = (leaf for leaf in self.leaves if leaf.field not in fields)
        return replace(
            self,
            leaves=tuple(replace(leaf, index=index) for index, leaf in enumerate(kept)),
            members=tuple(member for member in self.members if member.field not in fields),
            parents=tuple(parent for parent in self.parents if not parent.path or _top(parent.path) not in fields),
        )

    def only(self, field: str) -> ProbeLayout:
        """Return the same layout with a single field."""
        return self.without(set(self.fields) - {field})


def probe_layouts(
    declared: Iterable[tuple[Record, str]], abi: Abi, constants: Constants | None = None
) -> tuple[ProbeLayout, ...]:
    """Return the layouts a peer declares, each with the type that declares it.

    Constants that are not named are called as in the layout.
    """
    return tuple(_probe_layout(record, type_, abi, constants or {}) for record, type_ in declared)


def render(template: Path, layouts: Sequence[ProbeLayout], abi: str) -> str:
    """Return the probe's source. ManifestError when the template cannot be read or uses what it is not given."""
    import jinja2  # a fifth of a command's start, and most builds are made already

    environment = jinja2.Environment(undefined=jinja2.StrictUndefined, keep_trailing_newline=True)
    try:
        return environment.from_string(template.read_text("utf-8")).render(layouts=layouts, abi=abi)
    except (OSError, UnicodeDecodeError, jinja2.TemplateError) as error:
        raise ManifestError(
            f"cannot render {template}: {error}", hint="peers/README.md says what a template is given"
        ) from error


def _probe_layout(record: Record, type_: str, abi: Abi, constants: Constants) -> ProbeLayout:
    layout = lay_out(record, abi)
    leaves = tuple(_probe_leaf(leaf, index, abi, constants) for index, leaf in enumerate(layout.leaves))
    prefix = record.prefix.name if record.prefix else ""
    whole = () if record.variable else tuple(ProbeParent(*parent) for parent in parent_names(layout).items())
    return ProbeLayout(
        record.name,
        type_,
        layout.size,
        record.body,
        prefix or _tail_prefix(record),
        leaves,
        tuple(_probe_members(layout)),
        whole,
    )


def _probe_members(layout: Layout) -> Iterator[ProbeMember]:
    scalars = {re.sub(r"(\[\d+\])+$", "", leaf.path) for leaf in layout.leaves if leaf.path.endswith("]")}
    for path in member_places(layout):
        yield ProbeMember(path, path in scalars)


def _probe_leaf(leaf: Leaf, index: int, abi: Abi, constants: Constants) -> ProbeLeaf:
    kind: Kind | Text = leaf.kind
    if isinstance(kind, Text):
        return ProbeLeaf(leaf.path, "text", index, 0, True, kind.encoding, leaf.field)
    if not isinstance(kind, Enum):
        return ProbeLeaf(leaf.path, kind.name, index, leaf.width, False, "", leaf.field, kind.family)
    stored, own = kind.stored_as(abi), constants.get(kind.name, {})
    named = tuple((name, own.get(name, name)) for name, _ in kind.values)
    return ProbeLeaf(leaf.path, stored.name, index, leaf.width, False, "", leaf.field, stored.family, kind.name, named)


def _top(path: str) -> str:
    return path.partition(".")[0].partition("[")[0]


def _tail_prefix(record: Record) -> str:
    tail = record.fields[-1].type
    return tail.prefix.name if isinstance(tail, Text) and tail.prefix else ""
